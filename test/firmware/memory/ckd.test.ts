/** Records per track of CKD devices, against published capacities. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CKD_DEVICES, type CkdName, recordsPerTrack } from '../../../firmware/memory/ckd.js';

const names = Object.keys(CKD_DEVICES) as CkdName[];

describe('a track holds as many records as is published', () => {
  it.each<[CkdName, number, number]>([
    ['3390', 80, 78],
    ['3390', 512, 49],
    ['3390', 4096, 12],
    ['3390', 8192, 6],
    ['3390', 27_998, 2],
    ['3390', 56_664, 1],
    ['3380', 80, 83],
    ['3380', 512, 46],
    ['3380', 4096, 10],
    ['3380', 23_476, 2],
    ['3380', 47_476, 1],
  ])('%s, data of %d bytes: %d', (name, data, records) => {
    expect(recordsPerTrack(CKD_DEVICES[name], data)).toBe(records);
  });
});

it.each<[CkdName, number, number]>([
  ['3390', 27_998, 2],
  ['3390', 56_664, 1],
  ['3380', 23_476, 2],
  ['3380', 47_476, 1],
])('on a %s, %d bytes is the largest that goes %d times on a track', (name, data, records) => {
  expect(recordsPerTrack(CKD_DEVICES[name], data + 1)).toBe(records - 1);
});

it('a key takes cells of its own', () => {
  // 3390: data of 4096 take 143 cells, a key of 8 ten: 1729 / 153. 3380: 4608 bytes and 256 of 47968.
  expect(recordsPerTrack(CKD_DEVICES['3390'], 4096, 8)).toBe(11);
  expect(recordsPerTrack(CKD_DEVICES['3380'], 4096, 8)).toBe(9);
});

it('longer data or a longer key never let more records on a track', () => {
  const data = fc.nat(65_534);
  const key = fc.nat(254);
  fc.assert(
    fc.property(fc.constantFrom(...names), data, key, (name, d, k) => {
      const device = CKD_DEVICES[name];
      expect(recordsPerTrack(device, d + 1, k)).toBeLessThanOrEqual(recordsPerTrack(device, d, k));
      expect(recordsPerTrack(device, d, k + 1)).toBeLessThanOrEqual(recordsPerTrack(device, d, k));
    }),
  );
});

it('lengths that a count field cannot say are refused', () => {
  const refused = (data: number, key: number) => () => recordsPerTrack(CKD_DEVICES['3390'], data, key);
  expect(refused(65_536, 0)).toThrow('the data of a record: 65536 bytes; a whole number from 0 to 65535 is right');
  expect(refused(1.5, 0)).toThrow('the data of a record: 1.5 bytes');
  expect(refused(80, 256)).toThrow('the key of a record: 256 bytes; a whole number from 0 to 255 is right');
});
