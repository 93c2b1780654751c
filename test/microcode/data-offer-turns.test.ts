/** What may turn an offer on its way: another call, an operator, a link that goes; and one track under other sends. */
import { describe, expect, test } from 'vitest';
import { FLAG, OFFERING, PAIR_STATE, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import { recipeOf } from '../harness/images.js';
import { type Path, span } from '../harness/path.js';
import { data, EPOCH, PEER, source, THEIRS } from './fixtures.js';

const { OK, STALE, REFUSED, LOOK, NOT_READY, TAKEN_OVER, DOMINO_HELD } = RESULT;
const { ASK_OPEN, ASK_STATE, ASK_LIST, ASK_CREATE } = QUESTION;
const { M1_INV, M2_WP, M2_INV } = FLAG;
const AGREES = { result: OK, b: THEIRS, c: IDENTITY };
/** Unlike 0, which a generation is that nobody wrote. */
const GEN = 5;

function goesOn(marks: Readonly<Record<number, number>>, prepare: (p: Path) => void = () => {}): Path {
  const p = source('COPY');
  for (const [track, flags] of Object.entries(marks)) {
    p.node.tracks.setFlags(Number(track), 0, flags);
    p.set('track.gen', Number(track), [GEN, EPOCH]);
  }
  prepare(p);
  p.set('session.offering', 0, OFFERING.SAME_SESSION);
  p.receive('OFFER', { volume: 0 });
  return p;
}

function goes(p: Path, track: number): void {
  p.expect('cache', 'GET', { track });
  p.answer('GOT', { result: OK, slot: 1 });
  p.expect('remote', 'SHIP', { track });
}

function arrived(p: Path, result: number = OK): void {
  p.answer('SHIPPED', { result });
  p.expect('cache', 'UNPIN', { slot: 1 });
}

const asksFor = (p: Path, epoch: number): void => void p.expect('remote', 'CALL', { what: ASK_OPEN, a: epoch });

describe('an offer', () => {
  test('that was called for anew while a track is written again asks for its session at once', () => {
    const p = goesOn({ 1: M2_INV });
    goes(p, 1);
    p.set('track.gen', 1, [GEN + 1, EPOCH]);
    p.receive('PEER_UP', { session: 1 });
    arrived(p);
    asksFor(p, EPOCH + 1);
  });

  test('whose track is REFUSED over a link that has come back asks for a new session', () => {
    const p = goesOn({ 1: M2_INV });
    goes(p, 1);
    p.receive('PEER_DOWN');
    arrived(p, REFUSED);
    asksFor(p, EPOCH + 1);
  });

  test('yields to the epoch in which the other side took over, when that is the one it asked for', () => {
    const p = source('PSUE');
    p.set('session.offering', 0, OFFERING.NEW_SESSION);
    p.receive('OFFER', { volume: 0 });
    asksFor(p, EPOCH + 1);
    p.answer('ANSWER', { result: TAKEN_OVER, a: EPOCH + 1 });
    expect(p.get('pair.epoch')).toBe(EPOCH + 1);
    p.expectDone();
  });

  test('counts anew what it cannot read, however far the other side’s list went', () => {
    const p = source('SSWS');
    p.set('pair.union', 0, 1);
    p.set('session.open', 0, 0);
    p.node.tracks.setFlags(2, 0, M1_INV);
    p.set('system.rebuilding', 0, 1);
    p.set('session.offering', 0, OFFERING.NEW_SESSION);
    p.receive('OFFER', { volume: 0 });
    asksFor(p, EPOCH + 1);
    p.answer('ANSWER', AGREES);
    p.expect('remote', 'CALL', { what: ASK_LIST, a: 0 });
    p.answer('ANSWER', { result: OK, a: 2 });
    p.expect('remote', 'CALL', { what: ASK_LIST, a: 3 });
    p.answer('ANSWER', { result: OK, a: -1 });
    expect([p.get('session.skipped'), p.get('session.offering')]).toEqual([1, 0]);
    p.expectDone();
  });

  test('marks no track of another volume when the other side names one that is not of its own', () => {
    const p = source('SSWS', { volumes: [{ tracks: 4, pair: 'source', peer: PEER }, { tracks: 4 }] });
    p.set('pair.union', 0, 1);
    p.set('session.open', 0, 0);
    p.set('session.offering', 0, OFFERING.NEW_SESSION);
    p.receive('OFFER', { volume: 0 });
    asksFor(p, EPOCH + 1);
    p.answer('ANSWER', AGREES);
    p.expect('remote', 'CALL', { what: ASK_LIST, a: 0 });
    p.answer('ANSWER', { result: OK, a: 4 });
    expect([p.flags(1, 0), p.get('pair.union')]).toEqual(['none', 1]);
    p.expect('remote', 'CALL', { what: ASK_STATE });
  });

  test('opens a new session when the other side has closed this one alone', () => {
    const p = source('SSWS');
    p.set('pair.union', 0, 1);
    p.set('session.open', 0, 0);
    p.set('session.offering', 0, OFFERING.NEW_SESSION);
    p.receive('OFFER', { volume: 0 });
    asksFor(p, EPOCH + 1);
    p.answer('ANSWER', AGREES);
    p.expect('remote', 'CALL', { what: ASK_LIST, a: 0 });
    p.answer('ANSWER', { result: REFUSED });
    asksFor(p, EPOCH + 2);
  });
});

describe('a pair that was deleted', () => {
  /** The offer has its first mark before it; an operator waits for the other side to make the pair anew. */
  function forgets(tracks: number): Path {
    const p = data({ volumes: [{ tracks, pair: 'source', peer: PEER }] });
    p.set('pair.state', 0, PAIR_STATE.SMPL);
    p.set('pair.epoch', 0, EPOCH);
    p.set('session.agreed', 0, 1);
    for (let t = 0; t < tracks; t++) p.node.tracks.setFlags(t, 0, M2_INV);
    return p;
  }

  test('and is made anew while its list is forgotten owes everything, and hears the other side’s list from its first track', () => {
    const p = forgets(4);
    p.receive('CREATE', { volume: 0 });
    const asked = p.expect('remote', 'CALL', { what: ASK_CREATE });
    p.set('session.offering', 0, OFFERING.NEW_SESSION);
    p.receive('OFFER', { volume: 0 }, { ops: 0 });
    p.answer('ANSWER', { result: OK }, asked);
    expect([0, 1, 2, 3].map((t) => p.flags(0, t))).toEqual(Array(4).fill('M2_INV'));
    p.expectReply('DONE', { result: OK });
    asksFor(p, EPOCH + 2);
    p.answer('ANSWER', { ...AGREES, c: THEIRS });
    p.expect('remote', 'CALL', { what: ASK_LIST, a: 0 });
  });

  test('serves its hosts while a long list is forgotten', () => {
    const p = forgets(40);
    p.set('session.offering', 0, OFFERING.NEW_SESSION);
    p.receive('OFFER', { volume: 0 }, { ops: 0 });
    p.receive('READ', { volume: 0, track: 3, span: span(0, 1) }, { ops: 0 });
    while (p.sent === 0) p.run(1);
    p.expect('cache', 'GET', { track: 3 });
    expect(p.get('volume.m2_inv')).toBeGreaterThan(0);
    p.run();
    expect(p.get('volume.m2_inv')).toBe(0);
  });
});

describe('a track under other sends', () => {
  test('that arrived whole is write pending no more', () => {
    const p = goesOn({ 1: M2_INV | M2_WP });
    goes(p, 1);
    arrived(p);
    expect(p.flags(0, 1)).toBe('none');
  });

  test('that was written while it was sent stays write pending as long as the newest was not acknowledged', () => {
    const p = goesOn({ 1: M2_INV | M2_WP });
    goes(p, 1);
    p.set('track.gen', 1, [GEN + 1, EPOCH]);
    arrived(p);
    expect(p.flags(0, 1)).toBe('M2_WP|M2_INV');
  });

  test('that a newer write overtook is write pending no more if that was acknowledged', () => {
    const p = goesOn({ 1: M2_INV | M2_WP });
    goes(p, 1);
    p.set('track.gen', 1, [GEN + 1, EPOCH]);
    p.set('lock.acked', 1, [GEN + 1, EPOCH]);
    arrived(p, STALE);
    expect(p.flags(0, 1)).toBe('M2_INV');
  });

  test('that a newer write overtook stays write pending while that is on its way', () => {
    const p = goesOn({ 1: M2_INV | M2_WP }, (q) => q.set('lock.unacked', 1, 1));
    goes(p, 1);
    arrived(p, STALE);
    expect(p.flags(0, 1)).toBe('M2_WP|M2_INV');
  });
});

describe('the slot of a track that shall go', () => {
  test('had a parity error: the track is read again', () => {
    const p = goesOn({ 1: M2_INV });
    p.expect('cache', 'GET', { track: 1 });
    p.answer('GOT', { result: STALE });
    goes(p, 1);
  });

  test('cannot be had: nothing is wrong with the track', () => {
    const p = goesOn({ 1: M2_INV });
    p.expect('cache', 'GET', { track: 1 });
    p.answer('GOT', { result: NOT_READY });
    expect([p.flags(0, 1), p.get('session.skipped')]).toEqual(['M2_INV', 0]);
    p.expectDone();
  });

  test('is new, and the track is right: it goes', () => {
    const p = goesOn({ 1: M2_INV });
    p.expect('cache', 'GET', { track: 1 });
    p.answer('GOT', { result: LOOK, slot: 1 });
    p.expect('remote', 'SHIP', { track: 1 });
    arrived(p);
    expect(p.flags(0, 1)).toBe('none');
  });

  test('is new, and the track became invalid meanwhile: it goes back, and nothing is sent', () => {
    const p = goesOn({ 1: M2_INV }, (q) => q.set('system.rebuilding', 0, 1));
    p.expect('cache', 'GET', { track: 1 });
    p.node.tracks.setFlags(1, 0, M1_INV);
    p.answer('GOT', { result: LOOK, slot: 1 });
    p.expect('cache', 'UNPIN', { slot: 1 });
    expect(p.get('session.skipped')).toBe(1);
    p.expectDone();
  });
});

test('a domino write that was overtaken, and whose link goes while the track is locked, asks for a new session', () => {
  const p = source('PAIR', { recipe: recipeOf('track-mirror', ['domino']) });
  const write = () => p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
  const first = write();
  p.expect('cache', 'GET', { track: 1 });
  p.answer('GOT', { result: OK, slot: 1 });
  p.expect('cache', 'GIVE', { slot: 1 });
  p.expect('remote', 'SHIP', { track: 1 });
  const second = write();
  p.expect('cache', 'GET', { track: 1 });
  p.answer('SHIPPED', { result: STALE });
  p.receive('PEER_DOWN');
  p.answer('GOT', { result: OK, slot: 2 });
  p.expect('cache', 'GIVE', { slot: 2, session: 0 });
  p.expectReply('WRITTEN', { result: DOMINO_HELD }, second);
  p.expect('data', 'OFFER', { volume: 0 });
  p.expectReply('WRITTEN', { result: DOMINO_HELD }, first);
  p.expectDone();
});
