/**
 * What is marked of slots for the battery's log, when one batch has the marks of many steps: a copy that is kept by batches
 * alone is, after each of them, what an array can go on from.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BatteryMarks, MARKED_SECTORS_MAX, SPANS_MAX } from '../../../firmware/memory/battery-marks.js';
import { MAX_SECTORS_PER_TRACK } from '../../../firmware/memory/constants.js';
import { SECTOR_WORDS } from '../../../firmware/memory/copy.js';
import { attach } from '../../../firmware/memory/layout.js';
import { fieldOffset, shiftOf } from '../../../firmware/memory/tables.js';
import { ArrayTables } from '../../../firmware/runtime/machine/tables.js';
import { loadRig } from '../../../firmware/service/rig.js';
import { Slots } from '../../../firmware/units/slots.js';
import { Tracks } from '../../../firmware/units/tracks.js';
import { batteryPrint, copyMarked } from '../../harness/battery.js';
import { span } from '../../harness/path.js';

const [config] = loadRig('tiny-pair').arrays;
const layout = ArrayTables.layoutFor(config);
const { sectorsPerTrack } = layout.dims;
const HOST_POOL = 0;
const TRACKS = 9;

/** The cache role's ways through the units, each without a wait, as microcode goes them; hosts and destages are the test. */
class Cache {
  readonly tables = new ArrayTables(config, layout, new SharedArrayBuffer(layout.bytes));
  readonly memory = this.tables.memory;
  readonly copy = attach(layout, new SharedArrayBuffer(layout.bytes));
  readonly marks = new BatteryMarks(layout);
  readonly slots = new Slots(this.memory, this.marks);
  readonly #tracks = new Tracks(this.memory, () => 0, this.marks);
  readonly #pinned: number[] = [];
  #number = 0;

  constructor() {
    this.tables.powerOn();
    for (let slot = 0; slot < layout.records.slot; slot++) this.slots.adopt(slot);
    this.marks.onFull = () => this.batch();
    this.copy.m.set(this.memory.m);
  }

  batch(): void {
    copyMarked(this.marks, this.memory.m, this.copy.m);
  }

  /** What an array would go on from: of the memory, or of its copy. */
  print(of = this.memory): string {
    return batteryPrint(of);
  }

  /** What the copy's header says of a slot. */
  copied(field: string, slot: number): number {
    return this.copy.m[layout.base.slot + (slot << shiftOf('slot')) + fieldOffset('slot', field)] as number;
  }

  find(track: number): number {
    return this.slots.find(0, track);
  }

  /** The track has a slot after this, unless all are taken. */
  read(track: number): number {
    const found = this.find(track);
    const slot = found >= 0 ? found : this.slots.alloc(HOST_POOL);
    if (slot >= 0 && found < 0) this.slots.enter(slot, 0, track);
    if (slot >= 0 && this.tables.get('entry', 'granted', slot) !== 0) this.slots.empty(slot);
    if (slot >= 0) this.slots.settle(slot);
    return slot;
  }

  /** Sectors get a new number. Of a slot that is destaged it goes to a new version. */
  write(track: number, sectors: number): void {
    const { slots, memory } = this;
    const found = this.read(track);
    const slot = this.#pinned.includes(found) ? this.move(track) : found;
    if (slot < 0 || !slots.grant(slot)) return;
    const from = layout.transferAt * SECTOR_WORDS;
    memory.m.fill(++this.#number, from, from + sectorsPerTrack * SECTOR_WORDS);
    this.#tracks.merge(slot, sectors, layout.transferAt, this.#number, 0);
    slots.give(slot);
    slots.soil(slot);
  }

  /** A new version of a track that has a slot. */
  move(track: number): number {
    const slot = this.slots.alloc(HOST_POOL);
    if (slot >= 0) this.slots.move(slot, this.find(track));
    return slot;
  }

  /** A parity error of a slot whose drive has all that it has. */
  spoil(track: number): void {
    const slot = this.find(track);
    if (slot >= 0 && !this.slots.isDirty(slot)) this.slots.spoil(slot);
  }

  destage(): void {
    const slot = this.slots.oldest();
    if (slot < 0 || this.slots.take(slot) !== 1) return;
    this.slots.pin(slot);
    this.#pinned.push(slot);
  }

  /** The destage that began first ends. */
  destaged(): void {
    const slot = this.#pinned.shift();
    if (slot === undefined) return;
    this.slots.unpin(slot);
    if (this.tables.get('slot', 'volume', slot) !== 0) this.slots.clean(slot);
    this.slots.settle(slot);
  }
}

const anyTrack = fc.nat(TRACKS - 1);
const step = fc.oneof(
  fc.record({ op: fc.constantFrom('read' as const, 'spoil' as const), track: anyTrack }),
  fc.record({
    op: fc.constant('write' as const),
    track: anyTrack,
    sectors: fc
      .nat(sectorsPerTrack - 1)
      .chain((first) => fc.integer({ min: 1, max: sectorsPerTrack - first }).map((n) => span(first, n))),
  }),
  fc.record({ op: fc.constantFrom('destage' as const, 'destaged' as const, 'batch' as const) }),
);

describe('what is marked of slots', () => {
  test('makes a copy that goes on as the memory does, whatever happens between two batches', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const cache = new Cache();
        for (const s of steps) {
          if (s.op === 'read' || s.op === 'spoil') cache[s.op](s.track);
          else if (s.op === 'write') cache.write(s.track, s.sectors);
          else cache[s.op]();
          if (s.op === 'batch') expect(cache.print(cache.copy)).toBe(cache.print());
        }
      }),
      { numRuns: 200 },
    );
  });

  test('a slot that a track left, and another came to in the same batch, has no dirty sectors of the first', () => {
    const cache = new Cache();
    cache.write(0, span(0, sectorsPerTrack));
    const slot = cache.find(0);
    cache.destage();
    cache.batch();
    cache.write(0, span(0, 1));
    cache.destaged();
    expect(cache.read(1)).toBe(slot);
    cache.batch();
    expect(cache.copied('track', slot)).toBe(1);
    expect(cache.copied('dirty', slot)).toBe(0);
  });

  test('a write is no parity error of what its slot held before', () => {
    const cache = new Cache();
    const slot = cache.read(0);
    expect(cache.slots.spoil(slot)).toBe(true);
    cache.batch();
    for (let track = 1; track < TRACKS; track++) cache.write(track, span(0, 1));
    expect(cache.find(0)).toBe(-1);
    cache.batch();
    expect([cache.copied('dirty', slot), cache.copied('spoiled', slot)]).toEqual([1, 0]);
  });

  /** What `then` marks, behind so many runs of sectors: how many batches came meanwhile; none has a part of it. */
  const behind = (cache: Cache, runs: number, sectors: number, then: () => void): number => {
    const nowhere = layout.slotsAt + (layout.records.slot - 1) * sectorsPerTrack;
    while (cache.marks.spanCount < runs) cache.marks.sectors(nowhere, sectors);
    const before = cache.print();
    let batches = 0;
    cache.marks.onFull = () => {
      cache.batch();
      batches += 1;
      expect(cache.print(cache.copy)).toBe(before);
    };
    then();
    return batches;
  };

  test('a write that does not fit into a batch any more is in the next as a whole', () => {
    const cache = new Cache();
    cache.write(0, span(0, 1));
    expect(behind(cache, SPANS_MAX, 1, () => cache.write(0, span(1, 1)))).toBe(1);
  });

  test('a new version of a track that does not fit into a batch any more is in the next as a whole', () => {
    const cache = new Cache();
    cache.write(0, span(0, 1));
    cache.write(0, span(2, 1));
    cache.destage();
    expect(behind(cache, SPANS_MAX, 1, () => cache.write(0, span(1, 1)))).toBe(1);
  });

  test('a new version that just fits into a batch is in it as a whole', () => {
    const cache = new Cache();
    cache.write(0, span(0, 1));
    cache.write(0, span(2, 1));
    cache.destage();
    cache.batch();
    const runs = (MARKED_SECTORS_MAX - MAX_SECTORS_PER_TRACK) / sectorsPerTrack;
    expect(behind(cache, runs, sectorsPerTrack, () => cache.move(0))).toBe(0);
    cache.batch();
    expect(cache.print(cache.copy)).toBe(cache.print());
  });
});
