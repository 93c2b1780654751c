/** Hosts that wait for room in a journal: `admit` and AGAIN in commit/journal.uc and base/data/write.uc. */
import { describe, expect, test } from 'vitest';
import { FLAG, type PAIR_STATE, RESULT } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import {
  begin,
  bytesAt,
  DATA_LBA,
  DRIVE,
  FIRST,
  GROUP,
  RECORDS,
  read,
  source,
  WINDOW,
  wide,
  windowAt,
  write,
  written,
} from './journals.js';

const { OK, WRITE_PROTECTED } = RESULT;
const SLOT = 2;

/** A full journal: no record is free until entry 1 is. */
function full(state: keyof typeof PAIR_STATE = 'PAIR'): Path {
  const p = source(state);
  p.set('journal.last', GROUP, [RECORDS, 0]);
  return p;
}

describe('inflow control', () => {
  test('a write that finds the journal full waits, holding nothing, until entries are freed', () => {
    const p = full();
    const request = begin(p);
    p.expect('data', 'FULL', { journal: GROUP });
    p.expectNothing();
    expect(p.get('lock.holder', 1)).toBe(0);
    read(p, RECORDS);
    p.expectReply('JOURNAL_READ', { result: OK });
    written(p, {}, request);
    expect(wide(p, 'journal.last')).toBe(RECORDS + 1);
    p.expectDone();
  });

  test('its time runs once for all who wait', () => {
    const p = full();
    begin(p);
    p.expect('data', 'FULL', { journal: GROUP });
    expect(p.get('journaling.timing', GROUP)).toBe(1);
    begin(p, { track: 2 });
    p.expectNothing();
  });

  test('of memory alone ends when data are on the journal volume', () => {
    const p = source();
    for (let n = 0; n < 4; n++) {
      p.set('journaling.spilling', GROUP, 1);
      write(p, { track: n, sector: 0, sectors: 4, byte: n });
    }
    p.set('journaling.spilling', GROUP, 0);
    const request = begin(p, { sector: 0, sectors: 4, byte: 5 });
    p.expect('data', 'SPILL', { journal: GROUP });
    p.expect('data', 'FULL', { journal: GROUP });
    p.expectNothing();
    p.receive('SPILL', { journal: GROUP });
    p.expect('disk', 'LIST_WRITE', { drive: DRIVE, lba: DATA_LBA, sectors: WINDOW, at: windowAt(p, 0) });
    p.answer('LISTED', { result: OK });
    p.expect('disk', 'LIST_WRITE');
    written(p, {}, request);
    expect(bytesAt(p, windowAt(p, 16), 5)).toEqual([5, 5, 5, 5, 1]);
  });

  test('asks for no second task where one brings data to the journal volumes', () => {
    const p = source();
    p.set('journaling.spilling', GROUP, 1);
    for (let n = 0; n < 4; n++) write(p, { track: n, sector: 0, sectors: 4 });
    begin(p);
    p.expect('data', 'FULL', { journal: GROUP });
    p.expectNothing();
  });

  test('does not hold what the journal need not take: a mark, a suspended pair, a question', () => {
    const copy = full('COPY');
    copy.node.tracks.setFlags(1, FIRST, FLAG.M2_INV);
    copy.set('session.offering', FIRST, 1);
    write(copy);
    copy.expectDone();
    const suspended = full('PSUS');
    write(suspended);
    suspended.expectDone();
    const asked = full();
    asked.receive('INQUIRE', { volume: FIRST });
    asked.expectReply('INQUIRED', { result: OK });
    asked.expectDone();
  });

  test('holds a write in COPY that would be an entry', () => {
    const p = full('COPY');
    begin(p);
    p.expect('data', 'FULL', { journal: GROUP });
    p.expectNothing();
  });

  test('a write that waited hears when the group is not served here any more', () => {
    const p = full();
    const request = begin(p);
    p.expect('data', 'FULL');
    p.set('session.agreed', FIRST, 0);
    p.receive('PEER_DOWN');
    p.expectReply('WRITTEN', { result: WRITE_PROTECTED }, request);
    p.expectDone();
  });

  test('a write whose room went while it waited for its slot gives the slot back untouched and waits for room', () => {
    const p = source();
    p.set('journal.last', GROUP, [RECORDS - 1, 0]);
    const request = begin(p);
    p.expect('cache', 'GET');
    p.set('journal.last', GROUP, [RECORDS, 0]);
    p.fill(p.slotAt(SLOT), 4, 0x11);
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT });
    p.expect('data', 'FULL', { journal: GROUP });
    p.expectNothing();
    expect(p.slotBytes(SLOT)).toEqual([0x11, 0x11, 0x11, 0x11]);
    expect([p.flags(FIRST, 1), p.words('track.gen', 1), p.get('lock.holder', 1)]).toEqual(['none', [0, 0], 0]);
    expect(wide(p, 'journal.last')).toBe(RECORDS);
    read(p, RECORDS);
    p.expectReply('JOURNAL_READ', { result: OK });
    written(p, {}, request);
    expect(wide(p, 'journal.last')).toBe(RECORDS + 1);
    p.expectDone();
  });
});
