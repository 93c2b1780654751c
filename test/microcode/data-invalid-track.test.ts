/** A track that bears M1 invalid, field by field: what a host's write of all of it and the other side's questions change. */
import { describe, expect, test } from 'vitest';
import { CONSTANTS, FLAG, INTENT, POOL, RESULT, SHIP_FLAG, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { data, EPOCH, PEER, source } from './fixtures.js';
import { GEN, lacks, second, TRACK } from './invalid-track.js';

const { OK, NOT_READY, MEDIUM_ERROR, REFUSED, STALE } = RESULT;
const { M1_INV, M1_WP, M1_FP, M2_WP, WRITTEN } = FLAG;
const { VOLUME_READY, VOLUME_WATCHED } = VOLUME_STATE;
const { SHIP_ZERO, SHIP_WHOLE, SHIP_BACK } = SHIP_FLAG;
const { LOST_CACHE, LOST_DISK } = CONSTANTS as Record<string, number>;
const WHOLE = span(0, 4);
const SECOND = 4 + TRACK;

describe('a host’s write of all of it', () => {
  const wants = { volume: 1, track: TRACK, span: WHOLE, intent: INTENT.TO_WRITE, pool: POOL.HOST_POOL };

  /** Up to the slot. */
  function writes(p: Path, flags = 0): Path {
    p.fill(p.transferAt, 4, 7);
    p.fill(p.slotAt(2), 4, 9);
    p.receive('WRITE', { volume: 1, track: TRACK, span: WHOLE, at: p.transferAt, flags });
    p.expect('cache', 'GET', wants);
    return p;
  }
  const shipped = (p: Path): void => {
    p.expect('remote', 'SHIP', { volume: PEER, track: TRACK, span: WHOLE, gen: GEN + 1 });
    p.answer('SHIPPED', { result: OK });
    p.expectReply('WRITTEN', { result: OK });
    p.expectDone();
  };

  /** As `second`, and both sides are agreed. */
  const agreed = (flags: number = M1_INV): Path => {
    const p = lacks(second('source'), flags);
    p.set('session.open', 1, 1);
    p.set('session.agreed', 1, 1);
    return p;
  };

  test.each([
    [0, 7],
    [SHIP_ZERO, 0],
  ])('makes it whole, and the flag goes after the bytes are there, with flags %i', (flags, byte) => {
    const p = writes(agreed(), flags);
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2, session: 0 });
    p.expect('data', 'OFFER', { volume: 1 });
    expect(p.slotBytes(2)).toEqual([byte, byte, byte, byte]);
    expect([p.get('track.gen', SECOND), p.get('slot.gen', 2), p.get('volume.state', 1)]).toEqual([
      GEN + 1,
      GEN + 1,
      VOLUME_READY,
    ]);
    expect(p.get('track.flags', SECOND)).toBe(WRITTEN | M1_WP | M2_WP);
    expect(p.flagChanges).toEqual(['6: M2_WP|M1_INV', '6: M1_WP|M2_WP|M1_INV', '6: M1_WP|M2_WP']);
    shipped(p);
  });

  test('leaves the volume watched while another track of it is not whole', () => {
    const p = writes(lacks(agreed(), M1_INV | WRITTEN, 1, 0));
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE');
    p.expect('data', 'OFFER');
    expect(p.get('volume.state', 1)).toBe(VOLUME_WATCHED);
    shipped(p);
  });

  test('makes one that is format pending be converted', () => {
    const p = writes(agreed(M1_INV | M1_FP));
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE');
    p.expect('data', 'CONVERT', { volume: 1 });
  });

  test('without a slot changes nothing', () => {
    const p = writes(agreed());
    p.answer('GOT', { result: NOT_READY });
    p.expectReply('WRITTEN', { result: NOT_READY });
    expect(p.flagChanges).toEqual([]);
    p.expectDone();
  });

  test('that the pair does not take any more gives its slot back as it was', () => {
    const p = writes(agreed());
    p.set('session.agreed', 1, 0);
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2, session: 0 });
    p.expectReply('WRITTEN', { result: RESULT.WRITE_PROTECTED });
    expect(p.flagChanges).toEqual([]);
    expect(p.slotBytes(2)).toEqual([9, 9, 9, 9]);
    p.expectDone();
  });
});

describe('a read that the drive fails', () => {
  const read = (p: Path): void => {
    p.receive('READ', { volume: 0, track: TRACK, span: span(2, 1) });
    p.expect('cache', 'GET', {});
    p.answer('GOT', { result: MEDIUM_ERROR });
  };
  const of = (p: Path): Path => {
    p.node.tracks.setFlags(TRACK, 0, WRITTEN);
    return p;
  };
  const failed = (p: Path): void => {
    read(p);
    p.expectReply('READY', { result: MEDIUM_ERROR });
    expect(p.get('track.flags', TRACK)).toBe(WRITTEN);
    expect([p.get('system.rebuilding'), p.get('volume.state')]).toEqual([0, VOLUME_READY]);
    p.expectDone();
  };

  test('is an error of the drive only while disk and cache directors live', () => {
    for (const lost of [LOST_DISK, LOST_CACHE]) {
      const p = of(source());
      p.set('system.lost', 0, lost as number);
      failed(p);
    }
  });

  test('without another side marks nothing', () => {
    failed(of(data()));
    failed(of(source('SMPL')));
  });

  test('has the track asked for at once, without anybody who could send it as well', () => {
    const p = of(source('PSUS'));
    read(p);
    p.expect('data', 'REBUILD');
    p.expectReply('READY', { result: MEDIUM_ERROR });
    expect([p.get('system.rebuilding'), p.get('volume.state')]).toEqual([1, VOLUME_WATCHED]);
    expect(p.get('track.flags', TRACK)).toBe(WRITTEN | M1_INV);
    p.expectDone();
  });
});

describe('the other side, asked for a track', () => {
  const asked = { volume: 1, track: TRACK, epoch: EPOCH, gen: GEN };
  const has = (): Path => {
    const p = second('target');
    p.set('track.gen', SECOND, [GEN, EPOCH]);
    p.node.tracks.setFlags(SECOND, 1, WRITTEN);
    return p;
  };

  test('reads it from its drive, sends it with no epoch, and lets go of the lock before', () => {
    const p = has();
    p.receive('BRING', asked);
    p.expect('cache', 'GET', { volume: 1, track: TRACK, span: WHOLE, intent: INTENT.TO_READ, pool: POOL.HOST_POOL });
    expect(p.get('lock.holder', SECOND)).not.toBe(0);
    p.answer('GOT', { result: OK, slot: 1 });
    p.expect('remote', 'SHIP', {
      volume: PEER,
      track: TRACK,
      span: WHOLE,
      at: p.slotAt(1),
      epoch: 0,
      gen: GEN,
      flags: SHIP_WHOLE | SHIP_BACK,
    });
    expect(p.get('lock.holder', SECOND)).toBe(0);
    p.expectNothing();
    p.answer('SHIPPED', { result: STALE });
    p.expect('cache', 'UNPIN', { slot: 1 });
    p.expectReply('BROUGHT', { result: STALE });
    p.expectDone();
  });

  test.each<[string, (p: Path) => void, Partial<typeof asked>]>([
    ['while the cache director is dead', (p) => p.set('system.lost', 0, LOST_CACHE as number), {}],
    ['while the disk director is dead', (p) => p.set('system.lost', 0, LOST_DISK as number), {}],
    ['of a volume that there is not', () => {}, { volume: 2 }],
    ['of a track that there is not', () => {}, { track: 4 }],
    ['of a volume without a pair', () => {}, { volume: 0 }],
    ['of no epoch', (p) => p.set('session.taking', 1, 0), { epoch: 0 }],
    ['of another epoch', () => {}, { epoch: EPOCH + 1 }],
  ])('refuses one %s', (_, given, question) => {
    const p = has();
    given(p);
    p.receive('BRING', { ...asked, ...question });
    p.expectReply('BROUGHT', { result: REFUSED });
    p.expectDone();
  });

  test('waits for the lock of the track, and looks at the epoch then', () => {
    const p = has();
    p.receive('APPLY', {
      volume: 1,
      track: TRACK,
      span: span(0, 1),
      at: 40,
      epoch: EPOCH,
      gen: GEN,
      flags: 0,
      session: 9,
    });
    p.expect('cache', 'GET', { intent: INTENT.TO_WRITE });
    p.receive('BRING', asked);
    p.expectNothing();
    p.set('session.taking', 1, EPOCH + 1);
    p.answer('GOT', { result: NOT_READY });
    p.expectReply('APPLIED', { result: NOT_READY });
    p.expectReply('BROUGHT', { result: REFUSED });
    p.expectDone();
  });

  test.each<[string, number, (p: Path) => void]>([
    ['another session begins', REFUSED, (p) => p.set('session.taking', 1, EPOCH + 1)],
    ['it is found wrong', STALE, (p) => p.node.tracks.setFlags(SECOND, 1, M1_INV)],
    ['it gets another generation', STALE, (p) => p.set('track.gen', SECOND, [GEN + 1, EPOCH])],
  ])('sends nothing if %s while it reads', (_, result, meanwhile) => {
    const p = has();
    p.receive('BRING', asked);
    p.expect('cache', 'GET');
    meanwhile(p);
    p.answer('GOT', { result: OK, slot: 1 });
    p.expect('cache', 'UNPIN', { slot: 1 });
    p.expectReply('BROUGHT', { result });
    p.expectDone();
  });

  test('that cannot read it either says so, and marks it', () => {
    const p = has();
    p.receive('BRING', asked);
    p.expect('cache', 'GET');
    p.answer('GOT', { result: MEDIUM_ERROR });
    p.expect('data', 'REBUILD');
    p.expectReply('BROUGHT', { result: MEDIUM_ERROR });
    expect(p.flags(1, TRACK)).toBe('M1_INV');
    p.expectDone();
  });

  test('whose director died while it read refuses, and marks nothing', () => {
    const p = has();
    p.receive('BRING', asked);
    p.expect('cache', 'GET');
    p.set('system.lost', 0, LOST_DISK as number);
    p.answer('GOT', { result: MEDIUM_ERROR });
    p.expectReply('BROUGHT', { result: REFUSED });
    expect(p.flags(1, TRACK)).toBe('none');
    p.expectDone();
  });

  test('that has no slot says so', () => {
    const p = has();
    p.receive('BRING', asked);
    p.expect('cache', 'GET');
    p.answer('GOT', { result: NOT_READY });
    p.expectReply('BROUGHT', { result: NOT_READY });
    expect(p.flags(1, TRACK)).toBe('none');
    p.expectDone();
  });
});
