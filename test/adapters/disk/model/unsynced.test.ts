/** What a drive's sync makes stable, against a list that is searched. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Unsynced } from '../../../../adapters/disk/model/unsynced.js';

const SECTORS = 24;
const HALF = SECTORS / 2;

/** In the order of the first write of each sector since it was synced. */
interface Entry {
  readonly sector: number;
  written: number;
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), sector: fc.nat(SECTORS - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sync' as const), drive: fc.nat(1), back: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
);

test('sectors are synced once, by a sync of their drive that was asked for after their last write, in the order of their first', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const unsynced = new Unsynced({ m: new Int32Array(Unsynced.words(SECTORS) + 3), at: 3 }, SECTORS);
      let list: Entry[] = [];
      let serial = 0;
      for (const s of steps) {
        if (s.kind === 'write') {
          unsynced.wrote(s.sector);
          serial++;
          const known = list.find((e) => e.sector === s.sector);
          if (known) known.written = serial;
          else list.push({ sector: s.sector, written: serial });
        } else if (s.kind === 'sync') {
          const upTo = Math.max(0, serial - s.back);
          const goes = (e: Entry): boolean => Math.floor(e.sector / HALF) === s.drive && e.written <= upTo;
          const stable: number[] = [];
          unsynced.sync(upTo, s.drive * HALF, (s.drive + 1) * HALF, (sector) => stable.push(sector));
          expect(stable).toEqual(list.filter(goes).map((e) => e.sector));
          list = list.filter((e) => !goes(e));
        } else {
          unsynced.clear();
          list = [];
        }
        expect(unsynced.serial).toBe(serial);
        expect(Array.from({ length: unsynced.count }, (_, i) => unsynced.sector(i))).toEqual(list.map((e) => e.sector));
      }
    }),
  );
});
