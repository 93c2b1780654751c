/** Images of a target's volumes as they were at an entry: apply/image.uc, apply/image-copy.uc. */
import { describe, expect, test } from 'vitest';
import {
  FLAG,
  IMAGE_PART,
  INTENT,
  PAIR_ROLE,
  PAIR_STATE,
  POOL,
  RESULT,
  SHIP_FLAG,
  VOLUME_STATE,
} from '../../firmware/memory/constants.js';
import { type Path, type Receipt, span } from '../harness/path.js';
import { GROUP, holding, number, of, recordOf, restore, second, type Told, unbooted, wide } from './second-system.js';

const { OK, NOT_KEPT, NO_PLACE, ENDED, WRONG_STATE, BUSY, MEDIUM_ERROR, REFUSED } = RESULT;
const { IMAGE_FIRST, IMAGE_LAST, IMAGE_AT_TIME } = IMAGE_PART;
/** A volume of the group, one of four tracks beside it, and the slots of the two. */
const FROM = 1;
const ONTO = 3;
const READ = 6;
const WRITTEN = 7;
const WHOLE = span(0, 4);

/** The group, with volume 3 as large as volume 1, and entries that are not restored. */
function group(entries: readonly (Told & { readonly byte?: number; readonly time?: number })[]): Path {
  const p = holding(second(), entries);
  for (const { n, time = 1000 * n } of entries) p.set('update.time', recordOf(p, n), wide(time));
  return p;
}

interface Wanted {
  readonly volume?: number;
  readonly onto?: number;
  readonly part?: number;
  readonly at?: readonly [number, number];
}

const asks = (
  p: Path,
  { volume = FROM, onto = ONTO, part = IMAGE_FIRST | IMAGE_LAST, at = number(1) }: Wanted = {},
): Receipt => p.receive('IMAGE', { volume, onto, part, at: at[0], at_high: at[1] });

/** A track of the target's volume is read, and holds this byte. */
function reads(p: Path, track: number, byte: number, volume = FROM): void {
  const get = p.expect('cache', 'GET', { volume, track, span: WHOLE, intent: INTENT.TO_READ, pool: POOL.HOST_POOL });
  p.fill(p.slotAt(READ), 4, byte);
  p.answer('GOT', { result: OK, slot: READ }, get);
  p.expect('cache', 'UNPIN', { slot: READ });
}

/** Sectors of the other volume are written. */
function puts(p: Path, track: number, what: number, onto = ONTO): void {
  const get = p.expect('cache', 'GET', {
    volume: onto,
    track,
    span: what,
    intent: INTENT.TO_WRITE,
    pool: POOL.HOST_POOL,
  });
  p.answer('GOT', { result: OK, slot: WRITTEN }, get);
  p.expect('cache', 'GIVE', { slot: WRITTEN, session: 0 });
}

const state = (p: Path): number => p.get('volume.state', ONTO);
const words = (n: number): { number: number; number_high: number } => ({
  number: number(n)[0],
  number_high: number(n)[1],
});

/** Nothing of it is left. */
function isOver(p: Path): void {
  expect([p.get('journaling.making', GROUP), p.get('journaling.holding', GROUP)]).toEqual([0, 0]);
  expect([p.get('journaling.buffers_taken', GROUP), p.get('volume.onto', FROM)]).toEqual([0, 0]);
  while (p.sent > 1) p.expect('data', 'RESTORE', { journal: GROUP });
}

describe('an image', () => {
  test('has what is restored, and of the entries behind it those up to its own', () => {
    const p = group([
      { n: 1, byte: 0x11 },
      { n: 2, byte: 0x22 },
    ]);
    p.set('track.flags', 5, FLAG.WRITTEN);
    const request = asks(p);
    expect(state(p)).toBe(VOLUME_STATE.VOLUME_TORN);
    reads(p, 1, 0xaa);
    puts(p, 1, WHOLE);
    expect(p.slotBytes(WRITTEN)).toEqual([0xaa, 0xaa, 0xaa, 0xaa]);
    puts(p, 1, span(1, 2));
    expect(p.slotBytes(WRITTEN)).toEqual([0xaa, 0x11, 0x11, 0xaa]);
    isOver(p);
    p.expectReply('IMAGED', { result: OK, ...words(1), time: 1000, time_high: 0 }, request);
    expect(state(p)).toBe(VOLUME_STATE.VOLUME_READY);
    expect(p.words('image.number', ONTO)).toEqual(number(1));
    expect([p.get('image.of', ONTO), p.get('pair.boots', ONTO)]).toEqual([FROM + 1, VOLUME_STATE.VOLUME_READY]);
    expect(p.flags(ONTO, 1)).toBe('M1_WP');
    expect([of(p, 'taken'), of(p, 'restored')]).toEqual([0, 0]);
  });

  test('at the newest entry that is restored has none behind it', () => {
    const p = group([{ n: 1 }]);
    const request = asks(p, { at: number(0) });
    isOver(p);
    p.expectReply('IMAGED', { result: OK, ...words(0) }, request);
  });

  test('keeps holes, and makes zeroes of what stood in their place', () => {
    const p = group([{ n: 1, volume: 2 }]);
    p.set('track.flags', 5, 0);
    const base = p.get('volume.track_base', ONTO);
    p.set('track.flags', base + 2, FLAG.WRITTEN);
    asks(p, { at: number(1) });
    puts(p, 2, WHOLE);
    expect(p.slotBytes(WRITTEN)).toEqual([0, 0, 0, 0]);
    isOver(p);
    p.expectReply('IMAGED', { result: OK });
  });

  test('clears an invalid track of the volume that gets it', () => {
    const p = group([{ n: 1, volume: 2 }]);
    const t = p.get('volume.track_base', ONTO) + 2;
    p.set('track.flags', t, FLAG.WRITTEN | FLAG.M1_INV);
    p.set('volume.m1_inv', ONTO, 1);
    p.set('system.m1_inv', 0, 1);
    p.set('cylinder.m1_inv', p.node.tracks.cylinder(ONTO, 2), 1);
    asks(p);
    puts(p, 2, WHOLE);
    expect(p.flags(ONTO, 2)).toBe('M1_WP');
    isOver(p);
    p.expectReply('IMAGED', { result: OK });
    expect(state(p)).toBe(VOLUME_STATE.VOLUME_READY);
  });

  test('has zeroes where an entry brings them', () => {
    const p = group([{ n: 1 }, { n: 2, flags: SHIP_FLAG.SHIP_ZERO }]);
    asks(p, { at: number(2) });
    puts(p, 1, span(1, 2));
    p.fill(p.slotAt(WRITTEN), 4, 0x55);
    puts(p, 1, span(1, 2));
    expect(p.slotBytes(WRITTEN)).toEqual([0x55, 0, 0, 0x55]);
    isOver(p);
    p.expectReply('IMAGED', { result: OK });
  });

  test('has a hole where an entry unmaps all of a track', () => {
    const p = group([{ n: 1 }, { n: 2, flags: SHIP_FLAG.SHIP_ZERO | SHIP_FLAG.SHIP_UNMAP, span: WHOLE }]);
    asks(p, { at: number(2) });
    puts(p, 1, span(1, 2));
    expect(p.get('volume.written', ONTO)).toBe(1);
    puts(p, 1, WHOLE);
    expect(p.slotBytes(WRITTEN)).toEqual([0, 0, 0, 0]);
    expect(p.get('volume.written', ONTO)).toBe(0);
    isOver(p);
    p.expectReply('IMAGED', { result: OK });
  });

  test('passes over entries of other volumes, void ones, and those that what is restored has already', () => {
    const p = group([{ n: 1, volume: 2 }, { n: 3 }, { n: 5 }]);
    p.set('track.gen', 5, [4, 3]);
    asks(p, { at: number(5) });
    puts(p, 1, span(1, 2));
    expect(p.slotBytes(WRITTEN)).toEqual([0, 5, 5, 0]);
    isOver(p);
    p.expectReply('IMAGED', { result: OK, ...words(5) });
  });

  test('gets data that memory does not have any more from the journal volume', () => {
    const p = group([{ n: 1, track: 3 }, ...[2, 3, 4, 5].map((n) => ({ n, track: 2, span: WHOLE }))]);
    asks(p);
    const { at } = p.expect('disk', 'LIST_READ', { drive: 1, sectors: 2 }).payload as { at: number };
    p.fill(at, 2, 0x77);
    p.answer('LISTED', { result: OK });
    puts(p, 3, span(1, 2));
    expect(p.slotBytes(WRITTEN)).toEqual([0, 0x77, 0x77, 0]);
    isOver(p);
    p.expectReply('IMAGED', { result: OK });
  });

  test('waits for what is being restored already, and is possible from there on', () => {
    const p = group([{ n: 1 }, { n: 2, track: 2 }]);
    restore(p);
    const get = p.expect('cache', 'GET');
    const early = asks(p, { at: number(0) });
    p.expect('data', 'RESTORE');
    p.expectReply('IMAGED', { result: NOT_KEPT, ...words(1), last: number(2)[0], last_high: number(2)[1] }, early);
    const request = asks(p, { at: number(1) });
    p.pass_us(1000);
    p.expectNothing();
    p.answer('GOT', { result: OK, slot: 5 }, get);
    p.expect('cache', 'GIVE');
    p.pass_us(1000);
    reads(p, 1, 0x33);
    puts(p, 1, WHOLE);
    isOver(p);
    p.expectReply('IMAGED', { result: OK, ...words(1) }, request);
  });
});

describe('by time', () => {
  const times = [
    { n: 1, time: 1000, track: 1 },
    { n: 2, time: 2000, track: 2 },
    { n: 3, time: 2000, track: 3 },
    { n: 5, time: 4000, track: 0 },
  ];
  test.each([
    [1000, 1],
    [1999, 1],
    [2000, 3],
    [3999, 3],
    [4000, 5],
  ])('%d: the newest entry that was written then or before is %d', (time, n) => {
    const p = group(times);
    asks(p, { at: wide(time), part: IMAGE_FIRST | IMAGE_LAST | IMAGE_AT_TIME });
    for (const one of times) if (one.n <= n) puts(p, one.track, span(1, 2));
    isOver(p);
    p.expectReply('IMAGED', { result: OK, ...words(n) });
  });

  test.each([999, 4001])(
    '%d is outside of what is kept: the window is named, and the volume stays as it was',
    (time) => {
      const p = group(times);
      asks(p, { at: wide(time), part: IMAGE_FIRST | IMAGE_LAST | IMAGE_AT_TIME });
      isOver(p);
      p.expectReply('IMAGED', { result: NOT_KEPT, ...words(0), last: number(5)[0], last_high: number(5)[1] });
      expect(state(p)).toBe(VOLUME_STATE.VOLUME_READY);
    },
  );
});

test('before its first entry a group has no time', () => {
  const p = group([]);
  for (const field of ['journal.last', 'journal.restored', 'journaling.taken'] as const) p.set(field, GROUP, [0, 0]);
  asks(p, { at: [0, 0], part: IMAGE_FIRST | IMAGE_LAST | IMAGE_AT_TIME });
  while (p.sent > 1) p.expect('data', 'RESTORE');
  p.expectReply('IMAGED', { result: NOT_KEPT });
});

describe('an image is refused', () => {
  const refused = (p: Path, result: number, wanted: Wanted = {}): void => {
    const request = asks(p, wanted);
    while (p.sent > 1) p.expect('data', 'RESTORE');
    p.expectReply('IMAGED', { result }, request);
    expect([state(p), p.get('journaling.holding', GROUP)]).toEqual([VOLUME_STATE.VOLUME_READY, 0]);
  };

  test.each([
    ['of a number that is restored and overwritten', number(-1)],
    ['of a number that is not here yet', number(2)],
  ] as const)('%s', (_, at) => refused(group([{ n: 1 }]), NOT_KEPT, { at }));

  test.each([
    ['a volume of a pair', 0],
    ['a volume of another size', 4],
  ])('onto %s', (_, onto) => {
    const p = group([{ n: 1 }]);
    if (onto === 4) p.set('volume.tracks', ONTO, 3);
    refused(p, NO_PLACE, { onto: onto === 4 ? ONTO : onto });
  });

  test('of two volumes onto one', () => {
    const p = group([{ n: 1 }]);
    p.set('volume.tracks', 2, 4);
    const first = asks(p, { part: IMAGE_FIRST });
    p.expectReply('IMAGED', { result: OK }, first);
    refused(p, NO_PLACE, { volume: 2, part: IMAGE_LAST });
  });

  test('of a volume without a group, or that is none', () => {
    refused(group([]), REFUSED, { volume: ONTO });
    refused(group([]), REFUSED, { volume: 4 });
    refused(group([]), REFUSED, { onto: 4 });
  });

  test('of a source', () => {
    const p = group([{ n: 1 }]);
    p.set('pair.role', FROM, PAIR_ROLE.SOURCE);
    refused(p, WRONG_STATE);
  });

  test('while another is made', () => {
    const p = group([{ n: 1 }]);
    asks(p);
    p.expect('cache', 'GET');
    const request = asks(p);
    p.expectReply('IMAGED', { result: BUSY }, request);
  });

  test('outside of PAIR, as a copy may be newer than the entries', () => {
    const p = group([{ n: 1 }]);
    p.set('pair.state', FROM, PAIR_STATE.COPY);
    refused(p, WRONG_STATE);
  });

  test.each(['journaling.hurry', 'journaling.closing'] as const)('while nothing is held back (%s)', (field) => {
    const p = group([{ n: 1 }]);
    p.set(field, GROUP, 1);
    refused(p, ENDED);
  });

  test('of a volume with a track that cannot be read', () => {
    const p = group([{ n: 1 }]);
    p.set('volume.m1_inv', FROM, 1);
    refused(p, MEDIUM_ERROR);
  });
});

describe('an image that does not come to its end', () => {
  test.each([
    ['a takeover', (p: Path) => p.set('journaling.closing', GROUP, 1)],
    ['a suspension', (p: Path) => p.set('pair.state', FROM, PAIR_STATE.PSUS)],
    ['a new session or a copy of a track', (p: Path) => p.set('journaling.holding', GROUP, 0)],
    ['need of the source', (p: Path) => p.set('journaling.hurry', GROUP, 1)],
  ])('for %s leaves its volume torn, and what was held back goes on', (_, end) => {
    const p = group([{ n: 1 }, { n: 2, track: 2 }]);
    const request = asks(p, { at: number(2) });
    const get = p.expect('cache', 'GET');
    end(p);
    p.answer('GOT', { result: OK, slot: WRITTEN }, get);
    p.expect('cache', 'GIVE');
    isOver(p);
    p.expectReply('IMAGED', { result: ENDED }, request);
    expect(state(p)).toBe(VOLUME_STATE.VOLUME_TORN);
    expect(p.words('image.number', ONTO)).toEqual([0, 0]);
  });

  test('for a drive fails says so', () => {
    const p = group([{ n: 1 }]);
    const request = asks(p);
    p.answer('GOT', { result: MEDIUM_ERROR }, p.expect('cache', 'GET'));
    isOver(p);
    p.expectReply('IMAGED', { result: MEDIUM_ERROR }, request);
    expect(state(p)).toBe(VOLUME_STATE.VOLUME_TORN);
  });

  test('hosts get nothing of a torn volume', () => {
    const p = group([]);
    p.set('volume.state', ONTO, VOLUME_STATE.VOLUME_TORN);
    p.expectReply('READY', { result: RESULT.NOT_READY }, p.receive('READ', { volume: ONTO, track: 0, span: WHOLE }));
    const write = p.receive('WRITE', { volume: ONTO, track: 0, span: WHOLE, at: p.transferAt, flags: 0 });
    p.expectReply('WRITTEN', { result: RESULT.NOT_READY }, write);
  });

  test('power on finds it torn', () => {
    const p = unbooted();
    p.set('pair.boots', ONTO, VOLUME_STATE.VOLUME_TORN);
    p.receive('BOOT');
    p.expect('cache', 'ADOPT');
    p.answer('ADOPTED');
    expect(state(p)).toBe(VOLUME_STATE.VOLUME_TORN);
    expect(p.get('volume.state', FROM)).toBe(VOLUME_STATE.VOLUME_RESTORING);
  });
});

describe('an operator gives a volume free', () => {
  const release = (p: Path, volume: number, result: number): void => {
    p.expectReply('DONE', { result }, p.receive('RELEASE', { volume }));
  };

  test('that is torn: hosts may have it, now and after the next power on', () => {
    const p = group([]);
    p.set('volume.state', ONTO, VOLUME_STATE.VOLUME_TORN);
    p.set('pair.boots', ONTO, VOLUME_STATE.VOLUME_TORN);
    p.set('image.of', ONTO, FROM + 1);
    release(p, ONTO, OK);
    expect([state(p), p.get('pair.boots', ONTO)]).toEqual([VOLUME_STATE.VOLUME_READY, VOLUME_STATE.VOLUME_READY]);
    expect(p.get('image.of', ONTO)).toBe(0);
  });

  test('but not one that is not torn, or none', () => {
    release(group([]), ONTO, WRONG_STATE);
    release(group([]), FROM, WRONG_STATE);
    release(group([]), 4, RESULT.OUT_OF_RANGE);
  });

  test('but not while its image is made', () => {
    const p = group([{ n: 1 }]);
    asks(p);
    p.expect('cache', 'GET');
    release(p, ONTO, BUSY);
  });
});
