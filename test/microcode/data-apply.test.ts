import { describe, expect, test } from 'vitest';
import {
  CLEANED,
  FLAG,
  INTENT,
  POOL,
  QUESTION,
  RESULT,
  SHIP_FLAG,
  VOLUME_STATE,
} from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH, source, THEIRS, target } from './fixtures.js';

const { OK, STALE, REFUSED, MEDIUM_ERROR } = RESULT;
const SLOT = 5;
const SESSION = 9;

function apply(p: Path, gen: number, fields: Readonly<Record<string, number>> = {}): void {
  const at = p.machine.memory.layout.receiveAt;
  p.fill(at, 4, 0xcd);
  p.receive('APPLY', { volume: 0, track: 1, span: span(2, 2), at, epoch: EPOCH, gen, session: SESSION, ...fields });
}

/** The other side opens its next session. */
function newSession(p: Path): void {
  p.receive('ASK', { what: QUESTION.ASK_OPEN, volume: 0, a: EPOCH + 1, c: THEIRS });
  p.expectReply('ASKED', { result: OK });
}

function refused(p: Path, result: number): void {
  p.expectReply('APPLIED', { result });
  expect(p.flags(0, 1)).toBe('none');
  p.expectDone();
}

describe('a write of the other side', () => {
  test('lands in a slot of the remote pool with its generation, and the slot holds its credit', () => {
    const p = target();
    apply(p, 4);
    p.expect('cache', 'GET', { volume: 0, track: 1, intent: INTENT.TO_WRITE, pool: POOL.REMOTE_POOL });
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT, session: SESSION });
    p.expectReply('APPLIED', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP');
    expect(p.words('track.gen', 1)).toEqual([4, EPOCH]);
    expect(p.words('slot.gen', SLOT)).toEqual([4, EPOCH]);
    expect(p.slotBytes(SLOT)).toEqual([0, 0, 0xcd, 0xcd]);
    p.expectDone();
  });

  test('of zeroes clears the sectors', () => {
    const p = target();
    p.fill(p.slotAt(SLOT), 4, 0x11);
    apply(p, 4, { flags: SHIP_FLAG.SHIP_ZERO });
    p.expect('cache', 'GET');
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT });
    p.expectReply('APPLIED', { result: OK });
    expect(p.slotBytes(SLOT)).toEqual([0x11, 0x11, 0, 0]);
    p.expectDone();
  });

  test('of an older generation than the track holds is STALE and writes nothing', () => {
    const p = target();
    p.set('track.gen', 1, [5, EPOCH]);
    apply(p, 4);
    refused(p, STALE);
    expect(p.words('track.gen', 1)).toEqual([5, EPOCH]);
  });

  test('of the generation that the track holds is taken again: it was sent twice', () => {
    const p = target();
    p.set('track.gen', 1, [4, EPOCH]);
    apply(p, 4);
    p.expect('cache', 'GET');
  });

  test('of a new session is taken however low its generation: generations count in an epoch', () => {
    const p = target();
    p.set('track.gen', 1, [900, EPOCH - 1]);
    apply(p, 1);
    p.expect('cache', 'GET');
  });

  test('of another epoch is REFUSED', () => {
    const p = target();
    apply(p, 4, { epoch: EPOCH - 1 });
    refused(p, REFUSED);
    apply(p, 4, { epoch: EPOCH + 1 });
    refused(p, REFUSED);
  });

  test('is REFUSED by a side that serves hosts', () => {
    const p = source();
    apply(p, 4);
    refused(p, REFUSED);
  });

  test('is REFUSED by a side whose link went', () => {
    const p = target();
    p.receive('PEER_DOWN');
    apply(p, 4);
    refused(p, REFUSED);
  });

  test('is REFUSED when it names a volume, a track or a pair that is not there', () => {
    const p = target({ volumes: [{ tracks: 4, pair: 'target' }, { tracks: 2 }] });
    apply(p, 4, { volume: 2 });
    refused(p, REFUSED);
    apply(p, 4, { track: 4 });
    refused(p, REFUSED);
    apply(p, 4, { volume: 1 });
    refused(p, REFUSED);
  });

  test('is REFUSED when it reaches past the end of its track, or names no session', () => {
    const p = target();
    apply(p, 4, { span: span(2, 3) });
    refused(p, REFUSED);
    apply(p, 4, { span: span(0xffff, 0xffff) });
    refused(p, REFUSED);
    p.set('session.taking', 0, 0);
    apply(p, 4, { epoch: 0 });
    refused(p, REFUSED);
  });

  test('is withdrawn when the epoch changes while it waits for its slot', () => {
    const p = target();
    apply(p, 4);
    p.expect('cache', 'GET');
    newSession(p);
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT, session: 0 });
    refused(p, REFUSED);
    expect(p.slotBytes(SLOT)).toEqual([0, 0, 0, 0]);
    expect(p.words('track.gen', 1)).toEqual([0, 0]);
  });

  test('is refused when the epoch changes while it waits for the lock', () => {
    const p = target();
    apply(p, 4);
    p.expect('cache', 'GET');
    apply(p, 5);
    newSession(p);
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { session: 0 });
    p.expectReply('APPLIED', { result: REFUSED });
    refused(p, REFUSED);
  });

  test('that gets no slot hears why and gives its lock back', () => {
    const p = target();
    apply(p, 4);
    p.expect('cache', 'GET');
    p.answer('GOT', { result: MEDIUM_ERROR });
    refused(p, MEDIUM_ERROR);
  });
});

describe('a destaged track', () => {
  const destaged = (p: Path, gen: readonly [number, number], result: number = OK, holder = 1): void => {
    p.set('track.gen', 1, [4, EPOCH]);
    p.set('slot.volume', SLOT, holder);
    p.node.tracks.setFlags(1, 0, 1);
    p.receive('DESTAGED', { volume: 0, track: 1, gen: gen[0], gen_epoch: gen[1], slot: SLOT, result });
  };

  test('of the generation that the track has clears M1 and cleans the slot', () => {
    const p = target();
    destaged(p, [4, EPOCH]);
    p.expect('cache', 'CLEAN', { slot: SLOT, cleaned: 1 });
    expect(p.flags(0, 1)).toBe('none');
    p.expectDone({ mostOps: 14 });
  });

  test('of an older generation, or of none, keeps M1 and the dirty slot', () => {
    for (const gen of [
      [3, EPOCH],
      [4, EPOCH - 1],
      [0, 0],
    ] as const) {
      const p = target();
      destaged(p, gen);
      p.expect('cache', 'CLEAN', { slot: SLOT, cleaned: 0 });
      expect(p.flags(0, 1)).toBe('M1_WP');
      p.expectDone();
    }
  });

  test('from a slot that the track has left keeps M1', () => {
    const p = target();
    destaged(p, [4, EPOCH], OK, 0);
    p.expect('cache', 'CLEAN', { slot: SLOT, cleaned: 0 });
    expect(p.flags(0, 1)).toBe('M1_WP');
    p.expectDone();
  });

  test("that a target's drive did not take is invalid there, and the session ends", () => {
    const p = target();
    destaged(p, [4, EPOCH], MEDIUM_ERROR);
    p.expect('data', 'REBUILD');
    p.expect('cache', 'CLEAN', { slot: SLOT, cleaned: CLEANED.GIVEN_UP });
    expect(p.flags(0, 1)).toBe('M1_INV');
    expect(p.get('session.taking')).toBe(0);
    p.expectDone();
  });
});

describe('a track of the other side that is not right here', () => {
  /** Track 1 is M1 and M2 invalid, so the volume is watched. */
  function wrong(): Path {
    const p = target();
    p.node.tracks.setFlags(1, 0, FLAG.M1_INV | FLAG.M2_INV);
    p.set('volume.state', 0, VOLUME_STATE.VOLUME_WATCHED);
    p.fill(p.slotAt(SLOT), 4, 0x11);
    return p;
  }

  function taken(p: Path, fields: Readonly<Record<string, number>>): void {
    apply(p, 4, fields);
    p.expect('cache', 'GET', { track: 1 });
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT, session: SESSION });
    p.expectReply('APPLIED', { result: OK });
    p.expectDone();
  }

  test('is right when all of it came: it owes nothing either, and the volume is no longer watched', () => {
    const p = wrong();
    taken(p, { span: span(0, 4), flags: SHIP_FLAG.SHIP_WHOLE });
    expect(p.flags(0, 1)).toBe('M1_WP');
    expect(p.get('volume.state')).toBe(VOLUME_STATE.VOLUME_READY);
    expect(p.slotBytes(SLOT)).toEqual([0xcd, 0xcd, 0xcd, 0xcd]);
  });

  test('stays so when a part of it came, or zeroes', () => {
    for (const flags of [0, SHIP_FLAG.SHIP_ZERO]) {
      const p = wrong();
      taken(p, { flags });
      expect(p.flags(0, 1)).toBe('M1_WP|M1_INV|M2_INV');
      expect(p.get('volume.state')).toBe(VOLUME_STATE.VOLUME_WATCHED);
    }
  });

  test('keeps a debt of a track that is right here', () => {
    const p = target();
    p.node.tracks.setFlags(1, 0, FLAG.M2_INV);
    taken(p, { span: span(0, 4), flags: SHIP_FLAG.SHIP_WHOLE });
    expect(p.flags(0, 1)).toBe('M1_WP|M2_INV');
    expect(p.slotBytes(SLOT)).toEqual([0xcd, 0xcd, 0xcd, 0xcd]);
  });
});

describe('a side that cannot store', () => {
  test('says MEDIUM_ERROR and not that the session is another one', () => {
    const p = target();
    p.set('session.taking', 0, 0);
    p.set('volume.failing', 0, 1);
    apply(p, 4);
    refused(p, MEDIUM_ERROR);
  });

  test('says REFUSED of a write for which it had waited for a slot', () => {
    const p = target();
    apply(p, 4);
    p.expect('cache', 'GET', { track: 1 });
    p.set('session.taking', 0, 0);
    p.set('volume.failing', 0, 1);
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT, session: 0 });
    refused(p, REFUSED);
  });
});
