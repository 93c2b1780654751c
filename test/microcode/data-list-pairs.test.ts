/** A pair with a list on its drive: what becomes of it is on the drive before anybody relies on it. */
import { describe, expect, test } from 'vitest';
import {
  FLAG,
  HEAT,
  OFFERING,
  PAIR_ROLE,
  PAIR_STATE,
  POOL,
  QUESTION,
  RESULT,
} from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH, THEIRS } from './fixtures.js';
import { LABEL, withList } from './with-list.js';

const { OK, MEDIUM_ERROR, LINK_DOWN, WRITE_PROTECTED } = RESULT;
const { COPY, PAIR, PSUE, SMPL } = PAIR_STATE;
const { SOURCE, TARGET, NO_ROLE } = PAIR_ROLE;
const { ASK_OPEN, ASK_STATE, ASK_LIST, ASK_CREATE, ASK_YIELD } = QUESTION;
const STRANGER = 555;

/** The label goes to the drive. */
const labels = (p: Path): void => void p.expect('disk', 'LIST_WRITE', { lba: LABEL, sectors: 1 });

describe('an offer', () => {
  function asks(state: 'PSUE' | 'SSWS', union = 0): Path {
    const p = withList('source', state);
    p.set('pair.union', 0, union);
    p.set('session.open', 0, 0);
    p.set('session.offering', 0, OFFERING.NEW_SESSION);
    p.receive('OFFER', { volume: 0 });
    p.expect('remote', 'CALL', { what: ASK_OPEN, a: EPOCH + 1 });
    return p;
  }

  /** To a memory that does not know this one all is owed: the drive must say so first. */
  function owesAll(): Path {
    const p = asks('PSUE');
    p.answer('ANSWER', { result: OK, b: THEIRS, c: STRANGER });
    labels(p);
    expect([p.get('label.all'), p.get('volume.m2_inv')]).toEqual([1, 0]);
    return p;
  }

  test('says on the drive how it ended', () => {
    const p = withList('source', 'COPY');
    p.set('session.offering', 0, OFFERING.SAME_SESSION);
    p.receive('OFFER', { volume: 0 });
    p.expect('remote', 'CALL', { what: ASK_STATE });
    p.answer('ANSWER', { result: OK });
    labels(p);
    expect(p.get('label.state')).toBe(PAIR);
    p.answer('LISTED', { result: OK });
    p.expectDone();
  });

  test('owes nothing, and opens no session, when the drive does not take that all is owed', () => {
    const p = owesAll();
    p.answer('LISTED', { result: MEDIUM_ERROR });
    expect([p.get('volume.m2_inv'), p.get('session.open'), p.get('pair.epoch')]).toEqual([0, 0, EPOCH]);
    labels(p);
  });

  test('opens no session when this side serves no more by the time that the drive has it', () => {
    const p = owesAll();
    p.set('pair.role', 0, TARGET);
    p.answer('LISTED', { result: OK });
    expect([p.get('volume.m2_inv'), p.get('session.open'), p.get('pair.epoch')]).toEqual([0, 0, EPOCH]);
  });

  test('asks once more when the epoch went on by the time that the drive has it', () => {
    const p = owesAll();
    p.set('pair.epoch', 0, EPOCH + 4);
    p.answer('LISTED', { result: OK });
    p.expect('remote', 'CALL', { what: ASK_OPEN, a: EPOCH + 5 });
    expect([p.get('volume.m2_inv'), p.get('session.open')]).toEqual([0, 0]);
  });

  test('takes no track of the other side’s list over that the drive does not take, and keeps asking for it', () => {
    const p = asks('SSWS', 1);
    p.set('heat.hot', 1, HEAT.COLD);
    p.answer('ANSWER', { result: OK, b: THEIRS, c: IDENTITY });
    p.expect('remote', 'CALL', { what: ASK_LIST, a: 0 });
    p.answer('ANSWER', { result: OK, a: 20 });
    p.expect('disk', 'LIST_WRITE', { lba: LABEL + 1 });
    p.answer('LISTED', { result: MEDIUM_ERROR });
    expect([p.flags(0, 20), p.get('pair.union')]).toEqual(['none', 1]);
    labels(p);
  });
});

describe('the making of a pair', () => {
  function creates(): Path {
    const p = withList('source', 'SMPL');
    p.set('pair.role', 0, NO_ROLE);
    p.set('session.open', 0, 0);
    p.receive('CREATE', { volume: 0, force: 0 });
    p.expect('remote', 'CALL', { what: ASK_CREATE });
    p.answer('ANSWER', { result: OK });
    labels(p);
    expect([p.get('label.all'), p.get('volume.m2_inv'), p.get('pair.state')]).toEqual([1, 0, SMPL]);
    return p;
  }

  test('owes all tracks when the drive says so, of the memory that is here', () => {
    const p = creates();
    p.answer('LISTED', { result: OK });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('DONE', { result: OK, a: COPY, b: 60 });
    expect(p.get('pair.known')).toBe(IDENTITY);
    p.expectDone();
  });

  test('fails when the drive does not take it, and there is no pair', () => {
    const p = creates();
    p.answer('LISTED', { result: MEDIUM_ERROR });
    p.expectReply('DONE', { result: MEDIUM_ERROR, a: SMPL, b: 0 });
    expect([p.get('pair.state'), p.get('pair.role')]).toEqual([SMPL, NO_ROLE]);
    p.expectDone();
  });
});

test.each(['SWAP', 'FAILOVER'])('an operator hears that this side serves (%s) when the drive says so', (command) => {
  const p = withList('target');
  p.receive(command, { volume: 0 });
  p.expect('remote', 'CALL', { what: ASK_YIELD });
  p.answer('ANSWER', { result: OK });
  p.expect('data', 'OFFER', { volume: 0 });
  labels(p);
  expect([p.get('label.role'), p.sent]).toEqual([SOURCE, 0]);
  p.answer('LISTED', { result: OK });
  p.expectReply('DONE', { result: OK });
  p.expectDone();
});

describe('a write that one copy backs', () => {
  function shipped(): Path {
    const p = withList('source');
    p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
    p.expect('cache', 'GET', { track: 1 });
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expect('remote', 'SHIP', { track: 1 });
    return p;
  }

  function alone(): Path {
    const p = shipped();
    p.answer('SHIPPED', { result: LINK_DOWN });
    labels(p);
    expect([p.get('label.state'), p.get('pair.state')]).toEqual([PSUE, PSUE]);
    return p;
  }

  test('fails when the drive does not take that PAIR was left', () => {
    const p = alone();
    p.answer('LISTED', { result: MEDIUM_ERROR });
    p.expectReply('WRITTEN', { result: MEDIUM_ERROR });
    p.expectDone();
  });

  test('fails so, too, when the other side served meanwhile', () => {
    const p = alone();
    p.set('session.since', 0, EPOCH + 2);
    p.answer('LISTED', { result: MEDIUM_ERROR });
    p.expectReply('WRITTEN', { result: MEDIUM_ERROR });
    p.expectDone();
  });

  test('is WRITE_PROTECTED when the other side served by the time that the drive has it', () => {
    const p = alone();
    p.set('session.since', 0, EPOCH + 2);
    p.answer('LISTED', { result: OK });
    p.expectReply('WRITTEN', { result: WRITE_PROTECTED });
    p.expectDone();
  });

  test('is WRITE_PROTECTED when this side is a target by the time that the drive has it', () => {
    const p = alone();
    p.set('pair.role', 0, TARGET);
    p.answer('LISTED', { result: OK });
    labels(p);
    p.answer('LISTED', { result: OK });
    p.expectReply('WRITTEN', { result: WRITE_PROTECTED });
    p.expectDone();
  });

  const simplex = (p: Path): void => {
    p.set('pair.state', 0, SMPL);
    p.set('pair.role', 0, NO_ROLE);
    p.set('session.open', 0, 0);
  };

  test('is OK when the pair is deleted by the time that the drive has it', () => {
    const p = alone();
    simplex(p);
    p.answer('LISTED', { result: OK });
    labels(p);
    p.answer('LISTED', { result: OK });
    p.expectReply('WRITTEN', { result: OK });
    p.expectDone();
  });

  test('of a pair that was deleted meanwhile waits until the drive says that there is none', () => {
    const p = shipped();
    simplex(p);
    p.answer('SHIPPED', { result: LINK_DOWN });
    labels(p);
    expect([p.get('label.state'), p.sent]).toEqual([SMPL, 0]);
    p.answer('LISTED', { result: OK });
    p.expectReply('WRITTEN', { result: OK });
    p.expectDone();
  });
});

describe('a track that never got bytes, and is not right', () => {
  function blank(): Path {
    const p = withList('source');
    p.node.tracks.setFlags(1, 0, FLAG.M1_INV);
    p.node.tracks.clearFlags(1, 0, FLAG.WRITTEN);
    p.set('system.rebuilding', 0, 1);
    return p;
  }

  test('becomes zeroes in a slot for hosts', () => {
    const p = blank();
    p.receive('REBUILD');
    p.expect('cache', 'GET', { track: 1, pool: POOL.HOST_POOL });
  });

  test('becomes zeroes only when the drive names its cylinder', () => {
    const p = blank();
    p.set('heat.hot', 0, HEAT.COLD);
    p.receive('REBUILD');
    p.expect('disk', 'LIST_WRITE', { lba: LABEL + 1 });
    p.answer('LISTED', { result: MEDIUM_ERROR });
    expect([p.flags(0, 1), p.sent]).toEqual(['M1_INV', 0]);
  });
});

test.each(['source', 'target'] as const)(
  'a track that neither side has is owed (%s) only when the drive names its cylinder',
  (pair) => {
    const p = withList(pair);
    p.node.tracks.setFlags(1, 0, FLAG.M1_INV | FLAG.WRITTEN);
    p.receive('REBUILD');
    p.expect('remote', 'CALL', { what: pair === 'source' ? QUESTION.ASK_BACK : QUESTION.ASK_AGAIN });
    p.set('heat.hot', 0, HEAT.COLD);
    p.answer('ANSWER', { result: MEDIUM_ERROR });
    p.expect('disk', 'LIST_WRITE', { lba: LABEL + 1 });
    p.answer('LISTED', { result: MEDIUM_ERROR });
    expect([p.flags(0, 1), p.get('pair.state')]).toEqual(['M1_INV', PAIR]);
  },
);
