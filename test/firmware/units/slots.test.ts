import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Path, path, span } from '../../harness/path.js';
import { SlotsModel } from './slots-model.js';

const HOST = 4;
const REMOTE = 3;
const TRACKS = 6;
const SLOTS = HOST + REMOTE;

function fresh(): Path {
  const p = path('cache', { hostSlots: HOST, remoteSlots: REMOTE, volumes: [{ tracks: TRACKS }, { tracks: TRACKS }] });
  for (let s = 0; s < SLOTS; s++) p.node.slots.adopt(s);
  return p;
}

/** Slots of a list from its first, by the field that leads to the next. */
function walk(p: Path, first: number, next: 'entry.next' | 'entry.qnext'): number[] {
  const list: number[] = [];
  for (let s = first; s !== 0 && list.length <= SLOTS; s = p.get(next, s - 1)) list.push(s - 1);
  return list;
}

function check(p: Path, model: SlotsModel): void {
  for (const pool of [0, 1]) {
    expect(walk(p, p.get('pool.free', pool), 'entry.next')).toEqual(model.free[pool]);
    const lru = walk(p, p.get('pool.lru_first', pool), 'entry.next');
    expect(lru).toEqual(model.lru[pool]);
    expect(p.get('pool.lru_last', pool)).toBe((lru.at(-1) ?? -1) + 1);
    for (const s of lru) {
      expect([p.get('entry.pins', s), p.get('entry.granted', s), p.node.slots.isDirty(s)]).toEqual([0, 0, false]);
    }
  }
  expect(walk(p, p.get('dirty.first'), 'entry.qnext')).toEqual(model.dirty);
  expect(p.get('dirty.count')).toBe(model.dirty.length);
  expect(p.node.slots.oldest()).toBe(model.oldest());
  for (const volume of [0, 1])
    for (let track = 0; track < TRACKS; track++)
      expect(p.node.slots.find(volume, track)).toBe(model.find(volume, track));
}

const OPS = [
  'alloc',
  'enter',
  'move',
  'pin',
  'unpin',
  'grant',
  'give',
  'settle',
  'write',
  'soil',
  'clean',
  'take',
] as const;
interface Step {
  readonly op: (typeof OPS)[number];
  readonly slot: number;
  readonly volume: number;
  readonly track: number;
}
const steps = fc.array(
  fc.record({ op: fc.constantFrom(...OPS), slot: fc.nat(SLOTS - 1), volume: fc.nat(1), track: fc.nat(TRACKS - 1) }),
  { maxLength: 120 },
);

/** Does a step to both, if microcode could do it now. */
function both(p: Path, model: SlotsModel, { op, slot, volume, track }: Step): void {
  const { slots, tracks } = p.node;
  switch (op) {
    case 'alloc':
      expect(slots.alloc(volume)).toBe(model.alloc(volume));
      return;
    case 'enter':
      if (!model.isEmpty(slot) || model.find(volume, track) >= 0) return;
      slots.enter(slot, volume, track);
      model.enter(slot, volume, track);
      return;
    case 'move': {
      const from = model.find(volume, track);
      if (!model.isEmpty(slot) || from < 0 || model.granted[from]) return;
      slots.move(slot, from);
      model.move(slot, from);
      return;
    }
    case 'pin':
      if (!model.hasTrack(slot)) return;
      slots.pin(slot);
      model.pin(slot);
      return;
    case 'unpin':
      expect(slots.unpin(slot)).toBe(model.unpin(slot));
      return;
    case 'grant':
      if (!model.hasTrack(slot)) return;
      expect(slots.grant(slot)).toBe(model.grant(slot));
      return;
    case 'give':
      expect(slots.give(slot)).toBe(model.give(slot));
      return;
    case 'settle':
      slots.settle(slot);
      model.settle(slot);
      return;
    case 'write':
      if (!model.granted[slot]) return;
      tracks.merge(slot, span(track % 4, 1), p.transferAt, 1, 0);
      model.soiled[slot] = true;
      return;
    case 'soil':
      if (!model.soiled[slot]) return;
      slots.soil(slot);
      model.soil(slot);
      return;
    case 'clean':
      if (!model.hasTrack(slot)) return;
      slots.clean(slot);
      model.clean(slot);
      return;
    case 'take':
      expect(slots.take(slot)).toBe(model.take(slot) ? 1 : 0);
  }
}

describe('the directory of slots', () => {
  test('does what the model does in any order of steps: lists, LRU, dirty list and hash', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const p = fresh();
        const model = new SlotsModel(HOST, REMOTE);
        check(p, model);
        for (const step of list) {
          both(p, model, step);
          check(p, model);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('finds each of many tracks that share few buckets, and none that left', () => {
    const tracks = 64;
    const p = path('cache', { hostSlots: tracks, volumes: [{ tracks }, { tracks }] });
    for (let s = 0; s < tracks; s++) p.node.slots.adopt(s);
    const where = new Map<number, number>();
    for (let t = 0; t < tracks; t++) {
      const slot = p.node.slots.alloc(0);
      p.node.slots.enter(slot, t & 1, t);
      p.node.slots.settle(slot);
      where.set(t, slot);
    }
    for (const [t, slot] of where) {
      expect(p.node.slots.find(t & 1, t)).toBe(slot);
      expect(p.node.slots.find(1 - (t & 1), t)).toBe(-1);
    }
    for (let t = 0; t < tracks; t++) {
      expect(p.node.slots.alloc(0)).toBe(where.get(t));
      expect(p.node.slots.find(t & 1, t)).toBe(-1);
    }
    expect(p.node.slots.alloc(0)).toBe(-1);
  });

  test('moves bytes, header and credits with a track; the old slot stays as it was for who reads it, and is of no volume', () => {
    const p = fresh();
    const { slots, tracks } = p.node;
    const old = slots.alloc(0);
    slots.enter(old, 1, 3);
    p.fill(p.transferAt, 4, 0x42);
    tracks.merge(old, span(1, 2), p.transferAt, 9, 2);
    p.set('entry.credits', old, 5);
    p.set('entry.session', old, 6);
    const to = slots.alloc(1);
    slots.move(to, old);
    expect(p.slotBytes(to)).toEqual([0, 0x42, 0x42, 0]);
    expect(p.words('slot.gen', to)).toEqual([9, 2]);
    expect([p.get('slot.volume', to), p.get('slot.track', to), p.get('slot.valid', to)]).toEqual([2, 3, 0b110]);
    expect([p.get('entry.credits', to), p.get('entry.session', to)]).toEqual([5, 6]);
    expect([p.get('slot.volume', old), p.get('entry.credits', old)]).toEqual([0, 0]);
    // Who still has it pinned, a destage, finds what it was.
    expect([p.get('slot.track', old), p.get('slot.dirty', old)]).toEqual([3, 0b110]);
    expect(p.words('slot.gen', old)).toEqual([9, 2]);
    expect(p.slotBytes(old)).toEqual([0, 0x42, 0x42, 0]);
  });

  test('says which sectors a slot holds, lacks and has dirty', () => {
    const p = fresh();
    const slot = p.node.slots.alloc(0);
    p.node.slots.enter(slot, 0, 0);
    p.node.slots.filled(slot, span(0, 2));
    expect(p.node.slots.holds(slot, span(0, 2))).toBe(true);
    expect(p.node.slots.holds(slot, span(1, 2))).toBe(false);
    expect(p.node.slots.gap(slot, 0)).toBe(span(2, 2));
    expect(p.node.slots.run(slot, 0)).toBe(0);
    p.node.tracks.merge(slot, span(3, 1), p.transferAt, 1, 0);
    expect(p.node.slots.run(slot, 0)).toBe(span(3, 1));
    expect(p.node.slots.gap(slot, 0)).toBe(span(2, 1));
    expect(p.node.slots.at(slot, span(3, 1))).toBe(p.slotAt(slot, 3));
  });
});
