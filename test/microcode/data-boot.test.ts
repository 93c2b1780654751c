import { describe, expect, test } from 'vitest';
import { FLAG, PAIR_ROLE, PAIR_STATE, QUESTION, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import { type Path, path, span } from '../harness/path.js';
import { EPOCH, PEER, source, target } from './fixtures.js';

const { OK, REFUSED, UNKNOWN, LINK_DOWN } = RESULT;
const { M1_WP, M2_WP, M2_INV } = FLAG;

function boot(p: Path): void {
  p.receive('BOOT');
  p.expect('cache', 'ADOPT');
  p.answer('ADOPTED');
}

function booted(p: Path): void {
  p.expect('remote', 'ENABLE');
  p.expectReply('DONE', { result: OK });
  p.expectDone();
}

describe('power on', () => {
  test('of an array with nothing owed makes its volumes ready, then lets the link be greeted', () => {
    const p = path('data', { volumes: [{ tracks: 4 }, { tracks: 20 }] });
    boot(p);
    booted(p);
    expect([p.get('volume.state', 0), p.get('volume.state', 1)]).toEqual([1, 1]);
    expect(p.get('system.ready')).toBe(1);
  });

  test('counts again what the battery kept, before anything changes a flag', () => {
    const p = path('data', { volumes: [{ tracks: 4 }, { tracks: 20, pair: 'source' }] });
    p.set('track.flags', 3, M2_INV);
    p.set('track.flags', 4 + 19, M2_INV);
    p.receive('BOOT');
    expect(p.get('volume.m2_inv', 0)).toBe(1);
    expect(p.get('volume.m2_inv', 1)).toBe(1);
    expect(p.get('system.m2_inv')).toBe(2);
    p.expect('cache', 'ADOPT');
    p.answer('ADOPTED');
    booted(p);
  });

  test('no volume is ready before the cache has its slots back', () => {
    const p = path('data');
    p.receive('BOOT');
    p.expect('cache', 'ADOPT');
    expect(p.get('volume.state')).toBe(VOLUME_STATE.VOLUME_ABSENT);
    p.answer('ADOPTED');
    booted(p);
  });

  test('clears M1 of a track without a dirty slot: the drive has the truth', () => {
    const p = path('data');
    p.set('track.flags', 2, M1_WP);
    boot(p);
    p.expect('cache', 'FIND', { volume: 0, track: 2 });
    p.answer('FOUND', { dirty: 0, slot: -1 });
    booted(p);
    expect(p.flags(0, 2)).toBe('none');
    expect(p.get('volume.m1_wp')).toBe(0);
  });

  test('gives a dirty slot the generation of its track, so that its destage counts', () => {
    const p = path('data');
    p.set('track.flags', 2, M1_WP);
    p.set('track.gen', 2, [8, EPOCH]);
    p.set('slot.gen', 1, [7, EPOCH]);
    p.set('slot.dirty', 1, [0b10, 0, 0, 0]);
    p.fill(p.slotAt(1), 4, 0x11);
    boot(p);
    p.expect('cache', 'FIND', { volume: 0, track: 2 });
    p.answer('FOUND', { dirty: 1, slot: 1 });
    booted(p);
    expect(p.words('slot.gen', 1)).toEqual([8, EPOCH]);
    expect(p.words('slot.dirty', 1)).toEqual([0b10, 0, 0, 0]);
    expect(p.slotBytes(1)).toEqual([0x11, 0x11, 0x11, 0x11]);
    expect(p.flags(0, 2)).toBe('M1_WP');
  });

  test('turns what was on its way to the other side into owed, and never forgets it in between', () => {
    const p = path('data', { volumes: [{ tracks: 4, pair: 'source' }] });
    p.set('track.flags', 0, M2_WP);
    p.set('track.flags', 3, M2_WP | M2_INV);
    boot(p);
    booted(p);
    expect(p.flagChanges).toEqual(['0: M2_WP|M2_INV', '0: M2_INV', '3: M2_WP|M2_INV', '3: M2_INV']);
    expect([p.get('volume.m2_wp'), p.get('volume.m2_inv')]).toEqual([0, 2]);
  });

  test('keeps the pair, and neither session nor agreement', () => {
    const p = path('data', { volumes: [{ tracks: 4, pair: 'source' }] });
    p.set('pair.state', 0, PAIR_STATE.PAIR);
    boot(p);
    booted(p);
    expect(p.get('pair.state')).toBe(PAIR_STATE.PAIR);
    expect([p.get('session.open'), p.get('session.agreed')]).toEqual([0, 0]);
  });

  test('serves a volume whose pair is not made yet as a local one', () => {
    const p = path('data', { volumes: [{ tracks: 4, pair: 'source' }] });
    p.set('pair.state', 0, PAIR_STATE.SMPL);
    boot(p);
    booted(p);
    p.receive('WRITE', { volume: 0, track: 0, span: span(0, 1), at: p.transferAt });
    p.expect('cache', 'GET');
  });
});

describe('a takeover', () => {
  test('that the other side grants makes this side the source, in a new epoch, and offers', () => {
    const p = target();
    p.receive('FAILOVER', { volume: 0, force: 0 });
    p.expect('remote', 'CALL', { what: 2, volume: 7, a: EPOCH });
    p.answer('ANSWER', { result: OK });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('DONE', { result: OK });
    expect(p.get('pair.role')).toBe(PAIR_ROLE.SOURCE);
    expect(p.get('pair.state')).toBe(PAIR_STATE.SSWS);
    expect(p.get('pair.epoch')).toBe(EPOCH + 1);
    expect([p.get('session.agreed'), p.get('session.taking'), p.get('pair.union')]).toEqual([1, 0, 1]);
    p.expectDone();
  });

  test('that the other side refuses changes nothing', () => {
    const p = target();
    p.receive('FAILOVER', { volume: 0, force: 0 });
    p.expect('remote', 'CALL', { what: 2 });
    p.answer('ANSWER', { result: REFUSED });
    p.expectReply('DONE', { result: REFUSED });
    expect(p.get('pair.role')).toBe(PAIR_ROLE.TARGET);
    p.expectDone();
  });

  test('over a dead link is UNKNOWN, with the time when the other side was last heard; forced, it happens', () => {
    const p = target();
    p.set('pair.heard', 0, [1234, 5]);
    p.receive('FAILOVER', { volume: 0, force: 0 });
    p.expect('remote', 'CALL', { what: 2 });
    p.answer('ANSWER', { result: LINK_DOWN });
    p.expectReply('DONE', { result: UNKNOWN, a: 1234 });
    expect(p.get('pair.role')).toBe(PAIR_ROLE.TARGET);
    p.receive('FAILOVER', { volume: 0, force: 1 });
    p.expect('remote', 'CALL', { what: 2 });
    p.answer('ANSWER', { result: LINK_DOWN });
    p.expect('data', 'OFFER');
    p.expectReply('DONE', { result: OK });
    expect(p.get('pair.role')).toBe(PAIR_ROLE.SOURCE);
    p.expectDone();
  });

  test('tells the operator both words of the time when the other side was last heard', () => {
    const p = target();
    p.set('pair.heard', 0, [1234, 5]);
    p.receive('FAILOVER', { volume: 0, force: 0 });
    p.expect('remote', 'CALL', { what: 2 });
    p.answer('ANSWER', { result: REFUSED });
    p.expectReply('DONE', { result: REFUSED, a: 1234, b: 5 });
    p.expectDone();
  });

  test('of a local volume is REFUSED', () => {
    const p = path('data');
    p.receive('FAILOVER', { volume: 0, force: 1 });
    p.expectReply('DONE', { result: REFUSED });
    p.expectDone();
  });

  test('by the side that serves hosts is OK at once; one that came back must be forced', () => {
    const p = source();
    p.receive('FAILOVER', { volume: 0, force: 0 });
    p.expectReply('DONE', { result: OK });
    p.set('session.agreed', 0, 0);
    p.receive('FAILOVER', { volume: 0, force: 0 });
    p.expectReply('DONE', { result: UNKNOWN });
    p.receive('FAILOVER', { volume: 0, force: 1 });
    p.expectReply('DONE', { result: OK });
    expect(p.get('session.agreed')).toBe(1);
    expect(p.get('pair.state')).toBe(PAIR_STATE.PSUE);
    p.expectDone();
  });
});

describe('the making of a pair', () => {
  test('owes the other side every track, and offers', () => {
    const p = source('SMPL');
    p.set('pair.role', 0, PAIR_ROLE.NO_ROLE);
    p.set('session.agreed', 0, 0);
    p.receive('CREATE', { volume: 0 });
    p.expect('remote', 'CALL', { what: QUESTION.ASK_CREATE, volume: PEER, c: IDENTITY });
    p.answer('ANSWER', { result: OK });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('DONE', { result: OK });
    expect(p.get('volume.m2_inv')).toBe(4);
    expect([p.get('pair.role'), p.get('session.agreed')]).toEqual([PAIR_ROLE.SOURCE, 1]);
    expect(p.get('pair.state')).toBe(PAIR_STATE.COPY);
    p.expectDone();
  });

  test('that is made already, or of a local volume, is refused', () => {
    for (const [p, result] of [[source('PAIR'), RESULT.WRONG_STATE] as const, [path('data'), REFUSED] as const]) {
      p.receive('CREATE', { volume: 0 });
      p.expectReply('DONE', { result });
      p.expectDone();
    }
  });
});
