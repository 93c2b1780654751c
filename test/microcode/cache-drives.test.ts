/** What the cache role does with slots that a drive did not take, or that it took and has to tell of again. */
import { describe, expect, test } from 'vitest';
import { CLEANED, CONSTANTS, INTENT, NO_SESSION, POOL, RESULT } from '../../firmware/memory/constants.js';
import type { BenchOptions } from '../harness/bench-array.js';
import { type Path, span } from '../harness/path.js';
import { cache } from './fixtures.js';

const { OK, MEDIUM_ERROR, STALE } = RESULT;
const { TO_READ, TO_WRITE } = INTENT;
const { HOST_POOL, REMOTE_POOL } = POOL;
const WHILE_US = 100_000;

const ask = (p: Path, intent: number, track: number, pool: number = HOST_POOL, volume = 0): void => {
  p.receive('GET', { volume, track, span: span(0, 1), intent, pool });
};

/** A dirty slot; the first one begins a destage, which nobody looks at. */
function written(p: Path, track: number, pool: number = HOST_POOL, volume = 0, session = 0): number {
  ask(p, TO_WRITE, track, pool, volume);
  while (p.sent > 1) p.expect('disk', 'DESTAGE');
  const slot = p.expectReply('GOT', { result: OK }).payload.slot as number;
  p.node.tracks.merge(slot, span(0, 1), p.transferAt, 1, 0);
  p.receive('GIVE', { slot, session });
  while (p.sent > 0) p.expect('disk', 'DESTAGE');
  return slot;
}

/** What is destaged next. */
function take(p: Path): Readonly<Record<string, number>> {
  p.receive('TAKE', { delayed: 1 - p.get('dirty.running') });
  return p.expectReply('TAKEN').payload;
}

/** Slots that their drive did not take, in a cache that destages nothing now. */
function held(options: BenchOptions, write: (p: Path) => readonly number[]): { p: Path; slots: readonly number[] } {
  const p = cache(options);
  const slots = write(p);
  while (take(p).count !== 0);
  for (const [i, slot] of slots.entries()) {
    p.receive('CLEAN', { slot, cleaned: CLEANED.HELD });
    if (i === 0) p.expect('cache', 'RETRY');
    while (p.sent > 0) p.expect('remote', 'CREDIT');
  }
  return { p, slots };
}

/** A slot that bears a parity error, whole and clean. */
function whole(p: Path, track: number): number {
  ask(p, TO_READ, track);
  const { slot = -1 } = p.expect('disk', 'STAGE', { track }).payload;
  p.node.slots.filled(slot, span(0, 4));
  p.answer('STAGED', { result: OK });
  p.expectReply('GOT', { result: OK, slot });
  p.receive('UNPIN', { slot });
  return slot;
}

describe('slots that their drive did not take', () => {
  const options: BenchOptions = { volumes: [{ tracks: 8 }, { tracks: 8 }], remoteSlots: 1 };
  /** Every slot of both pools. */
  const all = (p: Path): number[] => [
    ...[0, 1, 2, 3].map((track) => written(p, track, HOST_POOL, 1)),
    written(p, 4, REMOTE_POOL, 1),
  ];

  test('stay write pending, and are tried again together after a while; the data role hears of it', () => {
    const { p, slots } = held(options, all);
    expect([p.get('device.failing', 0), p.get('device.failing', 1), p.get('dirty.count')]).toEqual([0, 1, 0]);
    expect([p.get('pool.wp', 0), p.get('pool.wp', 1), p.get('device.wp', 1)]).toEqual([4, 1, 5]);
    p.receive('RETRY');
    p.pass_us(WHILE_US - 1);
    p.expectNothing();
    p.pass_us(1);
    p.expect('data', 'TRY');
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    expect(p.get('dirty.count')).toBe(5);
    expect([p.get('device.failing', 1), p.get('dirty.held')]).toEqual([0, 0]);
    expect(slots.map((s) => p.get('entry.held', s))).toEqual([0, 0, 0, 0, 0]);
    p.expectDone();
  });

  test('are tried again however many there are', () => {
    const { p } = held({ volumes: [{ tracks: 4 }], hostSlots: 4000 }, (p) => [written(p, 0)]);
    p.receive('RETRY');
    p.pass_us(WHILE_US);
    p.expect('data', 'TRY');
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
  });

  test('are tried again another time when the drive fails again', () => {
    const { p, slots } = held({ ...options, hostSlots: 1, remoteSlots: 3 }, (p) => [written(p, 0, REMOTE_POOL)]);
    expect(slots).toEqual([3]);
    p.receive('RETRY');
    p.pass_us(WHILE_US);
    p.expect('data', 'TRY');
    p.expect('disk', 'DESTAGE');
    expect(take(p)).toMatchObject({ count: 1, slots0: slots[0] });
    p.receive('CLEAN', { slot: slots[0] as number, cleaned: CLEANED.HELD });
    p.expect('cache', 'RETRY');
    p.expectDone();
  });

  test('are tried again without another that a destage has just taken', () => {
    const { p } = held(options, (p) => [written(p, 0)]);
    p.receive('RETRY');
    const other = written(p, 1);
    expect(take(p)).toMatchObject({ count: 1, slots0: other });
    p.pass_us(WHILE_US);
    p.expect('data', 'TRY');
    expect(p.get('dirty.count')).toBe(1);
    p.expectDone({ pinned: [other] });
  });

  test('are left alone when their tracks have moved on, whatever they hold by then', () => {
    const { p, slots } = held(options, (p) => [written(p, 0), written(p, 1)]);
    p.receive('RETRY');
    // Both tracks go over to a slot for the other side; of the two they leave, one holds another track, clean.
    for (const track of [0, 1]) {
      const slot = written(p, track, REMOTE_POOL);
      expect(slots).not.toContain(slot);
      take(p);
      p.receive('CLEAN', { slot, cleaned: CLEANED.STORED_ALL });
    }
    expect(slots).toContain(whole(p, 2));
    p.pass_us(WHILE_US);
    p.expect('data', 'TRY');
    expect([p.get('dirty.count'), p.get('device.failing', 0)]).toEqual([0, 0]);
    p.expectDone();
  });

  test('are destaged at once when written again, and then not a second time', () => {
    const { p, slots } = held(options, (p) => [written(p, 0)]);
    p.receive('RETRY');
    expect(written(p, 0)).toBe(slots[0]);
    expect(take(p)).toMatchObject({ count: 1, slots0: slots[0] });
    p.pass_us(WHILE_US);
    p.expect('data', 'TRY');
    expect(take(p)).toMatchObject({ count: 0 });
    p.expectDone({ pinned: slots });
  });

  test('of which the other side waits to hear as stored are not said to be', () => {
    const { p } = held(options, (p) => [written(p, 0, REMOTE_POOL, 0, NO_SESSION.NO_WIRE)]);
    expect(p.get('entry.credits', 4)).toBe(0);
    p.expectDone();
  });

  test('make hosts hear of an error that wait at the limit of their volume', () => {
    const p = cache({ volumes: [{ tracks: 4, wpLimit: 1 }, { tracks: 4 }] });
    const slot = written(p, 0);
    ask(p, TO_WRITE, 1);
    p.expect('disk', 'DESTAGE');
    take(p);
    p.expectNothing();
    p.receive('CLEAN', { slot, cleaned: CLEANED.HELD });
    p.expect('cache', 'RETRY');
    p.expectReply('GOT', { result: MEDIUM_ERROR });
    ask(p, TO_WRITE, 1);
    p.expectReply('GOT', { result: MEDIUM_ERROR });
    p.expectDone();
  });

  test('make hosts hear of an error that wait for a slot', () => {
    const p = cache({ hostSlots: 1, hostWpLimit: 2 });
    const slot = written(p, 0);
    ask(p, TO_READ, 1);
    p.expect('disk', 'DESTAGE');
    take(p);
    p.receive('CLEAN', { slot, cleaned: CLEANED.HELD });
    p.expect('cache', 'RETRY');
    p.expectReply('GOT', { result: MEDIUM_ERROR });
    p.expectDone();
  });

  test('do not hold up other volumes', () => {
    const { p } = held(options, (p) => [written(p, 0)]);
    ask(p, TO_WRITE, 0, HOST_POOL, 1);
    const { slot = -1 } = p.expectReply('GOT', { result: OK }).payload;
    p.expectDone({ granted: [slot] });
  });
});

describe('a drive that takes what is destaged', () => {
  test('does not fail any more', () => {
    const p = cache();
    const slot = written(p, 0);
    take(p);
    p.set('device.failing', 0, 1);
    p.receive('CLEAN', { slot, cleaned: CLEANED.STORED_ALL });
    expect(p.get('device.failing', 0)).toBe(0);
    p.expectDone();
  });

  test('a slot that was written over after the last destage begins the next one', () => {
    const p = cache();
    const slot = written(p, 0);
    take(p);
    expect(take(p)).toMatchObject({ count: 0 });
    p.receive('CLEAN', { slot, cleaned: CLEANED.CHANGED });
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    p.expectDone();
  });

  test('a slot that has nothing dirty left is not destaged again', () => {
    const p = cache();
    const slot = written(p, 0);
    take(p);
    p.node.slots.clean(slot);
    p.receive('CLEAN', { slot, cleaned: CLEANED.CHANGED });
    expect(p.get('dirty.count')).toBe(0);
    p.expectDone();
  });
});

describe('what the data role gives up to destage', () => {
  test('is clean, and asked for again after a while', () => {
    const p = cache();
    const slot = written(p, 0);
    take(p);
    p.receive('CLEAN', { slot, cleaned: CLEANED.GIVEN_UP });
    p.expect('cache', 'RETRY');
    expect([p.get('pool.wp', 0), p.get('device.wp', 0), p.get('device.failing', 0)]).toEqual([0, 0, 0]);
    p.expectDone();
  });
});

describe('slots that come free', () => {
  test('when a write is withdrawn go to who waits for one', () => {
    const p = cache({ hostSlots: 1 });
    ask(p, TO_WRITE, 0);
    const { slot = -1 } = p.expectReply('GOT', { result: OK }).payload;
    ask(p, TO_READ, 1);
    p.expectNothing();
    p.receive('GIVE', { slot, session: 0 });
    p.expect('disk', 'STAGE', { track: 1, slot });
  });

  test('of the other side go to who waits for one of these', () => {
    const p = cache({ remoteSlots: 1 });
    ask(p, TO_READ, 0, REMOTE_POOL);
    const { slot = -1 } = p.expect('disk', 'STAGE').payload;
    p.node.slots.filled(slot, span(0, 4));
    p.answer('STAGED', { result: OK });
    p.expectReply('GOT', { result: OK, slot });
    ask(p, TO_WRITE, 1, REMOTE_POOL);
    p.expectNothing();
    p.receive('UNPIN', { slot });
    p.expectReply('GOT', { result: OK, slot });
    p.expectDone({ granted: [slot] });
  });
});

describe('slots with a parity error', () => {
  /** Dirty slots of these volumes' track 0 and on, each with the tables of a slot that no drive took, and some spoiled. */
  const dirty = (p: Path, volumes: readonly number[], spoiled: readonly number[]): number[] => {
    const slots = volumes.map((v, track) => written(p, track, HOST_POOL, v));
    for (const slot of slots) p.set('entry.held', slot, 1);
    for (const i of spoiled) p.node.slots.spoil(slots[i] as number);
    return slots;
  };

  test('are passed over by a destage, which goes on with the rest of the volume', () => {
    const p = cache({ volumes: [{ tracks: 8 }], hostSlots: 8 });
    const [a = -1, b = -1, c = -1] = dirty(p, [0, 0, 0], [1]);
    p.receive('TAKE', { delayed: 1 });
    p.expect('data', 'SPOILED', { track: 1, spoiled: b });
    p.expectReply('TAKEN', { count: 2, slots0: a | (c << 16) });
    expect(p.get('dirty.running')).toBe(1);
    expect([a, b, c].map((s) => p.get('entry.held', s))).toEqual([0, 0, 0]);
  });

  test('do not keep a destage from the next volume', () => {
    const p = cache({ volumes: [{ tracks: 8 }, { tracks: 8 }], hostSlots: 8 });
    const [a = -1, b = -1] = dirty(p, [0, 1], [0]);
    p.receive('TAKE', { delayed: 0 });
    p.expect('data', 'SPOILED', { volume: 0, track: 0, spoiled: a });
    p.expectReply('TAKEN', { count: 1, volume: 1, slots0: b });
  });

  test('are told of once, by whoever finds them first', () => {
    const p = cache();
    const [a = -1] = dirty(p, [0], [0]);
    p.receive('TAKE', { delayed: 0 });
    p.expect('data', 'SPOILED', { spoiled: a });
    p.expectReply('TAKEN', { count: 0 });
    ask(p, TO_READ, 0);
    p.expectNothing();
    p.receive('CLEAN', { slot: a, cleaned: CLEANED.BYTES_LOST });
    p.expectReply('GOT', { result: STALE });
    const q = cache();
    const [b = -1] = dirty(q, [0], [0]);
    ask(q, TO_READ, 0);
    q.expect('data', 'SPOILED', { spoiled: b });
    expect(q.get('entry.held', b)).toBe(0);
    expect(take(q)).toMatchObject({ count: 0 });
    q.expectNothing();
  });

  test('hold nothing of their track, as the data role hears when it asks', () => {
    const p = cache();
    const slot = whole(p, 0);
    const found = (): Readonly<Record<string, number>> => {
      p.receive('FIND', { volume: 0, track: 0 });
      return p.expectReply('FOUND').payload;
    };
    expect(found()).toEqual({ dirty: 0, slot, whole: 1 });
    p.node.slots.spoil(slot);
    expect(found()).toEqual({ dirty: 0, slot, whole: 0 });
  });
});

describe('of a volume with a track that bears M1 invalid', () => {
  const waiting = (intent: number): Path => {
    const p = cache();
    ask(p, TO_WRITE, 0);
    const { slot = -1 } = p.expectReply('GOT', { result: OK }).payload;
    ask(p, intent, 0);
    p.set('volume.m1_inv', 0, 1);
    p.receive('GIVE', { slot, session: 0 });
    return p;
  };

  test('a read that had to wait looks at the track again', () => {
    waiting(TO_READ).expectReply('GOT', { result: STALE });
  });

  test('a write that had to wait goes on', () => {
    waiting(TO_WRITE).expectReply('GOT', { result: OK });
  });
});

test('the limit of a volume counts what is write pending of this volume only', () => {
  const p = cache({ volumes: [{ tracks: 4, wpLimit: 1 }, { tracks: 4 }] });
  written(p, 0, HOST_POOL, 1);
  ask(p, TO_WRITE, 0);
  p.expectReply('GOT', { result: OK });
});

test('after power on a cache of thousands of slots is adopted', () => {
  cache({ volumes: [{ tracks: 4 }], hostSlots: 6000 });
});

describe('without a disk director', () => {
  const LOST_DISK = { lost: CONSTANTS.LOST_DISK as number };

  test('a write from the other side that waits for a slot hears of an error', () => {
    const p = cache({ remoteSlots: 1 });
    written(p, 0, REMOTE_POOL);
    ask(p, TO_WRITE, 1, REMOTE_POOL);
    p.expect('disk', 'DESTAGE');
    p.receive('CACHE_LOSES', LOST_DISK);
    p.expectReply('GOT', { result: MEDIUM_ERROR });
    p.expectDone();
  });

  test('no destage begins, however much is dirty', () => {
    const p = cache({ destageStart: 1 });
    p.receive('CACHE_LOSES', LOST_DISK);
    ask(p, TO_WRITE, 0);
    const { slot = -1 } = p.expectReply('GOT', { result: OK }).payload;
    p.node.tracks.merge(slot, span(0, 1), p.transferAt, 1, 0);
    p.receive('GIVE', { slot, session: 0 });
    p.expectDone();
  });
});
