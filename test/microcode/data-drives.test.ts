/** A new drive, and a drive that is tried again, field by field: what is invalid from then on, and whom it tells. */
import { describe, expect, test } from 'vitest';
import { CONSTANTS, FLAG, QUESTION, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import { data, EPOCH, PEER } from './fixtures.js';

const { OK, NOT_READY } = RESULT;
const { VOLUME_READY, VOLUME_WATCHED } = VOLUME_STATE;
const { WRITTEN } = FLAG;

/** Three volumes: of no pair, and the two sides of a pair; the middle one stands on another drive. */
function three(failing = 1): Path {
  const p = data({
    volumes: [
      { tracks: 4 },
      { tracks: 4, pair: 'source', peer: PEER, drive: 1 },
      { tracks: 4, pair: 'target', peer: PEER + 1, driveBase: 100 },
    ],
  });
  for (const v of [0, 1, 2]) {
    p.set('volume.failing', v, failing);
    for (const track of [1, 3]) p.node.tracks.setFlags(4 * v + track, v, WRITTEN);
  }
  return p;
}

const failing = (p: Path): number[] => [0, 1, 2].map((v) => p.get('volume.failing', v));
const states = (p: Path): number[] => [0, 1, 2].map((v) => p.get('volume.state', v));
const invalid = (p: Path): string[] =>
  [0, 1, 2].flatMap((v) =>
    [0, 1, 2, 3].filter((t) => p.flags(v, t) !== 'none').map((t) => `${v}/${t} ${p.flags(v, t)}`),
  );

/** A target asks its source for a session. */
function knocks(p: Path, volume = PEER + 1): void {
  p.expect('remote', 'CALL', { what: QUESTION.ASK_AGAIN, volume, a: 0, b: 0, c: 0 });
  p.answer('ANSWER', { result: OK });
}

describe('a new drive', () => {
  const found = (p: Path, volume: number, track: number, dirty: number, whole: number): void => {
    p.expect('cache', 'FIND', { volume, track });
    p.answer('FOUND', { dirty, slot: 0, whole });
  };

  test('makes invalid what it had and was written, of its volumes only, but for what is dirty in cache as a whole', () => {
    const p = three();
    p.receive('DRIVE_NEW', { drive: 0 });
    found(p, 0, 1, 1, 1);
    found(p, 0, 3, 1, 0);
    found(p, 2, 1, 0, 0);
    found(p, 2, 3, 0, 1);
    expect(p.get('system.rebuilding')).toBe(0);
    knocks(p);
    p.expect('data', 'REBUILD');
    p.expectReply('DONE', { result: OK });
    expect(invalid(p)).toEqual(['0/3 M1_INV', '2/1 M1_INV', '2/3 M1_INV']);
    expect(states(p)).toEqual([VOLUME_WATCHED, VOLUME_READY, VOLUME_WATCHED]);
    expect(failing(p)).toEqual([0, 1, 0]);
    expect(p.get('system.rebuilding')).toBe(1);
    p.expectDone();
  });

  test('of another number is another one’s', () => {
    const p = three();
    p.receive('DRIVE_NEW', { drive: 1 });
    found(p, 1, 1, 0, 0);
    found(p, 1, 3, 1, 1);
    p.expect('data', 'REBUILD');
    p.expectReply('DONE', { result: OK });
    expect(invalid(p)).toEqual(['1/1 M1_INV']);
    expect(failing(p)).toEqual([1, 0, 1]);
    p.expectDone();
  });

  test('looks at the volumes from the first one on, whatever its number', () => {
    const p = data({ volumes: [{ tracks: 4, drive: 1 }, { tracks: 4 }] });
    p.node.tracks.setFlags(0, 0, WRITTEN);
    p.receive('DRIVE_NEW', { drive: 1 });
    found(p, 0, 0, 0, 0);
    p.expect('data', 'REBUILD');
    p.expectReply('DONE', { result: OK });
    expect(p.flags(0, 0)).toBe('M1_INV');
    p.expectDone();
  });

  test('while the cache dies is not ready: nothing is known of what is dirty', () => {
    const p = three();
    p.receive('DRIVE_NEW', { drive: 0 });
    p.expect('cache', 'FIND', { volume: 0, track: 1 });
    p.receive('DATA_LOSES', { lost: CONSTANTS.LOST_CACHE as number });
    p.expectReply('DONE', { result: NOT_READY });
    expect(invalid(p)).toEqual([]);
  });
});

describe('after a while', () => {
  test('every drive that failed is tried again, and what was given up is asked for', () => {
    const p = three();
    p.receive('TRY');
    knocks(p);
    p.expect('data', 'REBUILD');
    expect(failing(p)).toEqual([0, 0, 0]);
    expect(p.get('system.rebuilding')).toBe(1);
    p.expectDone();
  });

  test('a volume whose drive did not fail asks for no session', () => {
    const p = three(0);
    p.receive('TRY');
    p.expect('data', 'REBUILD');
    p.expectDone();
  });

  test('a target that has its session asks for none', () => {
    const p = three();
    p.set('session.taking', 2, EPOCH);
    p.receive('TRY');
    p.expect('data', 'REBUILD');
    p.expectDone();
  });

  test('a rebuild that runs looks at all tracks once more', () => {
    const p = three(0);
    p.set('system.rebuilding', 0, 1);
    p.receive('TRY');
    expect(p.get('system.rebuilding')).toBe(2);
    p.expectDone();
  });

  test.each(['REMOTE', 'CACHE'] as const)('nobody is asked while the %s director is dead', (role) => {
    const p = three();
    p.set('system.lost', 0, CONSTANTS[`LOST_${role}`] as number);
    p.receive('TRY');
    p.expect('data', 'REBUILD');
    expect(failing(p)).toEqual([0, 0, 0]);
    p.expectDone();
  });
});
