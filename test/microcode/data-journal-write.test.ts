/** A host's write at the first storage system of a journal group: commit/journal.uc, ack/journal.uc, AGAIN in base/data/write.uc. */
import { describe, expect, test } from 'vitest';
import { FLAG, OFFERING, PAIR_STATE, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import {
  begin,
  bytesAt,
  entries,
  FIRST,
  FIRST_PEER,
  GROUP,
  OTHER_GROUP,
  recordOf,
  SECOND,
  SECOND_PEER,
  STRANGER,
  source,
  wide,
  windowAt,
  write,
} from './journals.js';
import { moments } from './moments.js';

const { OK, WRITE_PROTECTED } = RESULT;
const SLOT = 2;

/** What battery memory says of the entry of a number. */
function entry(p: Path, number: number) {
  const r = recordOf(number);
  return {
    number: wide(p, 'update.number', r),
    gen: p.words('update.gen', r),
    time: wide(p, 'update.time', r),
    place: wide(p, 'update.place', r),
    volume: p.get('update.volume', r),
    peer: p.get('update.peer', r),
    track: p.get('update.track', r),
    span: p.get('update.span', r),
    flags: p.get('update.flags', r),
    done: p.get('update.done', r),
  };
}

/** Nothing of the write stands in the journal. */
function noEntry(p: Path): void {
  expect([wide(p, 'journal.last'), wide(p, 'journal.tail')]).toEqual([0, 0]);
}

describe('a write to a volume of a journal group in PAIR', () => {
  test('stands in the journal with its update information, and has its status before anything is sent', () => {
    const p = source();
    write(p, { volume: SECOND, track: 3 });
    expect(entry(p, 1)).toEqual({
      number: 1,
      gen: [1, EPOCH],
      time: p.time_ns,
      place: 0,
      volume: SECOND,
      peer: SECOND_PEER,
      track: 3,
      span: span(1, 2),
      flags: 0,
      done: 0,
    });
    expect(bytesAt(p, windowAt(p, 0), 3)).toEqual([0xab, 0xab, 0]);
    expect([wide(p, 'journal.last'), wide(p, 'journal.tail')]).toEqual([1, 2]);
    p.expectDone({ mostOps: 130 });
  });

  test('changes its volume as a local write does: M1 alone, and the generation of its entry', () => {
    const p = source();
    write(p);
    expect(p.flags(FIRST, 1)).toBe('M1_WP');
    expect(p.words('track.gen', 1)).toEqual(entry(p, 1).gen);
    expect(p.get('lock.unacked', 1)).toBe(0);
    p.expectDone();
  });

  test('has the generation of its track behind those before it', () => {
    const p = source();
    write(p);
    write(p);
    expect(entry(p, 2).gen).toEqual([2, EPOCH]);
    p.expectDone();
  });

  test('leaves the other groups alone', () => {
    const p = source();
    write(p);
    expect([wide(p, 'journal.last', OTHER_GROUP), wide(p, 'journal.tail', OTHER_GROUP)]).toEqual([0, 0]);
    write(p, { volume: STRANGER });
    expect([wide(p, 'journal.last', OTHER_GROUP), wide(p, 'journal.last', GROUP)]).toEqual([1, 1]);
    expect(p.get('update.peer', 1)).toBe(8);
    p.expectDone();
  });

  test('exists in the journal before a byte of its volume changes, and exists there whole', () => {
    const p = source();
    // What an older entry of this record left.
    const r = recordOf(1);
    for (const f of ['volume', 'peer', 'track', 'span', 'flags', 'done'] as const) p.set(`update.${f}`, r, 99);
    for (const f of ['gen', 'time', 'place'] as const) p.set(`update.${f}`, r, [99, 99]);
    begin(p);
    p.expect('cache', 'GET');
    p.fill(p.slotAt(SLOT), 4, 0x11);
    p.answer('GOT', { result: OK, slot: SLOT }, undefined, { ops: 0 });
    const seen = moments(p, () => ({
      entry: entry(p, 1),
      data: bytesAt(p, windowAt(p, 0), 2),
      slot: p.slotBytes(SLOT),
      last: wide(p, 'journal.last'),
      flags: p.flags(FIRST, 1),
    }));
    const there = seen.filter((s) => s.entry.number === 1);
    const [whole] = there;
    expect(whole?.slot).toEqual([0x11, 0x11, 0x11, 0x11]);
    expect(whole?.flags).toBe('none');
    for (const s of there) {
      expect({ ...s.entry, data: s.data, last: s.last }).toEqual({ ...whole?.entry, data: [0xab, 0xab], last: 1 });
    }
    expect(whole?.entry).toMatchObject({ volume: FIRST, peer: FIRST_PEER, track: 1, span: span(1, 2), done: 0 });
    for (const s of seen) if (s.entry.number !== 1) expect(s.slot).toEqual([0x11, 0x11, 0x11, 0x11]);
    // The number is spent before anything stands under it: power in between leaves it void.
    const before = seen.filter((s) => s.entry.number !== 1);
    expect(before.filter((s) => s.last === 1 && s.entry.span === 99).length).toBeGreaterThan(0);
    for (const s of before) if (s.entry.volume !== 99 || s.data[0] !== 0) expect(s.last).toBe(1);
    p.expect('cache', 'GIVE');
    p.expectReply('WRITTEN', { result: OK });
    p.expectDone();
  });

  test('of zeroes is update information alone: it takes no room for data', () => {
    const p = source();
    write(p, { flags: SHIP_FLAG.SHIP_ZERO });
    expect(entry(p, 1)).toMatchObject({ number: 1, flags: SHIP_FLAG.SHIP_ZERO, span: span(1, 2) });
    expect(wide(p, 'journal.tail')).toBe(0);
    p.expectDone();
  });

  test('goes behind the data of the one before it, and both are there', () => {
    const p = source();
    entries(p, 3);
    expect(bytesAt(p, windowAt(p, 0), 4)).toEqual([1, 2, 3, 0]);
    expect([entry(p, 2).place, entry(p, 3).place]).toEqual([1, 2]);
    expect([entry(p, 2).number, entry(p, 3).number]).toEqual([2, 3]);
    p.expectDone();
  });

  test('numbers of all volumes of the group are one order', () => {
    const p = source();
    write(p, { volume: SECOND });
    write(p, { volume: FIRST });
    write(p, { volume: SECOND });
    expect([1, 2, 3].map((n) => entry(p, n).volume)).toEqual([SECOND, FIRST, SECOND]);
    p.expectDone();
  });

  test('goes on while the link is down: hosts do not hear of it', () => {
    const p = source();
    p.receive('PEER_DOWN');
    write(p);
    expect(entry(p, 1).number).toBe(1);
    expect(p.get('pair.state')).toBe(PAIR_STATE.PAIR);
    p.expectDone();
  });

  test('carries into the high word of its number', () => {
    const p = source();
    for (const f of ['last', 'freed', 'restored'] as const) p.set(`journal.${f}`, GROUP, [-1, 4]);
    write(p);
    expect(p.words('journal.last', GROUP)).toEqual([0, 5]);
    expect(p.words('update.number', recordOf(0))).toEqual([0, 5]);
    p.expectDone();
  });
});

describe('what stands in memory alone goes to the journal volumes', () => {
  test('when it is half of what memory has room for, and not before', () => {
    const p = source();
    for (let n = 0; n < 7; n++) write(p, { sectors: 1 });
    p.expectDone();
    begin(p, { sectors: 1 });
    p.expect('cache', 'GET');
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('data', 'SPILL', { journal: GROUP });
  });

  test('by one task, however many writes come', () => {
    const p = source();
    p.set('journaling.spill_at', GROUP, 4);
    entries(p, 3);
    p.expectDone();
    begin(p, { sectors: 1 });
    p.expect('cache', 'GET');
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('data', 'SPILL', { journal: GROUP });
    p.expect('cache', 'GIVE');
    p.expectReply('WRITTEN', { result: OK });
    expect(p.get('journaling.spilling', GROUP)).toBe(1);
    write(p, { sectors: 1 });
    p.expectDone();
  });
});

describe('a write that is no entry', () => {
  test('in COPY to a track that the copy still brings is a mark that stays', () => {
    const p = source('COPY');
    p.node.tracks.setFlags(1, FIRST, FLAG.M2_INV);
    p.set('session.offering', FIRST, OFFERING.NEW_SESSION);
    write(p);
    expect(p.flags(FIRST, 1)).toBe('M1_WP|M2_INV');
    noEntry(p);
    p.expectDone();
  });

  test('in COPY to a track that the other side has is one', () => {
    const p = source('COPY');
    write(p);
    expect(entry(p, 1).number).toBe(1);
    expect(p.flags(FIRST, 1)).toBe('M1_WP');
    p.expectDone();
  });

  test.each(['PSUE', 'PSUS', 'SSWS'] as const)('in %s is a mark', (state) => {
    const p = source(state);
    write(p);
    expect(p.flags(FIRST, 1)).toBe('M1_WP|M2_INV');
    noEntry(p);
    p.expectDone();
  });

  test('of a pair that is not made yet is neither entry nor mark', () => {
    const p = source('SMPL');
    write(p);
    expect(p.flags(FIRST, 1)).toBe('M1_WP');
    noEntry(p);
    p.expectDone();
  });

  test('is marked before a byte of its volume changes', () => {
    const p = source('PSUE');
    begin(p);
    p.expect('cache', 'GET');
    p.fill(p.slotAt(SLOT), 4, 0x11);
    p.answer('GOT', { result: OK, slot: SLOT }, undefined, { ops: 0 });
    for (const s of moments(p, () => [p.slotBytes(SLOT).join(), p.flags(FIRST, 1)])) {
      if (s[0] !== '17,17,17,17') expect(s[1]).toBe('M1_WP|M2_INV');
    }
    p.expect('cache', 'GIVE');
    p.expectReply('WRITTEN', { result: OK });
    p.expectDone();
  });

  test('begins an offer where a session is open and none runs, before its status', () => {
    const p = source('COPY');
    p.node.tracks.setFlags(1, FIRST, FLAG.M2_INV);
    begin(p);
    p.expect('cache', 'GET');
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE');
    p.expect('data', 'OFFER', { volume: FIRST });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.get('session.offering', FIRST)).toBe(OFFERING.SAME_SESSION);
    p.expectDone();
  });

  test('and one that is an entry begins no offer', () => {
    const p = source('COPY');
    write(p);
    p.expectDone();
  });
});

describe('a write is write protected', () => {
  test('before anything is asked for, where the two sides have not agreed', () => {
    const p = source();
    p.set('session.agreed', FIRST, 0);
    begin(p);
    p.expectReply('WRITTEN', { result: WRITE_PROTECTED });
    noEntry(p);
    p.expectDone();
  });

  test('when the group was given away while its slot was waited for', () => {
    const p = source();
    begin(p);
    p.expect('cache', 'GET');
    p.set('session.agreed', FIRST, 0);
    p.fill(p.slotAt(SLOT), 4, 0x11);
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT });
    p.expectReply('WRITTEN', { result: WRITE_PROTECTED });
    expect(p.slotBytes(SLOT)).toEqual([0x11, 0x11, 0x11, 0x11]);
    expect(p.words('track.gen', 1)).toEqual([0, 0]);
    noEntry(p);
    p.expectDone();
  });
});
