/**
 * What concerns all volumes of a journal group at once: FULL, DROP and `members` in ship/group.uc, overflow/marks.uc, and
 * where base/data/command.uc calls them.
 */
import { describe, expect, test } from 'vitest';
import { PAIR_ROLE, PAIR_STATE, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import {
  begin,
  entries,
  FIRST,
  FIRST_PEER,
  GROUP,
  RECORDS,
  SECOND,
  SECOND_PEER,
  STRANGER,
  source,
  waiting,
  wide,
  written,
} from './journals.js';
import { moments } from './moments.js';

const { OK, LINK_DOWN } = RESULT;
const { PAIR, COPY, PSUE, PSUS, SMPL } = PAIR_STATE;
const INFLOW_US = 10_000;

const states = (p: Path): number[] => [FIRST, STRANGER, SECOND].map((pair) => p.get('pair.state', pair));
const sessions = (p: Path): number[] => [FIRST, STRANGER, SECOND].map((pair) => p.get('session.open', pair));

describe('inflow control', () => {
  test('ends by suspending the group when no room came within its time, and hosts go on with marks', () => {
    const { p, request } = waiting();
    p.pass_us(INFLOW_US - 1);
    p.expectNothing();
    p.pass_us(1);
    p.expect('data', 'DROP', { journal: GROUP });
    expect(states(p)).toEqual([PSUE, PAIR, PSUE]);
    expect(sessions(p)).toEqual([0, 1, 0]);
    expect(wide(p, 'journal.drop')).toBe(RECORDS);
    expect(p.get('journaling.timing', GROUP)).toBe(0);
    written(p, {}, request);
    expect(p.flags(FIRST, 1)).toBe('M1_WP|M2_INV');
    expect(wide(p, 'journal.last')).toBe(RECORDS);
    p.expectDone();
  });

  test('suspends a pair in COPY too, and leaves what an operator or a cut has decided', () => {
    const { p } = waiting();
    p.set('pair.state', SECOND, COPY);
    p.pass_us(INFLOW_US);
    expect(states(p)).toEqual([PSUE, PAIR, PSUE]);
    for (const state of [PSUS, PSUE, SMPL, PAIR_STATE.SSWS]) {
      const q = waiting().p;
      q.set('pair.state', SECOND, state);
      q.set('session.open', SECOND, 0);
      q.pass_us(INFLOW_US);
      expect(states(q)).toEqual([PSUE, PAIR, state]);
    }
  });

  test('leaves alone a pair of the group whose other side serves', () => {
    const { p } = waiting();
    p.set('pair.role', SECOND, PAIR_ROLE.TARGET);
    p.pass_us(INFLOW_US);
    expect(states(p)).toEqual([PSUE, PAIR, PAIR]);
  });

  test('asks the recipe by any pair that is source here', () => {
    const { p } = waiting();
    p.set('pair.role', FIRST, PAIR_ROLE.TARGET);
    p.pass_us(INFLOW_US);
    expect(states(p)).toEqual([PAIR, PAIR, PSUE]);
  });

  test('has nobody to ask where no pair of the group is source here', () => {
    const { p } = waiting();
    for (const pair of [FIRST, SECOND]) p.set('pair.role', pair, PAIR_ROLE.TARGET);
    p.pass_us(INFLOW_US);
    expect(states(p)).toEqual([PAIR, PAIR, PAIR]);
    expect(p.get('journaling.timing', GROUP)).toBe(0);
    p.expectNothing();
  });

  test.each(['freed', 'spilled'] as const)('begins its time again when something was %s meanwhile', (field) => {
    const { p } = waiting();
    p.set(`journal.${field}`, GROUP, [1, 0]);
    p.pass_us(INFLOW_US);
    expect(states(p)).toEqual([PAIR, PAIR, PAIR]);
    expect(p.get('journaling.timing', GROUP)).toBe(1);
    p.expectNothing();
    p.pass_us(INFLOW_US);
    expect(states(p)).toEqual([PSUE, PAIR, PSUE]);
  });

  test('ends when nobody waits any more', () => {
    const p = source();
    p.set('journaling.timing', GROUP, 1);
    p.receive('FULL', { journal: GROUP });
    p.pass_us(INFLOW_US);
    expect(states(p)).toEqual([PAIR, PAIR, PAIR]);
    expect(p.get('journaling.timing', GROUP)).toBe(0);
    p.expectDone();
  });

  test('does not wait for a journal volume that has lost entries, whether hosts wait or not', () => {
    const p = source();
    p.set('journaling.broken', GROUP, 1);
    p.receive('FULL', { journal: GROUP });
    p.expect('data', 'DROP', { journal: GROUP });
    expect(states(p)).toEqual([PSUE, PAIR, PSUE]);
    expect([p.get('journaling.broken', GROUP), p.get('journaling.timing', GROUP)]).toEqual([0, 0]);
    p.expectDone();
  });

  test('suspends the group when entries were lost while its time ran', () => {
    const p = source();
    p.receive('FULL', { journal: GROUP });
    p.set('journaling.broken', GROUP, 1);
    p.pass_us(INFLOW_US);
    p.expect('data', 'DROP', { journal: GROUP });
    expect(states(p)).toEqual([PSUE, PAIR, PSUE]);
    p.expectDone();
  });

  test('leaves PAIR before it says which entries become marks', () => {
    const p = source();
    entries(p, 2);
    p.set('journaling.broken', GROUP, 1);
    p.receive('FULL', { journal: GROUP }, { ops: 0 });
    for (const [drop, first, second] of moments(p, () => [
      wide(p, 'journal.drop'),
      ...states(p).filter((_, i) => i !== 1),
    ]))
      if (drop !== 0) expect([first, second]).toEqual([PSUE, PSUE]);
    p.expect('data', 'DROP');
    p.expectDone();
  });

  test('asks for no second task where one makes marks', () => {
    const p = source();
    p.set('journaling.dropping', GROUP, 1);
    p.set('journaling.broken', GROUP, 1);
    p.set('journal.last', GROUP, [4, 0]);
    p.receive('FULL', { journal: GROUP });
    expect(wide(p, 'journal.drop')).toBe(4);
    p.expectDone();
  });
});

describe('an operator suspends a pair', () => {
  test('and all of its group is: what was not sent becomes marks, and the other side hears of each', () => {
    const p = source();
    entries(p, 3);
    p.receive('SUSPEND', { volume: FIRST });
    p.expect('remote', 'CALL', { what: QUESTION.ASK_STATE, volume: FIRST_PEER, a: EPOCH, b: PSUS });
    p.answer('ANSWER', { result: OK });
    p.expect('data', 'DROP', { journal: GROUP });
    p.expect('remote', 'CALL', { what: QUESTION.ASK_STATE, volume: SECOND_PEER, a: EPOCH, b: PSUS });
    expect(states(p)).toEqual([PSUS, PAIR, PSUS]);
    expect(sessions(p)).toEqual([0, 1, 0]);
    expect([wide(p, 'journal.drop'), p.get('journaling.dropping', GROUP)]).toEqual([3, 1]);
    p.answer('ANSWER', { result: LINK_DOWN });
    p.expectReply('DONE', { result: OK, a: PSUS, b: 0 });
    p.expectDone();
  });

  test('and answers for that one, whatever the others are', () => {
    const p = source();
    p.set('pair.state', FIRST, PSUE);
    p.set('pair.state', STRANGER, PSUS);
    p.receive('SUSPEND', { volume: SECOND });
    p.expect('remote', 'CALL', { volume: SECOND_PEER });
    p.answer('ANSWER', { result: OK });
    p.expect('data', 'DROP');
    p.expectReply('DONE', { result: OK, a: PSUS });
    p.expectDone();
  });

  test('by any of them', () => {
    const p = source();
    p.receive('SUSPEND', { volume: SECOND });
    p.expect('remote', 'CALL', { volume: SECOND_PEER });
    p.answer('ANSWER', { result: OK });
    p.expect('data', 'DROP');
    p.expect('remote', 'CALL', { volume: FIRST_PEER });
    p.answer('ANSWER', { result: OK });
    p.expectReply('DONE', { result: OK });
    expect(states(p)).toEqual([PSUS, PAIR, PSUS]);
    p.expectDone();
  });

  test('and one in COPY with it', () => {
    const p = source();
    p.set('pair.state', SECOND, COPY);
    p.receive('SUSPEND', { volume: FIRST });
    p.expect('remote', 'CALL');
    p.answer('ANSWER', { result: OK });
    expect(states(p)).toEqual([PSUS, PAIR, PSUS]);
  });

  test.each([
    ['that is not in a session', 'pair.state', PSUE],
    ['that is none any more', 'pair.state', SMPL],
    ['whose other side serves', 'pair.role', PAIR_ROLE.TARGET],
  ] as const)('but not one %s', (_, field, value) => {
    const p = source();
    p.set(field, SECOND, value);
    const before = p.get('pair.state', SECOND);
    p.receive('SUSPEND', { volume: FIRST });
    p.expect('remote', 'CALL', { volume: FIRST_PEER });
    p.answer('ANSWER', { result: OK });
    p.expect('data', 'DROP');
    p.expectReply('DONE', { result: OK });
    expect([p.get('pair.state', SECOND), p.get('session.open', SECOND)]).toEqual([before, 1]);
    p.expectDone();
  });

  test('lets hosts go on that wait for room: their writes are marks', () => {
    const p = source();
    p.set('journal.last', GROUP, [RECORDS, 0]);
    const request = begin(p);
    p.expect('data', 'FULL');
    p.receive('SUSPEND', { volume: SECOND });
    p.expect('remote', 'CALL');
    p.answer('ANSWER', { result: OK });
    p.expect('data', 'DROP');
    p.expect('remote', 'CALL', { volume: FIRST_PEER });
    written(p, {}, request);
    expect(p.flags(FIRST, 1)).toBe('M1_WP|M2_INV');
  });
});

describe('an operator resumes a pair', () => {
  test('and the suspended ones of its group', () => {
    const p = source('PSUS');
    p.receive('RESUME', { volume: FIRST });
    p.expect('data', 'OFFER', { volume: FIRST });
    p.expect('data', 'OFFER', { volume: SECOND });
    p.expectReply('DONE', { result: OK, a: PSUE });
    expect(states(p)).toEqual([PSUE, PSUS, PSUE]);
    expect([wide(p, 'journal.drop'), p.get('journaling.dropping', GROUP)]).toEqual([0, 0]);
    p.expectDone();
  });

  test.each([
    ['that is not suspended', 'pair.state', PSUE],
    ['whose other side serves', 'pair.role', PAIR_ROLE.TARGET],
  ] as const)('but not one %s', (_, field, value) => {
    const p = source('PSUS');
    p.set(field, SECOND, value);
    const before = p.get('pair.state', SECOND);
    p.receive('RESUME', { volume: FIRST });
    p.expect('data', 'OFFER', { volume: FIRST });
    p.expectReply('DONE', { result: OK });
    expect(p.get('pair.state', SECOND)).toBe(before);
    p.expectDone();
  });
});
