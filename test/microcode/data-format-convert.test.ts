/** A side changes the format of its own tracks: which of them, what stops it, and what it tells the other side. */
import { describe, expect, test } from 'vitest';
import { CONSTANTS, FLAG, INTENT, OFFERING, POOL, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import { data, EPOCH, PEER, source } from './fixtures.js';

const { OK, MEDIUM_ERROR, STALE, LINK_DOWN } = RESULT;
const { WRITTEN, M1_FP, M1_INV, M1_WP, FBA_4096 } = FLAG;
const { LOST_CACHE = 0, LOST_DISK = 0 } = CONSTANTS;
const BLOCKS = { sectorsPerTrack: 16 };
const [SMALL, LARGE] = [1, 8];
const CHANGE = 5;
const SLOT = 1;

/** These tracks of a volume got bytes. */
function got(p: Path, volume: number, first: number, ...tracks: number[]): void {
  for (const t of tracks) p.node.tracks.setFlags(first + t, volume, WRITTEN);
}

/** A volume without a pair, all of whose tracks are to become FBA 4096; the change runs. */
function local(tracks: number, ...written: number[]): Path {
  const p = data({ ...BLOCKS, volumes: [{ tracks }] });
  got(p, 0, 0, ...written);
  format(p, LARGE);
  p.expect('data', 'CONVERT', { volume: 0 });
  p.expectReply('DONE', { result: OK });
  return p;
}

/** The source of a pair that has told the other side which format is wanted. */
function paired(tracks: number, ...written: number[]): Path {
  const p = source('COPY', { ...BLOCKS, mapped: false, volumes: [{ tracks, pair: 'source', peer: PEER }] });
  got(p, 0, 0, ...written);
  p.set('format.align', 0, LARGE - 1);
  p.set('format.change', 0, CHANGE);
  p.set('session.told', 0, 1);
  p.set('session.changing', 0, 1);
  for (let t = 0; t < tracks; t++) p.node.tracks.setFlags(t, 0, M1_FP);
  return p;
}

const format = (p: Path, block: number) => p.receive('FORMAT', { volume: 0, block });
const convert = (p: Path, volume = 0) => p.receive('CONVERT', { volume }, { class: 'destage' });

/** The bytes of a track are asked for, to be written once more. */
const asks = (p: Path, track: number): void =>
  void p.expect('cache', 'GET', { track, intent: INTENT.TO_CHANGE, pool: POOL.HOST_POOL });

function gets(p: Path, track: number, result: number = OK, slot = SLOT): void {
  if (result === OK) {
    p.set('slot.volume', slot, 1);
    p.set('slot.track', slot, track);
    p.set('slot.valid', slot, [0xffff, 0, 0, 0]);
  }
  p.answer('GOT', { result, slot });
  if (result === OK) p.expect('cache', 'GIVE', { slot });
}

/** The other side is told that these tracks are changed here. */
function tells(p: Path, from: number, to: number, result: number = OK): void {
  p.expect('remote', 'CALL', { what: QUESTION.ASK_CHANGED, volume: PEER, a: EPOCH, b: CHANGE, c: from, d: to });
  p.answer('ANSWER', { result });
}

describe('the other side is told', () => {
  test('of what is changed here thirty-two tracks at a time', () => {
    const p = paired(40);
    convert(p);
    tells(p, 0, 32);
    tells(p, 32, 40);
    p.expect('data', 'OFFER', { volume: 0 });
    expect([p.get('volume.m1_fp'), p.get('session.changing')]).toEqual([0, 0]);
    p.expectDone();
  });

  test('of the tracks behind one that cannot be read, also when it did not answer before', () => {
    const p = paired(4, 1);
    p.node.tracks.setFlags(1, 0, M1_INV);
    convert(p);
    tells(p, 0, 1, LINK_DOWN);
    tells(p, 2, 4);
    expect([p.flags(0, 1), p.get('volume.m1_fp')]).toEqual(['M1_FP|M1_INV', 1]);
    p.expectDone();
  });

  test('of what hosts changed behind the last one that was changed here', () => {
    const p = paired(40);
    convert(p);
    p.node.tracks.clearRange(0, 32, 40, M1_FP);
    tells(p, 0, 32);
    tells(p, 32, 40);
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectDone();
  });

  test('when all that it is told of is on the drive, and not before', () => {
    const p = paired(2, 0, 1);
    convert(p);
    for (const track of [0, 1]) {
      asks(p, track);
      gets(p, track, OK, track);
    }
    for (const slot of [0, 1]) {
      p.expectNothing();
      p.receive('DESTAGED', { volume: 0, track: slot, gen: 0, gen_epoch: 0, slot, result: OK });
      p.expect('cache', 'CLEAN', { slot });
    }
    tells(p, 0, 2);
  });

  test('nothing when no track is changed', () => {
    const p = paired(1, 0);
    p.node.tracks.setFlags(0, 0, M1_INV);
    convert(p);
    p.expectDone();
  });

  test('of a track before one that cannot be read, also when a host changed it meanwhile', () => {
    const p = paired(4, 1);
    p.node.tracks.clearFlags(0, 0, M1_FP);
    p.node.tracks.setFlags(1, 0, M1_INV);
    convert(p);
    tells(p, 0, 1);
    tells(p, 2, 4);
    p.expectDone();
  });

  test('nothing of a volume that has no pair, though the first one has', () => {
    const volumes = [{ tracks: 4, pair: 'source' as const, peer: PEER }, { tracks: 4 }];
    const p = source('COPY', { ...BLOCKS, mapped: false, volumes });
    for (let t = 4; t < 8; t++) p.node.tracks.setFlags(t, 1, M1_FP);
    p.set('format.align', 1, LARGE - 1);
    p.set('session.changing', 1, 1);
    convert(p, 1);
    expect(p.get('volume.m1_fp', 1)).toBe(0);
    p.expectDone();
  });
});

describe('a track', () => {
  test('that the drive cannot give is asked of the other side, stays pending, and holds up no other', () => {
    const p = paired(4, 0, 2);
    convert(p);
    asks(p, 0);
    gets(p, 0, MEDIUM_ERROR);
    p.expect('data', 'REBUILD', {});
    asks(p, 2);
    expect([p.flags(0, 0), p.flags(0, 1)]).toEqual(['M1_FP|M1_INV', 'none']);
  });

  test('behind one that cannot be read gets a slot for hosts', () => {
    const p = paired(3, 1, 2);
    p.node.tracks.setFlags(1, 0, M1_INV);
    convert(p);
    tells(p, 0, 1);
    asks(p, 2);
  });

  test('whose slot is not to be had stays as it is', () => {
    const p = local(1, 0);
    convert(p);
    asks(p, 0);
    gets(p, 0, STALE);
    expect(p.flags(0, 0)).toBe('M1_FP');
    p.expectDone();
  });

  test('of the second volume is changed when its drive has all of it', () => {
    const p = data({ ...BLOCKS, volumes: [{ tracks: 4 }, { tracks: 4 }] });
    p.node.tracks.setFlags(5, 1, WRITTEN | FBA_4096 | M1_WP | M1_FP);
    p.set('format.align', 1, LARGE - 1);
    p.set('slot.volume', SLOT, 2);
    p.set('slot.track', SLOT, 1);
    p.set('slot.dirty', SLOT, [0xffff, 0, 0, 0]);
    p.receive('DESTAGED', { volume: 1, track: 1, gen: 0, gen_epoch: 0, slot: SLOT, result: OK });
    p.expect('cache', 'CLEAN', { slot: SLOT });
    expect(p.flags(1, 1)).toBe('none');
  });
});

describe('another change that is asked for meanwhile', () => {
  /** Back to 512 bytes; it is known at once, and no second change runs. */
  const back = (p: Path): void => {
    format(p, SMALL);
    p.expectReply('DONE', { result: OK });
  };

  test('while a track is read begins again with the first one', () => {
    const p = local(4, 0, 1, 2);
    convert(p);
    asks(p, 0);
    gets(p, 0);
    asks(p, 1);
    back(p);
    p.expectNothing();
    gets(p, 1, OK, 2);
    asks(p, 0);
    p.expectNothing();
  });

  test('while the drive is waited for begins again at once', () => {
    const p = local(4, 1);
    convert(p);
    asks(p, 1);
    gets(p, 1);
    p.expectNothing();
    back(p);
    asks(p, 1);
    gets(p, 1);
    expect([p.get('session.changing'), p.get('volume.m1_fp'), p.get('volume.fba_4096')]).toEqual([1, 1, 0]);
    p.receive('DESTAGED', { volume: 0, track: 1, gen: 0, gen_epoch: 0, slot: SLOT, result: OK });
    p.expect('cache', 'CLEAN', { slot: SLOT });
    expect([p.get('session.changing'), p.get('volume.m1_fp')]).toEqual([0, 0]);
    p.expectDone();
  });

  test('while the other side is told of the last track begins again', () => {
    const p = paired(4, 2);
    p.node.tracks.clearFlags(2, 0, M1_FP);
    p.set('session.offering', 0, OFFERING.SAME_SESSION);
    convert(p);
    p.expect('remote', 'CALL', { what: QUESTION.ASK_CHANGED, c: 0, d: 4 });
    back(p);
    p.answer('ANSWER', { result: OK });
    asks(p, 2);
  });
});

describe.each([
  ['cache', LOST_CACHE],
  ['disk', LOST_DISK],
])('when the %s director dies', (_, lost) => {
  test('while a track is read, no other one is asked for', () => {
    const p = local(4, 0, 1);
    convert(p);
    asks(p, 0);
    p.set('system.lost', 0, lost);
    gets(p, 0);
    expect(p.get('session.changing')).toBe(0);
    p.expectDone();
  });

  test('while the drive is waited for, nobody waits any more', () => {
    const p = local(4, 0);
    convert(p);
    asks(p, 0);
    gets(p, 0);
    p.receive('DATA_LOSES', { lost });
    expect(p.get('session.changing')).toBe(0);
    p.expectDone();
  });
});

test('a change of many tracks that never got bytes lets others run after every thirty-two', () => {
  const p = local(100);
  p.receive('CONVERT', { volume: 0 }, { class: 'destage', ops: 0 });
  for (const left of [100, 68, 36, 4]) {
    p.receive('VOLUME_LOOK', { volume: 0 }, { ops: 0 });
    while (p.sent === 0) p.run(1);
    p.expectReply('VOLUME_SEEN');
    expect(p.get('volume.m1_fp')).toBe(left);
  }
  p.run();
  p.expectDone();
});
