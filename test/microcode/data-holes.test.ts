/** Tracks that are unmapped: flags, generation and slot on both sides, and what goes over the link. */
import { describe, expect, test } from 'vitest';
import { CLEANED, FLAG, INTENT, OFFERING, POOL, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { data, EPOCH, PEER, source, target, WIRE } from './fixtures.js';
import { moments } from './moments.js';

const { OK, ON_DRIVE, STALE, WRITE_PROTECTED } = RESULT;
const { WRITTEN, M1_WP, M1_INV, M2_INV } = FLAG;
const { SHIP_ZERO, SHIP_WHOLE, SHIP_BACK, SHIP_UNMAP } = SHIP_FLAG;
const ALL = span(0, 4);
const UNMAP = SHIP_ZERO | SHIP_UNMAP;
const AS_HOLE = SHIP_WHOLE | SHIP_ZERO | SHIP_UNMAP;

const isMapped = (p: Path, t = 1): boolean => (p.get('track.flags', t) & WRITTEN) !== 0;

/** Track 1 of volume 0 got bytes before, and its slot 2 has them. */
function mapped(p: Path): Path {
  p.set('track.flags', 1, 0);
  p.node.tracks.setFlags(1, 0, WRITTEN);
  p.set('track.gen', 1, [5, EPOCH]);
  p.fill(p.slotAt(2), 4, 0x55);
  return p;
}

describe('a host unmaps', () => {
  test('a whole track: it is zeroes and a hole, write pending until the drive has its room back', () => {
    const p = mapped(data());
    p.receive('WRITE', { volume: 0, track: 1, span: ALL, flags: UNMAP });
    p.expect('cache', 'GET', { volume: 0, track: 1, span: ALL, intent: INTENT.TO_WRITE, pool: POOL.HOST_POOL });
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.slotBytes(2)).toEqual([0, 0, 0, 0]);
    expect([p.flags(0, 1), isMapped(p), p.get('track.gen', 1)]).toEqual(['M1_WP', false, 6]);
    expect([p.get('slot.dirty', 2), p.get('volume.written', 0)]).toEqual([0b1111, 0]);
    p.expectDone();
  });

  test('a part of a track, or zeroes a whole one without SHIP_UNMAP: it stays mapped', () => {
    for (const [part, flags] of [
      [span(1, 3), UNMAP],
      [span(0, 3), UNMAP],
      [ALL, SHIP_ZERO],
    ] as const) {
      const p = mapped(data());
      p.receive('WRITE', { volume: 0, track: 1, span: part, flags });
      p.expect('cache', 'GET', { track: 1 });
      p.answer('GOT', { result: OK, slot: 2 });
      p.expect('cache', 'GIVE', { slot: 2 });
      p.expectReply('WRITTEN', { result: OK });
      expect(isMapped(p)).toBe(true);
      p.expectDone();
    }
  });

  test('with power that goes at any moment: never a hole whose slot still has bytes, nor bytes that changed before M1', () => {
    const p = mapped(data());
    p.receive('WRITE', { volume: 0, track: 1, span: ALL, flags: UNMAP });
    const asked = p.expect('cache', 'GET', {});
    p.answer('GOT', { result: OK, slot: 2 }, asked, { ops: 0 });
    const seen = moments(p, () => `${p.flags(0, 1)} ${isMapped(p) ? 'mapped' : 'hole'} ${p.slotBytes(2)[0]}`);
    expect([...new Set(seen)]).toEqual(['none mapped 85', 'M1_WP mapped 85', 'M1_WP mapped 0', 'M1_WP hole 0']);
  });

  test('a hole: it has a newer generation, and no slot is asked for', () => {
    const p = data();
    p.set('track.gen', 1, [5, 0]);
    p.receive('WRITE', { volume: 0, track: 1, span: ALL, flags: UNMAP });
    p.expectReply('WRITTEN', { result: OK });
    expect([p.flags(0, 1), p.get('track.gen', 1)]).toEqual(['none', 6]);
    p.expectDone();
  });

  test('a hole that is still on its way to the drive, or not right here, in a slot as any other', () => {
    for (const flags of [M1_WP, M1_INV]) {
      const p = data();
      p.node.tracks.setFlags(1, 0, flags);
      p.receive('WRITE', { volume: 0, track: 1, span: ALL, flags: UNMAP });
      p.expect('cache', 'GET', { track: 1 });
    }
  });

  test('of a pair: the other side hears it before the status, and no bytes go', () => {
    const p = mapped(source());
    p.receive('WRITE', { volume: 0, track: 1, span: ALL, flags: UNMAP });
    p.expect('cache', 'GET', {});
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expect('remote', 'SHIP', { volume: PEER, track: 1, span: ALL, epoch: EPOCH, gen: 6, flags: UNMAP });
    expect(p.flags(0, 1)).toBe('M1_WP|M2_WP');
    p.expectNothing();
    p.answer('SHIPPED', { result: OK });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP');
    p.expectDone();
  });

  test('a hole of a pair: the other side hears of that, too, as its own may be none', () => {
    const p = source('PAIR', { mapped: false });
    p.receive('WRITE', { volume: 0, track: 1, span: ALL, flags: UNMAP });
    p.expect('remote', 'SHIP', { track: 1, gen: 1, flags: UNMAP });
    expect(p.flags(0, 1)).toBe('M2_WP');
    p.answer('SHIPPED', { result: OK });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('none');
    p.expectDone();
  });

  test('a hole of a pair whose other side was given the volume while the lock was waited for: refused', () => {
    const p = source('PAIR', { mapped: false });
    const first = p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
    const asked = p.expect('cache', 'GET', {});
    const hole = p.receive('WRITE', { volume: 0, track: 1, span: ALL, flags: UNMAP });
    p.expectNothing();
    p.set('session.agreed', 0, 0);
    p.answer('GOT', { result: OK, slot: 2 }, asked);
    p.expect('cache', 'GIVE', {});
    p.expectReply('WRITTEN', { result: WRITE_PROTECTED }, first);
    p.expectReply('WRITTEN', { result: WRITE_PROTECTED }, hole);
    expect(p.get('track.gen', 1)).toBe(0);
    p.expectDone();
  });
});

describe('the other side unmaps', () => {
  function apply(p: Path, flags: number, what: object = {}): void {
    p.receive('APPLY', { volume: 0, track: 1, span: ALL, gen: 6, epoch: EPOCH, flags, session: WIRE, ...what });
  }

  test('a whole track: a hole here, write pending for the drive', () => {
    const p = mapped(target());
    apply(p, UNMAP);
    p.expect('cache', 'GET', { track: 1, pool: POOL.REMOTE_POOL });
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2, session: WIRE });
    p.expectReply('APPLIED', { result: OK });
    expect([p.flags(0, 1), isMapped(p), p.words('track.gen', 1)]).toEqual(['M1_WP', false, [6, EPOCH]]);
    expect(p.slotBytes(2)).toEqual([0, 0, 0, 0]);
    p.expectDone();
  });

  test('a hole: it takes no slot, and its credit goes back at once', () => {
    for (const flags of [UNMAP, AS_HOLE]) {
      const p = target();
      apply(p, flags);
      p.expectReply('APPLIED', { result: ON_DRIVE });
      expect([p.flags(0, 1), p.words('track.gen', 1)]).toEqual(['none', [6, EPOCH]]);
      p.expectDone();
    }
  });

  test('later than something newer: refused', () => {
    const p = target();
    p.set('track.gen', 1, [7, EPOCH]);
    apply(p, UNMAP);
    p.expectReply('APPLIED', { result: STALE });
    expect(p.words('track.gen', 1)).toEqual([7, EPOCH]);
  });

  test('as a copy, a track that is not right here: it is right then', () => {
    const p = mapped(target());
    p.node.tracks.setFlags(1, 0, M1_INV);
    apply(p, AS_HOLE);
    p.expect('cache', 'GET', { track: 1 });
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2, session: WIRE });
    p.expectReply('APPLIED', { result: OK });
    expect([p.flags(0, 1), isMapped(p)]).toEqual(['M1_WP', false]);
  });

  test('a part of a track, or sends zeroes of it all that keep their room: it stays mapped', () => {
    for (const [part, flags] of [
      [span(0, 2), UNMAP],
      [ALL, SHIP_ZERO],
      [ALL, SHIP_ZERO | SHIP_WHOLE],
    ] as const) {
      const p = mapped(target());
      apply(p, flags, { span: part });
      p.answer('GOT', { result: OK, slot: 2 }, p.expect('cache', 'GET', {}));
      p.expect('cache', 'GIVE', {});
      p.expectReply('APPLIED', { result: OK });
      expect(isMapped(p)).toBe(true);
    }
  });
});

describe('a hole that is owed', () => {
  test('goes without a slot and without bytes, and is owed no more', () => {
    const p = source('COPY', { mapped: false });
    p.set('track.gen', 1, [5, EPOCH]);
    p.node.tracks.setFlags(1, 0, M2_INV);
    p.set('session.offering', 0, OFFERING.SAME_SESSION);
    p.receive('OFFER', { volume: 0 });
    p.expect('remote', 'SHIP', { volume: PEER, track: 1, span: ALL, epoch: EPOCH, gen: 5, flags: AS_HOLE });
    expect(p.get('lock.holder', 1)).toBe(0);
    p.answer('SHIPPED', { result: OK });
    expect(p.flags(0, 1)).toBe('none');
  });

  test('and was written while it went is owed still', () => {
    const p = source('COPY', { mapped: false });
    p.node.tracks.setFlags(1, 0, M2_INV);
    p.set('session.offering', 0, OFFERING.SAME_SESSION);
    p.receive('OFFER', { volume: 0 });
    p.expect('remote', 'SHIP', { track: 1, flags: AS_HOLE });
    p.set('track.gen', 1, [1, EPOCH]);
    p.answer('SHIPPED', { result: OK });
    expect(p.flags(0, 1)).toBe('M2_INV');
  });

  test('is brought back without bytes where its other side asks for it', () => {
    const p = target();
    p.set('track.gen', 1, [5, EPOCH]);
    p.receive('BRING', { volume: 0, track: 1, epoch: EPOCH, gen: 5 });
    p.expect('remote', 'SHIP', { track: 1, span: ALL, gen: 5, flags: AS_HOLE | SHIP_BACK });
    p.answer('SHIPPED', { result: OK });
    p.expectReply('BROUGHT', { result: OK });
    p.expectDone();
  });
});

describe('a destage of a hole that has a newer generation', () => {
  function destaged(p: Path): void {
    p.set('track.gen', 1, [6, EPOCH]);
    p.set('slot.volume', 2, 1);
    p.receive('DESTAGED', { volume: 0, track: 1, gen: 5, gen_epoch: EPOCH, slot: 2, result: OK });
  }

  test('has stored all when nothing of it is pending: it was stored before the power went', () => {
    const p = data();
    destaged(p);
    p.expect('cache', 'CLEAN', { slot: 2, cleaned: CLEANED.STORED_ALL });
    p.expectDone();
  });

  test('has not while it is pending, in doubt, or got bytes meanwhile', () => {
    for (const flags of [M1_WP, M1_INV, WRITTEN]) {
      const p = data();
      p.node.tracks.setFlags(1, 0, flags);
      destaged(p);
      p.expect('cache', 'CLEAN', { slot: 2, cleaned: CLEANED.CHANGED });
      expect(p.get('track.flags', 1)).toBe(flags);
    }
  });
});
