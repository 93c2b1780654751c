/** Reads of a journal: how many entries, how many reads side by side, and when. */
import { describe, expect, test } from 'vitest';
import { PAIR_STATE, QUESTION, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import type { Message } from '../harness/messages.js';
import type { Path } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import { GROUP, holding, number, of, placeOf, second, tells, wide } from './second-system.js';

const { OK, ON_DRIVE, LINK_DOWN } = RESULT;
const { SHIP_ZERO } = SHIP_FLAG;
const FAR = 2 ** 32 + 1000;
/** Of the bench: entries of a read at least; time between reads. */
const LEAST = 8;
const INTERVAL_US = 1000;

function pull(p: Path = second()): Path {
  p.set('journaling.pulling', GROUP, 1);
  p.receive('PULL', { journal: GROUP });
  return p;
}

/** The other side is asked for what is behind entry `after`; so far behind that is what is restored here. */
function asks(p: Path, after: number, entries = LEAST, lag = 0, peer = 7): Message {
  const [a, b] = number(after);
  return p.expect('remote', 'CALL', { what: QUESTION.ASK_JOURNAL, volume: peer, a, b, c: lag, d: entries });
}

interface Said {
  readonly waiting?: number;
  readonly kept?: number;
  /** More reads came than it can answer. */
  readonly isLoaded?: boolean;
  readonly links?: number;
}

function says(p: Path, to: number, said: Said = {}, request?: Message): void {
  const { waiting = 0, kept = 0, isLoaded = false, links = 8 } = said;
  const [c, d] = number(to);
  p.answer('ANSWER', { result: OK, a: waiting, b: kept, c, d, e: isLoaded ? 2 : 0, f: links }, request);
}

/** The other side brings entries of zeroes, as an answer to a read behind `after`. */
function brings(p: Path, after: number, ...entries: readonly number[]): void {
  const told = entries.map((n) => ({ n, flags: SHIP_ZERO }));
  const receipt = tells(p, after, told, true);
  while (p.sent > 1) p.expect('data', 'RESTORE');
  p.expectReply('APPLIED', { result: ON_DRIVE }, receipt);
}

/** It asks after this time, and not before. */
function sleeps(p: Path, us: number): void {
  p.expectNothing();
  p.pass_us(us - 1);
  p.expectNothing();
  p.pass_us(1);
}

describe('a read', () => {
  test('asks the pair of the group that has a session, and says what is restored', () => {
    const p = holding(
      second(),
      [1, 2, 3].map((n) => ({ n, flags: SHIP_ZERO })),
    );
    p.set('journal.restored', GROUP, number(1));
    pull(p);
    asks(p, 3, LEAST, 2);
    expect([of(p, 'asked'), of(p, 'last')]).toEqual([3 + LEAST, 3]);
  });

  test('goes by another volume of the group when the first one has no session', () => {
    const p = second();
    p.set('session.taking', 1, 0);
    asks(pull(p), 0, LEAST, 0, 8);
  });

  test('goes by another volume of the group when the first one is suspended, and by none when both are', () => {
    const p = second();
    p.set('pair.state', 1, PAIR_STATE.PSUS);
    asks(pull(p), 0, LEAST, 0, 8);
    const none = second();
    for (const v of [1, 2]) none.set('pair.state', v, PAIR_STATE.PSUS);
    pull(none);
    expect(none.get('journaling.pulling', GROUP)).toBe(0);
    none.expectDone();
  });

  test('goes by another volume when the one that it went by has no session any more', () => {
    const p = second();
    p.set('session.taking', 1, 0);
    pull(p);
    asks(p, 0, LEAST, 0, 8);
    p.set('session.taking', 2, 0);
    p.set('session.taking', 1, EPOCH);
    says(p, 0, { kept: 1 });
    p.pass_us(INTERVAL_US);
    asks(p, 0, LEAST, 0, 7);
  });

  test('asks nobody when none has one, and ends', () => {
    const p = second();
    for (const v of [1, 2]) p.set('session.taking', v, 0);
    pull(p);
    expect(p.get('journaling.pulling', GROUP)).toBe(0);
    p.expectDone();
  });

  test('asks nobody for a group whose pairs are gone', () => {
    const p = second();
    for (const v of [1, 2]) p.set('volume.pair', v, -1);
    pull(p);
    p.expectDone();
  });

  test('asks nobody while a takeover runs', () => {
    const p = second();
    p.set('journaling.closing', GROUP, 1);
    pull(p);
    expect(p.get('journaling.pulling', GROUP)).toBe(0);
    p.expectDone();
  });

  test('waits for room for a whole track', () => {
    const p = second();
    p.set('journal.head', GROUP, wide(2 ** 32 - 8 - 29));
    pull(p);
    p.expectNothing();
    p.set('journal.head', GROUP, wide(2 ** 32 - 8 - 28));
    sleeps(p, INTERVAL_US);
    asks(p, 0);
  });

  test('brings data that are not restored to the journal volumes, if memory has no more room', () => {
    const p = second();
    p.set('journal.tail', GROUP, wide(2 ** 32 - 8 + 16));
    p.set('journal.last', GROUP, number(1));
    pull(p);
    p.expect('data', 'SPILL', { journal: GROUP });
    expect(p.get('journaling.spilling', GROUP)).toBe(1);
  });

  test('finds room again that was left by data whose update information never came', () => {
    const p = second();
    p.set('journal.tail', GROUP, wide(2 ** 32 - 8 + 31));
    pull(p);
    sleeps(p, INTERVAL_US);
    asks(p, 0);
    expect(placeOf(p, 'head')).toBe(31);
  });

  test('leaves data that wait for their update information where they are', () => {
    const p = second();
    p.set('journaling.landed_any', GROUP, 1);
    p.set('journal.tail', GROUP, wide(2 ** 32 - 8 + 31));
    pull(p);
    sleeps(p, INTERVAL_US);
    p.expectNothing();
    expect(placeOf(p, 'head')).toBe(0);
  });

  test('leaves entries that are not restored where they are', () => {
    const p = second();
    p.set('journal.last', GROUP, number(1));
    p.set('journal.tail', GROUP, wide(2 ** 32 - 8 + 31));
    pull(p);
    sleeps(p, INTERVAL_US);
    expect(placeOf(p, 'head')).toBe(0);
  });

  test('that fails is asked again after a while, for all that did not come', () => {
    const p = pull();
    asks(p, 0);
    brings(p, 0, 1, 2);
    p.answer('ANSWER', { result: LINK_DOWN });
    expect(of(p, 'asked')).toBe(2);
    sleeps(p, INTERVAL_US);
    asks(p, 2, LEAST, 2);
  });

  test('ends with the session', () => {
    const p = pull();
    asks(p, 0);
    for (const v of [1, 2]) p.set('session.taking', v, 0);
    p.answer('ANSWER', { result: LINK_DOWN });
    p.pass_us(INTERVAL_US);
    expect(p.get('journaling.pulling', GROUP)).toBe(0);
    p.expectDone();
  });
});

describe('the answer to a read decides', () => {
  test.each([
    ['nothing waits and nothing is kept over there: it is seldom asked', 0, 4 * INTERVAL_US],
    ['nothing waits, and what is restored can be freed over there: soon', 3, INTERVAL_US],
  ])('when the next one goes: %s', (_, kept, us) => {
    const p = pull();
    asks(p, 0);
    says(p, 0, { kept });
    sleeps(p, us);
    asks(p, 0);
  });

  test('when the next one goes: at once, while there are entries that wait', () => {
    const p = pull();
    asks(p, 0);
    brings(p, 0, 8);
    says(p, 8, { waiting: 1 });
    asks(p, 8, LEAST, 8);
  });

  test.each([
    [LEAST - 1, LEAST],
    [LEAST, 4 * LEAST],
    [1000, 4 * LEAST],
  ])('how much the next one may bring: with %i entries that wait, %i', (waiting, entries) => {
    const p = pull();
    asks(p, 0);
    brings(p, 0, 8);
    says(p, 8, { waiting });
    while (p.sent > 1) p.next();
    asks(p, 8, entries, 8);
  });

  test.each([
    ['two over a link are enough', 2, { links: 1 }, 2],
    ['over two links four are', 2, { links: 2 }, 3],
    ['no more while reads wait over there', 1, { isLoaded: true }, 1],
  ])('how many go side by side: %s', (_, running, said, then) => {
    const p = second();
    p.set('journaling.reads', GROUP, 4);
    p.set('journaling.pulling', GROUP, running);
    p.receive('PULL', { journal: GROUP });
    asks(p, 0);
    brings(p, 0, 8);
    says(p, 8, { waiting: 1000, ...said });
    expect(p.get('journaling.pulling', GROUP)).toBe(then);
  });

  test('that it is less again when less waits', () => {
    const p = second();
    p.set('journaling.size', GROUP, 4 * LEAST);
    pull(p);
    asks(p, 0, 4 * LEAST);
    says(p, 0, { kept: 1 });
    p.pass_us(INTERVAL_US);
    asks(p, 0, LEAST);
  });

  test('how many go side by side: another one when as much waits as that brings, as many as the group may have', () => {
    const p = pull();
    asks(p, 0);
    brings(p, 0, 8);
    says(p, 8, { waiting: 4 * LEAST });
    p.expect('data', 'PULL', { journal: GROUP });
    expect(p.get('journaling.pulling', GROUP)).toBe(2);
    const first = asks(p, 8, 4 * LEAST, 8);
    p.receive('PULL', { journal: GROUP });
    asks(p, 8 + 4 * LEAST, 4 * LEAST, 8 + 4 * LEAST);
    says(p, 9, { waiting: 100 }, first);
    p.expect('remote', 'CALL');
    p.expectNothing();
    expect(p.get('journaling.pulling', GROUP)).toBe(2);
  });

  test('that one is enough, when less waits than it brings', () => {
    const p = pull();
    asks(p, 0);
    brings(p, 0, 8);
    says(p, 8, { waiting: 4 * LEAST - 1 });
    asks(p, 8, 4 * LEAST, 8);
    p.expectNothing();
  });

  test('that nothing is asked for ahead of what there is: what waits is under way already', () => {
    const p = second();
    p.set('journaling.pulling', GROUP, 2);
    p.receive('PULL', { journal: GROUP });
    asks(p, 0);
    p.set('journaling.asked', GROUP, number(40));
    brings(p, 0, 8);
    says(p, 8, { waiting: 32 });
    expect([of(p, 'asked'), p.get('journaling.pulling', GROUP)]).toEqual([40, 1]);
    p.expectDone();
  });

  test('that what nobody asked for yet is asked for, and by another one when that is as much as a read brings', () => {
    for (const [waiting, more] of [
      [32 + LEAST, false],
      [32 + 4 * LEAST, true],
    ] as const) {
      const p = pull();
      asks(p, 0);
      p.set('journaling.asked', GROUP, number(40));
      brings(p, 0, 8);
      says(p, 8, { waiting });
      if (more) p.expect('data', 'PULL');
      asks(p, 40, 4 * LEAST, 40);
      p.expectNothing();
    }
  });

  test('that all but one of them end when nothing waits', () => {
    const p = second();
    p.set('journaling.pulling', GROUP, 2);
    p.receive('PULL', { journal: GROUP });
    asks(p, 0);
    says(p, 0);
    expect(p.get('journaling.pulling', GROUP)).toBe(1);
    p.expectDone();
  });
});

describe('where the next read begins', () => {
  test('is behind what is under way already', () => {
    const p = second();
    p.set('journaling.asked', GROUP, number(16));
    p.set('journaling.reach', GROUP, number(16));
    asks(pull(p), 16, LEAST, 16);
  });

  test('is nowhere, while others asked for more than the source is known to have', () => {
    const p = second();
    p.set('journaling.asked', GROUP, number(16));
    p.set('journaling.reach', GROUP, number(15));
    pull(p);
    p.expectNothing();
  });

  test('is behind what is here, if nothing is under way', () => {
    const p = holding(second(), [{ n: 3, flags: SHIP_ZERO }]);
    asks(pull(p), 3, LEAST, 3);
  });

  test('is where the last one ended, if that brought less than it might', () => {
    const p = pull();
    asks(p, 0);
    brings(p, 0, 1, 2, 3);
    says(p, 3, { waiting: 2 });
    expect(of(p, 'asked')).toBe(3 + LEAST);
    asks(p, 3, LEAST, 3);
  });

  test('is not moved back by one that brought all it might', () => {
    const p = pull();
    asks(p, 0);
    p.set('journaling.asked', GROUP, number(16));
    brings(p, 0, 8);
    says(p, 8, { waiting: 10 });
    asks(p, 16, 4 * LEAST, 16);
  });
});

describe('numbers that do not exist over there', () => {
  test('are passed over, and restorers pass over them, too', () => {
    const p = pull();
    asks(p, 0);
    says(p, 3, { kept: 1 });
    p.expect('data', 'RESTORE', { journal: GROUP });
    p.expect('data', 'RESTORE', { journal: GROUP });
    expect([of(p, 'last'), of(p, 'restored')]).toEqual([3, 0]);
    p.receive('RESTORE', { journal: GROUP });
    expect([of(p, 'last'), of(p, 'restored'), of(p, 'freed')]).toEqual([3, 3, 3]);
  });

  test('let what comes behind them go on that came before', () => {
    const p = pull();
    asks(p, 0);
    const early = tells(p, 3, [{ n: 4, flags: SHIP_ZERO }], true, { buffer: 3 });
    says(p, 3, { kept: 1 });
    for (let i = 0; i < 2; i++) p.expect('data', 'RESTORE');
    p.expectReply('APPLIED', { result: ON_DRIVE }, early);
    expect(of(p, 'last')).toBe(4);
  });

  test('are none, if something came meanwhile', () => {
    const p = pull();
    asks(p, 0);
    brings(p, 0, 1);
    says(p, 8, { kept: 1 });
    expect(of(p, 'last')).toBe(1);
  });

  test('are none up to what is here', () => {
    const p = pull();
    asks(p, 0);
    says(p, 0, { kept: 1 });
    expect(of(p, 'last')).toBe(0);
    p.expectNothing();
  });

  test('are none, when what comes before is still under way', () => {
    const p = second();
    p.set('journaling.asked', GROUP, number(8));
    p.set('journaling.reach', GROUP, number(8));
    pull(p);
    asks(p, 8, LEAST, 8);
    says(p, 10, { kept: 1 });
    expect(of(p, 'last')).toBe(0);
  });

  test('are all up to where another source begins, when everything here is restored', () => {
    const p = pull();
    asks(p, 0);
    says(p, FAR, { kept: 1 });
    expect(['last', 'restored', 'freed', 'noted', 'taken'].map((f) => of(p, f as 'last'))).toEqual(Array(5).fill(FAR));
    sleeps(p, INTERVAL_US);
    asks(p, FAR);
  });

  test('are passed over while entries are restored, as long as the next one has a place that is free', () => {
    for (const [to, last] of [
      [16, 16],
      [17, 1],
    ] as const) {
      const p = pull(holding(second(), [{ n: 1, flags: SHIP_ZERO }]));
      asks(p, 1, LEAST, 1);
      says(p, to, { kept: 1 });
      expect(of(p, 'last')).toBe(last);
    }
  });

  test('are passed over up to where another source begins, whose entries are asked for at once', () => {
    const p = pull();
    asks(p, 0);
    const begins = 3 * 2 ** 32 + 3;
    says(p, begins, { waiting: 5 });
    asks(p, begins);
  });

  test('give their room back where another source begins', () => {
    const p = second();
    p.set('journal.tail', GROUP, wide(2 ** 32 - 8 + 10));
    pull(p);
    asks(p, 0);
    says(p, FAR);
    expect(placeOf(p, 'head')).toBe(10);
  });

  test('wait where another source begins until everything here is restored, and are asked for again', () => {
    const p = holding(second(), [{ n: 1, flags: SHIP_ZERO }]);
    pull(p);
    asks(p, 1, LEAST, 1);
    says(p, FAR, { kept: 1 });
    expect([of(p, 'last'), of(p, 'restored')]).toEqual([1, 0]);
    sleeps(p, INTERVAL_US);
    p.set('journal.restored', GROUP, number(1));
    asks(p, 1, LEAST, 1);
    says(p, FAR, { kept: 1 });
    expect(of(p, 'last')).toBe(FAR);
  });
});
