import { describe, expect, test } from 'vitest';
import { INTENT, POOL, RESULT } from '../../firmware/memory/constants.js';
import type { Message } from '../harness/messages.js';
import { type Path, span } from '../harness/path.js';
import { cache } from './fixtures.js';

const { OK, MEDIUM_ERROR } = RESULT;
const { TO_READ, TO_WRITE } = INTENT;

const ask = (p: Path, intent: number, track: number, pool: number = POOL.HOST_POOL, volume = 0): void => {
  p.receive('GET', { volume, track, span: span(0, 2), intent, pool });
};

/** A slot to write to; it is granted. */
function granted(p: Path, track: number, pool?: number, volume = 0): number {
  ask(p, TO_WRITE, track, pool, volume);
  return p.expectReply('GOT', { result: OK }).payload.slot as number;
}

/** A slot in which two sectors of the track were written, as the data role leaves it. */
function written(p: Path, track: number, pool?: number, volume = 0): number {
  const slot = granted(p, track, pool, volume);
  p.node.tracks.merge(slot, span(0, 2), p.transferAt, 1, 0);
  p.receive('GIVE', { slot, session: 0 });
  return slot;
}

/** A slot that holds all of a track, staged and pinned. */
function staged(p: Path, track: number): number {
  ask(p, TO_READ, track);
  const stage = p.expect('disk', 'STAGE', { track });
  return fill(p, stage);
}

function fill(p: Path, stage: Message): number {
  const slot = stage.payload.slot as number;
  p.node.slots.filled(slot, span(0, 4));
  p.answer('STAGED', { result: OK }, stage);
  p.expectReply('GOT', { result: OK, slot });
  return slot;
}

describe('a slot to read', () => {
  test('that holds the sectors is pinned and given at once, in at most fourteen micro-operations', () => {
    const p = cache();
    const slot = staged(p, 1);
    p.receive('UNPIN', { slot });
    p.expectDone();
    ask(p, TO_READ, 1);
    p.expectReply('GOT', { result: OK, slot });
    p.expectDone({ pinned: [slot], mostOps: 14 });
  });

  test('that is not in cache is staged first; nobody else touches it meanwhile', () => {
    const p = cache();
    ask(p, TO_READ, 1);
    const stage = p.expect('disk', 'STAGE', { volume: 0, track: 1 });
    ask(p, TO_READ, 1);
    ask(p, TO_WRITE, 1);
    p.expectNothing();
    const slot = fill(p, stage);
    // In the order of asking: the reader is given the slot, the writer a version of it.
    p.expectReply('GOT', { result: OK, slot });
    const version = p.expectReply('GOT', { result: OK }).payload.slot as number;
    expect(version).not.toBe(slot);
    p.expectDone({ pinned: [slot, slot], granted: [version] });
  });

  test('that holds other sectors only is staged, and what it holds is kept', () => {
    const p = cache();
    const slot = written(p, 1);
    p.expect('disk', 'DESTAGE', { delay_us: 1000 });
    p.receive('GET', { volume: 0, track: 1, span: span(1, 2), intent: TO_READ, pool: 0 });
    p.expect('disk', 'STAGE', { slot });
    p.answer('STAGED', { result: OK });
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    p.expectReply('GOT', { result: OK, slot });
    p.expectDone({ pinned: [slot] });
  });

  test('that the drive cannot give is an error, and the slot comes free for who waits', () => {
    const p = cache({ hostSlots: 1 });
    ask(p, TO_READ, 1);
    ask(p, TO_READ, 2);
    p.expect('disk', 'STAGE', { track: 1 });
    p.answer('STAGED', { result: MEDIUM_ERROR });
    p.expectReply('GOT', { result: MEDIUM_ERROR });
    staged2(p);
  });

  function staged2(p: Path): void {
    const stage = p.expect('disk', 'STAGE', { track: 2 });
    const slot = fill(p, stage);
    p.expectDone({ pinned: [slot] });
  }

  test('in a full cache waits for a reader to be done', () => {
    const p = cache({ hostSlots: 2 });
    const a = staged(p, 0);
    const b = staged(p, 1);
    ask(p, TO_READ, 2);
    p.expectNothing();
    p.receive('UNPIN', { slot: a });
    const stage = p.expect('disk', 'STAGE', { track: 2, slot: a });
    fill(p, stage);
    p.expectDone({ pinned: [a, b] });
  });

  test('in a cache full of dirty slots begins a destage and waits for it', () => {
    const p = cache({ hostSlots: 2, hostWpLimit: 2 });
    const a = written(p, 0);
    p.expect('disk', 'DESTAGE', { delay_us: 1000 });
    written(p, 1);
    p.expectNothing();
    ask(p, TO_READ, 2);
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    p.receive('TAKE', { delayed: 0 });
    p.expectReply('TAKEN', { count: 2 });
    p.receive('CLEAN', { slot: a, cleaned: 1 });
    p.expect('disk', 'STAGE', { track: 2, slot: a });
  });

  test('evicts the track that was used longest ago', () => {
    const p = cache({ hostSlots: 2 });
    const a = staged(p, 0);
    const b = staged(p, 1);
    p.receive('UNPIN', { slot: b });
    p.receive('UNPIN', { slot: a });
    ask(p, TO_READ, 2);
    p.expect('disk', 'STAGE', { track: 2, slot: b });
  });
});

describe('a slot to write', () => {
  test('is granted to one asker; the next waits until it is given back', () => {
    const p = cache();
    const slot = granted(p, 1);
    ask(p, TO_WRITE, 1);
    p.expectNothing();
    expect([p.get('pool.wp', 0), p.get('device.wp', 0)]).toEqual([1, 1]);
    p.receive('GIVE', { slot, session: 0 });
    p.expectReply('GOT', { result: OK, slot });
    p.expectDone({ granted: [slot] });
    expect([p.get('pool.wp', 0), p.get('device.wp', 0)]).toEqual([1, 1]);
  });

  test('is granted to the next one when the first has written', () => {
    const p = cache();
    const slot = granted(p, 1);
    ask(p, TO_WRITE, 1);
    p.node.tracks.merge(slot, span(0, 1), p.transferAt, 1, 0);
    p.receive('GIVE', { slot, session: 0 });
    p.expect('disk', 'DESTAGE', { delay_us: 1000 });
    p.expectReply('GOT', { result: OK, slot });
    p.expectDone({ granted: [slot] });
  });

  test('that is dirty already counts once under the limits', () => {
    const p = cache();
    const slot = written(p, 1);
    p.expect('disk', 'DESTAGE');
    expect(granted(p, 1)).toBe(slot);
    expect([p.get('pool.wp', 0), p.get('device.wp', 0)]).toEqual([1, 1]);
    p.expectDone({ granted: [slot] });
  });

  test('that somebody reads is a new version, with the bytes; the reader keeps the old one until it is done', () => {
    const p = cache();
    const old = staged(p, 1);
    p.fill(p.slotAt(old), 4, 0x77);
    const slot = granted(p, 1);
    expect(slot).not.toBe(old);
    expect(p.slotBytes(slot)).toEqual([0x77, 0x77, 0x77, 0x77]);
    expect(p.get('slot.track', slot)).toBe(1);
    p.expectDone({ pinned: [old], granted: [slot] });
    p.receive('UNPIN', { slot: old });
    expect(p.node.slots.alloc(0)).toBe(old);
  });

  test('that is being destaged is a new version, and counts once', () => {
    const p = cache();
    const old = written(p, 1);
    p.expect('disk', 'DESTAGE', { delay_us: 1000 });
    p.receive('TAKE', { delayed: 1 });
    p.expectReply('TAKEN', { count: 1, slots0: old });
    const slot = granted(p, 1);
    expect([p.get('pool.wp', 0), p.get('device.wp', 0)]).toEqual([1, 1]);
    expect(p.get('dirty.count')).toBe(1);
    p.receive('CLEAN', { slot: old, cleaned: 0 });
    expect([p.get('pool.wp', 0), p.get('dirty.count')]).toEqual([1, 1]);
    p.expectDone({ granted: [slot] });
  });

  test('in the other pool moves the track over, write pending and all', () => {
    const p = cache();
    const old = written(p, 1);
    p.expect('disk', 'DESTAGE', { delay_us: 1000 });
    ask(p, TO_WRITE, 1, POOL.REMOTE_POOL);
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    const slot = p.expectReply('GOT', { result: OK }).payload.slot as number;
    expect(slot).toBeGreaterThanOrEqual(4);
    expect([p.get('pool.wp', 0), p.get('pool.wp', 1), p.get('device.wp', 0)]).toEqual([0, 1, 1]);
    expect(p.get('slot.volume', old)).toBe(0);
    p.expectDone({ granted: [slot] });
  });

  test('in the other pool frees the slot that the track leaves, for who waits for one', () => {
    const p = cache({ hostSlots: 1 });
    const old = written(p, 1);
    p.expect('disk', 'DESTAGE', { delay_us: 1000 });
    ask(p, TO_READ, 2);
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    const write = p.receive('GET', { volume: 0, track: 1, span: span(0, 2), intent: TO_WRITE, pool: POOL.REMOTE_POOL });
    p.expectReply('GOT', { result: OK }, write);
    p.expect('disk', 'STAGE', { track: 2, slot: old });
  });

  test('for a host waits at the limit of the pool until a destage ends', () => {
    const p = cache({ hostWpLimit: 1 });
    const slot = written(p, 0);
    p.expect('disk', 'DESTAGE', { delay_us: 1000 });
    ask(p, TO_WRITE, 1);
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    p.expectNothing();
    p.receive('TAKE', { delayed: 0 });
    p.expectReply('TAKEN', { count: 1 });
    p.receive('CLEAN', { slot, cleaned: 1 });
    p.expectReply('GOT', { result: OK });
    expect([p.get('pool.wp', 0), p.get('device.wp', 0)]).toEqual([1, 1]);
  });

  test('for a host waits at the limit of its volume, and other volumes go on', () => {
    const p = cache({ volumes: [{ tracks: 4, wpLimit: 1 }, { tracks: 4 }] });
    written(p, 0);
    p.expect('disk', 'DESTAGE', { delay_us: 1000 });
    ask(p, TO_WRITE, 1);
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    const other = p.receive('GET', { volume: 1, track: 0, span: span(0, 1), intent: TO_WRITE, pool: 0 });
    p.expectReply('GOT', { result: OK }, other);
    p.expectNothing();
  });

  test('for the other side does not wait at a limit of hosts', () => {
    const p = cache({ hostWpLimit: 1, volumes: [{ tracks: 4, wpLimit: 1 }] });
    written(p, 0);
    p.expect('disk', 'DESTAGE');
    const slot = granted(p, 1, POOL.REMOTE_POOL);
    expect([p.get('pool.wp', 0), p.get('pool.wp', 1), p.get('device.wp', 0)]).toEqual([1, 1, 2]);
    p.expectDone({ granted: [slot] });
  });

  test('leaves its empty slot to others while it waits at a limit', () => {
    const p = cache({ hostSlots: 2, hostWpLimit: 1 });
    written(p, 0);
    p.expect('disk', 'DESTAGE');
    ask(p, TO_WRITE, 1);
    p.expect('disk', 'DESTAGE');
    ask(p, TO_READ, 2);
    p.expect('disk', 'STAGE', { track: 2 });
  });
});
