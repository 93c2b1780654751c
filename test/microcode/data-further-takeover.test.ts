/** A takeover by the array in the middle: ship/group.uc waits until all is handed on. */
import { describe, expect, test } from 'vitest';
import { INTENT, PAIR_ROLE, PAIR_STATE, POOL, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import type { Path, Receipt } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import {
  ALONE,
  cascade,
  dataOf,
  FAR,
  FAR_EPOCH,
  FURTHER,
  fill,
  isIn,
  last,
  NEAR,
  RECORDS,
  reads,
  VOLUME,
} from './further.js';
import { begin } from './journals.js';
import { holding, number, of } from './second-system.js';

const { OK } = RESULT;
const { SOURCE, TARGET } = PAIR_ROLE;
const { SSWS } = PAIR_STATE;

/** Two entries are restored, and not handed on. */
function restored(): Path {
  const p = holding(cascade(), [
    { n: 1, track: 1 },
    { n: 2, track: 2 },
  ]);
  for (const field of ['journal.restored', 'journaling.taken'] as const) p.set(field, NEAR, number(2));
  p.set('journal.handed', NEAR, number(0));
  return p;
}

/** An operator takes over, and the other side grants it. */
function takes(p: Path): Receipt {
  const request = p.receive('FAILOVER', { volume: VOLUME, force: 0 });
  p.expect('remote', 'CALL', { what: QUESTION.ASK_YIELD });
  p.answer('ANSWER', { result: OK });
  return request;
}

function taken(p: Path, request: Receipt): void {
  p.expect('data', 'OFFER', { volume: ALONE });
  p.expect('data', 'OFFER', { volume: VOLUME });
  p.expectReply('DONE', { result: OK }, request);
  expect([VOLUME, ALONE].map((v) => [p.get('pair.role', v), p.get('pair.state', v)])).toEqual([
    [SOURCE, SSWS],
    [SOURCE, SSWS],
  ]);
}

const handed = (p: Path): number[] => p.words('journal.handed', NEAR);

describe('a takeover of a group whose entries go on to a third array', () => {
  test('waits until all are handed on', () => {
    const p = restored();
    const request = takes(p);
    p.expect('data', 'HAND', { journal: NEAR });
    p.expectNothing();
    expect([p.get('journaling.handing', NEAR), p.get('pair.role', VOLUME), request.answered]).toEqual([
      1,
      TARGET,
      false,
    ]);
    p.receive('HAND', { journal: NEAR });
    taken(p, request);
    expect([last(p, FAR), dataOf(p, FAR, 1), dataOf(p, FAR, 2)]).toEqual([2, [1, 1], [2, 2]]);
    p.expectDone();
  });

  test('waits for the task that hands on already', () => {
    const p = restored();
    p.set('journaling.handing', NEAR, 1);
    const request = takes(p);
    p.expectNothing();
    p.receive('HAND', { journal: NEAR });
    taken(p, request);
  });

  test('does not wait when all are', () => {
    const p = restored();
    p.set('journal.handed', NEAR, number(2));
    taken(p, takes(p));
    expect(last(p, FAR)).toBe(0);
    p.expectDone();
  });

  test('does not wait for entries of a group that goes on to nobody', () => {
    const p = restored();
    p.set('journaling.further', NEAR, 0);
    taken(p, takes(p));
    p.expectDone();
  });

  test('hands on what it must restore first', () => {
    const p = restored();
    for (const field of ['journal.restored', 'journaling.taken', 'journal.freed'] as const)
      p.set(field, NEAR, number(1));
    p.set('journal.handed', NEAR, number(1));
    const request = takes(p);
    p.expect('data', 'RESTORE', { journal: NEAR });
    p.receive('RESTORE', { journal: NEAR });
    p.expect('cache', 'GET', { volume: VOLUME, track: 2, intent: INTENT.TO_WRITE, pool: POOL.REMOTE_POOL });
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expect('data', 'HAND', { journal: NEAR });
    p.expectNothing();
    p.receive('HAND', { journal: NEAR });
    taken(p, request);
    expect([last(p, FAR), dataOf(p, FAR, 1)]).toEqual([1, [2, 2]]);
  });

  test('waits for room in the third array’s journal', () => {
    const p = restored();
    fill(p, FAR);
    const request = takes(p);
    p.expect('data', 'HAND');
    p.receive('HAND', { journal: NEAR });
    p.expect('data', 'FULL', { journal: FAR });
    p.expectNothing();
    reads(p, FURTHER, RECORDS);
    taken(p, request);
    expect(last(p, FAR)).toBe(RECORDS + 2);
  });

  test('goes on with marks when there comes none', () => {
    const p = restored();
    fill(p, FAR);
    const request = takes(p);
    p.expect('data', 'HAND');
    p.receive('HAND', { journal: NEAR });
    p.expect('data', 'FULL', { journal: FAR });
    p.receive('FULL', { journal: FAR });
    p.pass_us(10_000);
    p.expect('data', 'DROP', { journal: FAR });
    taken(p, request);
    expect([isIn(p, 'PSUE'), p.flags(FURTHER, 1), p.flags(FURTHER, 2)]).toEqual([true, 'M2_INV', 'M2_INV']);
  });

  test('makes marks first of its own entries that are left, and hands none of them on', () => {
    const p = restored();
    p.set('journal.given', NEAR, number(2));
    p.set('journal.restored', NEAR, number(0));
    const request = takes(p);
    p.expect('data', 'DROP', { journal: NEAR });
    p.pass_us(1000);
    p.expectNothing();
    p.receive('DROP', { journal: NEAR });
    p.pass_us(1000);
    taken(p, request);
    expect([last(p, FAR), p.get('journaling.dropping', NEAR)]).toEqual([0, 0]);
    p.expectDone();
  });

  test('leaves nothing to be handed on of the numbers that it goes on behind', () => {
    const p = restored();
    const request = takes(p);
    p.expect('data', 'HAND');
    p.receive('HAND', { journal: NEAR });
    taken(p, request);
    expect(handed(p)).toEqual(p.words('journal.last', NEAR));
    expect(p.words('journal.last', NEAR)[0]).toBe(0);
  });

  test('leaves the further pair in its session, into whose journal hosts write from then on', () => {
    const p = restored();
    p.set('journal.handed', NEAR, number(2));
    p.set('track.gen', 5, [40, EPOCH]);
    taken(p, takes(p));
    begin(p, { volume: VOLUME, track: 1 });
    p.expect('cache', 'GET', { volume: VOLUME, track: 1 });
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expectReply('WRITTEN', { result: OK });
    expect([last(p, FAR), p.flags(FURTHER, 1), p.flags(VOLUME, 1)]).toEqual([1, 'none', 'M1_WP|M2_INV']);
    expect(p.words('update.gen', p.node.journals.find(FAR, 1))).toEqual([41, FAR_EPOCH]);
    expect([isIn(p, 'PAIR'), p.get('session.open', FURTHER)]).toEqual([true, 1]);
  });
});

describe('a group that another array took over', () => {
  test('has nothing to hand on of its own entries, which became marks', () => {
    const p = restored();
    for (const field of ['drop', 'given'] as const) p.set(`journal.${field}`, NEAR, number(2));
    p.set('journal.restored', NEAR, number(0));
    p.set('journaling.dropping', NEAR, 1);
    p.receive('DROP', { journal: NEAR });
    p.run();
    expect([of(p, 'freed'), of(p, 'restored'), of(p, 'taken')]).toEqual([2, 2, 2]);
    expect([handed(p), last(p, FAR)]).toEqual([p.words('journal.last', NEAR), 0]);
    expect([1, 2].map((t) => p.flags(VOLUME, t))).toEqual(['none', 'none']);
    p.expectDone();
  });
});

describe('entries for a third array that become marks', () => {
  test('are marks of the further pair, which is offered when they are', () => {
    const p = cascade();
    const record = p.node.journals.find(FAR, 1);
    for (const [field, value] of [
      ['number', 1],
      ['volume', FURTHER],
      ['track', 3],
      ['flags', 0],
      ['span', 1 << 16],
    ] as const)
      p.set(`update.${field}`, record, value);
    for (const field of ['last', 'drop'] as const) p.set(`journal.${field}`, FAR, [1, 0]);
    p.set('pair.state', FURTHER, PAIR_STATE.PSUE);
    p.set('journaling.dropping', FAR, 1);
    p.receive('DROP', { journal: FAR });
    p.expect('data', 'OFFER', { volume: FURTHER });
    expect([p.flags(FURTHER, 3), p.flags(VOLUME, 3)]).toEqual(['M2_INV', 'none']);
  });
});
