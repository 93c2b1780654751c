/** What a drive's sync makes stable, and what of the rest is kept, against two whole copies of its content and a list that is searched. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NOT_KEPT, Unsynced, ZEROES } from '../../../../adapters/disk/model/unsynced.js';

const SECTORS = 24;
const HALF = SECTORS / 2;
const FILLED = -7;

/** In the order of the first write of each sector since it was synced. */
interface Entry {
  readonly sector: number;
  written: number;
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), sector: fc.nat(SECTORS - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sync' as const), drive: fc.nat(1), back: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fill' as const), drive: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('empty' as const) }) },
);

test('sectors are synced once, by a sync of their drive that was asked for after their last write; of the others stays what they held before', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const unsynced = new Unsynced({ m: new Int32Array(Unsynced.words(SECTORS) + 3), at: 3 }, SECTORS);
      // One number stands for what a sector holds.
      const current = new Array<number>(SECTORS).fill(0);
      const kept = new Array<number>(SECTORS).fill(0);
      const stable = new Array<number>(SECTORS).fill(0);
      const touched = new Set<number>();
      let list: Entry[] = [];
      let serial = 0;
      for (const s of steps) {
        const first = s.kind === 'sync' || s.kind === 'fill' ? s.drive * HALF : 0;
        const isThere = (sector: number): boolean => sector >= first && sector < first + HALF;
        if (s.kind === 'write') {
          const place = unsynced.wrote(s.sector);
          if (place !== NOT_KEPT) kept[place] = current[s.sector] as number;
          current[s.sector] = ++serial;
          touched.add(s.sector);
          const known = list.find((e) => e.sector === s.sector);
          if (known) known.written = serial;
          else list.push({ sector: s.sector, written: serial });
        } else if (s.kind === 'sync') {
          const upTo = Math.max(0, serial - s.back);
          unsynced.sync(upTo, first, first + HALF);
          const goes = (e: Entry): boolean => isThere(e.sector) && e.written <= upTo;
          for (const { sector } of list.filter(goes)) stable[sector] = current[sector] as number;
          list = list.filter((e) => !goes(e));
        } else if (s.kind === 'clear') {
          unsynced.clear();
          for (const { sector } of list) stable[sector] = current[sector] as number;
          list = [];
        } else if (s.kind === 'fill') {
          current.fill(FILLED, first, first + HALF);
          stable.fill(FILLED, first, first + HALF);
          for (let sector = first; sector < first + HALF; sector++) touched.add(sector);
          unsynced.filled(first, first + HALF, (place) => {
            kept[place] = FILLED;
          });
        } else {
          unsynced.empty();
          current.fill(0);
          stable.fill(0);
          touched.clear();
          list = [];
        }
        expect(unsynced.serial).toBe(serial);
        expect(Array.from({ length: unsynced.count }, (_, i) => unsynced.sector(i))).toEqual(list.map((e) => e.sector));
        const before = (place: number, sector: number): number =>
          (place === ZEROES ? 0 : place === NOT_KEPT ? current[sector] : kept[place]) as number;
        expect(current.map((_, sector) => before(unsynced.place(sector), sector))).toEqual(stable);
        expect(list.map(({ sector }, i) => before(unsynced.placeOf(i), sector))).toEqual(
          list.map(({ sector }) => stable[sector]),
        );
        expect(current.filter((_, sector) => !unsynced.isBlank(sector))).toHaveLength(touched.size);
      }
    }),
  );
});
