/** A track that this side cannot give: from the other side, or a medium error. */
import { describe, expect, test } from 'vitest';
import { FLAG, QUESTION, RESULT, SHIP_FLAG, VOLUME_STATE } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import { span } from '../harness/path.js';
import { data, EPOCH, PEER, source, target } from './fixtures.js';

const { OK, MEDIUM_ERROR, STALE, REFUSED, ON_DRIVE } = RESULT;
const TRACK = 1;
const GEN = 5;
const WHOLE = span(0, 4);

/** Track 1 was written, is of generation 5, and bears these flags. */
function written(p: Path, flags = 0): Path {
  p.set('track.gen', TRACK, GEN);
  p.set('track.flags', TRACK, FLAG.WRITTEN | flags);
  if ((flags & FLAG.M1_INV) !== 0) {
    p.set('volume.m1_inv', 0, 1);
    p.set('system.m1_inv', 0, 1);
    p.set('volume.state', 0, VOLUME_STATE.VOLUME_WATCHED);
  }
  if ((flags & FLAG.M2_INV) !== 0) p.set('volume.m2_inv', 0, 1);
  return p;
}

describe('a read that the drive fails', () => {
  test('marks the track M1 invalid, asks the other side for it in its generation, and is answered when it has come', () => {
    const p = written(source('PAIR', { sectorsPerTrack: 4 }));
    p.receive('READ', { volume: 0, track: TRACK, span: span(2, 1) });
    p.expect('cache', 'GET', {});
    p.answer('GOT', { result: MEDIUM_ERROR, slot: 2 });
    p.expect('data', 'REBUILD', {});
    expect(p.get('track.flags', TRACK)).toBe(FLAG.WRITTEN | FLAG.M1_INV);
    expect(p.get('volume.state', 0)).toBe(VOLUME_STATE.VOLUME_WATCHED);
  });
});

describe('a track that came back', () => {
  const back = { volume: 0, track: TRACK, span: WHOLE, at: 40, epoch: 0, gen: GEN, flags: 0, session: 9 };
  const flags = SHIP_FLAG.SHIP_WHOLE | SHIP_FLAG.SHIP_BACK;

  test('is whole again, write pending for its drive, and holds no credit', () => {
    const p = written(source('PAIR', { sectorsPerTrack: 4 }), FLAG.M1_INV);
    p.set('system.fetching', 0, TRACK + 1);
    p.receive('APPLY', { ...back, flags });
    p.expect('cache', 'GET', { volume: 0, track: TRACK });
    p.answer('GOT', { result: OK, slot: 0 });
    p.expect('cache', 'GIVE', { slot: 0, session: 0 });
    p.expectReply('APPLIED', { result: ON_DRIVE });
    expect(p.get('track.flags', TRACK)).toBe(FLAG.WRITTEN | FLAG.M1_WP);
    expect(p.get('volume.state', 0)).toBe(VOLUME_STATE.VOLUME_READY);
    p.expectDone();
  });

  test.each([
    ['nobody asked for', 0, GEN, FLAG.M1_INV],
    ['is of another generation', TRACK + 1, GEN - 1, FLAG.M1_INV],
    ['is right here again', TRACK + 1, GEN, 0],
    ['the other side lacks a write of', TRACK + 1, GEN, FLAG.M1_INV | FLAG.M2_WP],
  ])('is not taken if it %s', (_, fetching, gen, own) => {
    const p = written(source('PAIR', { sectorsPerTrack: 4 }), own);
    p.set('system.fetching', 0, fetching);
    p.receive('APPLY', { ...back, gen, flags });
    p.expectReply('APPLIED', { result: STALE });
    expect(p.get('track.flags', TRACK)).toBe(FLAG.WRITTEN | own);
    p.expectDone();
  });

  test('does not wait for a lock: who holds it may wait for this array', () => {
    const p = written(source('PAIR', { sectorsPerTrack: 4 }), FLAG.M1_INV);
    p.set('system.fetching', 0, TRACK + 1);
    p.set('lock.holder', TRACK, 2);
    p.receive('APPLY', { ...back, flags });
    p.expectReply('APPLIED', { result: STALE });
    p.set('lock.holder', TRACK, 0);
    p.expectDone();
  });
});

describe('the other side, asked for a track', () => {
  test('sends all of it back, if it is of the generation', () => {
    const p = written(target({ sectorsPerTrack: 4 }));
    p.receive('BRING', { volume: 0, track: TRACK, epoch: EPOCH, gen: GEN });
    p.expect('cache', 'GET', { volume: 0, track: TRACK, span: WHOLE });
    p.answer('GOT', { result: OK, slot: 0 });
    p.expect('remote', 'SHIP', {
      volume: PEER,
      track: TRACK,
      span: WHOLE,
      epoch: 0,
      gen: GEN,
      flags: SHIP_FLAG.SHIP_WHOLE | SHIP_FLAG.SHIP_BACK,
    });
    p.answer('SHIPPED', { result: OK });
    p.expect('cache', 'UNPIN', { slot: 0 });
    p.expectReply('BROUGHT', { result: OK });
    p.expectDone();
  });

  test.each([
    ['of another epoch', EPOCH - 1, 0, REFUSED],
    ['that it cannot give either', EPOCH, FLAG.M1_INV, MEDIUM_ERROR],
  ])('sends nothing %s', (_, epoch, flags, result) => {
    const p = written(target({ sectorsPerTrack: 4 }), flags);
    p.receive('BRING', { volume: 0, track: TRACK, epoch, gen: GEN });
    p.expectReply('BROUGHT', { result });
    p.expectDone();
  });

  test('sends nothing of another generation', () => {
    const p = written(target({ sectorsPerTrack: 4 }));
    p.receive('BRING', { volume: 0, track: TRACK, epoch: EPOCH, gen: GEN + 1 });
    p.expect('cache', 'GET', {});
    p.answer('GOT', { result: OK, slot: 0 });
    p.expect('cache', 'UNPIN', { slot: 0 });
    p.expectReply('BROUGHT', { result: STALE });
    p.expectDone();
  });
});

describe('a source that hears that its target lacks a track', () => {
  test('leaves PAIR, owes it, and brings it', () => {
    const p = written(source());
    p.receive('ASK', { what: QUESTION.ASK_AGAIN, volume: 0, a: EPOCH, b: TRACK });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('ASKED', { result: OK });
    expect(p.get('track.flags', TRACK)).toBe(FLAG.WRITTEN | FLAG.M2_INV);
    expect(p.get('pair.state', 0)).toBe(1);
  });
});

describe('a track that neither side has', () => {
  test('is a medium error for a read, and the cache is not asked', () => {
    const p = written(source('COPY', { sectorsPerTrack: 4 }), FLAG.M1_INV | FLAG.M2_INV);
    p.receive('READ', { volume: 0, track: TRACK, span: span(0, 1) });
    p.expectReply('READY', { result: MEDIUM_ERROR });
    p.expectDone();
  });

  test('takes no write of a part', () => {
    const p = written(source('COPY', { sectorsPerTrack: 4 }), FLAG.M1_INV | FLAG.M2_INV);
    p.receive('WRITE', { volume: 0, track: TRACK, span: span(0, 3), at: 40, flags: 0 });
    p.expectReply('WRITTEN', { result: MEDIUM_ERROR });
    expect(p.get('track.flags', TRACK)).toBe(FLAG.WRITTEN | FLAG.M1_INV | FLAG.M2_INV);
    p.expectDone();
  });
});

describe('a destage that the drive fails', () => {
  const failed = { volume: 0, track: TRACK, gen: GEN, gen_epoch: 0, slot: 0, result: MEDIUM_ERROR };

  test('of what nobody else has keeps the slot dirty', () => {
    const p = written(data({ sectorsPerTrack: 4 }), FLAG.M1_WP);
    p.receive('DESTAGED', failed);
    p.expect('cache', 'CLEAN', { slot: 0, cleaned: 2 });
    expect(p.get('track.flags', TRACK)).toBe(FLAG.WRITTEN | FLAG.M1_WP);
    p.expectDone();
  });

  test('of what was written meanwhile says that it failed: the drive is to be tried again', () => {
    const p = written(source(), FLAG.M1_WP);
    p.set('slot.volume', 0, 1);
    p.receive('DESTAGED', { ...failed, gen: GEN - 1 });
    p.expect('cache', 'CLEAN', { slot: 0, cleaned: 5 });
    expect(p.get('volume.failing')).toBe(1);
    p.expectDone();
  });

  test('of what the other side has gives it up: it is M1 invalid', () => {
    const p = written(source(), FLAG.M1_WP);
    p.set('slot.volume', 0, 1);
    p.set('volume.m1_wp', 0, 1);
    p.set('system.m1_wp', 0, 1);
    p.set('cylinder.m1_wp', 0, 1);
    p.receive('DESTAGED', failed);
    p.expect('data', 'REBUILD', {});
    p.expect('cache', 'CLEAN', { slot: 0, cleaned: 3 });
    expect(p.get('track.flags', TRACK)).toBe(FLAG.WRITTEN | FLAG.M1_INV);
  });
});
