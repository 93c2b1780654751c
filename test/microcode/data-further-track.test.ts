/** A whole track that comes from the source is owed to the third array: apply/journal.uc. */
import { describe, expect, test } from 'vitest';
import {
  FLAG,
  INTENT,
  OFFERING,
  PAIR_ROLE,
  PAIR_STATE,
  POOL,
  RESULT,
  SHIP_FLAG,
} from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import { BASE, cascade, FURTHER, isIn, MARKS, VOLUME } from './further.js';
import { moments } from './moments.js';

const { OK } = RESULT;
const SLOT = 2;
const WHOLE = span(0, 4);
const HERE = { volume: VOLUME, track: 1 } as const;

describe('a whole track that comes to a volume with a further pair', () => {
  function comes(p: Path, payload: Parameters<Path['receive']>[1] = {}, ops?: number): void {
    const at = p.machine.memory.layout.receiveAt;
    p.fill(at, 4, 0x99);
    const flags = SHIP_FLAG.SHIP_WHOLE;
    const apply = { ...HERE, span: WHOLE, at, gen: 9, epoch: EPOCH, flags, session: 9, ...payload };
    p.receive('APPLY', apply, ops === undefined ? {} : { ops });
  }
  function isTaken(p: Path): void {
    p.expect('cache', 'GET', { ...HERE, intent: INTENT.TO_WRITE, pool: POOL.REMOTE_POOL });
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT });
    expect(p.slotBytes(SLOT)).toEqual(Array(4).fill(0x99));
  }

  test('is owed to the third array, PAIR is left, and an offer brings it', () => {
    const p = cascade();
    comes(p);
    isTaken(p);
    p.expect('data', 'OFFER', { volume: FURTHER });
    p.expectReply('APPLIED', { result: OK });
    expect([p.flags(FURTHER, 1), p.flags(VOLUME, 1), isIn(p, 'COPY')]).toEqual(['M2_INV', 'M1_WP', true]);
    expect([p.get('session.offering', FURTHER), p.get('pair.state', VOLUME)]).toEqual([
      OFFERING.SAME_SESSION,
      PAIR_STATE.PAIR,
    ]);
    p.expectDone();
  });

  test('is owed before it is let in, and after PAIR is left', () => {
    const p = cascade();
    comes(p, {}, 0);
    const seen = moments(p, () => {
      const isMarked = p.flags(FURTHER, 1) === 'M2_INV';
      return isMarked ? isIn(p, 'PAIR') : p.get('lock.holder', BASE + 1) !== 0;
    });
    expect(seen).not.toContain(true);
    isTaken(p);
  });

  test.each(['PSUS', 'PSUE', 'COPY'] as const)('is a mark of a further pair that is %s, which stays so', (state) => {
    const p = cascade();
    p.set('pair.state', FURTHER, PAIR_STATE[state]);
    p.set('session.open', FURTHER, 0);
    comes(p);
    isTaken(p);
    p.expectReply('APPLIED', { result: OK });
    expect([p.flags(FURTHER, 1), isIn(p, state), p.get('session.offering', FURTHER)]).toEqual(['M2_INV', true, 0]);
    p.expectDone();
  });

  test('goes with the offer that runs', () => {
    const p = cascade();
    p.set('session.offering', FURTHER, OFFERING.NEW_SESSION);
    p.set('session.skipped', FURTHER, 1);
    comes(p);
    isTaken(p);
    p.expectReply('APPLIED', { result: OK });
    expect(p.get('session.offering', FURTHER)).toBe(OFFERING.NEW_SESSION);
    expect(p.get('session.skipped', FURTHER)).toBe(0); // should it have passed the track, which could not be read
    p.expectDone();
  });

  test('is nothing to a further pair that was deleted', () => {
    const p = cascade();
    p.set('pair.state', FURTHER, PAIR_STATE.SMPL);
    p.set('session.open', FURTHER, 0);
    comes(p);
    isTaken(p);
    p.expectReply('APPLIED', { result: OK });
    expect([p.flags(FURTHER, 1), isIn(p, 'SMPL')]).toEqual(['none', true]);
    p.expectDone();
  });

  test('and was asked for back is what the third array has already', () => {
    const p = cascade();
    p.set('pair.role', VOLUME, PAIR_ROLE.SOURCE);
    comes(p, { epoch: 0, flags: SHIP_FLAG.SHIP_WHOLE | SHIP_FLAG.SHIP_BACK });
    while (p.sent > 0) expect(p.next()?.kind.name).not.toBe('OFFER');
    expect([p.flags(FURTHER, 1), isIn(p, 'PAIR')]).toEqual(['none', true]);
  });

  test('and was asked for back is offered, if it is owed to the third array', () => {
    const p = cascade();
    p.set('pair.role', VOLUME, PAIR_ROLE.SOURCE);
    p.set('pair.state', FURTHER, PAIR_STATE.COPY);
    p.node.tracks.setFlags(MARKS + 1, FURTHER, FLAG.M2_INV);
    comes(p, { epoch: 0, flags: SHIP_FLAG.SHIP_WHOLE | SHIP_FLAG.SHIP_BACK });
    const came: string[] = [];
    while (p.sent > 0) came.push(p.next()?.kind.name ?? '');
    expect(came).toContain('OFFER');
    expect(p.get('session.offering', FURTHER)).toBe(OFFERING.SAME_SESSION);
  });

  test('of a volume without a further pair marks nothing', () => {
    const p = cascade();
    comes(p, { volume: 2 });
    p.expect('cache', 'GET', { volume: 2, track: 1 });
    expect([p.flags(FURTHER, 1), isIn(p, 'PAIR')]).toEqual(['none', true]);
  });
});
