/** What is restored goes on to a third array: apply/hand-on.uc, and where apply/restore.uc begins it. */
import { describe, expect, test } from 'vitest';
import { FLAG, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { EPOCH } from './fixtures.js';
import {
  ALONE,
  cascade,
  dataOf,
  entryOf,
  FAR,
  FAR_EPOCH,
  FAR_PEER,
  FURTHER,
  last,
  NEAR,
  RECORDS,
  VOLUME,
} from './further.js';
import { wide as count } from './journals.js';
import { moments } from './moments.js';
import {
  asksFor,
  gets,
  holding,
  number,
  of,
  placeOf,
  recordOf,
  restore,
  SPAN,
  sendsData,
  tells,
} from './second-system.js';

const { OK, ON_DRIVE } = RESULT;
const { SHIP_ZERO } = SHIP_FLAG;

import { hand, handed, handedOn, restored, suspend } from './handed.js';

describe('an entry that is restored', () => {
  test('begins that it is handed on, and is kept until then', () => {
    const p = holding(cascade(), [{ n: 1 }]);
    p.set('journal.handed', NEAR, number(0));
    restore(p);
    p.answer('GOT', { result: OK, slot: 5 }, asksFor(p));
    p.expect('cache', 'GIVE', { slot: 5 });
    p.expect('data', 'HAND', { journal: NEAR });
    expect([of(p, 'restored'), of(p, 'freed'), placeOf(p, 'head'), last(p, FAR)]).toEqual([1, 0, 0, 0]);
    expect(p.get('journaling.handing', NEAR)).toBe(1);
    p.expectDone();
  });

  test('is handed on by one task, however many are restored', () => {
    const p = holding(cascade(), [
      { n: 1, track: 0 },
      { n: 2, track: 1 },
    ]);
    p.set('journal.handed', NEAR, number(0));
    restore(p);
    p.answer('GOT', { result: OK, slot: 5 }, asksFor(p, { track: 0 }));
    p.expect('cache', 'GIVE');
    p.expect('data', 'HAND', { journal: NEAR });
    gets(p, asksFor(p, { track: 1 }), 6);
    p.expectDone();
  });

  test('of a group without a further pair is freed at once', () => {
    const p = holding(cascade(), [{ n: 1, volume: ALONE }]);
    p.set('journaling.further', NEAR, 0);
    restore(p);
    gets(p, asksFor(p, { volume: ALONE }));
    expect([of(p, 'freed'), placeOf(p, 'head')]).toEqual([1, 2]);
    p.expectDone();
  });
});

describe('an entry that is handed on', () => {
  test('is an entry of the third array’s journal, as the further pair has it, and is freed here', () => {
    const p = restored([{ n: 1, gen: [9, EPOCH], track: 2 }]);
    p.set('update.time', recordOf(p, 1), [123, 4]);
    p.set('update.done', recordOf(p, 1), 1);
    p.set('update.done', p.node.journals.find(FAR, 1), 1);
    hand(p);
    expect(entryOf(p, FAR, 1)).toEqual({
      gen: [9, FAR_EPOCH],
      time: 123 + 4 * 2 ** 32,
      place: 0,
      volume: FURTHER,
      peer: FAR_PEER,
      track: 2,
      span: SPAN,
      flags: 0,
      done: 0,
    });
    expect(dataOf(p, FAR, 1)).toEqual([1, 1]);
    expect(placeOf(p, 'head')).toBe(2);
    handedOn(p, 1);
  });

  test('has a number that its array gave itself, behind those before it', () => {
    const p = restored([{ n: 1 }]);
    for (const field of ['last', 'freed', 'restored', 'given'] as const) p.set(`journal.${field}`, FAR, [-1, 4]);
    hand(p);
    expect(['last', 'given'].map((f) => p.words(`journal.${f}`, FAR))).toEqual([
      [0, 5],
      [0, 5],
    ]);
    handedOn(p, 1);
  });

  test('of zeroes takes no room there', () => {
    const p = restored([{ n: 1, flags: SHIP_ZERO }]);
    hand(p);
    expect(entryOf(p, FAR, 1)?.flags).toBe(SHIP_ZERO);
    expect(count(p, 'journal.tail', FAR)).toBe(0);
    handedOn(p, 1);
  });

  test('comes behind those before it, void ones left out', () => {
    const p = restored([
      { n: 1, track: 3 },
      { n: 2, track: 0 },
      { n: 4, track: 2 },
    ]);
    // Where the void one would stand, an older one did.
    for (const [field, value] of [
      ['number', number(3 - RECORDS)],
      ['peer', VOLUME],
      ['span', SPAN],
    ] as const)
      p.set(`update.${field}`, recordOf(p, 3), value);
    hand(p);
    expect([1, 2, 3].map((n) => entryOf(p, FAR, n)?.track)).toEqual([3, 0, 2]);
    expect([1, 2, 3].map((n) => dataOf(p, FAR, n)[0])).toEqual([1, 2, 4]);
    expect(last(p, FAR)).toBe(3);
    handedOn(p, 4);
  });

  test('of a volume without a further pair is freed, and goes nowhere', () => {
    const p = restored([
      { n: 1, volume: ALONE },
      { n: 2, volume: VOLUME },
    ]);
    hand(p);
    expect([last(p, FAR), entryOf(p, FAR, 1)?.volume]).toEqual([1, FURTHER]);
    handedOn(p, 2);
  });

  test('is not handed on before it is restored', () => {
    const p = restored([{ n: 1 }, { n: 2 }]);
    p.set('journal.restored', NEAR, number(1));
    hand(p);
    expect(last(p, FAR)).toBe(1);
    handedOn(p, 1);
  });

  test('is freed at no moment before the third array’s journal has it', () => {
    const p = restored([{ n: 1 }, { n: 2 }]);
    hand(p, { ops: 0 });
    const seen = moments(p, () => [of(p, 'freed'), handed(p), entryOf(p, FAR, 2) ? 2 : entryOf(p, FAR, 1) ? 1 : 0]);
    expect(seen.filter(([freed = 0, to = 0, there = 0]) => freed > to || to > there)).toEqual([]);
    handedOn(p, 2);
  });

  test('exists there at no moment before its data and its update information', () => {
    const p = restored([{ n: 1, gen: [9, EPOCH] }]);
    p.set('update.done', p.node.journals.find(FAR, 1), 1);
    hand(p, { ops: 0 });
    const seen = moments(p, () => JSON.stringify(entryOf(p, FAR, 1) && [entryOf(p, FAR, 1), dataOf(p, FAR, 1)]));
    expect(new Set(seen)).toEqual(new Set([undefined, seen.at(-1)]));
  });

  test('has a number that is given before it exists, and never again', () => {
    const p = restored([{ n: 1 }]);
    hand(p, { ops: 0 });
    const seen = moments(p, () => [count(p, 'journal.given', FAR), last(p, FAR), entryOf(p, FAR, 1) ? 1 : 0]);
    expect(seen.filter(([given = 0, newest = 0, there = 0]) => given < newest || newest < there)).toEqual([]);
  });

  test('makes room for whoever waits for it', () => {
    const p = restored([{ n: 1 }, { n: 2 }]);
    p.set('journaling.records', NEAR, 2);
    const information = sendsData(p, 2, 2, 0x33);
    p.expectReply('APPLIED', { result: ON_DRIVE }, information);
    const waits = tells(p, 2, [{ n: 3 }]);
    p.expectNothing();
    hand(p);
    while (!waits.answered) {
      const message = p.next();
      if (message?.kind.name === 'APPLIED') break;
      expect(message).toBeDefined();
    }
    expect(of(p, 'last')).toBe(3);
  });

  test('lets others run between any two of them', () => {
    const p = restored([{ n: 1 }, { n: 2 }]);
    hand(p, { ops: 0 });
    p.receive('READ_JOURNAL', { volume: VOLUME, size: 8, trunk: 1 }, { ops: 0 });
    while (p.sent === 0 && p.run(1) > 0);
    p.expectReply('JOURNAL_READ', { result: RESULT.REFUSED });
    expect(handed(p)).toBe(1);
  });
});

describe('an entry of a further pair that is suspended', () => {
  test.each(['PSUS', 'PSUE'] as const)('is a mark instead (%s)', (state) => {
    const p = restored([{ n: 1, track: 2 }]);
    suspend(p, state);
    hand(p);
    expect([p.flags(FURTHER, 2), p.flags(VOLUME, 2), last(p, FAR)]).toEqual(['M2_INV', 'none', 0]);
    handedOn(p, 1);
  });

  test('is freed when its mark is there', () => {
    const p = restored([{ n: 1, track: 2 }]);
    suspend(p, 'PSUE');
    hand(p, { ops: 0 });
    const seen = moments(p, () => [of(p, 'freed'), p.flags(FURTHER, 2)]);
    expect(seen.filter(([freed, flags]) => freed === 1 && flags !== 'M2_INV')).toEqual([]);
  });

  test('is nothing when the pair was deleted', () => {
    const p = restored([{ n: 1 }]);
    suspend(p, 'SMPL');
    hand(p);
    expect([p.flags(FURTHER, 1), last(p, FAR)]).toEqual(['none', 0]);
    handedOn(p, 1);
  });

  test('is left to the copy where its track is owed, and is an entry where it is not', () => {
    const p = restored([
      { n: 1, track: 1 },
      { n: 2, track: 2 },
    ]);
    suspend(p, 'COPY');
    p.node.tracks.setFlags(10 + 1, FURTHER, FLAG.M2_INV);
    hand(p);
    expect([last(p, FAR), entryOf(p, FAR, 1)?.track, p.flags(FURTHER, 1), p.flags(FURTHER, 2)]).toEqual([
      1,
      2,
      'M2_INV',
      'none',
    ]);
    handedOn(p, 2);
  });
});
