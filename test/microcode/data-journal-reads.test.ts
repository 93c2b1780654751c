/** Reads of a journal that are not plain: READ_JOURNAL in ship/journal.uc. */
import { describe, expect, test } from 'vitest';
import { OFFERING, PAIR_STATE, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import { arrived, piece, quiet, sent, tracks, update } from './journal-reads.js';
import {
  bufferAt,
  bytesAt,
  DATA_LBA,
  DRIVE,
  entries,
  FIRST,
  GROUP,
  read,
  recordOf,
  SECOND,
  STRANGER,
  source,
  wide,
  write,
} from './journals.js';
import { moments } from './moments.js';

const { OK, REFUSED, MEDIUM_ERROR } = RESULT;
const { SHIP_ZERO } = SHIP_FLAG;
describe('data that memory does not have any more', () => {
  /** Entry 1 of four sectors is only on the journal volume; entries 2 to 5 are in memory. */
  function outside(): Path {
    const p = quiet();
    p.set('journaling.spilling', GROUP, 1);
    tracks(p, 4);
    p.set('journal.spilled', GROUP, [16, 0]);
    write(p, { track: 1, sector: 0, sectors: 4, byte: 5 });
    return p;
  }

  test('are read from the journal volume', () => {
    const p = outside();
    read(p, 0, { size: 1 });
    p.expect('disk', 'LIST_READ', { drive: DRIVE, lba: DATA_LBA, sectors: 4, at: bufferAt(p) + 2 });
    p.expectNothing();
    p.fill(bufferAt(p) + 2, 4, 0x77);
    p.answer('LISTED', { result: OK });
    sent(p, { after: 0, sectors: 4, entries: 1 });
    expect(piece(p, 0)).toEqual(update(p, 1));
    arrived(p);
    p.expectReply('JOURNAL_READ', { result: OK, to: 1 });
    p.expectDone();
  });

  test('stand behind those that go with them', () => {
    const p = quiet();
    write(p, { sectors: 1, byte: 1 });
    write(p, { sectors: 2, byte: 2 });
    p.set('journal.spilled', GROUP, [16, 0]);
    p.set('journal.tail', GROUP, [17, 0]);
    read(p, 0);
    p.expect('disk', 'LIST_READ', { lba: DATA_LBA, sectors: 1, at: bufferAt(p) + 2 });
    p.answer('LISTED', { result: OK });
    sent(p, { after: 0, sectors: 3, entries: 2 });
    expect(bytesAt(p, bufferAt(p) + 3, 2)).toEqual([2, 2]);
    p.set('journal.tail', GROUP, [18, 0]);
    const second = read(p, 0);
    p.expect('disk', 'LIST_READ', { lba: DATA_LBA, sectors: 1, at: bufferAt(p, 1) + 2 });
    p.answer('LISTED', { result: OK });
    p.expect('disk', 'LIST_READ', { lba: DATA_LBA + 1, sectors: 2, at: bufferAt(p, 1) + 3 });
    p.answer('LISTED', { result: OK });
    sent(p, { after: 0, sectors: 3, entries: 2, buffer: 1 });
    arrived(p, 4);
    p.expectReply('JOURNAL_READ', { result: OK });
    p.expectReply('JOURNAL_READ', { result: OK }, second);
    p.expectDone();
  });

  test('that cannot be read are never sent: the group is suspended, and hosts wait no longer', () => {
    const p = outside();
    read(p, 0);
    p.expect('disk', 'LIST_READ');
    p.answer('LISTED', { result: MEDIUM_ERROR });
    p.expect('data', 'FULL', { journal: GROUP });
    p.expectReply('JOURNAL_READ', { result: OK, to: 0, waiting: 5 });
    expect([p.get('journaling.broken', GROUP), p.get('journaling.timing', GROUP)]).toEqual([1, 1]);
    p.expectDone();
  });

  test('that cannot be read do not keep those before them', () => {
    const p = quiet();
    write(p, { flags: SHIP_ZERO });
    write(p, { sectors: 1, byte: 1 });
    p.set('journal.tail', GROUP, [17, 0]);
    p.set('journaling.timing', GROUP, 1);
    read(p, 0);
    p.expect('disk', 'LIST_READ');
    p.answer('LISTED', { result: MEDIUM_ERROR });
    sent(p, { after: 0, entries: 1 });
    expect(p.get('journaling.broken', GROUP)).toBe(1);
    p.set('journal.tail', GROUP, [1, 0]);
    arrived(p, 1);
    sent(p, { after: 1, sectors: 1, entries: 1 });
    arrived(p);
    p.expectReply('JOURNAL_READ', { result: OK, to: 2 });
    p.expectDone();
  });

  test('of an entry that was freed while they were read are not sent', () => {
    const p = outside();
    read(p, 0, { size: 2 });
    p.expect('disk', 'LIST_READ');
    p.set('update.number', recordOf(1), [17, 0]);
    p.answer('LISTED', { result: OK });
    sent(p, { after: 0, sectors: 4, entries: 1 });
    expect(piece(p, 0)).toEqual(update(p, 2));
    arrived(p);
    p.expectReply('JOURNAL_READ', { result: OK, to: 2 });
    p.expectDone();
  });
});

describe('buffers', () => {
  test('are four a group: a fifth read waits until one is given back, and reads that run do not share one', () => {
    const p = source('PAIR', {}, { tasks: [4, 2, 8, 4] });
    tracks(p, 1);
    const requests = [0, 1, 2, 3, 4].map(() => read(p, 0));
    for (let buffer = 0; buffer < 4; buffer++) sent(p, { after: 0, sectors: 4, entries: 1, buffer });
    p.expectNothing();
    expect(p.get('journaling.buffers_taken', GROUP)).toBe(0b1111);
    // The second one ends first.
    p.answer('SHIPPED', { result: OK });
    p.answer('SHIPPED', { result: OK });
    p.expectReply('JOURNAL_READ', { result: OK, hurry: 2 }, requests[0]);
    sent(p, { after: 0, sectors: 4, entries: 1, buffer: 0 });
    arrived(p, 2);
    p.expectReply('JOURNAL_READ', { result: OK, hurry: 0 }, requests[1]);
    expect(p.get('journaling.buffers_taken', GROUP)).toBe(0b1101);
    arrived(p, 6);
    for (const n of [2, 3, 4]) p.expectReply('JOURNAL_READ', { result: OK }, requests[n]);
    expect(p.get('journaling.buffers_taken', GROUP)).toBe(0);
    p.expectDone();
  });
});

describe('a number that was never given here', () => {
  test('is gone on behind where nothing is kept: a memory that was lost here gave it', () => {
    const p = quiet();
    for (const f of ['last', 'freed', 'restored'] as const) p.set(`journal.${f}`, GROUP, [3, 0]);
    read(p, 2 ** 33 + 5, { lag: 2 });
    p.expectReply('JOURNAL_READ', { result: OK, waiting: 0, fill: 0, to: 5, to_high: 2 });
    for (const f of ['last', 'freed', 'restored', 'drop', 'noted'] as const)
      expect(p.words(`journal.${f}`, GROUP)).toEqual([5, 2]);
    write(p);
    expect(p.words('update.number', recordOf(6))).toEqual([6, 2]);
    p.expectDone();
  });

  test('is gone on behind after a power loss at any moment of that', () => {
    const NUMBERS = ['last', 'freed', 'restored', 'drop', 'noted'] as const;
    const AFTER = 2 ** 33 + 5;
    const start = (values: readonly (readonly number[])[]): Path => {
      const p = quiet();
      for (const [i, f] of NUMBERS.entries()) p.set(`journal.${f}`, GROUP, values[i] as readonly number[]);
      return p;
    };
    const p = start(NUMBERS.map(() => [3, 0]));
    p.receive('READ_JOURNAL', { volume: FIRST, size: 8, after: 5, after_high: 2 }, { ops: 0 });
    const kept = moments(p, () => NUMBERS.map((f) => p.words(`journal.${f}`, GROUP)));
    const torn = kept.filter((values) => new Set(values.map((v) => v.join())).size > 1);
    expect(torn.length).toBeGreaterThan(2);
    for (const values of torn) {
      const q = start(values);
      q.set('system.ready', 0, 0);
      q.receive('BOOT');
      q.expect('cache', 'ADOPT');
      q.answer('ADOPTED');
      while (q.next() !== undefined);
      const request = read(q, AFTER);
      q.expectReply('JOURNAL_READ', { result: OK, waiting: 0, fill: 0, to: 5, to_high: 2 }, request);
    }
  });

  test('waits for what is kept: that is marked first, and PAIR is left before the first mark', () => {
    const p = quiet();
    entries(p, 2);
    read(p, 9);
    p.expect('data', 'FULL', { journal: GROUP });
    p.expectReply('JOURNAL_READ', { result: REFUSED });
    p.receive('FULL', { journal: GROUP });
    expect([p.get('pair.state', FIRST), p.get('pair.state', SECOND)]).toEqual([PAIR_STATE.PSUE, PAIR_STATE.PSUE]);
    p.expect('data', 'DROP', { journal: GROUP });
    expect(wide(p, 'journal.last')).toBe(2);
    p.expectDone();
  });
});

describe('a pair that waits for what is under way to be restored', () => {
  /** Entries 1 to 3 are not restored yet, and the copy of the pair was whole at number 2. */
  function settling(volume: number): Path {
    const p = quiet({}, 'COPY');
    entries(p, 3);
    p.set('volume.settling', volume, 1);
    p.set('volume.settle', volume, [2, 0]);
    return p;
  }

  test.each([FIRST, SECOND])('goes on when a read says that it is: volume %i', (volume) => {
    const p = settling(volume);
    read(p, 3, { lag: 1 });
    p.expectReply('JOURNAL_READ', { result: OK });
    p.expect('data', 'OFFER', { volume });
    expect(p.get('session.offering', volume)).toBe(OFFERING.SAME_SESSION);
    p.expectDone();
  });

  test('goes on from the first volume on, however high the numbers are', () => {
    const p = settling(FIRST);
    for (const f of ['last', 'freed', 'restored'] as const) p.set(`journal.${f}`, GROUP, [3, 2]);
    read(p, 2 * 2 ** 32 + 3);
    p.expectReply('JOURNAL_READ', { result: OK });
    p.expect('data', 'OFFER', { volume: FIRST });
    p.expectDone();
  });

  test('waits on when less is restored', () => {
    const p = settling(FIRST);
    read(p, 3, { lag: 2 });
    p.expectReply('JOURNAL_READ', { result: OK });
    p.expectDone();
  });

  test.each([
    ['in another group', STRANGER, {}],
    ['without a session', SECOND, { 'session.open': 0 }],
    ['whose offer runs', SECOND, { 'session.offering': OFFERING.NEW_SESSION }],
    ['that does not wait', SECOND, { 'volume.settling': 0 }],
  ] as const)('is let alone %s', (_, volume, fields) => {
    const p = settling(volume);
    for (const [field, value] of Object.entries(fields)) p.set(field as 'session.open', volume, value);
    read(p, 3);
    p.expectReply('JOURNAL_READ', { result: OK });
    p.expectDone();
  });
});
