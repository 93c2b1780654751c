/** A takeover of a journal group: ship/group.uc, and base/data/operator.uc and command.uc, which call it and ask again. */
import { describe, expect, test } from 'vitest';
import { PAIR_ROLE, PAIR_STATE, QUESTION, RESULT, SHIP_FLAG, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH, THEIRS } from './fixtures.js';
import {
  FIRST,
  FIRST_PEER,
  GROUP,
  OTHER_GROUP,
  RECORDS,
  SECOND,
  STRANGER,
  source,
  target,
  wide,
  write,
} from './journals.js';
import { moments } from './moments.js';

const { OK, REFUSED, STALE, LINK_DOWN, UNKNOWN } = RESULT;
const { ASK_YIELD } = QUESTION;
const { PAIR, PSUE, SSWS } = PAIR_STATE;
const { SOURCE, TARGET } = PAIR_ROLE;
const COMMANDS = ['SWAP', 'FAILOVER'] as const;
const PAIRS = [FIRST, STRANGER, SECOND];

const each = (
  p: Path,
  field: 'pair.state' | 'pair.role' | 'pair.epoch' | 'session.agreed' | 'session.open',
): number[] => PAIRS.map((pair) => p.get(field, pair));

describe('a takeover of a group', () => {
  const NUMBERS = ['last', 'restored', 'freed', 'drop', 'noted'] as const;

  /** A target that has restored all up to this number. */
  function drained(last: readonly [number, number] = [9, 2]): Path {
    const p = target();
    for (const f of NUMBERS) p.set(`journal.${f}`, GROUP, last);
    p.set('journaling.taken', GROUP, last);
    for (const volume of PAIRS) p.set('volume.state', volume, VOLUME_STATE.VOLUME_RESTORING);
    return p;
  }
  /** Two entries came that are not restored yet. */
  function behind(): Path {
    const p = drained();
    p.set('journal.last', GROUP, [11, 2]);
    return p;
  }
  function restores(p: Path): void {
    for (const f of ['journal.restored', 'journaling.taken'] as const) p.set(f, GROUP, [11, 2]);
    p.receive('RESTORE', { journal: GROUP });
  }
  /** The others of the group are taken first, then the one that was named. */
  function taken(p: Path): void {
    p.expect('data', 'OFFER', { volume: SECOND });
    p.expect('data', 'OFFER', { volume: FIRST });
    p.expectReply('DONE', { result: OK });
    p.expectDone();
  }
  function asks(p: Path, command: (typeof COMMANDS)[number], result: number, force = 0): void {
    p.receive(command, command === 'SWAP' ? { volume: FIRST } : { volume: FIRST, force });
    p.expect('remote', 'CALL', { what: ASK_YIELD, volume: FIRST_PEER, a: EPOCH, c: IDENTITY, d: THEIRS });
    p.answer('ANSWER', { result });
  }

  test.each(COMMANDS)('is one of all its volumes, and of no other (%s)', (command) => {
    const p = drained();
    asks(p, command, OK);
    taken(p);
    expect(each(p, 'pair.role')).toEqual([SOURCE, TARGET, SOURCE]);
    expect(each(p, 'pair.state')).toEqual([SSWS, PAIR, SSWS]);
    expect(each(p, 'pair.epoch')).toEqual([EPOCH + 1, EPOCH, EPOCH + 1]);
    expect(each(p, 'session.agreed')).toEqual([1, 0, 1]);
    expect(p.get('journaling.closing', GROUP)).toBe(0);
  });

  test('lets hosts read and write all its volumes', () => {
    const p = drained();
    asks(p, 'FAILOVER', OK);
    taken(p);
    expect(PAIRS.map((v) => p.get('volume.state', v))).toEqual([
      VOLUME_STATE.VOLUME_READY,
      VOLUME_STATE.VOLUME_RESTORING,
      VOLUME_STATE.VOLUME_READY,
    ]);
    write(p, { volume: SECOND, track: 2 });
    expect(p.flags(SECOND, 2)).toBe('M1_WP|M2_INV');
  });

  test('gives numbers behind all that the other side may have given', () => {
    const p = drained();
    p.set('journal.tail', GROUP, [12, 0]);
    p.set('journal.head', GROUP, [7, 0]);
    asks(p, 'FAILOVER', LINK_DOWN, 1);
    taken(p);
    for (const f of NUMBERS) expect(p.words(`journal.${f}`, GROUP)).toEqual([0, 3]);
    expect(p.words('journaling.taken', GROUP)).toEqual([0, 3]);
    expect([wide(p, 'journal.head'), wide(p, 'journal.last', OTHER_GROUP)]).toEqual([12, 0]);
  });

  test('goes on after a power loss at any moment of that with nothing left to restore or to free', () => {
    const p = drained();
    p.set('journal.freed', GROUP, [5, 2]);
    p.receive('FAILOVER', { volume: FIRST, force: 1 });
    p.expect('remote', 'CALL');
    p.answer('ANSWER', { result: LINK_DOWN }, undefined, { ops: 0 });
    const kept = moments(p, () => NUMBERS.map((f) => p.words(`journal.${f}`, GROUP) as [number, number]));
    const torn = kept.filter(([last, ...others]) => others.some((n) => last?.[1] !== n[1]));
    expect(torn.length).toBeGreaterThan(2);
    for (const values of torn) {
      const q = drained();
      for (const [i, f] of NUMBERS.entries()) q.set(`journal.${f}`, GROUP, values[i] as [number, number]);
      q.set('system.ready', 0, 0);
      q.set('journaling.taken', GROUP, 0);
      q.receive('BOOT');
      q.expect('cache', 'ADOPT');
      q.answer('ADOPTED');
      for (const f of ['last', 'restored', 'freed'] as const) expect(q.words(`journal.${f}`, GROUP)).toEqual([0, 3]);
      expect(q.words('journaling.taken', GROUP)).toEqual([0, 3]);
    }
  });

  test.each(COMMANDS)('waits until all that came is restored (%s)', (command) => {
    const p = behind();
    asks(p, command, OK);
    p.expect('data', 'RESTORE', { journal: GROUP });
    p.expectNothing();
    expect([p.get('journaling.closing', GROUP), p.get('journaling.restoring', GROUP)]).toEqual([1, 1]);
    expect(each(p, 'pair.role')).toEqual([TARGET, TARGET, TARGET]);
    restores(p);
    taken(p);
    expect(p.words('journal.last', GROUP)).toEqual([0, 3]);
  });

  test('with force waits for that, too', () => {
    const p = behind();
    asks(p, 'FAILOVER', LINK_DOWN, 1);
    p.expect('data', 'RESTORE');
    p.expectNothing();
    restores(p);
    taken(p);
  });

  test('asks for no restorer where one runs', () => {
    const p = behind();
    p.set('journaling.restoring', GROUP, 1);
    asks(p, 'FAILOVER', OK);
    p.expectNothing();
    restores(p);
    taken(p);
  });

  test('goes on waiting when a restorer ends before all is restored', () => {
    const p = behind();
    asks(p, 'FAILOVER', OK);
    p.expect('data', 'RESTORE');
    p.set('journaling.taken', GROUP, [11, 2]);
    p.receive('RESTORE', { journal: GROUP });
    p.expect('data', 'RESTORE', { journal: GROUP });
    p.expectNothing();
    restores(p);
    taken(p);
  });

  test('takes nothing in any more: what waits for its turn or for room is REFUSED', () => {
    for (const [gen, freed] of [
      [12, [9, 2]],
      [11, [11 - RECORDS, 1]],
    ] as const) {
      const p = behind();
      p.set('journal.freed', GROUP, freed);
      p.receive('APPLY', {
        volume: FIRST,
        track: 0,
        span: span(0, 1),
        epoch: EPOCH,
        gen,
        flags: SHIP_FLAG.SHIP_DATA,
        session: 1,
      });
      p.expectNothing();
      p.receive('FAILOVER', { volume: FIRST, force: 1 });
      p.expect('remote', 'CALL');
      p.answer('ANSWER', { result: LINK_DOWN });
      p.expect('data', 'RESTORE');
      p.expectReply('APPLIED', { result: REFUSED });
    }
  });

  test('that finds the side source when all is restored changes no numbers', () => {
    const p = behind();
    asks(p, 'FAILOVER', OK);
    p.expect('data', 'RESTORE');
    p.set('pair.role', FIRST, SOURCE);
    restores(p);
    expect(wide(p, 'journal.last')).toBe(2 * 2 ** 32 + 11);
    expect(each(p, 'pair.role')).toEqual([SOURCE, TARGET, TARGET]);
  });

  test('of a source whose other side is FOREIGN keeps its numbers', () => {
    const p = source('PSUE');
    p.set('journal.last', GROUP, [4, 0]);
    p.set('session.agreed', FIRST, 0);
    p.set('session.foreign', FIRST, 1);
    p.receive('FAILOVER', { volume: FIRST, force: 1 });
    p.expect('data', 'OFFER', { volume: FIRST });
    p.expectReply('DONE', { result: OK });
    expect(wide(p, 'journal.last')).toBe(4);
    expect(each(p, 'pair.state')).toEqual([SSWS, PSUE, PSUE]);
    p.expectDone();
  });

  test('leaves alone a pair of the group that this side serves already', () => {
    const p = drained();
    p.set('pair.role', SECOND, SOURCE);
    asks(p, 'FAILOVER', OK);
    p.expect('data', 'OFFER', { volume: FIRST });
    p.expectReply('DONE', { result: OK });
    expect(each(p, 'pair.epoch')).toEqual([EPOCH + 1, EPOCH, EPOCH]);
    p.expectDone();
  });

  test.each(COMMANDS)('asks again while the other side brings what is still to come (%s)', (command) => {
    const p = drained();
    asks(p, command, STALE);
    p.expectNothing();
    p.pass_us(999);
    p.expectNothing();
    p.pass_us(1);
    p.expect('remote', 'CALL', { what: ASK_YIELD, volume: FIRST_PEER, a: EPOCH, b: 0 });
    expect(each(p, 'pair.role')).toEqual([TARGET, TARGET, TARGET]);
    p.answer('ANSWER', { result: OK });
    taken(p);
  });

  test('that may not wait for the other side ends when that is gone', () => {
    const p = drained();
    asks(p, 'FAILOVER', STALE);
    p.pass_us(1_000);
    p.expect('remote', 'CALL', { what: ASK_YIELD });
    p.answer('ANSWER', { result: LINK_DOWN });
    p.expectReply('DONE', { result: UNKNOWN });
    expect(each(p, 'pair.role')).toEqual([TARGET, TARGET, TARGET]);
    p.expectDone();
  });
});
