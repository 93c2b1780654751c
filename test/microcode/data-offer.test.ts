/** What an offer does with each answer of the other side, and with each track that it brings, field by field. */
import { describe, expect, test } from 'vitest';
import { FLAG, OFFERING, PAIR_ROLE, PAIR_STATE, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import type { Path } from '../harness/path.js';
import { EPOCH, PEER, source, THEIRS } from './fixtures.js';

const { OK, REFUSED, OLD_EPOCH, LINK_DOWN, SIMPLEX, FORMATS, MEDIUM_ERROR } = RESULT;
const { ASK_OPEN, ASK_STATE, ASK_LIST, ASK_FORMAT } = QUESTION;
const { COPY, PAIR, PSUE } = PAIR_STATE;
const AGREES = { result: OK, b: THEIRS, c: IDENTITY };
const STRANGER = 555;

type State = keyof typeof PAIR_STATE;

function mark(p: Path, flag: number, tracks: readonly number[]): void {
  for (const track of tracks) p.node.tracks.setFlags(track, 0, flag);
}

/** A source without a session asks for one. */
function asks(state: State, owed: readonly number[] = [], prepare: (p: Path) => void = () => {}): Path {
  const p = source(state);
  p.set('session.open', 0, 0);
  p.set('session.agreed', 0, 0);
  mark(p, FLAG.M2_INV, owed);
  prepare(p);
  p.set('session.offering', 0, OFFERING.NEW_SESSION);
  p.receive('OFFER', { volume: 0 });
  asksFor(p, EPOCH + 1);
  return p;
}

function asksFor(p: Path, epoch: number): void {
  p.expect('remote', 'CALL', { what: ASK_OPEN, volume: PEER, a: epoch });
}

/** A source goes on in the session that it has. */
function goesOn(owed: readonly number[], prepare: (p: Path) => void = () => {}): Path {
  const p = source('COPY');
  mark(p, FLAG.M2_INV, owed);
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

/** Nothing more is done, and the pair is left so. */
function ended(p: Path, state: State, open: 0 | 1): void {
  expect([p.get('pair.state'), p.get('session.open'), p.get('session.offering')]).toEqual([PAIR_STATE[state], open, 0]);
  p.expectDone();
}

describe('an offer that asks for a session', () => {
  test('takes the epoch that it hears only if that is newer than its own', () => {
    const p = asks('PAIR');
    p.answer('ANSWER', { result: OLD_EPOCH, a: EPOCH - 1 });
    asksFor(p, EPOCH + 1);
    p.answer('ANSWER', { result: OLD_EPOCH, a: EPOCH + 1 });
    asksFor(p, EPOCH + 2);
    expect(p.get('pair.epoch')).toBe(EPOCH + 1);
  });

  test.each(Object.entries({ LINK_DOWN, REFUSED }))('ends with %s, and changes nothing', (_, result) => {
    const p = asks('PSUE');
    p.answer('ANSWER', { result, a: EPOCH + 5 });
    expect(p.get('pair.epoch')).toBe(EPOCH);
    ended(p, 'PSUE', 0);
  });

  test('ends when this side serves no more by the time of the answer', () => {
    const p = asks('PSUE');
    p.set('pair.role', 0, PAIR_ROLE.TARGET);
    p.answer('ANSWER', AGREES);
    expect([p.get('pair.epoch'), p.get('session.agreed')]).toEqual([EPOCH, 0]);
    ended(p, 'PSUE', 0);
  });

  test('asks once more when the epoch went on by the time of the answer', () => {
    const p = asks('PSUE');
    p.set('pair.epoch', 0, EPOCH + 4);
    p.answer('ANSWER', AGREES);
    asksFor(p, EPOCH + 5);
    expect(p.get('session.open')).toBe(0);
  });

  test('ends with an answer that names no memory', () => {
    const p = asks('PSUE');
    p.answer('ANSWER', { ...AGREES, b: 0 });
    ended(p, 'PSUE', 0);
  });

  test.each([
    ['PAIR', 'PSUE'],
    ['COPY', 'PSUE'],
    ['PSUS', 'PSUS'],
    ['SSWS', 'SSWS'],
  ] as const)('of a pair in %s that is deleted over there ends in %s', (state, left) => {
    const p = asks(state);
    p.answer('ANSWER', { result: SIMPLEX });
    ended(p, left, 0);
  });

  test('to a memory that does not know this one, while neither side says who serves, waits for an operator', () => {
    const p = asks('COPY');
    p.answer('ANSWER', { ...AGREES, c: STRANGER });
    expect([p.get('session.foreign'), p.get('pair.epoch'), p.flags(0, 0)]).toEqual([1, EPOCH, 'none']);
    ended(p, 'PSUE', 0);
  });

  test.each([
    ['hosts were served here', 'session.agreed', 1, 'COPY'],
    ['nobody but this side ever had them', 'pair.known', IDENTITY, 'COPY'],
    ['it was in PAIR, which is left', 'pair.known', IDENTITY, 'PAIR'],
  ] as const)('to a memory that does not know this one owes it all tracks where %s', (_, field, value, state) => {
    const p = asks(state, [], (q) => q.set(field, 0, value));
    p.answer('ANSWER', { ...AGREES, c: STRANGER });
    expect([0, 1, 2, 3].map((t) => p.flags(0, t))).toEqual(Array(4).fill('M2_INV'));
    expect([p.get('pair.state'), p.get('pair.known'), p.get('pair.epoch')]).toEqual([COPY, THEIRS, EPOCH + 1]);
    expect(p.get('session.foreign')).toBe(0);
    p.expect('remote', 'CALL', { what: ASK_LIST, a: 0 });
  });

  test('to a memory that does not know this one leaves a suspended pair suspended, with all tracks owed', () => {
    const p = asks('PSUS', [], (q) => q.set('pair.known', 0, IDENTITY));
    p.answer('ANSWER', { ...AGREES, c: STRANGER });
    expect([p.flags(0, 3), p.get('pair.known'), p.get('session.agreed')]).toEqual(['M2_INV', THEIRS, 1]);
    ended(p, 'PSUS', 0);
  });

  test('to a side that lost its cache asks for its list, and leaves PAIR for it', () => {
    const p = asks('PAIR');
    p.answer('ANSWER', { ...AGREES, d: 1 });
    p.expect('remote', 'CALL', { what: ASK_LIST, volume: PEER, a: 0 });
    expect([p.get('pair.union'), p.get('pair.state')]).toEqual([1, COPY]);
  });

  test('brings no track before it has the list of the other side', () => {
    const p = asks('SSWS', [1], (q) => q.set('pair.union', 0, 1));
    p.answer('ANSWER', AGREES);
    p.expect('remote', 'CALL', { what: ASK_LIST });
    p.answer('ANSWER', { result: LINK_DOWN });
    expect([p.get('pair.union'), p.flags(0, 1)]).toEqual([1, 'M2_INV']);
    ended(p, 'COPY', 1);
  });

  test('forgets what an older session left: that a side was strange, and that it was told of a format', () => {
    const p = asks('PSUE', [1], (q) => {
      q.set('session.foreign', 0, 1);
      q.set('session.told', 0, 1);
    });
    p.answer('ANSWER', AGREES);
    expect([p.get('session.foreign'), p.get('session.told')]).toEqual([0, 0]);
    expect([p.get('session.open'), p.get('session.agreed')]).toEqual([1, 1]);
  });

  test('tells the other side of a format change before the first track goes, and ends when it cannot', () => {
    const p = asks('PSUE', [1], (q) => mark(q, FLAG.M2_FP, [2]));
    p.answer('ANSWER', AGREES);
    p.expect('remote', 'CALL', { what: ASK_FORMAT, volume: PEER, a: EPOCH + 1, d: 0 });
    p.answer('ANSWER', { result: LINK_DOWN });
    expect([p.flags(0, 1), p.get('session.told')]).toEqual(['M2_INV', 0]);
    ended(p, 'COPY', 1);
  });
});

describe('an offer that goes on in its session', () => {
  test('asks for no other, and does not tell again what it told', () => {
    const p = goesOn([1], (q) => {
      q.set('session.told', 0, 1);
      mark(q, FLAG.M2_FP, [2]);
    });
    goes(p, 1);
    arrived(p);
    // The change of format over there is waited for: its end calls.
    ended(p, 'COPY', 1);
  });

  test('asks for a new one when a track is REFUSED', () => {
    const p = goesOn([1, 2]);
    goes(p, 1);
    arrived(p, REFUSED);
    asksFor(p, EPOCH + 1);
    expect(p.get('session.again')).toBe(0);
  });

  test('goes on with the next track when one cannot be read here, and ends when only such are left', () => {
    const p = goesOn([0, 2], (q) => q.set('session.skipped', 0, 5));
    p.expect('cache', 'GET', { track: 0 });
    p.answer('GOT', { result: MEDIUM_ERROR });
    p.expect('data', 'REBUILD');
    goes(p, 2);
    arrived(p);
    expect([p.flags(0, 0), p.flags(0, 2), p.get('session.skipped')]).toEqual(['M1_INV|M2_INV', 'none', 1]);
    ended(p, 'COPY', 1);
  });

  test('leaves PAIR when a track that it owes cannot be read here', () => {
    const p = goesOn([0], (q) => q.set('pair.state', 0, PAIR));
    p.expect('cache', 'GET', { track: 0 });
    p.answer('GOT', { result: MEDIUM_ERROR });
    p.expect('data', 'REBUILD');
    expect(p.flags(0, 0)).toBe('M1_INV|M2_INV');
    ended(p, 'COPY', 1);
  });

  test('promises nothing when the session ended while the last track went', () => {
    const p = goesOn([1]);
    goes(p, 1);
    p.receive('PEER_DOWN');
    arrived(p);
    ended(p, 'PSUE', 0);
  });

  test('promises nothing as long as a track is to be changed in its format here, if the other side was told', () => {
    const p = goesOn([], (q) => {
      q.set('session.told', 0, 1);
      mark(q, FLAG.M1_FP, [1]);
    });
    ended(p, 'COPY', 1);
  });

  test('owes what was written after the other side took a track, and brings it behind other offers', () => {
    const p = goesOn([1]);
    goes(p, 1);
    p.set('track.gen', 1, [9, EPOCH]);
    arrived(p);
    p.expect('data', 'OFFER', { volume: 0 });
    expect([p.flags(0, 1), p.get('session.offering')]).toEqual(['M2_INV', OFFERING.SAME_SESSION]);
    p.expectDone();
  });
});

describe('the last word of an offer', () => {
  /** Nothing is owed: the other side is asked to take on PAIR. */
  function promises(): Path {
    const p = goesOn([], (q) => {
      q.set('format.change', 0, 6);
      q.set('format.align', 0, 7);
    });
    p.expect('remote', 'CALL', { what: ASK_STATE, volume: PEER, a: EPOCH, b: PAIR, c: 6, d: 7 });
    return p;
  }

  test('is PAIR when the other side took it on', () => {
    const p = promises();
    p.answer('ANSWER', { result: OK });
    ended(p, 'PAIR', 1);
  });

  test('is not said when the other side did not hear it', () => {
    const p = promises();
    p.answer('ANSWER', { result: LINK_DOWN });
    ended(p, 'COPY', 1);
  });

  test('is said in a new session when the other side has closed this one alone', () => {
    const p = promises();
    p.answer('ANSWER', { result: REFUSED });
    expect(p.get('pair.state')).toBe(COPY);
    p.expect('remote', 'CALL', { what: ASK_OPEN, volume: PEER, a: EPOCH + 1, b: COPY });
    p.answer('ANSWER', { result: REFUSED });
    ended(p, 'COPY', 1);
  });

  test('is not said when the link went meanwhile', () => {
    const p = promises();
    p.receive('PEER_DOWN');
    p.answer('ANSWER', { result: OK });
    expect(p.get('pair.state')).toBe(PSUE);
    ended(p, 'PSUE', 0);
  });

  test('is not said in an epoch that is over', () => {
    const p = promises();
    p.set('pair.epoch', 0, EPOCH + 1);
    p.answer('ANSWER', { result: OK });
    ended(p, 'COPY', 1);
  });

  test('is put off when a host wrote meanwhile', () => {
    const p = promises();
    mark(p, FLAG.M2_INV, [3]);
    p.answer('ANSWER', { result: OK });
    p.expect('data', 'OFFER', { volume: 0 });
    expect([p.get('pair.state'), p.get('session.offering')]).toEqual([COPY, OFFERING.SAME_SESSION]);
    p.expectDone();
  });

  test.each(['M1_FP', 'M2_FP'] as const)('is put off when a change of format began meanwhile (%s)', (flag) => {
    const p = promises();
    p.set('session.told', 0, 1);
    mark(p, FLAG[flag], [3]);
    p.answer('ANSWER', { result: OK });
    ended(p, 'COPY', 1);
  });

  test('is put off when the other side has another format, which it is told anew', () => {
    const p = promises();
    p.set('session.told', 0, 1);
    p.answer('ANSWER', { result: FORMATS });
    p.expect('data', 'OFFER', { volume: 0 });
    expect([0, 3].map((t) => p.flags(0, t))).toEqual(['M2_FP', 'M2_FP']);
    expect([p.get('pair.state'), p.get('session.told')]).toEqual([COPY, 0]);
    expect(p.get('session.offering')).toBe(OFFERING.SAME_SESSION);
    p.expectDone();
  });
});
