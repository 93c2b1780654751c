import { expect, test } from 'vitest';
import { driveEnds } from '../../../../firmware/runtime/machine/config.js';
import { IDENTITY } from '../../../harness/bench-array.js';
import { type Path, path } from '../../../harness/path.js';

const array = (): Path =>
  path('data', {
    volumes: [{ tracks: 4 }, { tracks: 6, pair: 'source', journal: 1, drive: 1 }],
    journals: [
      { volumes: [{ drive: 4, informationSectors: 2, dataSectors: 32 }] },
      {
        records: 24,
        windowSectors: 8,
        volumes: [
          { drive: 3, informationSectors: 1, dataSectors: 16 },
          { drive: 2, informationSectors: 2, dataSectors: 8 },
        ],
        entriesPerRead: 5,
        interval_us: 700,
        inflow_us: 9000,
        reads: 3,
        restorers: 4,
      },
    ],
  });

test('power on tells of each journal group how it is read and restored, and where its journal volumes are', () => {
  const p = array();
  const { layout } = p.machine.memory;
  expect([0, 1].map((v) => p.get('volume.journal', v))).toEqual([-1, 1]);
  const fields = ['size', 'interval_us', 'inflow_us', 'reads', 'restorers', 'records', 'buffers_at'] as const;
  expect(fields.map((field) => p.get(`journaling.${field}`, 1))).toEqual([5, 700, 9000, 3, 4, 24, layout.buffersAt[1]]);
  const places = ['journal', 'drive', 'information_lba', 'information_sectors', 'data_lba', 'data_sectors'] as const;
  expect([0, 1, 2].map((v) => places.map((field) => p.get(`journal_volume.${field}`, v)))).toEqual([
    [0, 4, 0, 2, 2, 32],
    [1, 3, 0, 1, 1, 16],
    [1, 2, 0, 2, 2, 8],
  ]);
});

test('each journal volume is a drive, as large as its two regions', () => {
  expect(driveEnds(array().machine.config)).toEqual([16, 24, 10, 17, 34]);
});

test('a journal is empty after battery memory that is behind what it was', () => {
  const p = array();
  const { m, layout } = p.machine.memory;
  for (const [field, value] of [
    ['last', 9],
    ['tail', 7],
    ['head', 3],
  ] as const)
    p.set(`journal.${field}`, 1, [value, 0]);
  m.fill(3, layout.base.update, layout.base.update + (layout.records.update << 4));
  p.machine.distrustBattery(IDENTITY + 1);
  const used = ['journal', 'update'] as const;
  const words = used.flatMap((t) => [...m.subarray(layout.base[t], layout.base[t] + layout.records[t] * 16)]);
  expect(words.every((word) => word === 0)).toBe(true);
});
