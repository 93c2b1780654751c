/** The restore of a journal group: from the third area into the fourth, in the order of the numbers. */
import { describe, expect, test } from 'vitest';
import { CONSTANTS, PAIR_ROLE, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import {
  asksFor,
  GROUP,
  gets,
  holding,
  number,
  of,
  placeOf,
  recordOf,
  restore,
  SLOT,
  second,
  sendsData,
  TAIL,
  tells,
  wide,
} from './second-system.js';

const { OK, ON_DRIVE, STALE, MEDIUM_ERROR } = RESULT;
const { SHIP_ZERO } = SHIP_FLAG;
const FOUR = span(0, 4);

/** Nothing of the group is left to be done. */
function restored(p: Path, n: number): void {
  expect([of(p, 'restored'), of(p, 'freed'), of(p, 'taken')]).toEqual([n, n, n]);
  expect(p.get('journaling.restoring', GROUP)).toBe(0);
  p.expectDone();
}

/** Slots by entry: their tracks are asked for in this order, and each is got at once. */
function inOrder(p: Path, tracks: readonly number[]): void {
  for (const [i, track] of tracks.entries()) gets(p, asksFor(p, { track }), i);
}

describe('an entry', () => {
  test('is in its slot with its generation, and is not on the drive yet, when it is restored', () => {
    const p = holding(second(), [{ n: 1, gen: [9, EPOCH], byte: 0xaa }]);
    restore(p);
    const get = asksFor(p);
    expect(of(p, 'restored')).toBe(0);
    gets(p, get);
    expect(p.slotBytes(SLOT)).toEqual([0, 0xaa, 0xaa, 0]);
    expect(p.words('slot.gen', SLOT)).toEqual([9, EPOCH]);
    expect(p.words('track.gen', 5)).toEqual([9, EPOCH]);
    expect(p.flags(1, 1)).toBe('M1_WP');
    expect(p.get('volume.written', 1)).toBe(1);
    expect([placeOf(p, 'head'), p.get('update.done', recordOf(p, 1))]).toEqual([2, 1]);
    restored(p, 1);
  });

  test('of zeroes clears its sectors', () => {
    const p = holding(second(), [{ n: 1, flags: SHIP_ZERO }]);
    p.fill(p.slotAt(SLOT), 4, 0x55);
    restore(p);
    gets(p, asksFor(p));
    expect(p.slotBytes(SLOT)).toEqual([0x55, 0, 0, 0x55]);
    expect(p.words('slot.gen', SLOT)).toEqual([1, EPOCH]);
    restored(p, 1);
  });

  test('goes to the volume that the first one names for this side', () => {
    const p = holding(second(), [{ n: 1, volume: 2, track: 1 }]);
    restore(p);
    gets(p, asksFor(p, { volume: 2, track: 1 }));
    expect([p.flags(2, 1), p.flags(1, 1)]).toEqual(['M1_WP', 'none']);
    restored(p, 1);
  });

  test.each([
    ['an older generation', [3, EPOCH]],
    ['an older session', [7, EPOCH - 1]],
  ] as const)('of %s than its track has is passed over: a copy of the track is newer', (_, gen) => {
    const p = holding(second(), [{ n: 1, gen }]);
    p.set('track.gen', 5, [4, EPOCH]);
    restore(p);
    expect(p.words('track.gen', 5)).toEqual([4, EPOCH]);
    restored(p, 1);
  });

  test('of the generation that its track has is restored again: power may have gone before its bytes were there', () => {
    const p = holding(second(), [{ n: 1, gen: [4, EPOCH] }]);
    p.set('track.gen', 5, [4, EPOCH]);
    restore(p);
    gets(p, asksFor(p));
    expect(p.slotBytes(SLOT)).toEqual([0, 1, 1, 0]);
    restored(p, 1);
  });

  test('survives an older copy of its track, which is refused', () => {
    const p = holding(second(), [{ n: 1, gen: [9, EPOCH] }]);
    restore(p);
    gets(p, asksFor(p));
    const at = p.machine.memory.layout.receiveAt;
    p.receive('APPLY', { volume: 1, track: 1, span: FOUR, at, epoch: EPOCH, gen: 8, session: 9 });
    p.expectReply('APPLIED', { result: STALE });
    expect(p.words('track.gen', 5)).toEqual([9, EPOCH]);
  });

  test('of a volume without a pair is passed over', () => {
    const p = holding(second(), [{ n: 1 }]);
    p.set('volume.pair', 1, -1);
    restore(p);
    restored(p, 1);
  });

  test('of a pair that was deleted is passed over', () => {
    const p = holding(second(), [{ n: 1 }]);
    p.set('pair.role', 1, PAIR_ROLE.NO_ROLE);
    restore(p);
    expect(p.flags(1, 1)).toBe('none');
    restored(p, 1);
  });

  test('of a pair that is deleted while it waits for its slot changes nothing', () => {
    const p = holding(second(), [{ n: 1 }]);
    restore(p);
    const get = asksFor(p);
    p.set('pair.role', 1, PAIR_ROLE.NO_ROLE);
    gets(p, get);
    expect([p.flags(1, 1), ...p.words('track.gen', 5), ...p.slotBytes(SLOT)]).toEqual(['none', 0, 0, 0, 0, 0, 0]);
    restored(p, 1);
  });

  test('that is void is passed over', () => {
    const p = holding(second(), [{ n: 1 }, { n: 4, track: 2 }]);
    restore(p);
    inOrder(p, [1, 2]);
    restored(p, 4);
  });

  test('of a group whose numbers go over 2^32 follows the one before it', () => {
    const p = holding(
      second(),
      [1, 2, 3, 4, 5].map((n) => ({ n, track: n % 4 })),
    );
    restore(p);
    inOrder(p, [1, 2, 3, 0, 1]);
    expect(placeOf(p, 'head')).toBe(placeOf(p, 'tail'));
    restored(p, 5);
  });
});

describe('a slot that is not to be had', () => {
  test('for its drive fails is asked for again after a while', () => {
    const p = holding(second(), [{ n: 1 }]);
    restore(p);
    asksFor(p);
    p.answer('GOT', { result: MEDIUM_ERROR });
    p.expectNothing();
    p.pass_us(99_000);
    p.expectNothing();
    p.pass_us(1000);
    gets(p, asksFor(p));
    restored(p, 1);
  });

  test('is not asked for again, if the pair was deleted meanwhile', () => {
    const p = holding(second(), [{ n: 1 }, { n: 2, volume: 2 }]);
    restore(p);
    asksFor(p);
    p.answer('GOT', { result: MEDIUM_ERROR });
    p.set('pair.role', 1, PAIR_ROLE.NO_ROLE);
    p.pass_us(100_000);
    gets(p, asksFor(p, { volume: 2 }));
    restored(p, 2);
  });

  test('for it had a parity error is asked for again at once', () => {
    const p = holding(second(), [{ n: 1 }]);
    restore(p);
    asksFor(p);
    p.answer('GOT', { result: STALE });
    gets(p, asksFor(p));
    restored(p, 1);
  });

  test('for the cache is dead leaves the entry to the next power on', () => {
    const p = holding(second(), [{ n: 1 }, { n: 2 }]);
    restore(p);
    asksFor(p);
    p.receive('DATA_LOSES', { lost: CONSTANTS.LOST_CACHE as number });
    p.pass_us(1_000_000);
    expect([of(p, 'restored'), p.get('update.done', recordOf(p, 1))]).toEqual([0, 0]);
    expect(p.get('journaling.restoring', GROUP)).toBe(1); // and no other one begins
    p.expectDone();
  });
});

describe('data that memory does not have any more', () => {
  /** Entry 1 is on the journal volume alone: 16 sectors came behind it. */
  function outside(): Path {
    const p = holding(second(), [{ n: 1, track: 3 }, ...[2, 3, 4, 5].map((n) => ({ n, track: 2, span: FOUR }))]);
    p.set('journaling.taken', GROUP, number(0));
    restore(p);
    return p;
  }

  test('come from the journal volume right into the slot', () => {
    const p = outside();
    p.answer('GOT', { result: OK, slot: SLOT }, asksFor(p, { track: 3 }));
    const drive = { drive: 1, lba: 2 + ((TAIL % 32) as number), sectors: 2, at: p.slotAt(SLOT, 1) };
    p.expect('disk', 'LIST_READ', drive);
    expect(p.words('slot.dirty', SLOT)[0]).toBe(0);
    p.fill(p.slotAt(SLOT, 1), 2, 0x77);
    p.answer('LISTED', { result: OK });
    p.expect('cache', 'GIVE', { slot: SLOT, session: 0 });
    expect(p.slotBytes(SLOT)).toEqual([0, 0x77, 0x77, 0]);
    expect(p.words('slot.dirty', SLOT)[0]).toBe(6);
    expect(of(p, 'restored')).toBe(1);
  });
});

describe('several restorers', () => {
  test('work side by side on tracks that differ, and `restored` is where all before it are done', () => {
    const p = holding(second(), [{ n: 1 }, { n: 2, track: 2 }, { n: 3, track: 3 }]);
    restore(p, 2);
    const first = asksFor(p, { track: 1 });
    gets(p, asksFor(p, { track: 2 }), 1);
    gets(p, asksFor(p, { track: 3 }), 2);
    expect([of(p, 'taken'), of(p, 'restored'), of(p, 'freed'), placeOf(p, 'head')]).toEqual([3, 0, 0, 0]);
    gets(p, first, 0);
    restored(p, 3);
  });

  test('take entries of one track one after the other, in the order of their numbers', () => {
    const p = holding(second(), [{ n: 1 }, { n: 2 }, { n: 3, track: 2 }]);
    restore(p, 2);
    const first = asksFor(p, { track: 1 });
    p.expectNothing();
    gets(p, first);
    const other = asksFor(p, { track: 1 });
    const third = asksFor(p, { track: 2 });
    gets(p, third, 2);
    expect(of(p, 'restored')).toBe(1);
    gets(p, other);
    expect(p.slotBytes(SLOT)).toEqual([0, 2, 2, 0]);
    restored(p, 3);
  });

  test('wake a takeover that waits for the last of them', () => {
    const p = holding(second(), [{ n: 1 }]);
    restore(p);
    p.receive('FAILOVER', { volume: 1, force: 1 });
    p.expect('cache', 'GET');
    p.expect('remote', 'CALL');
    p.answer('ANSWER', { result: RESULT.LINK_DOWN });
    p.expectNothing();
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE');
    p.expect('data', 'OFFER');
    p.expect('data', 'OFFER');
    p.expectReply('DONE', { result: OK });
  });

  test('begin when the volumes are there', () => {
    const p = holding(second(), [{ n: 1 }]);
    p.set('system.ready', 0, 0);
    restore(p);
    p.pass_us(999);
    p.pass_us(1);
    p.pass_us(999);
    p.pass_us(1);
    p.set('system.ready', 0, 1);
    p.pass_us(999);
    p.expectNothing();
    p.pass_us(1);
    gets(p, asksFor(p));
    restored(p, 1);
  });

  test('pass over many entries that others have done, and others run in between', () => {
    const records = 2048;
    const volume = { drive: 1, informationSectors: 256, dataSectors: 32 };
    const p = holding(second({ journals: [{}, { records, volumes: [volume] }] }), [{ n: 1 }]);
    for (let n = 2; n <= 2000; n++) {
      p.set('update.number', recordOf(p, n), number(n));
      p.set('update.flags', recordOf(p, n), SHIP_ZERO);
      p.set('update.done', recordOf(p, n), 1);
    }
    p.set('journal.last', GROUP, number(2000));
    restore(p);
    const get = asksFor(p);
    p.set('journaling.taken', GROUP, number(2000));
    gets(p, get);
    restored(p, 2000);
  });
});

test('data whose update information is still to come are kept when the last entry before them is restored', () => {
  const p = holding(second(), [{ n: 1 }]);
  restore(p);
  const get = asksFor(p);
  p.expectReply('APPLIED', { result: ON_DRIVE }, sendsData(p, 1, 2, 0xbb));
  gets(p, get);
  expect([of(p, 'freed'), placeOf(p, 'head'), placeOf(p, 'tail')]).toEqual([1, 2, 4]);
  tells(p, 1, [{ n: 2 }]);
  p.expect('data', 'RESTORE');
  p.expect('data', 'RESTORE');
  p.expectReply('APPLIED', { result: ON_DRIVE });
  expect(p.words('update.place', recordOf(p, 2))).toEqual(wide(TAIL + 2));
});

test('what is restored makes room for what waits', () => {
  const p = holding(second(), [{ n: 1 }]);
  p.set('journal.freed', GROUP, number(-15));
  const information = tells(p, 1, [{ n: 2, flags: SHIP_ZERO }], true);
  p.expectNothing();
  restore(p);
  gets(p, asksFor(p));
  p.expect('data', 'RESTORE');
  p.expectReply('APPLIED', { result: ON_DRIVE }, information);
});
