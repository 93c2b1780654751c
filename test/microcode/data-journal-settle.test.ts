/** When a pair of a journal group is called PAIR: `settle` in ship/journal.uc, and where ship/resync.uc calls it. */
import { describe, expect, test } from 'vitest';
import { FLAG, OFFERING, PAIR_STATE, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import { entries, FIRST, FIRST_PEER, GROUP, SECOND, source, wide } from './journals.js';

const { OK } = RESULT;
const { COPY, PAIR } = PAIR_STATE;

/** The copy of the first volume has brought what was marked, while hosts wrote so many entries. */
function copied(written: number, restored: number): Path {
  const p = source('COPY');
  p.set('journaling.spill_at', GROUP, 1_000);
  entries(p, written);
  p.set('journal.restored', GROUP, [restored, 0]);
  offers(p);
  return p;
}

function offers(p: Path): void {
  p.set('session.offering', FIRST, OFFERING.SAME_SESSION);
  p.receive('OFFER', { volume: FIRST });
}

function becomesPair(p: Path): void {
  p.expect('remote', 'CALL', { what: QUESTION.ASK_STATE, volume: FIRST_PEER, b: PAIR });
  p.answer('ANSWER', { result: OK });
  expect(p.get('pair.state', FIRST)).toBe(PAIR);
  expect(p.get('volume.settling', FIRST)).toBe(0);
  p.expectDone();
}

describe('a pair whose copy is whole', () => {
  test('is PAIR at once where nothing is under way', () => {
    becomesPair(copied(0, 0));
    becomesPair(copied(3, 3));
  });

  test('stays in COPY until all that was written until then is restored: the copy may be newer than that', () => {
    const p = copied(3, 2);
    p.expectDone();
    expect([p.get('pair.state', FIRST), p.get('session.offering', FIRST)]).toEqual([COPY, 0]);
    expect([p.get('volume.settling', FIRST), wide(p, 'volume.settle', FIRST)]).toEqual([1, 3]);
    expect(p.get('volume.settling', SECOND)).toBe(0);
    offers(p);
    p.expectDone();
    p.set('journal.restored', GROUP, [3, 0]);
    offers(p);
    becomesPair(p);
  });

  test('does not wait for what is written behind it: that may have no end', () => {
    const p = copied(3, 2);
    entries(p, 4);
    p.set('journal.restored', GROUP, [3, 0]);
    offers(p);
    becomesPair(p);
  });

  test('waits until entries that become marks are', () => {
    const p = source('COPY');
    entries(p, 2);
    p.set('journal.drop', GROUP, [2, 0]);
    p.set('journal.restored', GROUP, [2, 0]);
    offers(p);
    p.expectDone();
    expect(p.get('pair.state', FIRST)).toBe(COPY);
    p.set('journal.freed', GROUP, [2, 0]);
    offers(p);
    becomesPair(p);
  });

  test('waits anew after each track that the copy brings', () => {
    const p = copied(2, 1);
    p.expectDone();
    entries(p, 2);
    p.node.tracks.setFlags(1, FIRST, FLAG.M2_INV);
    p.set('journal.restored', GROUP, [3, 0]);
    offers(p);
    p.expect('cache', 'GET', { volume: FIRST, track: 1 });
    p.answer('GOT', { result: OK, slot: 1 });
    p.expect('remote', 'SHIP', { volume: FIRST_PEER, track: 1 });
    p.answer('SHIPPED', { result: OK });
    p.expect('cache', 'UNPIN');
    p.expectDone();
    expect([p.get('pair.state', FIRST), wide(p, 'volume.settle', FIRST)]).toEqual([COPY, 4]);
    p.set('journal.restored', GROUP, [4, 0]);
    offers(p);
    becomesPair(p);
  });
});
