/** A track that comes back from the other side, field by field: what it changes, and what it must find unchanged. */
import { describe, expect, test } from 'vitest';
import { FLAG, INTENT, POOL, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { GEN, lacks, second, TRACK } from './invalid-track.js';

const { OK, NOT_READY, STALE, ON_DRIVE } = RESULT;
const { M1_INV, M1_WP, M1_FP, M2_WP, M2_INV, WRITTEN } = FLAG;
const { SHIP_WHOLE, SHIP_BACK } = SHIP_FLAG;
const WHOLE = span(0, 4);
const SECOND = 4 + TRACK;

describe('a track that came back', () => {
  const back = { volume: 1, track: TRACK, span: WHOLE, epoch: 0, flags: SHIP_WHOLE | SHIP_BACK, session: 9 };

  function comes(p: Path, more: Record<string, number> = {}): void {
    p.fill(p.transferAt, 4, 7);
    p.fill(p.slotAt(1), 4, 9);
    p.set('system.fetching', 0, SECOND + 1);
    p.receive('APPLY', { ...back, gen: GEN, at: p.transferAt, ...more });
  }
  const awaited = (flags: number = M1_INV): Path => {
    const p = lacks(second('source'), flags);
    p.set('track.gen', SECOND, [GEN, 0]);
    return p;
  };
  const wants = { volume: 1, track: TRACK, span: WHOLE, intent: INTENT.TO_WRITE, pool: POOL.REMOTE_POOL };

  test('is in its slot, in its generation, before the flag goes', () => {
    const p = awaited();
    comes(p);
    p.expect('cache', 'GET', wants);
    expect(p.get('lock.holder', SECOND)).not.toBe(0);
    p.answer('GOT', { result: OK, slot: 1 });
    p.expect('cache', 'GIVE', { slot: 1, session: 0 });
    p.expectReply('APPLIED', { result: ON_DRIVE });
    expect(p.slotBytes(1)).toEqual([7, 7, 7, 7]);
    expect([p.get('slot.gen', 1), p.get('track.flags', SECOND)]).toEqual([GEN, M1_WP | WRITTEN]);
    expect(p.flagChanges).toEqual(['6: M1_WP|M1_INV', '6: M1_WP']);
    p.expectDone();
  });

  test('and is format pending is converted', () => {
    const p = awaited(M1_INV | M1_FP);
    comes(p);
    p.expect('cache', 'GET', wants);
    p.answer('GOT', { result: OK, slot: 1 });
    p.expect('cache', 'GIVE', { slot: 1 });
    p.expect('data', 'CONVERT', { volume: 1 });
    p.expectReply('APPLIED', { result: ON_DRIVE });
    p.expectDone();
  });

  test.each<[string, (p: Path) => void]>([
    ['nobody waits for it any more', (p) => p.set('system.fetching', 0, 0)],
    ['a host wrote all of it', (p) => p.node.tracks.clearFlags(SECOND, 1, M1_INV)],
    ['a write of it is on its way', (p) => p.node.tracks.setFlags(SECOND, 1, M2_WP)],
    ['it is owed', (p) => p.node.tracks.setFlags(SECOND, 1, M2_INV)],
    ['it has another generation', (p) => p.set('track.gen', SECOND, [GEN + 1, 0])],
  ])('gives its slot back untouched if %s while it waits for one', (_, meanwhile) => {
    const p = awaited();
    comes(p);
    p.expect('cache', 'GET', wants);
    meanwhile(p);
    const flags = p.get('track.flags', SECOND);
    p.answer('GOT', { result: OK, slot: 1 });
    p.expect('cache', 'GIVE', { slot: 1, session: 0 });
    p.expectReply('APPLIED', { result: STALE });
    expect(p.slotBytes(1)).toEqual([9, 9, 9, 9]);
    expect(p.get('track.flags', SECOND)).toBe(flags);
    p.expectDone();
  });

  test('without a slot says why', () => {
    const p = awaited();
    comes(p);
    p.expect('cache', 'GET', wants);
    p.answer('GOT', { result: NOT_READY });
    p.expectReply('APPLIED', { result: NOT_READY });
    expect(p.flagChanges).toEqual([]);
    p.expectDone();
  });

  test('is taken as a whole only', () => {
    const p = awaited();
    comes(p, { span: span(0, 3) });
    p.expectReply('APPLIED', { result: STALE });
    p.expectDone();
  });
});
