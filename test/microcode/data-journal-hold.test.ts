/** Entries that the second storage system holds back until they are old: `due` in apply/hold.uc, and what the source says of it. */
import { describe, expect, test } from 'vitest';
import { PAIR_STATE, RESULT } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import { FIRST, RECORDS, REGION, read, GROUP as SOURCE_GROUP, source, entries as writes } from './journals.js';
import { asksFor, GROUP, gets, holding, number, of, recordOf, restore, second, wide } from './second-system.js';

const { OK } = RESULT;
const DELAY_US = 5000;

/** Two entries of now, which the group holds back. */
function held(): Path {
  const journal = { restoreDelay_us: DELAY_US };
  const p = holding(second({ journals: [{}, journal] }), [{ n: 1 }, { n: 2, track: 2 }]);
  for (const n of [1, 2]) p.set('update.time', recordOf(p, n), wide(p.time_ns));
  restore(p);
  return p;
}

/** All of it is asked for. */
function isRestored(p: Path): void {
  for (const track of [1, 2]) gets(p, asksFor(p, { track }));
  expect(of(p, 'restored')).toBe(2);
}

describe('an entry', () => {
  test('is not restored before it is as old as the group wants, and then it is', () => {
    const p = held();
    p.expectNothing();
    expect([of(p, 'taken'), p.get('journaling.dozing', GROUP)]).toEqual([0, 1]);
    p.pass_us(DELAY_US - 1000);
    p.expectNothing();
    p.pass_us(1000);
    p.expect('data', 'RESTORE', { journal: GROUP });
    isRestored(p);
    expect(p.get('journaling.dozing', GROUP)).toBe(0);
  });

  test('is waited for by one restorer only', () => {
    const p = held();
    p.set('journaling.restoring', GROUP, 2);
    p.receive('RESTORE', { journal: GROUP });
    expect(p.get('journaling.restoring', GROUP)).toBe(1);
  });

  test.each([
    ['a takeover runs', 'journaling.closing'],
    ['the source wants it restored', 'journaling.hurry'],
  ] as const)('is restored at once when %s', (_, field) => {
    const p = held();
    p.set(field, GROUP, 1);
    p.pass_us(1000);
    p.expect('data', 'RESTORE', { journal: GROUP });
    isRestored(p);
  });

  test('is restored at once when a pair of the group is not in PAIR', () => {
    const p = held();
    p.set('pair.state', 2, PAIR_STATE.COPY);
    p.pass_us(1000);
    p.expect('data', 'RESTORE', { journal: GROUP });
    isRestored(p);
  });

  test('is held back whatever other groups are in', () => {
    const p = held();
    p.set('pair.state', 0, PAIR_STATE.COPY);
    p.pass_us(1000);
    p.expectNothing();
  });

  test('is restored at once when three quarters of the update information are in use', () => {
    const p = held();
    const records = p.get('journaling.records', GROUP);
    p.set('journal.freed', GROUP, number(2 - (records * 3) / 4));
    p.pass_us(1000);
    p.expect('data', 'RESTORE', { journal: GROUP });
    gets(p, asksFor(p, { track: 1 }));
    p.expectNothing(); // what is restored is freed, and there is room again
  });

  test('of old is not restored either while an image is made', () => {
    const p = held();
    p.set('journaling.holding', GROUP, 1);
    p.pass_us(10 * DELAY_US);
    p.expectNothing();
    p.set('journaling.holding', GROUP, 0);
    p.pass_us(1000);
    p.expect('data', 'RESTORE', { journal: GROUP });
    isRestored(p);
  });
});

describe('the source says that nothing may be held back', () => {
  const said = (p: Path, hurry: number): void => {
    read(p, 0, { size: 0 });
    p.expectReply('JOURNAL_READ', { result: OK, hurry });
  };

  test('not in PAIR, with room left', () => {
    const p = source();
    writes(p, 1);
    said(p, 0);
  });

  test('while it gives the group away', () => {
    const p = source();
    p.set('journaling.yielding', SOURCE_GROUP, 1);
    said(p, 1);
  });

  test('while a pair of the group is not in PAIR', () => {
    const p = source();
    p.set('pair.state', FIRST, PAIR_STATE.COPY);
    said(p, 1);
  });

  test('when a quarter of its journal or less is free', () => {
    const p = source();
    p.set('journal.last', SOURCE_GROUP, [(RECORDS * 3) / 4 - 1, 0]);
    said(p, 0);
    p.set('journal.last', SOURCE_GROUP, [(RECORDS * 3) / 4, 0]);
    said(p, 1);
    const q = source();
    q.set('journal.tail', SOURCE_GROUP, [REGION - REGION / 4, 0]);
    said(q, 0);
    q.set('journal.tail', SOURCE_GROUP, [REGION - REGION / 4 + 1, 0]);
    said(q, 1);
  });
});

describe('what the target hears of that', () => {
  const asked = (p: Path) => {
    p.set('journaling.pulling', GROUP, 1);
    p.receive('PULL', { journal: GROUP });
    return p.expect('remote', 'CALL');
  };
  const answer = (hurry: number) => ({ result: OK, a: 0, b: 0, c: number(0)[0], d: number(0)[1], e: hurry });

  test.each([0, 1])('stands until it hears something else (%d)', (hurry) => {
    const p = second();
    p.set('journaling.hurry', GROUP, 1 - hurry);
    p.answer('ANSWER', answer(hurry), asked(p));
    expect(p.get('journaling.hurry', GROUP)).toBe(hurry);
  });

  test('does not count, if a copy of a track came meanwhile', () => {
    const p = second();
    const call = asked(p);
    const at = p.machine.memory.layout.receiveAt;
    p.receive('APPLY', { volume: 1, track: 1, span: 4 << 16, at, epoch: EPOCH, gen: 8, session: 9 });
    p.answer('GOT', { result: OK, slot: 3 }, p.expect('cache', 'GET'));
    p.expect('cache', 'GIVE');
    p.expectReply('APPLIED', { result: OK });
    expect(p.get('journaling.hurry', GROUP)).toBe(1);
    p.answer('ANSWER', answer(0), call);
    expect(p.get('journaling.hurry', GROUP)).toBe(1);
  });
});
