/** The label of a list on a drive: what it says of pairs in other states, and before all of a volume is marked. */
import { describe, expect, test } from 'vitest';
import { FLAG, PAIR_MODE, PAIR_ROLE, PAIR_STATE, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import type { Path } from '../harness/path.js';
import { EPOCH, PEER, THEIRS } from './fixtures.js';
import { BASE, DRIVE, hot, LABEL, LABEL_FIELDS, labelled, listedVolumes, lists, write } from './lists.js';

const { OK, MEDIUM_ERROR } = RESULT;
const { SMPL, COPY, PSUE, SSWS } = PAIR_STATE;

/** What is on its way to the drive of the second volume; then it is there, or not. */
function written(p: Path, result: number = OK): void {
  p.expect('disk', 'LIST_WRITE', { drive: DRIVE, lba: LABEL, sectors: 1, at: p.get('list.label_at', 1) });
  p.expectNothing();
  p.answer('LISTED', { result });
}

describe('a host write', () => {
  test('to a volume whose pair nobody made heats nothing: the label says that there is no pair', () => {
    const p = lists('SMPL');
    write(p, 1, 50);
    p.expect('cache', 'GET', { track: 50 });
  });

  test.each([
    ['COPY in PAIR', 'PAIR', COPY],
    ['PSUE in PSUE', 'PSUE', PSUE],
    ['SSWS in SSWS', 'SSWS', SSWS],
  ] as const)('to a point-in-time pair finds a label that says %s', (_, state, says) => {
    const p = hot(lists(state, listedVolumes('source', PAIR_MODE.POINT_IN_TIME)), 1, 3);
    p.set('label.epoch', 1, 1);
    write(p, 1, 50);
    p.expect('disk', 'LIST_WRITE', { lba: LABEL });
    expect(p.get('label.state', 1)).toBe(says);
  });
});

describe('a label that says that all is hot', () => {
  const all = (says: number, ...owed: number[]): Path => {
    const p = hot(lists(), 1, 3);
    p.set('label.all', 1, says);
    p.set('label.epoch', 1, 1);
    for (const t of owed) p.node.tracks.setFlags(BASE + t, 1, FLAG.M2_INV);
    return p;
  };

  test('for good goes on saying so when it is written with nothing owed', () => {
    const p = all(2);
    write(p, 1, 50);
    written(p);
    expect(p.get('label.all', 1)).toBe(2);
  });

  test('says so no more when the last of several tracks is owed no more', () => {
    const p = all(1, 1, 2);
    write(p, 1, 50);
    written(p);
    p.expect('cache', 'GET', { track: 50 });
    for (const t of [1, 2]) p.node.tracks.clearFlags(BASE + t, 1, FLAG.M2_INV);
    write(p, 1, 51);
    written(p);
    expect(p.get('label.all', 1)).toBe(0);
  });

  test('and that the drive does not take is written by the next one, also while tracks are owed', () => {
    const p = all(1, 1, 2);
    for (const track of [50, 51]) {
      write(p, 1, track);
      written(p, MEDIUM_ERROR);
      p.expectReply('WRITTEN', { result: MEDIUM_ERROR });
    }
    p.expectDone();
  });
});

describe('CREATE', () => {
  /** The pair of the second volume is to be made, and the other side has agreed. */
  function creates(p: Path = simplex()): Path {
    p.receive('CREATE', { volume: 1 });
    p.expect('remote', 'CALL', { what: QUESTION.ASK_CREATE, volume: PEER + 1 });
    p.answer('ANSWER', { result: OK, a: EPOCH });
    return p;
  }

  function simplex(): Path {
    const p = lists('SMPL');
    for (const v of [0, 1]) p.set('pair.role', v, PAIR_ROLE.NO_ROLE);
    p.set('pair.state', 0, COPY);
    return labelled(p);
  }

  /** Everything is owed, in a new epoch. */
  function made(p: Path): void {
    p.expect('data', 'OFFER', { volume: 1 });
    p.expectReply('DONE', { result: OK, a: COPY, b: 60 });
    expect(p.get('pair.epoch', 1)).toBe(EPOCH + 1);
    p.expectDone();
  }

  test('marks nothing before the list on the drive says that all is hot', () => {
    const p = creates();
    expect([p.get('label.all', 1), p.get('volume.m2_inv', 1), p.get('pair.state', 1)]).toEqual([1, 0, SMPL]);
    expect(LABEL_FIELDS.map((f) => p.get(`label.${f}`, 1))).toEqual([SMPL, 0, EPOCH, THEIRS, 0]);
    written(p);
    made(p);
  });

  test('makes no pair when the drive does not take the list', () => {
    const p = creates();
    written(p, MEDIUM_ERROR);
    p.expectReply('DONE', { result: MEDIUM_ERROR, a: SMPL, b: 0 });
    expect(p.get('list.writing', 1)).toBe(0);
    p.expectDone();
  });

  test('asks no drive when the list says so already', () => {
    const p = simplex();
    p.set('label.all', 1, 1);
    made(creates(p));
  });

  test('leaves it said for good that all is hot where that was said, also when nothing is owed any more', () => {
    const p = hot(simplex(), 1, 3);
    p.set('label.all', 1, 2);
    written(creates(p));
    made(p);
    p.node.tracks.clearRange(1, 0, 60, FLAG.M2_INV);
    p.set('session.open', 1, 1);
    write(p, 1, 50);
    written(p);
    expect(p.get('label.all', 1)).not.toBe(0);
  });

  test('has the list written when nobody knows that what it says is on the drive', () => {
    const p = simplex();
    p.set('label.all', 1, 1);
    p.set('list.labelled', 1, 0);
    written(creates(p));
    made(p);
  });

  test('is the only one to write the list meanwhile', () => {
    const p = creates();
    p.set('pair.fed', 1, IDENTITY);
    write(p, 1, 50);
    written(p);
    p.expect('data', 'OFFER', { volume: 1 });
    p.expectReply('DONE', { result: OK });
    p.expect('disk', 'LIST_WRITE', { lba: LABEL });
  });

  test('waits for whoever writes the list, and for whoever waited longer', () => {
    const p = simplex();
    p.set('label.epoch', 1, 1);
    write(p, 1, 50);
    p.expect('disk', 'LIST_WRITE', { lba: LABEL });
    write(p, 1, 51);
    creates(p);
    p.expectNothing();
    p.answer('LISTED', { result: MEDIUM_ERROR });
    p.expectReply('WRITTEN', { result: MEDIUM_ERROR });
    p.expect('disk', 'LIST_WRITE', { lba: LABEL });
    p.expectNothing();
    expect(p.get('label.all', 1)).toBe(0);
    p.answer('LISTED', { result: OK });
    p.expect('cache', 'GET', { track: 51 });
    written(p);
    expect(p.get('label.all', 1)).toBe(1);
  });
});
