/** A host's write to a volume in two journal groups: commit/journal.uc and ack/journal.uc with a further pair. */
import { describe, expect, test } from 'vitest';
import { FLAG, INTENT, OFFERING, PAIR_STATE, POOL, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { type Path, type Receipt, span } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import {
  ALONE,
  BASE,
  dataOf,
  entryOf,
  FAR,
  FAR_EPOCH,
  FAR_PEER,
  FURTHER,
  fill,
  last,
  MARKS,
  NEAR,
  NEAR_PEER,
  RECORDS,
  reads,
  twoTargets,
  VOLUME,
} from './further.js';
import { begin, wide, write } from './journals.js';
import { moments } from './moments.js';

const { OK, WRITE_PROTECTED } = RESULT;
const HERE = { volume: VOLUME, track: 1 } as const;
const PAIRS = { near: [VOLUME, BASE], far: [FURTHER, MARKS] } as const;

/** The state of one of the two pairs. */
const inState = (p: Path, pair: number, state: keyof typeof PAIR_STATE): void =>
  p.set('pair.state', pair, PAIR_STATE[state]);

/** A write that was let in waits for its slot. */
function waitsForSlot(p: Path): Receipt {
  const request = begin(p, HERE);
  p.expect('cache', 'GET', { ...HERE, intent: INTENT.TO_WRITE, pool: POOL.HOST_POOL });
  return request;
}

/** It gets its slot, and gives it back without a word to the other roles. */
function getsSlot(p: Path): void {
  p.answer('GOT', { result: OK, slot: 2 });
  p.expect('cache', 'GIVE', { slot: 2 });
}

/** A write that begins offers of these pairs before its status. */
function writeOffers(p: Path, ...pairs: number[]): void {
  const request = waitsForSlot(p);
  getsSlot(p);
  for (const pair of pairs) p.expect('data', 'OFFER', { volume: pair });
  p.expectReply('WRITTEN', { result: OK }, request);
}

describe('a write to a volume in two groups', () => {
  test('stands in both journals, each with the epoch, the name and the number of its own pair', () => {
    const p = twoTargets();
    write(p, { volume: ALONE, track: 0 });
    write(p, HERE);
    const common = { track: 1, span: span(1, 2), flags: 0, done: 0, time: p.time_ns };
    expect(entryOf(p, NEAR, 2)).toEqual({ ...common, gen: [1, EPOCH], place: 2, volume: VOLUME, peer: NEAR_PEER });
    expect(entryOf(p, FAR, 1)).toEqual({ ...common, gen: [1, FAR_EPOCH], place: 0, volume: FURTHER, peer: FAR_PEER });
    expect([dataOf(p, NEAR, 2), dataOf(p, FAR, 1)]).toEqual(Array(2).fill([0xab, 0xab]));
    p.expectDone();
  });

  test('makes its track newer once, with the epoch of its own pair', () => {
    const p = twoTargets();
    write(p, HERE);
    expect([p.words('track.gen', BASE + 1), p.words('track.gen', MARKS + 1)]).toEqual([
      [1, EPOCH],
      [0, 0],
    ]);
    expect([p.flags(VOLUME, 1), p.flags(FURTHER, 1)]).toEqual(['M1_WP', 'none']);
  });

  test('of zeroes takes no room of either', () => {
    const p = twoTargets();
    write(p, { ...HERE, flags: SHIP_FLAG.SHIP_ZERO });
    expect([NEAR, FAR].map((g) => entryOf(p, g, 1)?.flags)).toEqual([SHIP_FLAG.SHIP_ZERO, SHIP_FLAG.SHIP_ZERO]);
    expect([NEAR, FAR].map((g) => wide(p, 'journal.tail', g))).toEqual([0, 0]);
  });

  test('counts the writes of the track in the low words of both generations', () => {
    const p = twoTargets();
    for (let n = 1; n <= 3; n++) write(p, HERE);
    expect([NEAR, FAR].map((g) => entryOf(p, g, 3)?.gen)).toEqual([
      [3, EPOCH],
      [3, FAR_EPOCH],
    ]);
  });

  test('leaves a group alone that the volume is not in', () => {
    const p = twoTargets();
    write(p, { volume: ALONE, track: 0 });
    expect([last(p, NEAR), last(p, FAR)]).toEqual([1, 0]);
  });

  test('is refused while its own pair has not agreed, though the further one has', () => {
    const p = twoTargets();
    p.set('session.agreed', VOLUME, 0);
    begin(p, HERE);
    p.expectReply('WRITTEN', { result: WRITE_PROTECTED });
    expect(last(p, FAR)).toBe(0);
    p.expectDone();
  });

  test('is let in while the third array was never seen: a mark waits for it', () => {
    const p = twoTargets();
    p.set('session.agreed', FURTHER, 0);
    p.set('session.open', FURTHER, 0);
    inState(p, FURTHER, 'COPY');
    p.node.tracks.setFlags(MARKS + 1, FURTHER, FLAG.M2_INV);
    write(p, HERE);
    expect([last(p, NEAR), last(p, FAR), p.flags(FURTHER, 1)]).toEqual([1, 0, 'M2_INV']);
    p.expectDone();
  });
});

describe.each(['PSUS', 'PSUE', 'SMPL'] as const)('a write while one of both pairs is %s', (state) => {
  const mark = state === 'SMPL' ? 'none' : 'M2_INV';

  test('is a mark of the further one, and an entry of its own', () => {
    const p = twoTargets();
    inState(p, FURTHER, state);
    p.set('session.open', FURTHER, 0);
    write(p, HERE);
    expect([p.flags(FURTHER, 1), p.flags(VOLUME, 1)]).toEqual([mark, 'M1_WP']);
    expect([last(p, NEAR), last(p, FAR)]).toEqual([1, 0]);
    expect(p.words('track.gen', BASE + 1)).toEqual([1, EPOCH]);
    p.expectDone();
  });

  test('is a mark of its own, and an entry of the further one', () => {
    const p = twoTargets();
    inState(p, VOLUME, state);
    p.set('session.open', VOLUME, 0);
    write(p, HERE);
    expect([p.flags(FURTHER, 1), p.flags(VOLUME, 1)]).toEqual(['none', mark === 'none' ? 'M1_WP' : 'M1_WP|M2_INV']);
    expect([last(p, NEAR), last(p, FAR)]).toEqual([0, 1]);
    expect(entryOf(p, FAR, 1)?.gen).toEqual([1, FAR_EPOCH]);
    p.expectDone();
  });
});

describe('a write while the copy of one of both pairs runs', () => {
  test.each([
    ['its own', 'near', FAR, NEAR],
    ['the further one', 'far', NEAR, FAR],
  ] as const)('is a mark of %s where the track is owed to it, and an entry of the other', (_, which, other, own) => {
    const p = twoTargets();
    const [pair, base] = PAIRS[which];
    inState(p, pair, 'COPY');
    p.node.tracks.setFlags(base + 1, pair, FLAG.M2_INV);
    writeOffers(p, pair);
    expect(p.get('session.offering', pair)).toBe(OFFERING.SAME_SESSION);
    expect([last(p, own), last(p, other)]).toEqual([0, 1]);
    p.expectDone();
  });

  test('is an entry of both where the track was brought, though the other list owes its number', () => {
    const p = twoTargets();
    inState(p, FURTHER, 'COPY');
    p.node.tracks.setFlags(BASE + 1, VOLUME, FLAG.M2_INV);
    write(p, HERE);
    expect([last(p, NEAR), last(p, FAR), p.flags(FURTHER, 1)]).toEqual([1, 1, 'none']);
    p.expectDone();
  });

  test('begins one offer for each pair to which something is owed', () => {
    const p = twoTargets();
    for (const [pair, base] of Object.values(PAIRS)) {
      inState(p, pair, 'COPY');
      p.node.tracks.setFlags(base + 1, pair, FLAG.M2_INV);
    }
    writeOffers(p, VOLUME, FURTHER);
    expect([last(p, NEAR), last(p, FAR)]).toEqual([0, 0]);
    p.expectDone();
  });
});

describe.each([
  ['its own', NEAR, FAR, VOLUME],
  ['the further', FAR, NEAR, FURTHER],
] as const)('a write when the journal of %s pair is full', (_, full, other, pair) => {
  test('waits before it has a lock or a slot', () => {
    const p = twoTargets();
    fill(p, full);
    const request = begin(p, HERE);
    p.expect('data', 'FULL', { journal: full });
    p.expectNothing();
    expect([p.get('journaling.timing', full), p.get('journaling.timing', other)]).toEqual([1, 0]);
    expect(p.get('lock.holder', BASE + 1)).toBe(0);
    expect([last(p, full), last(p, other), request.answered]).toEqual([RECORDS, 0, false]);
  });

  test('goes on when there is room, into both', () => {
    const p = twoTargets();
    fill(p, full);
    const request = begin(p, HERE);
    p.expect('data', 'FULL', { journal: full });
    reads(p, pair, RECORDS);
    p.expect('cache', 'GET', HERE);
    getsSlot(p);
    p.expectReply('WRITTEN', { result: OK }, request);
    expect([last(p, full), last(p, other)]).toEqual([RECORDS + 1, 1]);
    expect(p.get('journaling.room', full)).toBe(0);
  });

  test('that was let in before is captured in neither of them, at no moment, and waits again', () => {
    const p = twoTargets();
    const request = waitsForSlot(p);
    fill(p, full);
    p.answer('GOT', { result: OK, slot: 2 }, undefined, { ops: 0 });
    const seen = moments(p, () => [last(p, other), p.flags(VOLUME, 1), p.words('track.gen', BASE + 1)[0]]);
    expect(seen.every(([n, flags, gen]) => n === 0 && flags === 'none' && gen === 0)).toBe(true);
    p.expect('cache', 'GIVE', { slot: 2, session: 0 });
    p.expect('data', 'FULL', { journal: full });
    expect([p.get('lock.holder', BASE + 1), request.answered]).toEqual([0, false]);
  });

  test('that was let in before is in each of them once when there is room', () => {
    const p = twoTargets();
    const request = waitsForSlot(p);
    fill(p, full);
    getsSlot(p);
    p.expect('data', 'FULL', { journal: full });
    reads(p, pair, RECORDS);
    p.expect('cache', 'GET', HERE);
    getsSlot(p);
    p.expectReply('WRITTEN', { result: OK }, request);
    expect([last(p, full), last(p, other)]).toEqual([RECORDS + 1, 1]);
    expect(p.words('track.gen', BASE + 1)).toEqual([1, EPOCH]);
  });

  test('marks neither pair when it must wait for the other', () => {
    const p = twoTargets();
    waitsForSlot(p);
    fill(p, full);
    inState(p, pair === VOLUME ? FURTHER : VOLUME, 'PSUE');
    getsSlot(p);
    p.expect('data', 'FULL', { journal: full });
    expect([p.flags(VOLUME, 1), p.flags(FURTHER, 1)]).toEqual(['none', 'none']);
  });

  test('does not wait when that pair is suspended: a mark has room', () => {
    const p = twoTargets();
    fill(p, full);
    inState(p, pair, 'PSUE');
    p.set('session.open', pair, 0);
    write(p, HERE);
    expect([last(p, full), last(p, other)]).toEqual([RECORDS, 1]);
    expect(p.flags(pair, 1)).toMatch(/M2_INV/);
    p.expectDone();
  });
});

describe('a write that finds no room in memory', () => {
  test.each([
    ['its own', NEAR],
    ['the further', FAR],
  ] as const)('lets the data of %s group go to the journal volume', (_, full) => {
    const p = twoTargets();
    p.set('journal.tail', full, [16, 0]);
    begin(p, HERE);
    p.expect('data', 'SPILL', { journal: full });
    p.expect('data', 'FULL', { journal: full });
    expect(p.get('journaling.spilling', full)).toBe(1);
    p.expectNothing();
  });

  test('waits for the one group, and then for the other', () => {
    const p = twoTargets();
    for (const group of [NEAR, FAR]) fill(p, group);
    begin(p, HERE);
    p.expect('data', 'FULL', { journal: NEAR });
    p.expectNothing();
    reads(p, VOLUME, RECORDS);
    p.expect('data', 'FULL', { journal: FAR });
    expect([NEAR, FAR].map((group) => p.get('journaling.timing', group))).toEqual([1, 1]);
    reads(p, FURTHER, RECORDS);
    p.expect('cache', 'GET', HERE);
  });
});

test('a write lets data of each group go to its journal volume when half of the window is taken', () => {
  const p = twoTargets();
  for (const group of [NEAR, FAR]) p.set('journaling.spill_at', group, 2);
  p.set('journal.tail', NEAR, [1, 0]);
  const request = waitsForSlot(p);
  p.answer('GOT', { result: OK, slot: 2 });
  for (const group of [FAR, NEAR]) p.expect('data', 'SPILL', { journal: group });
  p.expect('cache', 'GIVE', { slot: 2 });
  p.expectReply('WRITTEN', { result: OK }, request);
  p.expectDone();
});
