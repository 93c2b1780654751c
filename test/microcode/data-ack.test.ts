import { describe, expect, test } from 'vitest';
import { FLAG, INTENT, OFFERING, PAIR_STATE, POOL, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import type { Message } from '../harness/messages.js';
import { type Path, type Receipt, span } from '../harness/path.js';
import { EPOCH, PEER, source, THEIRS } from './fixtures.js';

const { OK, STALE, REFUSED, LINK_DOWN, WRITE_PROTECTED, MEDIUM_ERROR } = RESULT;

/** An offer begins, and the pair's record says so: a second one does not begin beside it. */
function offered(p: Path): void {
  p.expect('data', 'OFFER', { volume: 0 });
  expect(p.get('session.offering')).not.toBe(0);
}

/** A write of track 1 up to the moment at which it is on its way to the other side. */
function shipped(p: Path, slot = 2): { write: Receipt; ship: Message } {
  const write = p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
  p.expect('cache', 'GET', { track: 1 });
  p.answer('GOT', { result: OK, slot });
  p.expect('cache', 'GIVE', { slot });
  return { write, ship: p.expect('remote', 'SHIP', { track: 1 }) };
}

/** The whole track goes, from slot 2. */
function wholeTrack(p: Path, gen: number): Message {
  p.expect('cache', 'GET', { track: 1, span: span(0, 4), intent: INTENT.TO_READ, pool: POOL.HOST_POOL });
  p.answer('GOT', { result: OK, slot: 2 });
  return p.expect('remote', 'SHIP', {
    volume: PEER,
    track: 1,
    span: span(0, 4),
    at: p.slotAt(2),
    epoch: p.get('pair.epoch'),
    gen,
    flags: SHIP_FLAG.SHIP_WHOLE,
  });
}

describe('an acknowledged write', () => {
  test('clears M2 when it names the epoch and the generation that the track has', () => {
    const p = source();
    shipped(p);
    p.answer('SHIPPED', { result: OK });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP');
    p.expectDone();
  });

  test('keeps M2 while a later write of the track is on its way, whichever is acknowledged first', () => {
    for (const order of [0, 1]) {
      const p = source();
      const writes = [shipped(p), shipped(p)];
      const [first, second] = order === 0 ? writes : writes.reverse();
      p.answer('SHIPPED', { result: OK }, first?.ship);
      p.expectReply('WRITTEN', { result: OK }, first?.write);
      expect(p.flags(0, 1)).toBe('M1_WP|M2_WP');
      p.answer('SHIPPED', { result: OK }, second?.ship);
      p.expectReply('WRITTEN', { result: OK }, second?.write);
      expect(p.get('lock.unacked', 1)).toBe(0);
      expect(p.flags(0, 1)).toBe('M1_WP');
      p.expectDone();
    }
  });

  test('keeps M2 while the one before it is on its way, when the newest and the oldest are acknowledged', () => {
    const p = source();
    const [first, second, third] = [shipped(p), shipped(p), shipped(p)];
    for (const [{ write, ship }, flags] of [
      [third, 'M1_WP|M2_WP'],
      [first, 'M1_WP|M2_WP'],
      [second, 'M1_WP'],
    ] as const) {
      p.answer('SHIPPED', { result: OK }, ship);
      p.expectReply('WRITTEN', { result: OK }, write);
      expect(p.flags(0, 1)).toBe(flags);
    }
    p.expectDone();
  });

  test('clears M2 though one of another generation was kept as the newest before it', () => {
    const p = source();
    p.set('lock.acked', 1, [7, 2]);
    shipped(p);
    p.answer('SHIPPED', { result: OK });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP');
    expect(p.words('lock.acked', 1)).toEqual(p.words('track.gen', 1));
    p.expectDone();
  });

  test('keeps M2 when a later write was not sent', () => {
    const p = source();
    const { write, ship } = shipped(p);
    p.receive('PEER_DOWN');
    const later = p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
    p.expect('cache', 'GET', { track: 1 });
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expectReply('WRITTEN', { result: OK }, later);
    p.answer('SHIPPED', { result: OK }, ship);
    p.expectReply('WRITTEN', { result: OK }, write);
    expect(p.flags(0, 1)).toBe('M1_WP|M2_WP|M2_INV');
    p.expectDone();
  });

  test('of an older epoch clears nothing: the track is owed to the new session, and the offer is told', () => {
    const p = source();
    shipped(p);
    p.set('pair.epoch', 0, EPOCH + 1);
    p.answer('SHIPPED', { result: OK });
    offered(p);
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP|M2_INV');
    p.expectDone();
  });
});

test('a whole track that is overtaken as well goes once more before the host has its status', () => {
  const p = source();
  shipped(p);
  p.answer('SHIPPED', { result: STALE });
  for (const result of [STALE, OK]) {
    wholeTrack(p, 1);
    p.answer('SHIPPED', { result });
    p.expect('cache', 'UNPIN', { slot: 2 });
  }
  p.expectReply('WRITTEN', { result: OK });
  expect(p.get('pair.state')).toBe(PAIR_STATE.PAIR);
  p.expectDone();
});

describe('a write that the other side did not take', () => {
  for (const [name, result] of Object.entries({ LINK_DOWN, REFUSED, MEDIUM_ERROR })) {
    test(`(${name}) leaves PAIR and is owed before its host gets the status`, () => {
      for (let ops = 0; ; ops++) {
        const p = source();
        shipped(p);
        p.answer('SHIPPED', { result }, undefined, { ops });
        const state = p.get('pair.state');
        if (p.sent === 0) continue;
        expect(state).toBe(PAIR_STATE.PSUE);
        expect(p.flags(0, 1)).toBe('M1_WP|M2_INV');
        p.run();
        // A side that refuses is in another session: a new one is opened.
        if (result === REFUSED) offered(p);
        p.expectReply('WRITTEN', { result: OK });
        expect(p.get('session.open')).toBe(0);
        p.expectDone();
        return;
      }
    });
  }

  test('is owed at every moment: write pending goes only after invalid is set', () => {
    const p = source();
    shipped(p);
    p.answer('SHIPPED', { result: LINK_DOWN });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flagChanges.slice(2)).toEqual(['1: M1_WP|M2_WP|M2_INV', '1: M1_WP|M2_INV']);
  });

  test('of a session that is over does not end the new session, and goes again as a whole track', () => {
    const p = source();
    shipped(p);
    p.set('pair.epoch', 0, EPOCH + 1);
    p.answer('SHIPPED', { result: LINK_DOWN });
    expect(p.get('pair.state')).toBe(PAIR_STATE.PAIR);
    wholeTrack(p, 1);
    p.answer('SHIPPED', { result: OK });
    p.expect('cache', 'UNPIN', { slot: 2 });
    p.expectReply('WRITTEN', { result: OK });
  });

  test('because a newer one overtook it goes again as a whole track, and stays PAIR', () => {
    const p = source();
    shipped(p);
    p.answer('SHIPPED', { result: STALE });
    expect(p.flags(0, 1)).toBe('M1_WP|M2_INV');
    wholeTrack(p, 1);
    expect(p.get('lock.holder', 1)).toBe(0);
    p.answer('SHIPPED', { result: OK });
    p.expect('cache', 'UNPIN', { slot: 2 });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP');
    expect(p.get('pair.state')).toBe(PAIR_STATE.PAIR);
    p.expectDone();
  });

  test('goes a second time when the link went under the whole track: then PSUE, and status from one copy', () => {
    const p = source();
    shipped(p);
    p.answer('SHIPPED', { result: STALE });
    wholeTrack(p, 1);
    p.answer('SHIPPED', { result: LINK_DOWN });
    p.expect('cache', 'UNPIN', { slot: 2 });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.get('pair.state')).toBe(PAIR_STATE.PSUE);
    expect(p.flags(0, 1)).toBe('M1_WP|M2_INV');
    p.expectDone();
  });

  test('and was written again while the whole track went is left to the offer', () => {
    const p = source();
    shipped(p);
    p.answer('SHIPPED', { result: STALE });
    const whole = wholeTrack(p, 1);
    p.set('track.gen', 1, [2, EPOCH]);
    p.answer('SHIPPED', { result: OK }, whole);
    p.expect('cache', 'UNPIN', { slot: 2 });
    offered(p);
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP|M2_INV');
    expect(p.get('session.offering')).toBe(OFFERING.SAME_SESSION);
    p.expectDone();
  });

  test('because the other side took over gets no status OK', () => {
    const p = source();
    shipped(p);
    p.receive('ASK', { what: 2, volume: 0, a: EPOCH, c: THEIRS });
    p.expectReply('ASKED', { result: OK });
    p.answer('SHIPPED', { result: LINK_DOWN });
    p.expectReply('WRITTEN', { result: WRITE_PROTECTED });
    p.expectDone();
  });

  test.each([
    ['leaves PAIR', PAIR_STATE.COPY, false],
    ['stays in the state in which a link that went meanwhile left it', PAIR_STATE.PSUE, true],
  ] as const)('and cannot be read here has status from one copy, and the pair %s', (_, state, cut) => {
    const p = source();
    shipped(p);
    p.answer('SHIPPED', { result: STALE });
    p.expect('cache', 'GET', { track: 1, intent: INTENT.TO_READ });
    if (cut) p.receive('PEER_DOWN');
    p.answer('GOT', { result: MEDIUM_ERROR });
    p.expect('data', 'REBUILD');
    p.expectReply('WRITTEN', { result: OK });
    expect(p.get('pair.state')).toBe(state);
    expect(p.flags(0, 1)).toBe('M1_WP|M1_INV|M2_INV');
    p.expectDone();
  });

  test('gets no status OK when the other side served hosts since, before or while the whole track goes', () => {
    for (const whole of [false, true]) {
      const p = source();
      shipped(p);
      if (!whole) p.set('session.since', 0, EPOCH + 1);
      p.answer('SHIPPED', { result: STALE });
      if (whole) {
        wholeTrack(p, 1);
        p.set('session.since', 0, EPOCH + 1);
        p.answer('SHIPPED', { result: OK });
        p.expect('cache', 'UNPIN', { slot: 2 });
      }
      p.expectReply('WRITTEN', { result: WRITE_PROTECTED });
      p.expectDone();
    }
  });

  test('goes whole in the session that this side opened when it took over', () => {
    const p = source();
    p.set('session.since', 0, EPOCH);
    shipped(p);
    p.answer('SHIPPED', { result: STALE });
    wholeTrack(p, 1);
    p.answer('SHIPPED', { result: OK });
    p.expect('cache', 'UNPIN', { slot: 2 });
    p.expectReply('WRITTEN', { result: OK });
    p.expectDone();
  });

  test('leaves a pair that an operator suspended meanwhile suspended', () => {
    const p = source();
    shipped(p);
    p.set('session.open', 0, 0);
    p.set('pair.state', 0, PAIR_STATE.PSUS);
    p.answer('SHIPPED', { result: LINK_DOWN });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.get('pair.state')).toBe(PAIR_STATE.PSUS);
    p.expectDone();
  });

  test('is not owed when its mark is gone: there is no pair any more', () => {
    const p = source();
    shipped(p);
    p.set('track.flags', 1, FLAG.M1_WP);
    p.set('session.open', 0, 0);
    p.set('pair.state', 0, PAIR_STATE.SMPL);
    p.answer('SHIPPED', { result: LINK_DOWN });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP');
    p.expectDone();
  });
});
