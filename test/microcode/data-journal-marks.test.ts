/** Entries that become marks: DROP in ship/group.uc. */
import { describe, expect, test } from 'vitest';
import { OFFERING, PAIR_ROLE, PAIR_STATE, SHIP_FLAG } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import {
  entries,
  FIRST,
  GROUP,
  OTHER_GROUP,
  RECORDS,
  recordOf,
  SECOND,
  STRANGER,
  source,
  waiting,
  wide,
  write,
  written,
} from './journals.js';
import { moments } from './moments.js';

const { PSUE, PSUS, SMPL } = PAIR_STATE;

describe('entries that become marks', () => {
  /** A suspended group with entries of tracks 1, 2, 3, 0 of both volumes; up to `drop` they become marks. */
  function suspended(drop: number, count = 4, state: number = PSUS): Path {
    const p = source();
    p.set('journaling.spill_at', GROUP, 1_000);
    for (let n = 1; n <= count; n++) entries(p, 1, n % 2 === 0 ? SECOND : FIRST);
    for (const pair of [FIRST, SECOND]) {
      p.set('pair.state', pair, state);
      p.set('session.open', pair, 0);
    }
    p.set('journal.drop', GROUP, [drop, 0]);
    p.set('journaling.dropping', GROUP, 1);
    return p;
  }
  const marked = (p: Path): string[] => {
    const found: string[] = [];
    for (const volume of [FIRST, STRANGER, SECOND])
      for (let t = 0; t < 4; t++) if (p.flags(volume, t).includes('M2_INV')) found.push(`${volume}.${t}`);
    return found;
  };

  test('are all that were not freed, and theirs is the mark of their track and volume', () => {
    const p = suspended(4);
    p.receive('DROP', { journal: GROUP });
    expect(marked(p)).toEqual(['0.1', '0.3', '2.0', '2.2']);
    expect([wide(p, 'journal.freed'), p.get('journaling.dropping', GROUP)]).toEqual([4, 0]);
    p.expectDone();
  });

  test('are none of those that were freed before', () => {
    const p = suspended(4);
    p.set('journal.freed', GROUP, [2, 0]);
    p.receive('DROP', { journal: GROUP });
    expect(marked(p)).toEqual(['0.3', '2.0']);
    p.expectDone();
  });

  test('are none of those behind', () => {
    const p = suspended(2);
    p.receive('DROP', { journal: GROUP });
    expect(marked(p)).toEqual(['0.1', '2.2']);
    expect(wide(p, 'journal.freed')).toBe(2);
    p.expectDone();
  });

  test('of zeroes, too, are marks', () => {
    const p = source();
    write(p, { flags: SHIP_FLAG.SHIP_ZERO });
    p.set('journal.drop', GROUP, [1, 0]);
    p.receive('DROP', { journal: GROUP });
    expect(marked(p)).toEqual(['0.1']);
  });

  test('are never freed before their mark is there', () => {
    const p = suspended(4);
    p.receive('DROP', { journal: GROUP }, { ops: 0 });
    const order = ['0.1', '2.2', '0.3', '2.0'];
    for (const [freed, marks] of moments(p, () => [wide(p, 'journal.freed'), marked(p)] as const))
      for (const mark of order.slice(0, freed)) expect(marks).toContain(mark);
    p.expectDone();
  });

  test('leave no mark where the number is void, or the pair is none any more', () => {
    const p = suspended(4);
    p.set('update.number', recordOf(1), [0, 0]);
    p.set('pair.state', SECOND, SMPL);
    p.receive('DROP', { journal: GROUP });
    expect(marked(p)).toEqual(['0.3']);
    expect(wide(p, 'journal.freed')).toBe(4);
    p.expectDone();
  });

  test('give the director to others between, and those that are to go meanwhile go too', () => {
    const p = suspended(16, 16);
    p.receive('DROP', { journal: GROUP }, { ops: 0 });
    p.receive('READ', { volume: 4, track: 0, span: 0x10000 }, { ops: 0 });
    while (p.sent === 0) p.run(1);
    expect([wide(p, 'journal.freed'), p.get('journaling.dropping', GROUP)]).toEqual([16, 1]);
    p.set('journal.last', GROUP, [17, 0]);
    p.set('journal.drop', GROUP, [17, 0]);
    p.run();
    expect([wide(p, 'journal.freed'), p.get('journaling.dropping', GROUP)]).toEqual([17, 0]);
  });

  test('wait until the array is booted', () => {
    const p = suspended(4);
    p.set('system.ready', 0, 0);
    p.receive('DROP', { journal: GROUP });
    expect(marked(p)).toEqual([]);
    p.pass_us(1_000);
    expect(wide(p, 'journal.freed')).toBe(0);
    p.set('system.ready', 0, 1);
    p.pass_us(999);
    expect(wide(p, 'journal.freed')).toBe(0);
    p.pass_us(1);
    expect(marked(p)).toEqual(['0.1', '0.3', '2.0', '2.2']);
    p.expectDone();
  });

  test('let hosts go on that waited for their room', () => {
    const { p, request } = waiting();
    p.set('journal.drop', GROUP, [1, 0]);
    p.receive('DROP', { journal: GROUP });
    written(p, {}, request);
    expect(wide(p, 'journal.last')).toBe(RECORDS + 1);
  });

  test('are brought by offers of the pairs that a full journal suspended', () => {
    const p = suspended(4, 4, PSUE);
    p.set('pair.state', STRANGER, PSUE);
    p.receive('DROP', { journal: GROUP });
    p.expect('data', 'OFFER', { volume: FIRST });
    p.expect('data', 'OFFER', { volume: SECOND });
    expect([FIRST, STRANGER, SECOND].map((pair) => p.get('session.offering', pair))).toEqual([
      OFFERING.NEW_SESSION,
      0,
      OFFERING.NEW_SESSION,
    ]);
    p.expectDone();
  });

  test('are brought by an offer that runs, which begins again', () => {
    const p = suspended(4, 4, PSUE);
    p.set('session.offering', FIRST, OFFERING.SAME_SESSION);
    p.receive('DROP', { journal: GROUP });
    p.expect('data', 'OFFER', { volume: SECOND });
    expect(p.get('session.again', FIRST)).not.toBe(0);
    expect(p.get('session.again', SECOND)).toBe(0);
    p.expectDone();
  });

  test('of a side that became target leave it where the numbers of the other one follow', () => {
    const p = suspended(4);
    for (const pair of [FIRST, SECOND]) p.set('pair.role', pair, PAIR_ROLE.TARGET);
    p.set('journaling.taken', GROUP, [1, 0]);
    p.receive('DROP', { journal: GROUP });
    expect([wide(p, 'journal.restored'), wide(p, 'journaling.taken')]).toEqual([4, 4]);
    expect(marked(p)).toEqual(['0.1', '0.3', '2.0', '2.2']);
    expect(wide(p, 'journal.restored', OTHER_GROUP)).toBe(0);
    p.expectDone();
  });

  test('of a side that became target do not count what came from the other one meanwhile as restored', () => {
    const p = suspended(4);
    for (const pair of [FIRST, SECOND]) p.set('pair.role', pair, PAIR_ROLE.TARGET);
    // "Drain what arrived": entries of the other side's numbers are here, and wait for their restore.
    for (const f of ['freed', 'restored'] as const) p.set(`journal.${f}`, GROUP, [0, 1]);
    p.set('journaling.taken', GROUP, [0, 1]);
    p.set('journal.last', GROUP, [3, 1]);
    p.receive('DROP', { journal: GROUP });
    expect(p.words('journal.restored', GROUP)).toEqual([0, 1]);
    expect(p.words('journaling.taken', GROUP)).toEqual([0, 1]);
    p.expectDone();
  });

  test('of a source are not counted as restored', () => {
    const p = suspended(4);
    p.receive('DROP', { journal: GROUP });
    expect([wide(p, 'journal.restored'), wide(p, 'journaling.taken')]).toEqual([0, 0]);
    p.expectDone();
  });
});
