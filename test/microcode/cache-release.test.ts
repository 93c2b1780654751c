import { describe, expect, test } from 'vitest';
import { CLEANED, INTENT, POOL, RESULT } from '../../firmware/memory/constants.js';
import { type Path, path, span } from '../harness/path.js';
import { cache } from './fixtures.js';

const { OK } = RESULT;

function granted(p: Path, track: number, pool: number = POOL.HOST_POOL, volume = 0): number {
  p.receive('GET', { volume, track, span: span(0, 1), intent: INTENT.TO_WRITE, pool });
  return p.expectReply('GOT', { result: OK }).payload.slot as number;
}

function written(p: Path, track: number, session = 0, pool: number = POOL.HOST_POOL, volume = 0): number {
  const slot = granted(p, track, pool, volume);
  p.node.tracks.merge(slot, span(0, 1), p.transferAt, 1, 0);
  p.receive('GIVE', { slot, session });
  return slot;
}

/** Slots written in this order; the first one begins a destage after a while. */
function dirtied(p: Path, tracks: readonly number[]): number[] {
  return tracks.map((track, i) => {
    const slot = written(p, track);
    if (i === 0) p.expect('disk', 'DESTAGE', { delay_us: 1000 });
    return slot;
  });
}

describe('the end of a grant', () => {
  test('after a write puts the slot last into the dirty list and begins a destage after a while, once', () => {
    const p = cache();
    written(p, 0);
    p.expect('disk', 'DESTAGE', { delay_us: 1000 });
    written(p, 1);
    expect(p.get('dirty.count')).toBe(2);
    p.expectDone();
  });

  test('begins a destage after a while again when the last one has begun', () => {
    const p = cache();
    const a = written(p, 0);
    p.expect('disk', 'DESTAGE', { delay_us: 1000 });
    p.receive('TAKE', { delayed: 1 });
    p.expectReply('TAKEN', { count: 1 });
    written(p, 1);
    p.expect('disk', 'DESTAGE', { delay_us: 1000 });
    p.expectDone({ pinned: [a] });
  });

  test('begins a destage at once when enough is dirty', () => {
    const p = cache({ destageStart: 2 });
    written(p, 0);
    p.expect('disk', 'DESTAGE', { delay_us: 1000 });
    written(p, 1);
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    written(p, 2);
    p.expectDone();
  });

  test('after a write of the other side begins a destage at once: its credit is waited for', () => {
    const p = cache();
    written(p, 0, 3, POOL.REMOTE_POOL);
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    p.expectDone();
  });

  test('of a write that was withdrawn gives back its place under the limits', () => {
    const p = cache();
    const slot = granted(p, 0);
    p.receive('GIVE', { slot, session: 0 });
    expect([p.get('pool.wp', 0), p.get('device.wp', 0), p.get('dirty.count')]).toEqual([0, 0, 0]);
    p.expectDone();
  });

  test('of a write that was withdrawn lets a host go on that waits at the limit', () => {
    const p = cache({ hostWpLimit: 1 });
    const slot = granted(p, 0);
    p.receive('GET', { volume: 0, track: 1, span: span(0, 1), intent: INTENT.TO_WRITE, pool: 0 });
    p.expectNothing();
    p.receive('GIVE', { slot, session: 0 });
    const { slot: next = -1 } = p.expectReply('GOT', { result: OK }).payload;
    p.expectDone({ granted: [next] });
  });

  test('that was withdrawn from a slot dirty before keeps the older write pending', () => {
    const p = cache();
    written(p, 0);
    p.expect('disk', 'DESTAGE');
    const slot = granted(p, 0);
    p.receive('GIVE', { slot, session: 0 });
    expect([p.get('pool.wp', 0), p.get('dirty.count')]).toEqual([1, 1]);
    p.expectDone();
  });

  test('of a slot that nobody was granted is a microcode fault', () => {
    const p = cache();
    expect(() => p.receive('GIVE', { slot: 1 })).toThrow('ends a grant of slot 1, which is not granted (cache, task');
    expect(() => p.receive('UNPIN', { slot: 1 })).toThrow('unpins slot 1, which nobody pins');
  });
});

describe('a clean', () => {
  test('of what was written gives back the place under the limits and the credits of what wrote', () => {
    const p = cache();
    const slot = written(p, 0, 3, POOL.REMOTE_POOL);
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    expect(written(p, 0, 3, POOL.REMOTE_POOL)).toBe(slot);
    p.receive('TAKE', { delayed: 0 });
    p.expectReply('TAKEN', { count: 1 });
    p.receive('CLEAN', { slot, cleaned: 1 });
    p.expect('remote', 'CREDIT', { count: 2 });
    expect([p.get('pool.wp', 1), p.get('device.wp', 0), p.get('entry.credits', slot)]).toEqual([0, 0, 0]);
    expect(p.words('slot.dirty', slot)).toEqual([0, 0, 0, 0]);
    p.expectDone();
  });

  test('gives back the credits of all wires over which it was written', () => {
    const p = cache();
    const slot = written(p, 0, 3, POOL.REMOTE_POOL);
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    written(p, 0, 4, POOL.REMOTE_POOL);
    p.receive('TAKE', { delayed: 0 });
    p.expectReply('TAKEN', { count: 1 });
    p.receive('CLEAN', { slot, cleaned: 1 });
    p.expect('remote', 'CREDIT', { count: 2 });
    p.expectDone();
  });

  test('of what was written over meanwhile soils the slot again, and holds its credit', () => {
    const p = cache();
    const slot = written(p, 0, 3, POOL.REMOTE_POOL);
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    p.receive('TAKE', { delayed: 0 });
    p.expectReply('TAKEN', { count: 1 });
    p.receive('CLEAN', { slot, cleaned: 0 });
    expect([p.get('dirty.count'), p.get('pool.wp', 1), p.get('entry.credits', slot)]).toEqual([1, 1, 1]);
    p.expectDone();
  });

  test.each([
    ['in the same slot', false],
    ['in another one', true],
  ])(
    'of a write that the drive failed, and that was written over meanwhile %s, lets the drive be tried after a while',
    (_, moves) => {
      const p = cache();
      const slot = written(p, 0, 3, POOL.REMOTE_POOL);
      p.expect('disk', 'DESTAGE', { delay_us: 0 });
      p.receive('TAKE', { delayed: 0 });
      p.expectReply('TAKEN', { count: 1 });
      if (moves) written(p, 0, 3, POOL.REMOTE_POOL);
      p.receive('CLEAN', { slot, cleaned: CLEANED.OUTDATED });
      p.expect('cache', 'RETRY', {});
      expect([p.get('dirty.count'), p.get('pool.wp', 1)]).toEqual([1, 1]);
      p.expectDone();
    },
  );

  test('of a slot whose track moved on frees it, and the credit goes with the track', () => {
    const p = cache();
    const old = written(p, 0, 3, POOL.REMOTE_POOL);
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    p.receive('TAKE', { delayed: 0 });
    p.expectReply('TAKEN', { count: 1 });
    const slot = written(p, 0, 3, POOL.REMOTE_POOL);
    expect([p.get('entry.credits', old), p.get('entry.credits', slot)]).toEqual([0, 2]);
    p.receive('CLEAN', { slot: old, cleaned: 0 });
    expect([p.get('pool.wp', 1), p.get('dirty.count')]).toEqual([1, 1]);
    expect(p.node.slots.alloc(1)).toBe(old);
    p.expectDone();
  });

  test('that makes room lets throttled hosts go on in order', () => {
    const p = cache({ hostWpLimit: 1 });
    const slot = written(p, 0);
    p.expect('disk', 'DESTAGE', { delay_us: 1000 });
    const waits = [1, 2].map((track) =>
      p.receive('GET', { volume: 0, track, span: span(0, 1), intent: INTENT.TO_WRITE, pool: 0 }),
    );
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    p.receive('TAKE', { delayed: 0 });
    p.expectReply('TAKEN', { count: 1 });
    p.receive('CLEAN', { slot, cleaned: 1 });
    p.expectReply('GOT', { result: OK }, waits[0]);
    p.expectNothing();
  });
});

describe('what is destaged next', () => {
  const take = (p: Path, delayed = 0): Readonly<Record<string, number>> => {
    p.receive('TAKE', { delayed });
    return p.expectReply('TAKEN').payload;
  };

  test('is the oldest dirty slot, the dirty tracks that follow it, then the next oldest; two slots in a word', () => {
    const p = cache({ volumes: [{ tracks: 8 }], hostSlots: 8 });
    const slots = dirtied(p, [3, 7, 1, 5, 4]);
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = slots;
    // Written in the order 3, 7, 1, 5, 4: neighbours on the drive go together.
    expect(take(p, 1)).toEqual({
      count: 5,
      volume: 0,
      slots0: a | (e << 16),
      slots1: d | (b << 16),
      slots2: c,
      slots3: 0,
    });
    expect(take(p)).toMatchObject({ count: 0 });
    expect(p.get('dirty.running')).toBe(0);
    p.expectDone({ pinned: slots });
  });

  test('is eight tracks at most, and never tracks of two volumes', () => {
    const p = cache({ volumes: [{ tracks: 10 }, { tracks: 4 }], hostSlots: 12 });
    const slots = dirtied(p, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    slots.push(written(p, 0, 0, 0, 1));
    const first = take(p, 1);
    expect(first.count).toBe(8);
    const word = (i: number): number => (slots[2 * i] as number) | ((slots[2 * i + 1] as number) << 16);
    expect([first.slots0, first.slots1, first.slots2, first.slots3]).toEqual([0, 1, 2, 3].map(word));
    expect(take(p)).toMatchObject({ count: 2, volume: 0, slots0: word(4) });
    expect(take(p)).toMatchObject({ count: 1, volume: 1 });
    p.expectDone({ pinned: slots });
  });

  test('passes over a slot that somebody writes', () => {
    const p = cache();
    const [a = -1, b = -1, c = -1] = dirtied(p, [0, 1, 3]);
    expect(granted(p, 0)).toBe(a);
    expect(take(p, 1)).toMatchObject({ count: 2, slots0: b | (c << 16) });
    expect(take(p)).toMatchObject({ count: 0 });
    p.expectDone({ pinned: [b, c], granted: [a] });
  });

  test('is nothing for a delayed destage while another one runs', () => {
    const p = cache({ destageStart: 2 });
    written(p, 0);
    p.expect('disk', 'DESTAGE', { delay_us: 1000 });
    written(p, 1);
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    expect(take(p, 1)).toMatchObject({ count: 0 });
    expect(p.get('dirty.running')).toBe(1);
    p.expectDone();
  });
});

describe('after power on', () => {
  test('dirty slots are found again, count as write pending and are destaged; the others are free', () => {
    const p = path('cache', { volumes: [{ tracks: 4 }, { tracks: 4 }] });
    const keep = (slot: number, volume: number, track: number, dirty: number): void => {
      p.set('slot.volume', slot, volume + 1);
      p.set('slot.track', slot, track);
      p.set('slot.dirty', slot, [0, dirty, 0, 0]);
    };
    keep(1, 1, 3, 2);
    keep(2, 0, 0, 0);
    keep(5, 0, 1, 1);
    p.receive('ADOPT');
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    p.expectReply('ADOPTED');
    expect([p.get('pool.wp', 0), p.get('pool.wp', 1), p.get('device.wp', 0), p.get('device.wp', 1)]).toEqual([
      1, 1, 1, 1,
    ]);
    const find = (volume: number, track: number): Readonly<Record<string, number>> => {
      p.receive('FIND', { volume, track });
      return p.expectReply('FOUND').payload;
    };
    expect(find(1, 3)).toEqual({ dirty: 1, slot: 1, whole: 0 });
    expect(find(0, 1)).toEqual({ dirty: 1, slot: 5, whole: 0 });
    expect(find(0, 0)).toEqual({ dirty: 0, slot: -1, whole: 0 });
    expect(p.get('slot.volume', 2)).toBe(0);
    p.expectDone();
  });
});
