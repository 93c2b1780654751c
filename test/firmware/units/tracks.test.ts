import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FLAG, FLAG_BITS, SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { type Path, path, span } from '../../harness/path.js';

const SIZES = [20, 7, 31, 1];
const BASES = [0, 20, 27, 58];
const COUNTS = ['m1_wp', 'm2_wp', 'm1_fp', 'm2_fp', 'm1_inv', 'm2_inv', 'written', 'fba_4096'] as const;

const fresh = (): Path => path('data', { volumes: SIZES.map((tracks) => ({ tracks })) });

const flags = fc.integer({ min: 1, max: (1 << FLAG_BITS) - 1 });
const place = fc
  .nat(SIZES.length - 1)
  .chain((volume) => fc.tuple(fc.constant(volume), fc.nat((SIZES[volume] ?? 1) - 1)));
const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ op: fc.constantFrom('set', 'clear'), place, flags }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('all'), place, flags }) },
);
type Step = { readonly op: string; readonly place: readonly [number, number]; readonly flags: number };

function apply(p: Path, model: number[][], { op, place: [volume, track], flags: bits }: Step): void {
  const { tracks } = p.node;
  const of = model[volume] as number[];
  if (op === 'all') {
    tracks.setAll(volume, bits);
    for (let t = 0; t < of.length; t++) of[t] = (of[t] as number) | bits;
  } else if (op === 'set') {
    tracks.setFlags((BASES[volume] as number) + track, volume, bits);
    of[track] = (of[track] as number) | bits;
  } else {
    tracks.clearFlags((BASES[volume] as number) + track, volume, bits);
    of[track] = (of[track] as number) & ~bits;
  }
}

function checkCounts(p: Path, model: readonly number[][]): void {
  const bearing = (list: readonly number[], bit: number): number => list.filter((f) => (f >> bit) & 1).length;
  const cylinders = p.machine.memory.layout.records.cylinder;
  for (const [bit, name] of COUNTS.entries()) {
    for (const [v, list] of model.entries()) expect(p.get(`volume.${name}`, v)).toBe(bearing(list, bit));
    expect(p.get(`system.${name}`)).toBe(bearing(model.flat(), bit));
    let sum = 0;
    for (let c = 0; c < cylinders; c++) sum += p.get(`cylinder.${name}`, c);
    expect(sum).toBe(bearing(model.flat(), bit));
  }
}

describe('track flags', () => {
  test('are counted by volume, cylinder and array whatever is set and cleared, also twice', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const p = fresh();
        const model = SIZES.map((n) => new Array<number>(n).fill(0));
        for (const s of steps) apply(p, model, s);
        for (const [v, list] of model.entries())
          for (const [t, f] of list.entries()) expect(p.node.tracks.flags((BASES[v] as number) + t)).toBe(f);
        checkCounts(p, model);
      }),
      { numRuns: 40 },
    );
  });

  test('are found by flag.next from every track on, in their own volume only', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), flags, (steps, wanted) => {
        const p = fresh();
        const model = SIZES.map((n) => new Array<number>(n).fill(0));
        for (const s of steps) apply(p, model, s);
        for (const [v, list] of model.entries()) {
          for (let from = 0; from <= list.length + 1; from++) {
            const next = list.findIndex((f, t) => t >= from && (f & wanted) !== 0);
            expect(p.node.tracks.nextFlag(v, from, wanted)).toBe(next);
          }
          expect(p.node.tracks.nextFlag(v, -1, wanted)).toBe(-1);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('are passed over by flag.gap up to the first track without any of them, in their own volume only', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), flags, (steps, wanted) => {
        const p = fresh();
        const model = SIZES.map((n) => new Array<number>(n).fill(0));
        // Mostly full, or every search would end where it begins.
        for (const v of SIZES.keys()) apply(p, model, { op: 'all', place: [v, 0], flags: wanted & -wanted });
        for (const s of steps) apply(p, model, s);
        for (const [v, list] of model.entries()) {
          for (let from = 0; from <= list.length + 1; from++) {
            const gap = list.findIndex((f, t) => t >= from && (f & wanted) === 0);
            expect(p.node.tracks.nextGap(v, from, wanted)).toBe(gap);
          }
          expect(p.node.tracks.nextGap(v, -1, wanted)).toBe(-1);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('are counted again after a power loss took the counts', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const p = fresh();
        const model = SIZES.map((n) => new Array<number>(n).fill(0));
        for (const s of steps) apply(p, model, s);
        p.machine.powerOff();
        p.machine.powerOn();
        for (const v of SIZES.keys()) p.node.tracks.recount(v);
        checkCounts(p, model);
      }),
      { numRuns: 30 },
    );
  });

  test('of different names are different bits, all of them counted', () => {
    const bits = Object.values(FLAG);
    expect(bits.reduce((a, b) => a + b, 0)).toBe((1 << FLAG_BITS) - 1);
    expect(bits.length).toBe(COUNTS.length);
  });
});

describe('a merge', () => {
  test('copies exactly its sectors and marks them valid and dirty, with the generation', () => {
    const at = fc.nat(15).chain((sector) => fc.tuple(fc.constant(sector), fc.nat(16 - sector)));
    fc.assert(
      fc.property(at, fc.boolean(), fc.nat(3), ([sector, sectors], zero, slot) => {
        const p = path('data', { sectorsPerTrack: 16 });
        p.fill(p.slotAt(0), 16 * 6, 0x11);
        p.fill(p.transferAt, 16, 0xee);
        if (zero) p.node.tracks.zero(slot, span(sector, sectors), 7, 8);
        else p.node.tracks.merge(slot, span(sector, sectors), p.transferAt, 7, 8);
        const wanted = new Array<number>(16).fill(0x11).fill(zero ? 0 : 0xee, sector, sector + sectors);
        expect(p.slotBytes(slot)).toEqual(wanted);
        for (const other of [0, 1, 2, 3, 4, 5])
          if (other !== slot) expect(p.slotBytes(other).every((b) => b === 0x11)).toBe(true);
        const mask = sectors === 0 ? 0 : ((1 << sectors) - 1) << sector;
        expect([p.get('slot.valid', slot), p.get('slot.dirty', slot)]).toEqual([mask, mask]);
        expect(p.words('slot.gen', slot)).toEqual([7, 8]);
      }),
      { numRuns: 60 },
    );
  });

  test('of a whole track of 128 sectors marks all of it', () => {
    const p = path('data', { sectorsPerTrack: 128, transferSectors: 128 });
    p.fill(p.transferAt, 128, 0x5a);
    p.node.tracks.merge(2, span(0, 128), p.transferAt, 1, 0);
    expect(p.words('slot.valid', 2)).toEqual([-1, -1, -1, -1]);
    expect(p.slotBytes(2)).toEqual(new Array(128).fill(0x5a));
    expect(p.machine.memory.bytes[p.slotAt(3) * SECTOR_BYTES]).toBe(0);
  });
});

describe('the time of the last operation', () => {
  test('is that of the last flag that was set, of the track and of its volume, also of one that was set already', () => {
    const p = fresh();
    const at = (s: number, track: number): void => {
      p.time_ns = s * 1_000_000_000 + 999_999_999;
      p.node.tracks.setFlags(20 + track, 1, FLAG.M1_WP);
    };
    at(7, 2);
    at(8, 3);
    at(9, 2);
    p.time_ns = 20_000_000_000;
    p.node.tracks.clearFlags(22, 1, FLAG.M1_WP);
    expect([22, 23, 24].map((t) => p.get('track.time', t))).toEqual([9, 8, 0]);
    expect([p.get('volume.time', 1), p.get('volume.time', 0)]).toEqual([9, 0]);
    p.node.tracks.setAll(1, FLAG.M2_FP);
    expect([p.get('track.time', 24), p.get('volume.time', 1)]).toEqual([20, 20]);
  });

  test('of a volume is that of its tracks after power on', () => {
    const p = fresh();
    p.set('track.time', 20, 5);
    p.set('track.time', 26, 9);
    p.set('track.time', 27, 30);
    p.node.tracks.recount(1);
    expect(p.get('volume.time', 1)).toBe(9);
  });
});

describe('a generation', () => {
  test('counts in its low word and takes the epoch as its high word', () => {
    const p = fresh();
    p.set('track.gen', 21, [41, 2]);
    p.node.tracks.bump(21, 5);
    expect(p.words('track.gen', 21)).toEqual([42, 5]);
    expect(p.words('track.gen', 20)).toEqual([0, 0]);
  });
});
