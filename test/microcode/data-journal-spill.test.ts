/** What goes from memory to the journal volumes, and what is freed: base/data/journal.uc. */
import { describe, expect, test } from 'vitest';
import { RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import {
  begin,
  DATA_LBA,
  DRIVE,
  entries,
  GROUP,
  informationAt,
  OTHER_GROUP,
  read,
  source,
  wide,
  windowAt,
  write,
} from './journals.js';

const { OK, MEDIUM_ERROR } = RESULT;

/** A group whose memory goes to the journal volumes only when it is told to. */
const quiet = (group = {}): Path => {
  const p = source('PAIR', group);
  p.set('journaling.spill_at', GROUP, 1_000);
  return p;
};

/** The next of what goes to the journal volume, and that is there. */
function goes(p: Path, lba: number, sectors: number, at: number, result: number = OK): void {
  p.expect('disk', 'LIST_WRITE', { drive: DRIVE, lba, sectors, at });
  p.answer('LISTED', { result });
}

describe('SPILL', () => {
  test('writes the data first, then the update information, and ends', () => {
    const p = quiet();
    entries(p, 3);
    p.set('journaling.spilling', GROUP, 1);
    p.receive('SPILL', { journal: GROUP });
    goes(p, DATA_LBA, 3, windowAt(p, 0));
    expect([wide(p, 'journal.spilled'), wide(p, 'journal.noted')]).toEqual([3, 0]);
    goes(p, 0, 1, informationAt(p, 1));
    expect([wide(p, 'journal.spilled'), wide(p, 'journal.noted')]).toEqual([3, 3]);
    expect(p.get('journaling.spilling', GROUP)).toBe(0);
    p.expectDone();
  });

  test('counts nothing as written before the drive said so', () => {
    const p = quiet();
    entries(p, 3);
    p.receive('SPILL', { journal: GROUP });
    p.expect('disk', 'LIST_WRITE');
    expect(wide(p, 'journal.spilled')).toBe(0);
    p.answer('LISTED', { result: OK });
    p.expect('disk', 'LIST_WRITE');
    expect(wide(p, 'journal.noted')).toBe(0);
  });

  test('writes update information by sectors, each as far as there are entries', () => {
    const p = quiet();
    entries(p, 10);
    p.receive('SPILL', { journal: GROUP });
    goes(p, DATA_LBA, 10, windowAt(p, 0));
    goes(p, 0, 1, informationAt(p, 1));
    expect(wide(p, 'journal.noted')).toBe(7);
    goes(p, 1, 1, informationAt(p, 8));
    expect(wide(p, 'journal.noted')).toBe(10);
    p.expectDone();
  });

  test('goes on where it ended', () => {
    const p = quiet();
    entries(p, 3);
    p.receive('SPILL', { journal: GROUP });
    goes(p, DATA_LBA, 3, windowAt(p, 0));
    goes(p, 0, 1, informationAt(p, 1));
    entries(p, 2);
    p.receive('SPILL', { journal: GROUP });
    goes(p, DATA_LBA + 3, 2, windowAt(p, 3));
    goes(p, 0, 1, informationAt(p, 4));
    expect([wide(p, 'journal.spilled'), wide(p, 'journal.noted')]).toEqual([5, 5]);
    p.expectDone();
  });

  test('goes on in the middle of a sector, and no further than its end', () => {
    const p = quiet();
    entries(p, 3);
    p.set('journal.noted', GROUP, [3, 0]);
    entries(p, 7);
    p.receive('SPILL', { journal: GROUP });
    goes(p, DATA_LBA, 10, windowAt(p, 0));
    goes(p, 0, 1, informationAt(p, 4));
    goes(p, 1, 1, informationAt(p, 8));
    p.expectDone();
  });

  test('takes along what comes meanwhile', () => {
    const p = quiet();
    entries(p, 1);
    p.receive('SPILL', { journal: GROUP });
    p.expect('disk', 'LIST_WRITE', { sectors: 1 });
    entries(p, 1);
    p.answer('LISTED', { result: OK });
    goes(p, DATA_LBA + 1, 1, windowAt(p, 1));
    p.expect('disk', 'LIST_WRITE', { lba: 0, sectors: 1 });
    write(p, { flags: SHIP_FLAG.SHIP_ZERO });
    p.answer('LISTED', { result: OK });
    expect(wide(p, 'journal.noted')).toBe(2);
    goes(p, 0, 1, informationAt(p, 3));
    expect(wide(p, 'journal.noted')).toBe(3);
    p.expectDone();
  });

  test('leaves out update information of entries that are freed: nobody needs it any more', () => {
    const p = quiet();
    entries(p, 1);
    for (const f of ['last', 'freed', 'restored'] as const) p.set(`journal.${f}`, GROUP, [40, 1]);
    write(p, { flags: SHIP_FLAG.SHIP_ZERO });
    p.set('journal.spilled', GROUP, [1, 0]);
    p.receive('SPILL', { journal: GROUP });
    goes(p, 1, 1, informationAt(p, 41));
    expect(p.words('journal.noted', GROUP)).toEqual([41, 1]);
    p.expectDone();
  });

  test('stops at an edge of the window, behind which data go on elsewhere in memory', () => {
    const p = quiet();
    for (const f of ['spilled', 'head'] as const) p.set(`journal.${f}`, GROUP, [12, 0]);
    p.set('journal.tail', GROUP, [18, 0]);
    p.receive('SPILL', { journal: GROUP });
    goes(p, DATA_LBA + 12, 4, windowAt(p, 12));
    goes(p, DATA_LBA + 16, 2, windowAt(p, 0));
    p.expectDone();
  });

  test('writes 128 sectors at once at most', () => {
    const p = quiet({ windowSectors: 256, volumes: [{ drive: DRIVE, informationSectors: 2, dataSectors: 256 }] });
    p.set('journal.tail', GROUP, [200, 0]);
    p.receive('SPILL', { journal: GROUP });
    p.expect('disk', 'LIST_WRITE', { lba: DATA_LBA, sectors: 128 });
    p.answer('LISTED', { result: OK });
    p.expect('disk', 'LIST_WRITE', { lba: DATA_LBA + 128, sectors: 72 });
    p.answer('LISTED', { result: OK });
    p.expectDone();
  });

  test('passes over data that were freed before they were written', () => {
    const p = quiet();
    p.set('journal.head', GROUP, [6, 0]);
    p.set('journal.tail', GROUP, [8, 0]);
    p.receive('SPILL', { journal: GROUP });
    goes(p, DATA_LBA + 6, 2, windowAt(p, 6));
    expect(wide(p, 'journal.spilled')).toBe(8);
    p.expectDone();
  });

  test.each(['data', 'update information'])(
    'ends when the drive does not take the %s, which count as not written',
    (what) => {
      const p = quiet();
      entries(p, 2);
      p.set('journaling.spilling', GROUP, 1);
      p.receive('SPILL', { journal: GROUP });
      if (what === 'update information') goes(p, DATA_LBA, 2, windowAt(p, 0));
      p.expect('disk', 'LIST_WRITE');
      p.answer('LISTED', { result: MEDIUM_ERROR });
      expect(wide(p, 'journal.spilled')).toBe(what === 'data' ? 0 : 2);
      expect(wide(p, 'journal.noted')).toBe(0);
      expect(p.get('journaling.spilling', GROUP)).toBe(0);
      p.expectDone();
    },
  );

  test('does not put the number back that went far ahead while it wrote', () => {
    const p = quiet();
    entries(p, 1);
    p.receive('SPILL', { journal: GROUP });
    goes(p, DATA_LBA, 1, windowAt(p, 0));
    p.expect('disk', 'LIST_WRITE');
    for (const f of ['last', 'noted'] as const) p.set(`journal.${f}`, GROUP, [0, 1]);
    p.answer('LISTED', { result: OK });
    expect(p.words('journal.noted', GROUP)).toEqual([0, 1]);
    p.expectDone();
  });

  test('does nothing for a group that has nothing to write', () => {
    const p = quiet();
    p.set('journal.tail', OTHER_GROUP, [3, 0]);
    p.receive('SPILL', { journal: GROUP });
    p.expectDone();
  });

  test('lets hosts go on that wait for room in memory, as soon as data are there', () => {
    const p = quiet();
    for (let n = 0; n < 4; n++) write(p, { track: n, sector: 0, sectors: 4 });
    begin(p);
    p.expect('data', 'SPILL');
    p.expect('data', 'FULL');
    p.receive('SPILL', { journal: GROUP });
    p.expect('disk', 'LIST_WRITE');
    p.expectNothing();
    p.answer('LISTED', { result: OK });
    p.expect('disk', 'LIST_WRITE');
    p.expect('cache', 'GET');
  });
});

describe('what the other side has restored', () => {
  /** It says so with a read that finds nothing. */
  function restored(p: Path, number: number): void {
    const last = wide(p, 'journal.last');
    p.receive('READ_JOURNAL', { volume: 0, size: 0, after: last, lag: last - number });
    p.expectReply('JOURNAL_READ', { result: OK });
  }

  test('is freed, oldest first, and its room is free up to the oldest that is kept', () => {
    const p = quiet();
    write(p, { sectors: 3 });
    write(p, { sectors: 2 });
    write(p, { sectors: 1 });
    restored(p, 2);
    expect([wide(p, 'journal.freed'), wide(p, 'journal.head')]).toEqual([2, 5]);
    p.expectDone();
  });

  test('and is all there was leaves no room taken, that before an edge included', () => {
    const p = quiet();
    for (const f of ['head', 'tail', 'spilled'] as const) p.set(`journal.${f}`, GROUP, [15, 0]);
    write(p, { sectors: 2 });
    expect(wide(p, 'journal.tail')).toBe(18);
    restored(p, 1);
    expect(wide(p, 'journal.head')).toBe(18);
    write(p, { sectors: 1, flags: SHIP_FLAG.SHIP_ZERO });
    p.set('journal.head', GROUP, [16, 0]);
    restored(p, 2);
    expect(wide(p, 'journal.head')).toBe(18);
    p.expectDone();
  });

  test('and is all there was leaves room taken by data that wait for their update information', () => {
    const p = quiet();
    write(p, { sectors: 2 });
    p.set('journal.tail', GROUP, [5, 0]);
    p.set('journaling.landed_any', GROUP, 1);
    restored(p, 1);
    expect(wide(p, 'journal.head')).toBe(2);
    p.expectDone();
  });

  test('frees no room by entries of zeroes or by numbers that are void', () => {
    const p = quiet();
    write(p, { sectors: 3 });
    write(p, { flags: SHIP_FLAG.SHIP_ZERO });
    p.set('journal.last', GROUP, [3, 0]);
    write(p, { sectors: 1 });
    restored(p, 3);
    expect([wide(p, 'journal.freed'), wide(p, 'journal.head')]).toEqual([3, 3]);
    p.expectDone();
  });

  test('does not free again what a record held before', () => {
    const p = quiet();
    // Number 17 is void: its record still has entry 1.
    entries(p, 1);
    for (const f of ['last', 'freed', 'restored'] as const) p.set(`journal.${f}`, GROUP, [17, 0]);
    p.set('journal.freed', GROUP, [16, 0]);
    p.set('journal.restored', GROUP, [16, 0]);
    p.set('journal.head', GROUP, [9, 0]);
    p.set('journal.tail', GROUP, [9, 0]);
    write(p, { sectors: 1 });
    restored(p, 17);
    expect(wide(p, 'journal.head')).toBe(9);
    p.expectDone();
  });

  test('frees nothing when it is less than what was said before', () => {
    const p = quiet();
    entries(p, 3);
    restored(p, 2);
    restored(p, 1);
    expect([wide(p, 'journal.freed'), wide(p, 'journal.restored')]).toEqual([2, 2]);
    p.expectDone();
  });

  test('gives the director to others after 64 entries, and ends all the same', () => {
    const p = quiet({ records: 256 });
    p.set('journal.last', GROUP, [200, 0]);
    read(p, 200);
    p.expectReply('JOURNAL_READ', { result: OK });
    expect(wide(p, 'journal.freed')).toBe(200);
    const q = quiet({ records: 256 });
    q.set('journal.last', GROUP, [200, 0]);
    q.receive('READ_JOURNAL', { volume: 0, size: 0, after: 200 }, { ops: 0 });
    q.receive('READ', { volume: 4, track: 0, span: 0x10000 }, { ops: 0 });
    while (q.sent < 2) q.run(1);
    expect(wide(q, 'journal.freed')).toBe(64);
  });
});
