import { describe, expect, test } from 'vitest';
import { INTENT, PAIR_STATE, POOL, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { type Path, path, span } from '../harness/path.js';
import { data, EPOCH, PEER, source, THEIRS, target } from './fixtures.js';

const { OK, NOT_READY, WRITE_PROTECTED } = RESULT;
const SLOT = 2;

/** A write of two sectors to track 1, up to the moment at which it has its slot. */
function begin(p: Path, flags = 0): void {
  p.fill(p.transferAt, 2, 0xab);
  p.fill(p.slotAt(SLOT), 4, 0x11);
  p.receive('WRITE', { volume: 0, track: 1, span: span(1, 2), at: p.transferAt, flags });
  p.expect('cache', 'GET', { volume: 0, track: 1, intent: INTENT.TO_WRITE, pool: POOL.HOST_POOL });
}

function refused(p: Path, result: number): void {
  p.expectReply('WRITTEN', { result });
  expect(p.flags(0, 1)).toBe('none');
  expect(p.words('track.gen', 1)).toEqual([0, 0]);
  p.expectDone();
}

describe('a write to a local volume', () => {
  test('lands in its slot, raises the generation and marks M1 write pending', () => {
    const p = data();
    begin(p);
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT, session: 0 });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP');
    expect(p.words('track.gen', 1)).toEqual([1, 0]);
    expect(p.slotBytes(SLOT)).toEqual([0x11, 0xab, 0xab, 0x11]);
    expect(p.words('slot.valid', SLOT)).toEqual([0b0110, 0, 0, 0]);
    expect(p.words('slot.dirty', SLOT)).toEqual([0b0110, 0, 0, 0]);
    expect(p.words('slot.gen', SLOT)).toEqual([1, 0]);
    p.expectDone();
  });

  test('of zeroes needs no bytes from the host', () => {
    const p = data();
    begin(p, SHIP_FLAG.SHIP_ZERO);
    p.answer('GOT', { result: OK, slot: SLOT });
    expect(p.slotBytes(SLOT)).toEqual([0x11, 0, 0, 0x11]);
    p.expect('cache', 'GIVE', { slot: SLOT });
    p.expectReply('WRITTEN', { result: OK });
    p.expectDone();
  });

  test('waits for the write before it on the same track, not for one on another track', () => {
    const p = data();
    begin(p);
    const second = p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
    p.expectNothing();
    const third = p.receive('WRITE', { volume: 0, track: 2, span: span(0, 1), at: p.transferAt });
    const get = p.expect('cache', 'GET', { track: 2 });
    p.answer('GOT', { result: OK, slot: 0 }, get);
    p.expect('cache', 'GIVE', { slot: 0 });
    p.expectReply('WRITTEN', { result: OK }, third);
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT });
    p.expectReply('WRITTEN', { result: OK });
    p.expect('cache', 'GET', { track: 1 });
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT });
    p.expectReply('WRITTEN', { result: OK }, second);
    expect(p.words('track.gen', 1)).toEqual([2, 0]);
    p.expectDone();
  });

  test('that gets no slot changes nothing and gives its lock back', () => {
    const p = data();
    begin(p);
    p.answer('GOT', { result: NOT_READY, slot: 0 });
    refused(p, NOT_READY);
  });

  test('is refused while the volume is not ready', () => {
    const p = path('data');
    p.receive('WRITE', { volume: 0, track: 1, span: span(1, 2), at: p.transferAt });
    refused(p, NOT_READY);
  });
});

describe('a write to a mirrored volume', () => {
  test('goes to the other side with its epoch and generation, and its status waits for the acknowledgement', () => {
    const p = source();
    begin(p);
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT, session: 0 });
    p.expect('remote', 'SHIP', {
      volume: PEER,
      track: 1,
      span: span(1, 2),
      at: p.transferAt,
      epoch: EPOCH,
      gen: 1,
      flags: 0,
    });
    p.expectNothing();
    expect(p.flags(0, 1)).toBe('M1_WP|M2_WP');
    expect(p.get('lock.unacked', 1)).toBe(1);
    p.answer('SHIPPED', { result: OK });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP');
    p.expectDone();
    expect(p.words('track.gen', 1)).toEqual([1, EPOCH]);
  });

  test('has M1, M2 and the new generation set at every micro-operation from the first changed byte on', () => {
    for (let ops = 0; ; ops++) {
      const p = source();
      begin(p);
      p.answer('GOT', { result: OK, slot: SLOT }, undefined, { ops });
      if (p.slotBytes(SLOT).every((b) => b === 0x11)) {
        expect(p.get('slot.dirty', SLOT)).toBe(0);
        continue;
      }
      expect(p.flags(0, 1)).toBe('M1_WP|M2_WP');
      expect(p.words('track.gen', 1)).toEqual([1, EPOCH]);
      expect(p.words('slot.gen', SLOT)).toEqual([1, EPOCH]);
      expect(p.get('lock.holder', 1)).not.toBe(0);
      expect(p.flagChanges).toEqual(['1: M2_WP', '1: M1_WP|M2_WP']);
      p.expectNothing();
      return;
    }
  });

  test('in COPY to a track that is owed whole is not sent: the copy brings it', () => {
    const p = source('COPY');
    p.machine.nodes[1]?.tracks.setFlags(1, 0, 32);
    begin(p);
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP|M2_INV');
    p.expectDone();
  });

  test('in COPY to a track that the other side has is sent at once', () => {
    const p = source('COPY');
    begin(p);
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT });
    p.expect('remote', 'SHIP', { track: 1 });
    p.answer('SHIPPED', { result: OK });
    p.expectReply('WRITTEN', { result: OK });
    p.expectDone();
  });

  test('without a session is owed, and gets its status from this side alone', () => {
    const p = source('PSUE');
    p.set('session.open', 0, 0);
    begin(p);
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP|M2_INV');
    p.expectDone();
  });

  test('of a pair that is not made yet marks nothing for the other side', () => {
    const p = source('SMPL');
    begin(p);
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP');
    p.expectDone();
  });
});

describe('a write is write protected', () => {
  test('at the target', () => {
    const p = target();
    p.receive('WRITE', { volume: 0, track: 1, span: span(1, 2), at: p.transferAt });
    refused(p, WRITE_PROTECTED);
  });

  test('at a side that came back and has not agreed with the other', () => {
    const p = source();
    p.set('session.agreed', 0, 0);
    p.receive('WRITE', { volume: 0, track: 1, span: span(1, 2), at: p.transferAt });
    refused(p, WRITE_PROTECTED);
  });

  test('when the other side took over while the slot was waited for: the grant is given back untouched', () => {
    const p = source();
    begin(p);
    p.receive('ASK', { what: 2, volume: 0, a: EPOCH, c: THEIRS });
    p.expectReply('ASKED', { result: OK });
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT, session: 0 });
    expect(p.slotBytes(SLOT)).toEqual([0x11, 0x11, 0x11, 0x11]);
    expect(p.get('pair.state')).toBe(PAIR_STATE.COPY);
    refused(p, WRITE_PROTECTED);
  });
});
