/** What an operator's commands ask, change and answer, field by field; which is possible when stands in data-pair-states. */
import { describe, expect, test } from 'vitest';
import {
  CONSTANTS,
  FLAG,
  PAIR_ROLE,
  PAIR_STATE,
  QUESTION,
  RESULT,
  VOLUME_STATE,
} from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import type { Path } from '../harness/path.js';
import { data, EPOCH, PEER, source, THEIRS, target } from './fixtures.js';

const { OK, NOT_READY, REFUSED, LINK_DOWN, TAKEN_OVER, WRONG_STATE, BUSY, FOREIGN, HOLDS_DATA } = RESULT;
const { ASK_STATE, ASK_CREATE, ASK_DELETE, ASK_YIELD } = QUESTION;
const { SMPL, COPY, PAIR, PSUS, PSUE, SSWS } = PAIR_STATE;
const { NO_ROLE, SOURCE, TARGET } = PAIR_ROLE;
const { LOST_CACHE = 0, LOST_REMOTE = 0 } = CONSTANTS;
const COMMANDS = ['CREATE', 'SUSPEND', 'RESUME', 'DELETE', 'SWAP', 'FAILOVER'] as const;

/** Two volumes that are no pair yet; the other side's numbers are unlike its own. */
function simplex(): Path {
  const p = source('SMPL');
  p.set('pair.role', 0, NO_ROLE);
  return p;
}

function owes(p: Path, tracks: number): Path {
  for (let t = 0; t < tracks; t++) p.node.tracks.setFlags(t, 0, FLAG.M2_INV);
  return p;
}

/** What a pair is, and what its session is. */
const pairOf = (p: Path): number[] => [
  p.get('pair.state'),
  p.get('pair.role'),
  p.get('pair.epoch'),
  p.get('pair.known'),
];
const sessionOf = (p: Path): number[] =>
  (['open', 'taking', 'agreed', 'foreign', 'busy'] as const).map((f) => p.get(`session.${f}`));

describe.each(COMMANDS)('%s', (command) => {
  test('of a volume that is of no pair is refused', () => {
    const p = data();
    p.receive(command, { volume: 0 });
    p.expectReply('DONE', { result: REFUSED });
    p.expectDone();
  });

  test('is not done without the cache director', () => {
    const p = source();
    p.set('system.lost', 0, LOST_CACHE);
    p.receive(command, { volume: 0 });
    p.expectReply('DONE', { result: NOT_READY });
    p.expectDone();
  });
});

describe.each(['SUSPEND', 'RESUME', 'CREATE', 'DELETE', 'SWAP'] as const)('%s', (command) => {
  test('waits for no other command of an operator: it is told that one runs', () => {
    const p = source();
    p.set('session.busy', 0, 1);
    p.receive(command, { volume: 0 });
    p.expectReply('DONE', { result: BUSY });
    p.expectDone();
  });
});

describe.each(['SUSPEND', 'RESUME'] as const)('%s', (command) => {
  test('at the side that does not serve hosts is answered TAKEN_OVER, with its state', () => {
    const p = target();
    p.receive(command, { volume: 0 });
    p.expectReply('DONE', { result: TAKEN_OVER, a: PAIR, b: 0 });
    p.expectDone();
  });
});

describe('SUSPEND', () => {
  test('is true here before the other side is told, and says what is owed', () => {
    const p = owes(source('COPY'), 2);
    p.receive('SUSPEND', { volume: 0 });
    expect([p.get('pair.state'), p.get('session.open')]).toEqual([PSUS, 0]);
    p.expect('remote', 'CALL', { what: ASK_STATE, volume: PEER, a: EPOCH, b: PSUS });
    p.answer('ANSWER', { result: LINK_DOWN });
    p.expectReply('DONE', { result: OK, a: PSUS, b: 2 });
    p.expectDone();
  });

  test('needs no remote director', () => {
    const p = source();
    p.set('system.lost', 0, LOST_REMOTE);
    p.receive('SUSPEND', { volume: 0 });
    p.expectReply('DONE', { result: OK, a: PSUS, b: 0 });
    p.expectDone();
  });
});

describe('RESUME', () => {
  test('of a suspended pair makes an offer, and says what is owed', () => {
    const p = owes(source('PSUS'), 3);
    p.receive('RESUME', { volume: 0 });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('DONE', { result: OK, a: PSUE, b: 3 });
    expect(p.get('pair.state')).toBe(PSUE);
    p.expectDone();
  });

  test('of a pair that the other side refused as FOREIGN changes nothing', () => {
    const p = source('PSUE');
    p.set('session.foreign', 0, 1);
    p.receive('RESUME', { volume: 0 });
    p.expectReply('DONE', { result: FOREIGN, a: PSUE, b: 0 });
    p.expectDone();
  });

  test('of a pair that is copied is refused with its state', () => {
    const p = owes(source('COPY'), 1);
    p.receive('RESUME', { volume: 0 });
    p.expectReply('DONE', { result: WRONG_STATE, a: COPY, b: 1 });
    p.expectDone();
  });
});

describe('SWAP', () => {
  test('asks for the epoch that it holds, as the memory that it is, and says the state and debts of a source that refuses', () => {
    const p = target();
    p.receive('SWAP', { volume: 0 });
    p.expect('remote', 'CALL', { what: ASK_YIELD, volume: PEER, a: EPOCH, c: IDENTITY, d: THEIRS });
    p.answer('ANSWER', { result: REFUSED, a: COPY, b: 5 });
    p.expectReply('DONE', { result: WRONG_STATE, a: COPY, b: 5 });
    expect(pairOf(p)).toEqual([PAIR, TARGET, EPOCH, THEIRS]);
    p.expectDone();
  });

  test('that the other side cannot hear says so', () => {
    const p = target();
    p.receive('SWAP', { volume: 0 });
    p.expect('remote', 'CALL', { what: ASK_YIELD });
    p.answer('ANSWER', { result: LINK_DOWN });
    p.expectReply('DONE', { result: LINK_DOWN, a: PAIR, b: 0 });
    p.expectDone();
  });

  test('that is granted makes this side the source of a new epoch, which knows that hosts came here before any session', () => {
    const p = target();
    p.set('session.foreign', 0, 1);
    p.receive('SWAP', { volume: 0 });
    p.expect('remote', 'CALL', { what: ASK_YIELD });
    p.answer('ANSWER', { result: OK });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('DONE', { result: OK, a: SSWS });
    expect(pairOf(p)).toEqual([SSWS, SOURCE, EPOCH + 1, THEIRS]);
    expect([...sessionOf(p), p.get('session.since'), p.get('pair.union')]).toEqual([0, 0, 1, 0, 0, EPOCH + 1, 1]);
    p.expectDone();
  });
});

describe('CREATE', () => {
  test('asks first; then everything is owed, in an epoch above those of both sides', () => {
    const p = simplex();
    p.set('session.foreign', 0, 1);
    p.set('pair.union', 0, 1);
    p.set('session.agreed', 0, 0);
    p.receive('CREATE', { volume: 0, force: 1 });
    expect(p.get('session.busy')).toBe(1);
    p.expect('remote', 'CALL', { what: ASK_CREATE, volume: PEER, a: EPOCH, b: 1, c: IDENTITY, d: THEIRS });
    expect(pairOf(p)).toEqual([SMPL, NO_ROLE, EPOCH, THEIRS]);
    p.answer('ANSWER', { result: OK, a: EPOCH + 6 });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('DONE', { result: OK, a: COPY, b: 4 });
    expect(pairOf(p)).toEqual([COPY, SOURCE, EPOCH + 7, IDENTITY]);
    expect([...sessionOf(p), p.get('pair.union')]).toEqual([0, 0, 1, 0, 0, 0]);
    p.expectDone();
  });

  test('goes above its own epoch where that is the higher one', () => {
    const p = simplex();
    p.receive('CREATE', { volume: 0, force: 0 });
    p.expect('remote', 'CALL', { what: ASK_CREATE, b: 0 });
    p.answer('ANSWER', { result: OK, a: 1 });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('DONE', { result: OK });
    expect(p.get('pair.epoch')).toBe(EPOCH + 1);
    p.expectDone();
  });

  test('that the other side refuses changes nothing, and another command may come', () => {
    const p = simplex();
    p.receive('CREATE', { volume: 0, force: 0 });
    p.expect('remote', 'CALL', { what: ASK_CREATE });
    p.answer('ANSWER', { result: HOLDS_DATA, a: EPOCH });
    p.expectReply('DONE', { result: HOLDS_DATA, a: SMPL, b: 0 });
    expect(pairOf(p)).toEqual([SMPL, NO_ROLE, EPOCH, THEIRS]);
    expect(p.get('session.busy')).toBe(0);
    p.expectDone();
  });

  test('without the remote director says that the other side cannot be asked', () => {
    const p = simplex();
    p.set('system.lost', 0, LOST_REMOTE);
    p.receive('CREATE', { volume: 0, force: 1 });
    p.expectReply('DONE', { result: LINK_DOWN, a: SMPL, b: 0 });
    p.expectDone();
  });
});

describe('DELETE', () => {
  const deleted = (p: Path): void => {
    expect(pairOf(p)).toEqual([SMPL, NO_ROLE, EPOCH + 1, IDENTITY]);
    expect([...sessionOf(p), p.get('pair.union')]).toEqual([0, 0, 1, 0, 0, 0]);
  };

  test('asks first; then this volume is one of its own, whatever it was', () => {
    for (const p of [source('COPY'), target()]) {
      p.set('session.foreign', 0, 1);
      p.set('pair.union', 0, 1);
      p.set('volume.state', 0, VOLUME_STATE.VOLUME_UNKNOWN);
      p.receive('DELETE', { volume: 0 });
      expect(p.get('session.busy')).toBe(1);
      p.expect('remote', 'CALL', { what: ASK_DELETE, volume: PEER, a: EPOCH, c: IDENTITY, d: THEIRS });
      expect(p.get('pair.state')).not.toBe(SMPL);
      p.answer('ANSWER', { result: OK });
      p.expect('data', 'OFFER', { volume: 0 });
      p.expectReply('DONE', { result: OK, a: SMPL });
      deleted(p);
      expect(p.get('volume.state')).toBe(VOLUME_STATE.VOLUME_READY);
      p.expectDone();
    }
  });

  test.each([
    ['without force', 0, LINK_DOWN, false],
    ['with force', 1, LINK_DOWN, true],
    ['with force, while an operator makes or deletes it over there', 1, BUSY, false],
  ])('that the other side does not do, %s', (_, force, result, isDone) => {
    const p = source();
    p.receive('DELETE', { volume: 0, force });
    p.expect('remote', 'CALL', { what: ASK_DELETE });
    p.answer('ANSWER', { result });
    if (isDone) p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('DONE', { result, a: isDone ? SMPL : PAIR });
    if (isDone) deleted(p);
    else expect([...pairOf(p), p.get('session.busy')]).toEqual([PAIR, SOURCE, EPOCH, THEIRS, 0]);
    p.expectDone();
  });
});

describe('FAILOVER', () => {
  test('of a side that became source while it asked is answered as one that serves', () => {
    const p = target();
    p.receive('FAILOVER', { volume: 0, force: 1 });
    p.expect('remote', 'CALL', { what: ASK_YIELD });
    p.set('pair.role', 0, SOURCE);
    p.set('pair.state', 0, PAIR);
    p.set('session.agreed', 0, 1);
    p.answer('ANSWER', { result: LINK_DOWN });
    p.expectReply('DONE', { result: OK });
    expect(pairOf(p)).toEqual([PAIR, SOURCE, EPOCH, THEIRS]);
    p.expectDone();
  });

  test('with force of a suspended side that waits for a word leaves it suspended', () => {
    const p = source('PSUS');
    p.set('session.agreed', 0, 0);
    p.receive('FAILOVER', { volume: 0, force: 1 });
    p.expectReply('DONE', { result: OK });
    expect([p.get('pair.state'), p.get('session.agreed')]).toEqual([PSUS, 1]);
    p.expectDone();
  });

  test('with force takes over a pair that was refused as FOREIGN, and forgets that it was', () => {
    const p = source('PSUE');
    p.set('session.foreign', 0, 1);
    p.receive('FAILOVER', { volume: 0, force: 1 });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('DONE', { result: OK });
    expect([...pairOf(p), p.get('session.foreign')]).toEqual([SSWS, SOURCE, EPOCH + 1, THEIRS, 0]);
    p.expectDone();
  });
});
