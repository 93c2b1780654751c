/** When a further pair may be PAIR: `settle` in ship/journal.uc, as ship/resync.uc calls it. */
import { describe, expect, test } from 'vitest';
import { OFFERING, PAIR_STATE, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import { cascade, FAR, FAR_EPOCH, FAR_SIDE, FAR_TRUNK, FURTHER, isIn, NEAR, twoTargets, VOLUME } from './further.js';
import { wide, write } from './journals.js';

const { OK } = RESULT;
const HERE = { volume: VOLUME, track: 1 } as const;

function offers(p: Path): void {
  p.set('session.offering', FURTHER, OFFERING.SAME_SESSION);
  p.receive('OFFER', { volume: FURTHER });
}

describe('a further pair to which nothing is owed', () => {
  /** Between target and third array. */
  function nothingOwed(near: keyof typeof PAIR_STATE = 'PAIR'): Path {
    const p = cascade();
    p.set('pair.state', FURTHER, PAIR_STATE.COPY);
    p.set('pair.state', VOLUME, PAIR_STATE[near]);
    return p;
  }
  const asksPair = (p: Path): void => {
    p.expect('remote', 'CALL', { what: QUESTION.ASK_STATE, volume: FAR_SIDE, a: FAR_EPOCH, b: PAIR_STATE.PAIR });
  };

  test('is PAIR when the pair that feeds it is', () => {
    const p = nothingOwed();
    offers(p);
    asksPair(p);
    expect(isIn(p, 'COPY')).toBe(true);
    p.answer('ANSWER', { result: OK });
    expect(isIn(p, 'PAIR')).toBe(true);
    p.expectDone();
  });

  test.each(['COPY', 'PSUS', 'PSUE'] as const)('waits while the pair that feeds it is %s', (state) => {
    const p = nothingOwed(state);
    offers(p);
    expect([isIn(p, 'COPY'), p.get('volume.settling', FURTHER), p.get('session.offering', FURTHER)]).toEqual([
      true,
      1,
      0,
    ]);
    p.expectDone();
  });

  test('is offered again when the third array reads, and is PAIR once the other one is', () => {
    const p = nothingOwed('COPY');
    offers(p);
    p.set('pair.state', VOLUME, PAIR_STATE.PAIR);
    p.receive('READ_JOURNAL', { volume: FURTHER, size: 8, trunk: FAR_TRUNK });
    p.expectReply('JOURNAL_READ', { result: OK });
    p.expect('data', 'OFFER', { volume: FURTHER });
    p.receive('OFFER', { volume: FURTHER });
    asksPair(p);
    p.answer('ANSWER', { result: OK });
    expect([isIn(p, 'PAIR'), p.get('volume.settling', FURTHER)]).toEqual([true, 0]);
  });

  test('does not wait for the other pair where this array is source of both', () => {
    const p = twoTargets();
    p.set('pair.state', FURTHER, PAIR_STATE.COPY);
    p.set('pair.state', VOLUME, PAIR_STATE.PSUE);
    offers(p);
    asksPair(p);
  });

  test('waits for the entries of its own group that are not restored, and of no other', () => {
    const p = twoTargets();
    write(p, { ...HERE });
    p.set('pair.state', FURTHER, PAIR_STATE.COPY);
    p.set('journal.restored', NEAR, [1, 0]);
    offers(p);
    expect([isIn(p, 'COPY'), wide(p, 'volume.settle', FURTHER)]).toEqual([true, 1]);
    p.expectDone();
    p.set('journal.restored', FAR, [1, 0]);
    offers(p);
    asksPair(p);
  });
});
