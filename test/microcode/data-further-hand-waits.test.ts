/** What is handed on and has to wait, for room or for a drive: apply/hand-on.uc; numbers far ahead: apply/journal.uc. */
import { describe, expect, test } from 'vitest';
import { OFFERING, PAIR_STATE, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import { ALONE, dataOf, entryOf, FAR, FURTHER, fill, isIn, last, NEAR, RECORDS, reads, VOLUME } from './further.js';
import { moments } from './moments.js';
import { number, of, placeOf, restorersBegin, type Told, tells, wide } from './second-system.js';

const { OK, ON_DRIVE, MEDIUM_ERROR } = RESULT;
const { SHIP_ZERO } = SHIP_FLAG;

import { type Entries, hand, handed, handedOn, restored, suspend } from './handed.js';

/** Data that memory does not have any more: newer ones stand in their place. */
function onDrive(p: Path): void {
  for (const field of ['tail', 'spilled'] as const) p.set(`journal.${field}`, NEAR, wide(2 ** 32 - 8 + 17));
}

describe('an entry for which the third array’s journal has no room', () => {
  test('waits, for a time', () => {
    const p = restored([{ n: 1 }]);
    fill(p, FAR);
    hand(p);
    p.expect('data', 'FULL', { journal: FAR });
    p.expectNothing();
    expect([handed(p), of(p, 'freed'), p.get('journaling.timing', FAR), p.get('journaling.timing', NEAR)]).toEqual([
      0, 0, 1, 0,
    ]);
  });

  test('does not begin that time anew', () => {
    const p = restored([{ n: 1 }]);
    fill(p, FAR);
    p.set('journaling.timing', FAR, 1);
    hand(p);
    p.expectNothing();
    expect(p.get('journaling.handing', NEAR)).toBe(1);
  });

  test('goes on when there is room', () => {
    const p = restored([{ n: 1 }]);
    fill(p, FAR);
    hand(p);
    p.expect('data', 'FULL', { journal: FAR });
    reads(p, FURTHER, RECORDS);
    expect(entryOf(p, FAR, RECORDS + 1)?.volume).toBe(FURTHER);
    handedOn(p, 1);
  });

  test('is a mark when that time is over, and the further pair alone is suspended', () => {
    const p = restored([{ n: 1, track: 2 }]);
    fill(p, FAR);
    hand(p);
    p.expect('data', 'FULL', { journal: FAR });
    p.receive('FULL', { journal: FAR });
    p.pass_us(10_000);
    p.expect('data', 'DROP', { journal: FAR });
    expect([isIn(p, 'PSUE'), p.get('pair.state', VOLUME)]).toEqual([true, PAIR_STATE.PAIR]);
    expect(p.flags(FURTHER, 2)).toBe('M2_INV');
    handedOn(p, 1);
  });

  test('in memory lets its data go to the journal volume, once', () => {
    const p = restored([{ n: 1 }]);
    p.set('journal.tail', FAR, [16, 0]);
    hand(p);
    p.expect('data', 'SPILL', { journal: FAR });
    p.expect('data', 'FULL', { journal: FAR });
    expect(p.get('journaling.spilling', FAR)).toBe(1);
    const q = restored([{ n: 1 }]);
    q.set('journal.tail', FAR, [16, 0]);
    q.set('journaling.spilling', FAR, 1);
    hand(q);
    q.expect('data', 'FULL', { journal: FAR });
    q.expectNothing();
  });
});

describe('an entry whose data memory does not have any more', () => {
  const lba = 2 + ((2 ** 32 - 8) % 32);
  function asked(entries: Entries = [{ n: 1, track: 2 }]): Path {
    const p = restored(entries);
    onDrive(p);
    hand(p);
    return p;
  }
  const at = (p: Path): number => p.get('journaling.hand_at', NEAR);

  test('is read from the journal volume into a buffer of its own, and handed on', () => {
    const p = asked();
    const { drive = -1 } = p.expect('disk', 'LIST_READ', { lba, sectors: 2, at: at(p) }).payload;
    expect(drive).toBe(1);
    expect([last(p, FAR), of(p, 'freed')]).toEqual([0, 0]);
    p.fill(at(p), 2, 0x77);
    p.answer('LISTED', { result: OK });
    expect(dataOf(p, FAR, 1)).toEqual([0x77, 0x77]);
    handedOn(p, 1);
  });

  test('is read once, though room for it must be waited for afterwards', () => {
    const p = asked();
    p.expect('disk', 'LIST_READ');
    p.fill(at(p), 2, 0x77);
    fill(p, FAR);
    p.answer('LISTED', { result: OK });
    p.expect('data', 'FULL', { journal: FAR });
    reads(p, FURTHER, RECORDS);
    expect(dataOf(p, FAR, RECORDS + 1)).toEqual([0x77, 0x77]);
    handedOn(p, 1);
  });

  test('is a mark when the further pair was suspended while it was read', () => {
    const p = asked();
    p.expect('disk', 'LIST_READ');
    suspend(p, 'PSUE');
    p.answer('LISTED', { result: OK });
    expect([p.flags(FURTHER, 2), last(p, FAR)]).toEqual(['M2_INV', 0]);
    handedOn(p, 1);
  });

  test('does not lend its buffer to the next one', () => {
    const p = asked([{ n: 1 }, { n: 2 }]);
    p.set('journal.tail', NEAR, wide(2 ** 32 - 8 + 19));
    p.set('journal.spilled', NEAR, wide(2 ** 32 - 8 + 19));
    p.expect('disk', 'LIST_READ', { lba });
    p.fill(at(p), 2, 0x77);
    p.answer('LISTED', { result: OK });
    p.expect('disk', 'LIST_READ', { lba: lba + 2, at: at(p) });
    p.fill(at(p), 2, 0x88);
    p.answer('LISTED', { result: OK });
    expect([dataOf(p, FAR, 1), dataOf(p, FAR, 2)]).toEqual([
      [0x77, 0x77],
      [0x88, 0x88],
    ]);
    handedOn(p, 2);
  });

  test('is read into that buffer anew, though the one before it became a mark after it was read', () => {
    const p = asked([{ n: 1 }, { n: 2 }]);
    for (const field of ['tail', 'spilled'] as const) p.set(`journal.${field}`, NEAR, wide(2 ** 32 - 8 + 19));
    p.expect('disk', 'LIST_READ', { lba });
    suspend(p, 'PSUE');
    p.answer('LISTED', { result: OK }, undefined, { ops: 0 });
    while (handed(p) === 0 && p.run(1) > 0);
    p.set('pair.state', FURTHER, PAIR_STATE.PAIR);
    p.run();
    p.expect('disk', 'LIST_READ', { lba: lba + 2 });
  });

  function unreadable(prepare: (p: Path) => void = () => {}): Path {
    const p = asked();
    p.expect('disk', 'LIST_READ');
    prepare(p);
    p.answer('LISTED', { result: MEDIUM_ERROR });
    return p;
  }

  test('nor the journal volume: its track is owed, PAIR is left, and an offer brings it', () => {
    const p = unreadable();
    p.expect('data', 'OFFER', { volume: FURTHER });
    expect([isIn(p, 'COPY'), p.flags(FURTHER, 2), last(p, FAR)]).toEqual([true, 'M2_INV', 0]);
    expect([p.get('session.offering', FURTHER), p.get('pair.state', VOLUME)]).toEqual([
      OFFERING.SAME_SESSION,
      PAIR_STATE.PAIR,
    ]);
    handedOn(p, 1);
  });

  test('nor the journal volume: PAIR is left before anything is owed', () => {
    const p = asked();
    p.expect('disk', 'LIST_READ');
    p.answer('LISTED', { result: MEDIUM_ERROR }, undefined, { ops: 0 });
    const seen = moments(p, () => isIn(p, 'PAIR') && p.flags(FURTHER, 2) !== 'none');
    expect(seen).not.toContain(true);
  });

  test('nor the journal volume: an offer that runs brings it', () => {
    const p = unreadable((q) => q.set('session.offering', FURTHER, OFFERING.NEW_SESSION));
    expect([p.flags(FURTHER, 2), p.get('session.offering', FURTHER)]).toEqual(['M2_INV', OFFERING.NEW_SESSION]);
    handedOn(p, 1);
  });

  test('nor the journal volume: without a session it is owed until there is one', () => {
    const p = unreadable((q) => q.set('session.open', FURTHER, 0));
    expect([p.flags(FURTHER, 2), p.get('session.offering', FURTHER)]).toEqual(['M2_INV', 0]);
    handedOn(p, 1);
  });

  test('nor the journal volume: a suspended pair stays so', () => {
    const p = unreadable((q) => suspend(q, 'PSUS'));
    expect([isIn(p, 'PSUS'), p.flags(FURTHER, 2)]).toEqual([true, 'M2_INV']);
    handedOn(p, 1);
  });

  test('nor the journal volume: to a pair that was deleted nothing is owed', () => {
    const p = unreadable((q) => suspend(q, 'SMPL'));
    expect([isIn(p, 'SMPL'), p.flags(FURTHER, 2)]).toEqual([true, 'none']);
    handedOn(p, 1);
  });
});

describe('numbers that go on far ahead', () => {
  test('while an entry waits for room are not gone back behind', () => {
    const p = restored([{ n: 1 }]);
    fill(p, FAR);
    hand(p);
    p.expect('data', 'FULL');
    for (const field of ['handed', 'freed', 'restored', 'last'] as const)
      p.set(`journal.${field}`, NEAR, number(2 ** 32));
    reads(p, FURTHER, RECORDS);
    handedOn(p, 2 ** 32);
  });

  const FAR_AHEAD = 2 ** 32;
  function comes(handedOn: number): { p: Path; told: Told[] } {
    const p = restored([{ n: 1, flags: SHIP_ZERO }]);
    p.set('journal.handed', NEAR, number(handedOn));
    p.set('journal.freed', NEAR, number(handedOn));
    const told = [{ n: FAR_AHEAD, flags: SHIP_ZERO }];
    return { p, told };
  }

  test('wait until all that was restored is handed on: it would never be', () => {
    const { p, told } = comes(0);
    const request = tells(p, 1, told, true);
    restorersBegin(p);
    p.expectReply('APPLIED', { result: RESULT.REFUSED }, request);
    expect([of(p, 'last'), handed(p)]).toEqual([1, 0]);
  });

  test('are taken when it is, and nothing before them is to be handed on', () => {
    const { p, told } = comes(1);
    const request = tells(p, 1, told, true);
    restorersBegin(p);
    p.expectReply('APPLIED', { result: ON_DRIVE }, request);
    expect([of(p, 'last'), handed(p), of(p, 'freed')]).toEqual([FAR_AHEAD, FAR_AHEAD - 1, FAR_AHEAD - 1]);
  });

  test('keep the room of data that are still to be handed on', () => {
    const p = restored([{ n: 1 }]);
    p.set('session.taking', VOLUME, EPOCH);
    p.set('journaling.pulling', NEAR, 1);
    p.set('session.taking', ALONE, 0);
    p.receive('PULL', { journal: NEAR });
    p.expect('remote', 'CALL');
    p.answer('ANSWER', { result: RESULT.LINK_DOWN });
    expect(placeOf(p, 'head')).toBe(0);
  });
});
