/** Measured traces on the models of their drives. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DriveProfile } from '../../../adapters/disk/model/drive-profile.js';
import { DriveGeometry } from '../../../adapters/disk/model/geometry.js';
import { parseMeasuredTrace } from '../../../tools/drive/measured-trace.js';
import { mean, replay, rmsDistance } from '../../../tools/drive/replay.js';
import { driveProfile } from '../../adapters/disk/drive-files.js';

const FOLDER = process.env.ARRAYLAB_TRACES ?? '';
/**
 * Of the measured mean. A model whose platter, seeks or buffer are another drive's is further away: each of those is a
 * eleventh of the mean or more, and the test below has them wrong one at a time.
 */
const BOUND = 0.04;

/** How far the model is from the drive, in measured means. */
function off(profile: DriveProfile, file: string): number {
  const geometry = new DriveGeometry(profile);
  const requests = parseMeasuredTrace(readFileSync(join(FOLDER, file), 'utf8'), file, geometry.sectors);
  const measured = requests.map(({ response_ns }) => response_ns);
  return rmsDistance(replay(geometry, requests), measured) / mean(measured);
}

const TRACES = [
  ['hp-c2247a', 'hp_c2247a.trace'],
  ['cheetah-9lp', 'cheetah9LP.trace'],
  ['st41601n', 'st41601n.trace'],
] as const;

describe.skipIf(!existsSync(FOLDER))('traces of real drives (ARRAYLAB_TRACES names their folder)', () => {
  it.each(TRACES)('%s answers as the measured drive does', (name, file) => {
    expect(off(driveProfile(name), file)).toBeLessThan(BOUND);
  });

  it.each(TRACES)('%s does not, with a wrong platter, wrong seeks or a wrong buffer', (name, file) => {
    const profile = driveProfile(name);
    const wrong: DriveProfile[] = [
      { ...profile, rpm: Math.round(profile.rpm * 0.8) },
      { ...profile, seek: { pieces: [{ constant_us: profile.seek.table_us?.[0]?.[1] ?? 0 }] } },
      { ...profile, read_ahead_bytes: 0 },
    ];
    for (const one of wrong) expect(off(one, file)).toBeGreaterThan(BOUND);
  });
});

describe('the distance of two samples', () => {
  it('is none between the same values in another order', () => {
    expect(rmsDistance([5, 1, 9], [9, 5, 1])).toBe(0);
  });

  it('is the root of the mean square between values of one rank', () => {
    expect(rmsDistance([1, 2, 3, 4], [4, 7, 6, 2])).toBe(Math.sqrt((1 + 4 + 9 + 9) / 4));
  });

  it('needs as many of one as of the other', () => {
    expect(() => rmsDistance([1], [1, 2])).toThrow('samples of 1 and 2; two of one size, not empty, are right');
  });
});

describe('a measured trace', () => {
  it('is read line by line, empty ones left out', () => {
    const text =
      'R Miss  564347     2     14095.370     13876.270\n\nW Doub 1194877    15     17221.000     21894.380\n';
    expect(parseMeasuredTrace(text, 't', 2_000_000)).toEqual([
      { isWrite: false, lba: 564_347, sectors: 2, response_ns: 14_095_370, gap_ns: 13_876_270 },
      { isWrite: true, lba: 1_194_877, sectors: 15, response_ns: 17_221_000, gap_ns: 21_894_380 },
    ]);
  });

  it.each([
    ['', 't: no requests; one a line is wanted'],
    ['R Hit 1 1 1 1\nR Hit 1 1 1', 't:2: the line is "R Hit 1 1 1"; it must be six fields'],
    ['X Hit 1 1 1 1', 't:1: the kind is "X"; it must be R or W'],
    ['R Hit 100 1 1 1', 't:1: the first sector is "100"; it must be a whole number from 0 to 99'],
    ['R Hit 1.5 1 1 1', 't:1: the first sector is "1.5"'],
    ['R Hit 98 3 1 1', 't:1: the number of sectors is "3"; it must be a whole number from 1 to 2'],
    ['R Hit 1 0 1 1', 't:1: the number of sectors is "0"'],
    ['R Hit 1 1 -4 1', 't:1: the response time is "-4"; it must be µs from 0'],
    ['R Hit 1 1 1 1e99', 't:1: the gap is "1e99"'],
  ])('is refused with its line: %j', (text, message) => {
    expect(() => parseMeasuredTrace(text, 't', 100)).toThrow(message);
  });
});
