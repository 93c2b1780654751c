/** What the first storage system answers to reads of its journal: READ_JOURNAL in ship/journal.uc. */
import { describe, expect, test } from 'vitest';
import { RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { arrived, piece, quiet, sent, tracks, update } from './journal-reads.js';
import {
  bufferAt,
  bytesAt,
  entries,
  FIRST,
  GROUP,
  read,
  SECOND,
  SECOND_PEER,
  UNPAIRED,
  wide,
  write,
} from './journals.js';

const { OK, REFUSED, LINK_DOWN } = RESULT;
const { SHIP_ZERO } = SHIP_FLAG;
const LOCAL = 4;

describe('a read of the journal is refused', () => {
  test.each([
    ['of a volume that there is not', 5],
    ['of a volume of no group', LOCAL],
    ['of a volume without a pair', UNPAIRED],
  ])('%s', (_, volume) => {
    const p = quiet();
    read(p, 0, { volume });
    p.expectReply('JOURNAL_READ', { result: REFUSED });
    p.expectDone();
  });

  test('of a volume whose pair is in no group', () => {
    const p = quiet();
    p.set('volume.pair', LOCAL, FIRST);
    read(p, 0, { volume: LOCAL });
    p.expectReply('JOURNAL_READ', { result: REFUSED });
    p.expectDone();
  });

  test('without a session', () => {
    const p = quiet();
    entries(p, 1);
    p.set('session.open', FIRST, 0);
    read(p, 1);
    p.expectReply('JOURNAL_READ', { result: REFUSED });
    expect(wide(p, 'journal.freed')).toBe(0);
    p.expectDone();
  });

  test('when it says that less than nothing was restored: nothing is freed', () => {
    const p = quiet();
    entries(p, 2);
    read(p, 1, { lag: 2 });
    p.expectReply('JOURNAL_READ', { result: REFUSED });
    expect([wide(p, 'journal.freed'), wide(p, 'journal.restored')]).toEqual([0, 0]);
    p.expectDone();
  });
});

describe('a read of the journal', () => {
  test('gets the oldest entries behind its number: the data, then their update information', () => {
    const p = quiet();
    entries(p, 3);
    read(p, 1);
    sent(p, { after: 1, sectors: 2, entries: 2 });
    expect(bytesAt(p, bufferAt(p) + 2, 2)).toEqual([2, 3]);
    expect([piece(p, 0), piece(p, 1)]).toEqual([update(p, 2), update(p, 3)]);
    p.expectNothing();
    arrived(p);
    p.expectReply('JOURNAL_READ', { result: OK, waiting: 0, fill: 3, to: 3, to_high: 0 });
    p.expectDone();
  });

  test('by way of any volume of the group gets the entries of all', () => {
    const p = quiet();
    write(p, { volume: FIRST, sectors: 1 });
    write(p, { volume: SECOND, sectors: 1 });
    read(p, 0, { volume: SECOND });
    sent(p, { after: 0, sectors: 2, entries: 2, peer: SECOND_PEER });
    arrived(p);
    p.expectReply('JOURNAL_READ', { result: OK, to: 2 });
    p.expectDone();
  });

  test('is not answered before both parts arrived', () => {
    const p = quiet();
    entries(p, 1);
    read(p, 0);
    sent(p, { after: 0, sectors: 1, entries: 1 });
    arrived(p, 1);
    p.expectNothing();
    arrived(p, 1);
    p.expectReply('JOURNAL_READ', { result: OK });
    p.expectDone();
  });

  test('gets as many entries as it asks for, and hears how many wait and how many are kept', () => {
    const p = quiet();
    entries(p, 5);
    read(p, 2, { size: 2, lag: 1 });
    sent(p, { after: 2, sectors: 2, entries: 2 });
    arrived(p);
    p.expectReply('JOURNAL_READ', { result: OK, waiting: 1, fill: 5, to: 4 });
    expect(wide(p, 'journal.freed')).toBe(1);
    p.expectDone();
  });

  test('that asks for none is told only what waits', () => {
    const p = quiet();
    entries(p, 2);
    read(p, 0, { size: 0 });
    p.expectReply('JOURNAL_READ', { result: OK, waiting: 2, fill: 2, to: 0 });
    p.expectDone();
  });

  test('gets a track of data at once, and the next behind it when that arrived', () => {
    const p = quiet();
    write(p, { sectors: 3 });
    write(p, { sectors: 1 });
    write(p, { sectors: 2 });
    read(p, 0);
    sent(p, { after: 0, sectors: 4, entries: 2 });
    p.expectNothing();
    arrived(p);
    sent(p, { after: 2, sectors: 2, entries: 1 });
    expect(piece(p, 0)).toEqual(update(p, 3));
    arrived(p);
    p.expectReply('JOURNAL_READ', { result: OK, to: 3 });
    p.expectDone();
  });

  test('counts an entry that did not go with the others once', () => {
    const p = quiet();
    tracks(p, 3);
    read(p, 0, { size: 2 });
    sent(p, { after: 0, sectors: 4, entries: 1 });
    arrived(p);
    sent(p, { after: 1, sectors: 4, entries: 1 });
    arrived(p);
    p.expectReply('JOURNAL_READ', { result: OK, waiting: 1, to: 2 });
    p.expectDone();
  });

  test('gets sixteen entries at once at most, and of zeroes the update information alone', () => {
    const p = quiet({ records: 32 });
    for (let n = 0; n < 17; n++) write(p, { flags: SHIP_ZERO });
    read(p, 0, { size: 32 });
    sent(p, { after: 0, entries: 16 });
    arrived(p, 1);
    sent(p, { after: 16, entries: 1 });
    arrived(p, 1);
    p.expectReply('JOURNAL_READ', { result: OK, waiting: 0, to: 17 });
    p.expectDone();
  });

  test('gets zeroes and data together', () => {
    const p = quiet();
    write(p, { flags: SHIP_ZERO, sectors: 4, sector: 0 });
    write(p, { sectors: 2, byte: 9 });
    read(p, 0);
    sent(p, { after: 0, sectors: 2, entries: 2 });
    expect(bytesAt(p, bufferAt(p) + 2, 2)).toEqual([9, 9]);
    arrived(p);
    p.expectReply('JOURNAL_READ', { result: OK, to: 2 });
    p.expectDone();
  });

  test('passes over numbers that are void', () => {
    const p = quiet();
    entries(p, 1);
    p.set('journal.last', GROUP, [3, 0]);
    entries(p, 1);
    read(p, 0);
    sent(p, { after: 0, sectors: 2, entries: 2 });
    expect(piece(p, 1)).toEqual(update(p, 4));
    arrived(p);
    p.expectReply('JOURNAL_READ', { result: OK, to: 4 });
    p.expectDone();
  });

  test('that finds only void numbers hears up to where', () => {
    const p = quiet();
    p.set('journal.last', GROUP, [5, 0]);
    read(p, 1, { size: 3 });
    p.expectReply('JOURNAL_READ', { result: OK, waiting: 1, to: 4 });
    p.expectDone();
  });

  test('hears of void numbers with all their bits', () => {
    const p = quiet();
    for (const f of ['freed', 'restored', 'drop'] as const) p.set(`journal.${f}`, GROUP, [-1, 6]);
    p.set('journal.last', GROUP, [0, 7]);
    read(p, 7 * 2 ** 32 - 1);
    p.expectReply('JOURNAL_READ', { result: OK, waiting: 0, to: 0, to_high: 7 });
    p.expectDone();
  });

  test('does not get an older entry whose record a void number has now', () => {
    const p = quiet();
    entries(p, 1);
    for (const f of ['last', 'freed', 'restored'] as const) p.set(`journal.${f}`, GROUP, [16, 0]);
    p.set('journal.last', GROUP, [17, 0]);
    read(p, 16);
    p.expectReply('JOURNAL_READ', { result: OK, to: 17 });
    p.expectDone();
  });

  test('does not get entries that become marks', () => {
    const p = quiet();
    entries(p, 4);
    p.set('journal.drop', GROUP, [2, 0]);
    read(p, 0);
    sent(p, { after: 0, sectors: 2, entries: 2 });
    expect(piece(p, 0)).toEqual(update(p, 3));
    arrived(p);
    p.expectReply('JOURNAL_READ', { result: OK, to: 4 });
    p.expectDone();
  });

  test('does not get what is freed: its number may be older than what the other side lacks', () => {
    const p = quiet();
    entries(p, 3);
    p.set('journal.freed', GROUP, [1, 0]);
    read(p, 0);
    sent(p, { after: 0, sectors: 2, entries: 2 });
    expect(piece(p, 0)).toEqual(update(p, 2));
    arrived(p);
    p.expectReply('JOURNAL_READ', { result: OK });
    p.expectDone();
  });

  test('has numbers of 64 bits', () => {
    const p = quiet();
    for (const f of ['last', 'freed', 'restored', 'drop'] as const) p.set(`journal.${f}`, GROUP, [-1, 6]);
    write(p, { sectors: 1 });
    read(p, 7 * 2 ** 32 - 1);
    sent(p, { after: -1, sectors: 1, entries: 1 });
    arrived(p);
    p.expectReply('JOURNAL_READ', { result: OK, to: 0, to_high: 7 });
    p.expectDone();
  });

  test.each([1, 2])('ends with what the link says of part %i, and frees nothing', (part) => {
    const p = quiet();
    entries(p, 2);
    read(p, 1);
    sent(p, { after: 1, sectors: 1, entries: 1 });
    arrived(p, 1, part === 1 ? REFUSED : OK);
    arrived(p, 1, part === 1 ? OK : REFUSED);
    p.expectReply('JOURNAL_READ', { result: REFUSED, to: 1 });
    expect(wide(p, 'journal.freed')).toBe(0);
    p.expectDone();
  });

  test('sends no more when its session ends', () => {
    const p = quiet();
    tracks(p, 2);
    read(p, 0);
    sent(p, { after: 0, sectors: 4, entries: 1 });
    p.set('session.open', FIRST, 0);
    arrived(p);
    p.expectReply('JOURNAL_READ', { result: LINK_DOWN });
    expect(p.get('journaling.buffers_taken', GROUP)).toBe(0);
    p.expectDone();
  });
});
