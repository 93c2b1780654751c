/** One track that an offer brings whole, of a volume that is not the array's first, and what is forgotten with a pair. */
import { describe, expect, test } from 'vitest';
import { FLAG, INTENT, OFFERING, PAIR_STATE, POOL, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import { type Path, span } from '../harness/path.js';
import { data, EPOCH, PEER, THEIRS } from './fixtures.js';

const { OK, LINK_DOWN } = RESULT;
/** The volume of the pair; its track 0 is the array's track 2. */
const VOLUME = 1;
const BASE = 2;
const volumes = [{ tracks: BASE }, { tracks: 4, pair: 'source', peer: PEER }] as const;

/** The side that serves hosts; the record of its pair has the volume's number. */
function serves(state: 'COPY' | 'SMPL'): Path {
  const p = data({ volumes, mapped: true });
  p.set('pair.state', VOLUME, PAIR_STATE[state]);
  p.set('pair.epoch', VOLUME, EPOCH);
  p.set('pair.known', VOLUME, THEIRS);
  p.set('session.open', VOLUME, 1);
  p.set('session.agreed', VOLUME, 1);
  return p;
}

/** An offer goes on with these tracks. */
function offers(marks: Readonly<Record<number, number>>, prepare: (p: Path) => void = () => {}): Path {
  const p = serves('COPY');
  for (const [track, flags] of Object.entries(marks)) p.node.tracks.setFlags(BASE + Number(track), VOLUME, flags);
  prepare(p);
  p.set('session.offering', VOLUME, OFFERING.SAME_SESSION);
  p.receive('OFFER', { volume: VOLUME });
  return p;
}

function got(p: Path, track: number): void {
  p.expect('cache', 'GET', { volume: VOLUME, track, intent: INTENT.TO_READ, pool: POOL.HOST_POOL });
  p.answer('GOT', { result: OK, slot: 1 });
}

function sent(p: Path, track: number): void {
  got(p, track);
  p.expect('remote', 'SHIP', { volume: PEER, track, span: span(0, 4), at: p.slotAt(1), epoch: EPOCH });
}

function ended(p: Path, state: keyof typeof PAIR_STATE): void {
  expect([p.get('pair.state', VOLUME), p.get('session.offering', VOLUME)]).toEqual([PAIR_STATE[state], 0]);
  p.expectDone();
}

describe('a track that is brought whole', () => {
  test('is owed no more, nor any other track of its number', () => {
    const p = offers({ 1: FLAG.M2_INV, 3: FLAG.M2_INV | FLAG.M2_WP });
    sent(p, 1);
    expect(p.get('lock.unacked', BASE + 1)).toBe(1);
    p.answer('SHIPPED', { result: OK });
    p.expect('cache', 'UNPIN', { slot: 1 });
    expect([1, 3].map((t) => p.flags(VOLUME, t))).toEqual(['none', 'M2_WP|M2_INV']);
    sent(p, 3);
    p.answer('SHIPPED', { result: OK });
    p.expect('cache', 'UNPIN', { slot: 1 });
    expect(p.flags(VOLUME, 3)).toBe('none');
    p.expect('remote', 'CALL', { what: QUESTION.ASK_STATE, volume: PEER });
  });

  test('is not sent when it is not right here: if there is no other, the offer ends', () => {
    const p = offers({ 1: FLAG.M2_INV | FLAG.M1_INV }, (q) => q.set('system.rebuilding', 0, 1));
    expect(p.get('session.skipped', VOLUME)).toBe(1);
    ended(p, 'COPY');
  });

  test('is not asked for when the link went while its lock was waited for', () => {
    const p = serves('COPY');
    p.receive('WRITE', { volume: VOLUME, track: 1, span: span(0, 1), at: p.transferAt });
    p.expect('cache', 'GET', { track: 1, intent: INTENT.TO_WRITE });
    p.node.tracks.setFlags(BASE + 1, VOLUME, FLAG.M2_INV);
    p.set('session.offering', VOLUME, OFFERING.SAME_SESSION);
    p.receive('OFFER', { volume: VOLUME });
    p.receive('PEER_DOWN');
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(VOLUME, 1)).toBe('M1_WP|M2_INV');
    ended(p, 'PSUE');
  });

  test('is not sent in an epoch that is over when its slot is there', () => {
    const p = offers({ 1: FLAG.M2_INV });
    p.expect('cache', 'GET', { track: 1 });
    p.set('pair.epoch', VOLUME, EPOCH + 1);
    p.answer('GOT', { result: OK, slot: 1 });
    p.expect('cache', 'UNPIN', { slot: 1 });
    ended(p, 'COPY');
  });

  test.each([OK, LINK_DOWN])('is owed to the new session when its own is over by the answer (%i)', (result) => {
    const p = offers({ 1: FLAG.M2_INV | FLAG.M2_WP });
    sent(p, 1);
    p.set('pair.epoch', VOLUME, EPOCH + 1);
    p.answer('SHIPPED', { result });
    p.expect('cache', 'UNPIN', { slot: 1 });
    expect(p.flags(VOLUME, 1)).toBe('M2_INV');
    expect(p.get('session.open', VOLUME)).toBe(1);
  });
});

describe('the list of the other side', () => {
  test('is marked track by track from its first, each confirmed by the next question', () => {
    const p = offers({}, (q) => {
      q.set('pair.union', VOLUME, 1);
      q.set('session.open', VOLUME, 0);
    });
    p.expect('remote', 'CALL', { what: QUESTION.ASK_OPEN });
    p.answer('ANSWER', { result: OK, b: THEIRS, c: IDENTITY });
    for (const [a, track] of [
      [0, 1],
      [2, 3],
    ] as const) {
      p.expect('remote', 'CALL', { what: QUESTION.ASK_LIST, volume: PEER, a });
      p.answer('ANSWER', { result: OK, a: track });
      expect(p.flags(VOLUME, track)).toBe('M2_INV');
    }
    expect([0, 2].map((t) => p.flags(VOLUME, t))).toEqual(['none', 'none']);
    p.expect('remote', 'CALL', { what: QUESTION.ASK_LIST, volume: PEER, a: 4 });
  });
});

test('of a pair that is none any more nothing is owed, and what is write pending here stays so', () => {
  const all = FLAG.M2_WP | FLAG.M2_FP | FLAG.M2_INV;
  const p = serves('SMPL');
  p.set('session.open', VOLUME, 0);
  for (const [track, flags] of [all, FLAG.M2_WP, FLAG.M2_FP, FLAG.M2_INV].entries())
    p.node.tracks.setFlags(BASE + track, VOLUME, flags | FLAG.M1_WP);
  p.set('session.offering', VOLUME, OFFERING.NEW_SESSION);
  p.receive('OFFER', { volume: VOLUME });
  expect([0, 1, 2, 3].map((t) => p.flags(VOLUME, t))).toEqual(Array(4).fill('M1_WP'));
  ended(p, 'SMPL');
});
