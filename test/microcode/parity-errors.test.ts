/** Parity errors of cache slots: what the drive has too is staged again; what it has not is lost here, and never shown. */
import { describe, expect, test } from 'vitest';
import { CLEANED, FLAG, INTENT, POOL, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { cache, source, target } from './fixtures.js';

const { OK, STALE, LOOK } = RESULT;
const pool = POOL.HOST_POOL;

/** A slot in which two sectors of track 1 were written. */
function written(p: Path): number {
  p.receive('GET', { volume: 0, track: 1, span: span(0, 2), intent: INTENT.TO_WRITE, pool });
  const slot = p.expectReply('GOT', { result: OK }).payload.slot as number;
  p.node.tracks.merge(slot, span(0, 2), p.transferAt, 1, 0);
  p.receive('GIVE', { slot, session: 0 });
  p.expect('disk', 'DESTAGE', { delay_us: 1000 });
  return slot;
}

const read = (p: Path): void => {
  p.receive('GET', { volume: 0, track: 1, span: span(0, 2), intent: INTENT.TO_READ, pool });
};

describe('a slot with a parity error', () => {
  test('that is clean holds nothing: it is staged again', () => {
    const p = cache();
    read(p);
    const first = p.expect('disk', 'STAGE', { track: 1 });
    const slot = first.payload.slot as number;
    p.node.slots.filled(slot, span(0, 4));
    p.answer('STAGED', { result: OK }, first);
    p.expectReply('GOT', { result: OK, slot });
    p.receive('UNPIN', { slot });
    expect(p.node.slots.spoil(slot)).toBe(true);
    read(p);
    const stage = p.expect('disk', 'STAGE', { track: 1, slot });
    expect(p.get('slot.spoiled', slot)).toBe(0);
    p.node.slots.filled(slot, span(0, 4));
    p.answer('STAGED', { result: OK }, stage);
    p.expectReply('GOT', { result: OK, slot });
    p.expectDone({ pinned: [slot] });
  });

  test('that is dirty is told to the data role, and whoever asks is answered after that has marked the track', () => {
    const p = cache();
    const slot = written(p);
    p.node.slots.spoil(slot);
    read(p);
    p.expect('data', 'SPOILED', { volume: 0, track: 1, spoiled: slot });
    read(p);
    p.expectNothing();
    p.receive('CLEAN', { slot, cleaned: CLEANED.BYTES_LOST });
    p.expectReply('GOT', { result: STALE });
    p.expectReply('GOT', { result: STALE });
    expect([p.get('pool.wp', 0), p.get('device.wp', 0), p.get('slot.spoiled', slot)]).toEqual([0, 0, 0]);
    p.expectDone();
  });

  test('is not destaged: the data role is told instead', () => {
    const p = cache();
    const slot = written(p);
    p.node.slots.spoil(slot);
    p.receive('TAKE', { delayed: 1 });
    p.expect('data', 'SPOILED', { volume: 0, track: 1, spoiled: slot });
    p.expectReply('TAKEN', { count: 0 });
    p.receive('CLEAN', { slot, cleaned: CLEANED.BYTES_LOST });
    expect(p.get('dirty.count')).toBe(0);
    p.expectDone();
  });

  test('that somebody reads or writes just now cannot come', () => {
    const p = cache();
    p.receive('GET', { volume: 0, track: 1, span: span(0, 2), intent: INTENT.TO_WRITE, pool });
    const slot = p.expectReply('GOT', { result: OK }).payload.slot as number;
    expect(p.node.slots.spoil(slot)).toBe(false);
  });

  test('does not come back when its slot goes to another track', () => {
    const p = cache();
    const slot = written(p);
    p.node.slots.clean(slot);
    p.node.slots.settle(slot);
    p.node.slots.spoil(slot);
    const taken: number[] = [];
    for (let s = p.node.slots.alloc(pool); s >= 0; s = p.node.slots.alloc(pool)) taken.push(s);
    expect(taken).toContain(slot);
    expect(p.get('entry.granted', slot)).toBe(0);
  });
});

describe('a read that staged a track', () => {
  test('of a volume with an invalid track says so: the track may have become invalid since it was asked for', () => {
    const p = cache();
    p.set('volume.m1_inv', 0, 1);
    read(p);
    const stage = p.expect('disk', 'STAGE', { track: 1 });
    const slot = stage.payload.slot as number;
    p.node.slots.filled(slot, span(0, 4));
    p.answer('STAGED', { result: OK }, stage);
    p.expectReply('GOT', { result: LOOK, slot });
    p.expectDone({ pinned: [slot] });
  });
});

describe('the data role', () => {
  test('that is told of one marks the track M1 invalid before the slot is emptied', () => {
    const p = source('PAIR');
    p.set('track.flags', 1, FLAG.WRITTEN | FLAG.M1_WP);
    p.set('volume.m1_wp', 0, 1);
    p.receive('SPOILED', { volume: 0, track: 1, spoiled: 3 });
    p.expect('cache', 'CLEAN', { slot: 3, cleaned: CLEANED.BYTES_LOST });
    p.expect('data', 'REBUILD', {});
    expect(p.get('track.flags', 1)).toBe(FLAG.WRITTEN | FLAG.M1_INV);
    expect(p.get('volume.state', 0)).toBe(VOLUME_STATE.VOLUME_WATCHED);
  });

  test('of a target ends its session: what waits until it is stored waits in vain', () => {
    const p = target();
    p.receive('SPOILED', { volume: 0, track: 1, spoiled: 3 });
    p.expect('cache', 'CLEAN', { slot: 3, cleaned: CLEANED.BYTES_LOST });
    expect(p.get('session.taking', 0)).toBe(0);
  });

  test('reads a slot that came meanwhile from the drive only if its track is right here', () => {
    const p = source('PAIR');
    p.set('track.flags', 1, FLAG.WRITTEN);
    p.receive('READ', { volume: 0, track: 1, span: span(0, 1) });
    p.expect('cache', 'GET', {});
    p.answer('GOT', { result: LOOK, slot: 2 });
    p.expectReply('READY', { result: OK, slot: 2 });
    p.receive('READ', { volume: 0, track: 1, span: span(0, 1) });
    p.expect('cache', 'GET', {});
    p.set('track.flags', 1, FLAG.WRITTEN | FLAG.M1_INV);
    p.set('volume.m1_inv', 0, 1);
    p.answer('GOT', { result: LOOK, slot: 2 });
    p.expect('cache', 'UNPIN', { slot: 2 });
    p.expect('data', 'REBUILD', {});
  });
});
