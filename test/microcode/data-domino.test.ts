/** A domino pair in the data role: what a host's write hears, and what it leaves behind. */
import { describe, expect, test } from 'vitest';
import { INTENT, OFFERING, PAIR_STATE, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { recipeOf } from '../harness/images.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH, PEER, source } from './fixtures.js';

const { OK, NOT_READY, STALE, REFUSED, LINK_DOWN, MEDIUM_ERROR, WRITE_PROTECTED, DOMINO_HELD } = RESULT;
const options = { recipe: recipeOf('track-mirror', ['domino']) };
const domino = (state?: keyof typeof PAIR_STATE): Path => source(state, options);

/** A write of track 1 up to the moment at which its slot is granted. */
function write(p: Path): void {
  p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
  p.expect('cache', 'GET', { track: 1, intent: INTENT.TO_WRITE });
}

/** And up to the moment at which it is on its way. */
function shipped(p: Path): void {
  write(p);
  p.answer('GOT', { result: OK, slot: 2 });
  p.expect('cache', 'GIVE', { slot: 2 });
  p.expect('remote', 'SHIP', { volume: PEER, track: 1, epoch: EPOCH });
}

function wholeTrack(p: Path): void {
  p.expect('cache', 'GET', { track: 1, intent: INTENT.TO_READ });
  p.answer('GOT', { result: OK, slot: 2 });
  p.expect('remote', 'SHIP', { track: 1, flags: SHIP_FLAG.SHIP_WHOLE });
}

/** And up to the moment at which all of the track is on its way, as a newer write overtook it. */
function overtaken(p: Path): void {
  shipped(p);
  p.answer('SHIPPED', { result: STALE });
  wholeTrack(p);
}

describe('a host write to a domino pair', () => {
  test('has its status when the other side has it, and nothing is owed', () => {
    const p = domino();
    shipped(p);
    p.answer('SHIPPED', { result: OK });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP');
    p.expectDone();
  });

  test.each(['COPY', 'PSUS', 'PSUE'] as const)('is refused in %s before it takes a lock or a slot', (state) => {
    const p = domino(state);
    p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
    p.expectReply('WRITTEN', { result: DOMINO_HELD });
    p.receive('INQUIRE', { volume: 0 });
    p.expectReply('INQUIRED', { result: DOMINO_HELD });
    p.expectDone();
  });

  test('is withdrawn when PAIR was left while its slot was waited for', () => {
    const p = domino();
    write(p);
    p.receive('PEER_DOWN');
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2, session: 0 });
    p.expectReply('WRITTEN', { result: DOMINO_HELD });
    expect(p.flags(0, 1)).toBe('none');
    p.expectDone();
  });

  test('is withdrawn when this side may not serve any more once its slot is there', () => {
    const p = domino();
    write(p);
    p.set('session.agreed', 0, 0);
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2, session: 0 });
    p.expectReply('WRITTEN', { result: WRITE_PROTECTED });
    expect(p.flags(0, 1)).toBe('none');
    p.expectDone();
  });

  test('is refused in PAIR without a session', () => {
    const p = domino();
    p.set('session.open', 0, 0);
    p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
    p.expectReply('WRITTEN', { result: DOMINO_HELD });
    p.expectDone();
  });

  test('is refused as any other where this side may not serve', () => {
    const p = domino();
    p.set('session.agreed', 0, 0);
    p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
    p.expectReply('WRITTEN', { result: WRITE_PROTECTED });
    p.expectDone();
  });

  test.each([
    ['SSWS', 'M1_WP|M2_INV'],
    ['SMPL', 'M1_WP'],
  ] as const)('goes to one copy in %s, where an operator wants it so', (state, flags) => {
    const p = domino(state);
    write(p);
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe(flags);
    p.expectDone();
  });

  test.each(Object.entries({ LINK_DOWN, REFUSED, MEDIUM_ERROR }))(
    'that failed with %s is owed and has left PAIR before its host hears of it',
    (_, result) => {
      for (let ops = 0; ; ops++) {
        const p = domino();
        shipped(p);
        p.answer('SHIPPED', { result }, undefined, { ops });
        if (p.sent === 0) continue;
        expect(p.get('pair.state')).toBe(PAIR_STATE.PSUE);
        expect(p.flags(0, 1)).toBe('M1_WP|M2_INV');
        p.run();
        p.expect('data', 'OFFER', { volume: 0 });
        p.expectReply('WRITTEN', { result: DOMINO_HELD });
        p.expectDone();
        return;
      }
    },
  );

  test('that arrived in a session that is over is owed to the new one, and has no status OK', () => {
    const p = domino();
    shipped(p);
    p.set('pair.epoch', 0, EPOCH + 1);
    p.answer('SHIPPED', { result: OK });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('WRITTEN', { result: DOMINO_HELD });
    expect(p.flags(0, 1)).toBe('M1_WP|M2_INV');
    p.expectDone();
  });

  test.each([
    ['arrives', OK, OK, 'M1_WP'],
    ['fails', LINK_DOWN, DOMINO_HELD, 'M1_WP|M2_INV'],
  ] as const)('that a newer one overtook goes as a whole track; that %s', (_, result, wanted, flags) => {
    const p = domino();
    shipped(p);
    p.answer('SHIPPED', { result: STALE });
    p.expect('cache', 'GET', { track: 1, intent: INTENT.TO_READ });
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('remote', 'SHIP', { track: 1, flags: SHIP_FLAG.SHIP_WHOLE });
    p.answer('SHIPPED', { result });
    p.expect('cache', 'UNPIN', { slot: 2 });
    if (result !== OK) p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('WRITTEN', { result: wanted });
    expect(p.flags(0, 1)).toBe(flags);
    p.expectDone();
  });

  test('that failed calls the offer of its own pair', () => {
    const p = domino();
    shipped(p);
    p.answer('SHIPPED', { result: LINK_DOWN });
    p.expect('data', 'OFFER', { volume: 0 });
    expect([p.get('session.offering'), p.get('session.open')]).toEqual([OFFERING.NEW_SESSION, 0]);
  });

  test.each([
    ['the other side served meanwhile', 'session.since', EPOCH + 1],
    ['the session is over', 'session.open', 0],
  ] as const)('that a newer one overtook does not go again when %s', (_, field, value) => {
    const p = domino();
    shipped(p);
    p.set(field, 0, value);
    p.answer('SHIPPED', { result: STALE });
    p.expectReply('WRITTEN', { result: DOMINO_HELD });
    expect(p.flags(0, 1)).toBe('M1_WP|M2_INV');
    expect(p.get('pair.state')).toBe(PAIR_STATE.PAIR);
    p.expectDone();
  });

  test('that a newer one overtakes as a whole track too goes once more', () => {
    const p = domino();
    overtaken(p);
    p.answer('SHIPPED', { result: STALE });
    p.expect('cache', 'UNPIN', { slot: 2 });
    wholeTrack(p);
    p.answer('SHIPPED', { result: OK });
    p.expect('cache', 'UNPIN', { slot: 2 });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP');
    p.expectDone();
  });

  test('whose whole track finds no link has left PAIR', () => {
    const p = domino();
    overtaken(p);
    p.answer('SHIPPED', { result: LINK_DOWN });
    p.expect('cache', 'UNPIN', { slot: 2 });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('WRITTEN', { result: DOMINO_HELD });
    expect([p.get('pair.state'), p.get('session.open')]).toEqual([PAIR_STATE.PSUE, 0]);
    p.expectDone();
  });

  test('whose whole track cannot be had from the cache has left PAIR', () => {
    const p = domino();
    shipped(p);
    p.answer('SHIPPED', { result: STALE });
    p.expect('cache', 'GET', { track: 1, intent: INTENT.TO_READ });
    p.answer('GOT', { result: NOT_READY });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('WRITTEN', { result: DOMINO_HELD });
    expect([p.get('pair.state'), p.get('session.open')]).toEqual([PAIR_STATE.PSUE, 0]);
    p.expectDone();
  });

  test('whose whole track arrives after the other side has served is held', () => {
    const p = domino();
    overtaken(p);
    p.set('session.since', 0, EPOCH + 1);
    p.answer('SHIPPED', { result: OK });
    p.expect('cache', 'UNPIN', { slot: 2 });
    p.expectReply('WRITTEN', { result: DOMINO_HELD });
    p.expectDone();
  });

  test('whose track changes while it goes whole has its status, and the rest is left to the offer', () => {
    const p = domino();
    overtaken(p);
    p.set('track.gen', 1, [2, EPOCH]);
    p.answer('SHIPPED', { result: OK });
    p.expect('cache', 'UNPIN', { slot: 2 });
    p.expect('data', 'OFFER', { volume: 0 });
    expect(p.get('session.offering')).toBe(OFFERING.SAME_SESSION);
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP|M2_INV');
    p.expectDone();
  });

  test.each([
    ['leaves PAIR', 'COPY', false],
    ['stays in the state in which a link that went meanwhile left it', 'PSUE', true],
  ] as const)('whose whole track cannot be read here is held, and the pair %s', (_, state, cut) => {
    const p = domino();
    shipped(p);
    p.answer('SHIPPED', { result: STALE });
    p.expect('cache', 'GET', { track: 1, intent: INTENT.TO_READ });
    if (cut) p.receive('PEER_DOWN');
    p.answer('GOT', { result: MEDIUM_ERROR });
    expect(p.get('pair.state')).toBe(PAIR_STATE[state]);
    expect(p.flags(0, 1)).toBe('M1_WP|M1_INV|M2_INV');
    p.expect('data', 'REBUILD');
    p.expectReply('WRITTEN', { result: DOMINO_HELD });
    p.expectDone();
  });

  test('is write pending until the last send of its track has ended, whichever is acknowledged first', () => {
    const p = domino();
    const writes = [0, 1].map(() => {
      const write = p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
      p.expect('cache', 'GET', { track: 1 });
      p.answer('GOT', { result: OK, slot: 2 });
      p.expect('cache', 'GIVE', { slot: 2 });
      return { write, ship: p.expect('remote', 'SHIP', { track: 1 }) };
    });
    expect(p.get('lock.unacked', 1)).toBe(2);
    for (const [n, { write, ship }] of writes.reverse().entries()) {
      p.answer('SHIPPED', { result: OK }, ship);
      p.expectReply('WRITTEN', { result: OK }, write);
      expect(p.flags(0, 1)).toBe(n === 0 ? 'M1_WP|M2_WP' : 'M1_WP');
    }
    p.expectDone();
  });
});
