/** A journal group is given away, or its link goes: `assent` and `sever` in ship/journal.uc, `assent` as ship/session.uc calls it. */
import { describe, expect, test } from 'vitest';
import { FLAG, PAIR_ROLE, PAIR_STATE, QUESTION, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH, THEIRS } from './fixtures.js';
import {
  begin,
  entries,
  FIRST,
  GROUP,
  RECORDS,
  read,
  SECOND,
  STRANGER,
  source,
  target,
  wide,
  write,
} from './journals.js';
import { moments } from './moments.js';

const { OK, REFUSED, STALE, WRITE_PROTECTED } = RESULT;
const { ASK_YIELD, ASK_LIST } = QUESTION;
const { PAIR, COPY, PSUE } = PAIR_STATE;
const { SOURCE, TARGET } = PAIR_ROLE;
const PAIRS = [FIRST, STRANGER, SECOND];

const each = (
  p: Path,
  field: 'pair.state' | 'pair.role' | 'pair.epoch' | 'session.agreed' | 'session.open',
): number[] => PAIRS.map((pair) => p.get(field, pair));

describe('a group that the other side is to take over', () => {
  const asked = (p: Path, volume = FIRST) =>
    p.receive('ASK', { what: ASK_YIELD, volume, a: EPOCH, b: 0, c: THEIRS, d: IDENTITY });
  /** Entries of which the last one is not restored yet. */
  function owing(): Path {
    const p = source();
    entries(p, 3);
    read(p, 3, { lag: 1 });
    p.expectReply('JOURNAL_READ', { result: OK });
    return p;
  }

  test('is given away, all of it, when everything is restored', () => {
    const p = owing();
    read(p, 3);
    p.expectReply('JOURNAL_READ', { result: OK });
    asked(p);
    p.expectReply('ASKED', { result: OK });
    expect(each(p, 'pair.role')).toEqual([TARGET, SOURCE, TARGET]);
    expect(each(p, 'pair.state')).toEqual([COPY, PAIR, COPY]);
    expect(each(p, 'pair.epoch')).toEqual([EPOCH + 1, EPOCH, EPOCH + 1]);
    expect(each(p, 'session.agreed')).toEqual([0, 1, 0]);
    expect(each(p, 'session.open')).toEqual([0, 1, 0]);
    expect([wide(p, 'journaling.taken'), p.get('journaling.yielding', GROUP)]).toEqual([3, 0]);
    p.expectDone();
  });

  test('by any of its volumes', () => {
    const p = source();
    asked(p, SECOND);
    p.expectReply('ASKED', { result: OK });
    expect(each(p, 'pair.role')).toEqual([TARGET, SOURCE, TARGET]);
    expect(each(p, 'pair.epoch')).toEqual([EPOCH + 1, EPOCH, EPOCH + 1]);
  });

  test('knows the epoch of its taker before it is target, whenever power goes', () => {
    const p = source();
    p.receive('ASK', { what: ASK_YIELD, volume: FIRST, a: EPOCH, c: THEIRS, d: IDENTITY }, { ops: 0 });
    for (const [role, epoch] of moments(p, () => [p.get('pair.role', SECOND), p.get('pair.epoch', SECOND)]))
      if (role === TARGET) expect(epoch).toBe(EPOCH + 1);
    p.expectReply('ASKED', { result: OK });
  });

  test('stops its hosts until everything is restored, and goes on sending', () => {
    const p = owing();
    asked(p);
    p.expectReply('ASKED', { result: STALE });
    expect(each(p, 'session.agreed')).toEqual([0, 1, 0]);
    expect(each(p, 'pair.role')).toEqual([SOURCE, SOURCE, SOURCE]);
    begin(p, { volume: SECOND });
    p.expectReply('WRITTEN', { result: WRITE_PROTECTED });
    read(p, 3);
    p.expectReply('JOURNAL_READ', { result: OK });
    asked(p);
    p.expectReply('ASKED', { result: OK });
    expect(each(p, 'pair.role')).toEqual([TARGET, SOURCE, TARGET]);
    p.expectDone();
  });

  test('serves on when the link goes before it was given away', () => {
    const p = owing();
    asked(p);
    p.expectReply('ASKED', { result: STALE });
    p.receive('PEER_DOWN');
    expect(each(p, 'session.agreed')).toEqual([1, 1, 1]);
    write(p, { volume: SECOND });
    expect(wide(p, 'journal.last')).toBe(4);
  });

  test.each([
    ['in COPY', 'pair.state', COPY],
    ['without a session', 'session.open', 0],
  ] as const)('is kept while one of its pairs is %s, and its hosts go on', (_, field, value) => {
    const p = owing();
    p.set(field, SECOND, value);
    asked(p);
    p.expectReply('ASKED', { result: REFUSED });
    expect(each(p, 'session.agreed')).toEqual([1, 1, 1]);
    expect(p.get('journaling.yielding', GROUP)).toBe(0);
    p.expectDone();
  });

  test('is kept while entries become marks', () => {
    const p = source();
    entries(p, 2);
    p.set('journal.drop', GROUP, [2, 0]);
    p.set('journal.restored', GROUP, [2, 0]);
    asked(p);
    p.expectReply('ASKED', { result: REFUSED });
    expect(each(p, 'session.agreed')).toEqual([1, 1, 1]);
  });

  test('does not count a pair that is target here', () => {
    const p = source();
    p.set('pair.role', SECOND, TARGET);
    p.set('pair.state', SECOND, COPY);
    asked(p);
    p.expectReply('ASKED', { result: OK });
    expect(each(p, 'pair.epoch')).toEqual([EPOCH + 1, EPOCH, EPOCH]);
  });

  test.each([
    [FIRST, 'pair.state', PSUE],
    [SECOND, 'pair.state', PSUE],
    [SECOND, 'session.open', 0],
  ] as const)(
    'serves on when its pair %i leaves PAIR or its session before it was given away (%s)',
    (pair, field, value) => {
      const p = owing();
      asked(p);
      p.expectReply('ASKED', { result: STALE });
      p.set(field, pair, value);
      read(p, 3, { lag: 1 });
      p.expect('remote', 'JOURNAL_READ');
      expect(each(p, 'session.agreed')).toEqual([1, 1, 1]);
      expect(p.get('journaling.yielding', GROUP)).toBe(0);
      asked(p);
      p.expectReply('ASKED', { result: REFUSED });
    },
  );

  test('stays stopped while it is read in PAIR', () => {
    const p = owing();
    asked(p);
    p.expectReply('ASKED', { result: STALE });
    read(p, 3, { lag: 1 });
    p.expectReply('JOURNAL_READ', { result: OK });
    expect(each(p, 'session.agreed')).toEqual([0, 1, 0]);
    expect(p.get('journaling.yielding', GROUP)).toBe(1);
    p.expectDone();
  });

  test('does not make a pair serve that is target here, when it is kept', () => {
    const p = owing();
    p.set('pair.role', SECOND, TARGET);
    p.set('session.agreed', SECOND, 0);
    asked(p);
    p.expectReply('ASKED', { result: STALE });
    p.receive('PEER_DOWN');
    expect(each(p, 'session.agreed')).toEqual([1, 1, 0]);
  });
});

describe('a target that is asked for its list', () => {
  const list = (p: Path) => p.receive('ASK', { what: ASK_LIST, volume: FIRST, a: 0 });

  test('tells what is marked', () => {
    const p = target();
    p.node.tracks.setFlags(2, FIRST, FLAG.M2_INV);
    list(p);
    p.expectReply('ASKED', { result: OK, a: 2 });
    p.expectDone();
  });

  test('tells nothing before all of its entries are marks', () => {
    const p = target();
    p.set('journal.drop', GROUP, [2, 0]);
    p.set('journal.freed', GROUP, [1, 0]);
    p.node.tracks.setFlags(2, FIRST, FLAG.M2_INV);
    list(p);
    p.expectReply('ASKED', { result: REFUSED });
    p.set('journal.freed', GROUP, [2, 0]);
    list(p);
    p.expectReply('ASKED', { result: OK, a: 2 });
  });

  test('stops no host of a pair that it serves', () => {
    const p = target();
    p.set('pair.role', SECOND, SOURCE);
    p.set('session.agreed', SECOND, 1);
    p.set('journal.last', GROUP, [4, 0]);
    list(p);
    p.expectReply('ASKED', { result: OK });
    expect(p.get('session.agreed', SECOND)).toBe(1);
  });
});

describe('a link that goes', () => {
  test('ends the sessions of a source, and no state: PAIR stays', () => {
    const p = source();
    p.time_ns = 7_000_000;
    p.receive('PEER_DOWN');
    expect([each(p, 'session.open'), each(p, 'pair.state')]).toEqual([
      [0, 0, 0],
      [PAIR, PAIR, PAIR],
    ]);
    expect(wide(p, 'pair.heard', SECOND)).toBe(7_000_000);
    p.expectDone();
  });

  test('ends those of a target: what waits for its turn or for room is REFUSED', () => {
    for (const [gen, last] of [
      [2, 0],
      [0, RECORDS],
    ] as const) {
      const p = target();
      p.set('journal.last', GROUP, [last, 0]);
      p.receive('APPLY', {
        volume: FIRST,
        span: span(0, 1),
        epoch: EPOCH,
        gen: gen + last,
        flags: SHIP_FLAG.SHIP_DATA,
        session: 1,
      });
      p.expectNothing();
      p.receive('PEER_DOWN');
      p.expectReply('APPLIED', { result: REFUSED });
      expect(PAIRS.map((pair) => p.get('session.taking', pair))).toEqual([0, 0, 0]);
      expect(wide(p, 'pair.heard', FIRST)).toBe(p.time_ns);
      p.expectDone();
    }
  });

  test('says nothing new of a pair without a session', () => {
    const p = source('PSUE');
    p.receive('PEER_DOWN');
    expect(wide(p, 'pair.heard', FIRST)).toBe(0);
    p.expectDone();
  });

  test('makes no side serve that was not to', () => {
    const p = target();
    p.set('journaling.yielding', GROUP, 1);
    const q = source();
    q.set('session.agreed', FIRST, 0);
    for (const side of [p, q]) side.receive('PEER_DOWN');
    expect(each(p, 'session.agreed')).toEqual([0, 0, 0]);
    expect(each(q, 'session.agreed')).toEqual([0, 1, 1]);
  });
});
