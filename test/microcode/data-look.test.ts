import { describe, expect, test } from 'vitest';
import { DEVICE, FLAG, PAIR_ROLE, PAIR_STATE, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { type Path, path } from '../harness/path.js';
import { data, EPOCH, PEER, source, target } from './fixtures.js';

const { OK, NOT_READY, OUT_OF_RANGE } = RESULT;

const booted = (p: Path): Path => {
  p.set('system.ready', 0, 1);
  return p;
};

describe('a look at a pair', () => {
  test('says state, role, whether this side serves, epoch, the other volume and when the other side was last heard', () => {
    const p = booted(source('PSUE'));
    p.set('pair.heard', 0, [5, 6]);
    p.receive('PAIR_LOOK', { volume: 0 });
    p.expectReply('PAIR_SEEN', {
      result: OK,
      state: PAIR_STATE.PSUE,
      role: PAIR_ROLE.SOURCE,
      agreed: 1,
      epoch: EPOCH,
      peer: PEER,
      heard_low: 5,
      heard_high: 6,
    });
    p.expectDone();
  });

  test('of a volume without one says SMPL, no role, and that hosts are served', () => {
    const p = booted(data());
    p.receive('PAIR_LOOK', { volume: 0 });
    p.expectReply('PAIR_SEEN', { result: OK, state: PAIR_STATE.SMPL, role: PAIR_ROLE.NO_ROLE, agreed: 1, epoch: 0 });
    p.expectDone();
  });
});

describe('a look at the tracks', () => {
  test('counts those that bear each flag', () => {
    const p = booted(data());
    const flags = ['M1_WP', 'M2_WP', 'M1_FP', 'M2_FP', 'M1_INV', 'M2_INV'] as const;
    // So many tracks as the flag's place, but four at most.
    for (const [i, name] of flags.entries())
      for (let track = 0; track < Math.min(i, 4); track++) p.node.tracks.setFlags(track, 0, FLAG[name]);
    p.receive('TRACK_LOOK', { volume: 0 });
    p.expectReply('TRACKS_SEEN', { result: OK, m1_wp: 0, m2_wp: 1, m1_fp: 2, m2_fp: 3, m1_inv: 4, m2_inv: 4 });
    p.expectDone();
  });
});

describe('a look at a volume', () => {
  const { DEVICE_KNOWN, DEVICE_READY, DEVICE_DISABLED } = DEVICE;
  const served = DEVICE_KNOWN | DEVICE_READY;
  const copy = served | DEVICE_DISABLED;

  test.each([
    ['a local volume', () => data(), served, 0],
    ['a source in session', () => source(), served, copy],
    ['a source without a session', () => source('PSUE'), served, 0],
    ['a target in session', () => target(), copy, served],
  ] as const)('%s: ready and write-disabled, here and over there', (_, make, own, other) => {
    const p = booted(make());
    p.receive('VOLUME_LOOK', { volume: 0 });
    p.expectReply('VOLUME_SEEN', { result: OK, own, other, align: 0, time: 0 });
    p.expectDone();
  });

  test('that is not served says so, and its format and its last operation are told', () => {
    const p = booted(target());
    p.set('volume.state', 0, VOLUME_STATE.VOLUME_UNKNOWN);
    p.set('format.align', 0, 7);
    p.node.tracks.setFlags(2, 0, FLAG.WRITTEN);
    p.node.tracks.setFlags(3, 0, FLAG.WRITTEN);
    p.set('volume.time', 0, 1_764_000_000);
    p.receive('VOLUME_LOOK', { volume: 0 });
    p.expectReply('VOLUME_SEEN', { own: DEVICE_KNOWN | DEVICE_DISABLED, align: 7, time: 1_764_000_000, mapped: 2 });
    p.expectDone();
  });
});

describe('any look', () => {
  const looks = [
    ['PAIR_LOOK', 'PAIR_SEEN'],
    ['TRACK_LOOK', 'TRACKS_SEEN'],
    ['VOLUME_LOOK', 'VOLUME_SEEN'],
  ] as const;

  test.each(looks)('%s before the array has its state back is NOT_READY', (look, seen) => {
    const p = path('data');
    p.receive(look, { volume: 0 });
    p.expectReply(seen, { result: NOT_READY });
    p.expectDone();
  });

  test('before the array has its state back says nothing of it', () => {
    const p = source('PAIR');
    p.node.tracks.setFlags(1, 0, FLAG.M1_WP);
    for (const [look, seen] of looks) {
      p.receive(look, { volume: 0 });
      const { result, ...rest } = p.expectReply(seen).payload;
      expect([result, ...Object.values(rest).filter((value) => value !== 0)]).toEqual([NOT_READY]);
    }
  });

  test('at the second volume says what that one has', () => {
    const p = booted(data({ volumes: [{ tracks: 4 }, { tracks: 4 }] }));
    p.node.tracks.setFlags(5, 1, FLAG.M1_WP);
    p.receive('TRACK_LOOK', { volume: 1 });
    p.expectReply('TRACKS_SEEN', { result: OK, m1_wp: 1 });
    p.expectDone();
  });

  test('at a pair whose other side has not agreed says so', () => {
    const p = booted(source('PSUE'));
    p.set('session.agreed', 0, 0);
    p.receive('PAIR_LOOK', { volume: 0 });
    p.expectReply('PAIR_SEEN', { result: OK, agreed: 0 });
    p.expectDone();
  });

  test.each(looks)('%s at a volume that is not there is OUT_OF_RANGE', (look, seen) => {
    for (const volume of [1, -1]) {
      const p = booted(data());
      p.receive(look, { volume });
      p.expectReply(seen, { result: OUT_OF_RANGE });
      p.expectDone();
    }
  });

  test('is answered while hosts have every task of theirs', () => {
    const p = booted(data({ tasks: [1, 1, 1, 1] }));
    p.receive('READ', { volume: 0, track: 0, span: 1 << 16 });
    p.expect('cache', 'GET');
    p.receive('TRACK_LOOK', { volume: 0 });
    p.expectReply('TRACKS_SEEN', { result: OK });
    expect(p.sent).toBe(0);
    p.answer('GOT', { result: OK, slot: 0 });
    p.expectReply('READY');
    p.expectDone();
  });
});
