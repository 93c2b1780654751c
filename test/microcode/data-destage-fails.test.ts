/** A drive that does not take what is destaged: what becomes of the track, its slot, and who waits for it. */
import { describe, expect, test } from 'vitest';
import { CLEANED, FLAG, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { recipeOf } from '../harness/images.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH, target } from './fixtures.js';
import { GEN, second, TRACK } from './invalid-track.js';

const { OK, MEDIUM_ERROR } = RESULT;
const { M1_WP, M1_FP, M2_WP, M2_INV, WRITTEN } = FLAG;
const SLOT = 3;
/** Number of the track in the array. */
const T = 4 + TRACK;

/** The track is write pending here, and its slot on its way to the drive. */
function going(p: Path, flags = 0): Path {
  p.set('track.gen', T, [GEN, EPOCH]);
  p.node.tracks.setFlags(T, 1, M1_WP | WRITTEN | flags);
  p.set('slot.volume', SLOT, 2);
  return p;
}

function fails(p: Path, volume = 1): void {
  p.receive('DESTAGED', { volume, track: TRACK, gen: GEN, gen_epoch: EPOCH, slot: SLOT, result: MEDIUM_ERROR });
}

/** The slot stays dirty, the track as it is, until the drive is tried again. */
function held(p: Path, flags: string): void {
  p.expect('cache', 'CLEAN', { slot: SLOT, cleaned: CLEANED.HELD });
  expect([p.flags(1, TRACK), p.get('volume.failing', 1)]).toEqual([flags, 1]);
  p.expectDone();
}

function givenUp(p: Path): void {
  p.expect('data', 'REBUILD');
  p.expect('cache', 'CLEAN', { slot: SLOT, cleaned: CLEANED.GIVEN_UP });
  expect(p.flags(1, TRACK)).toBe('M1_INV');
}

describe('a source whose drive fails', () => {
  test('gives up what the other side has, and looks at the track before it reads or writes it', () => {
    const p = going(second('source'));
    fails(p);
    givenUp(p);
    expect(p.get('volume.state', 1)).toBe(VOLUME_STATE.VOLUME_WATCHED);
    p.expectDone();
  });

  test('marks the track invalid before it is write pending no more: power may go in between', () => {
    const p = going(second('source'));
    fails(p);
    expect(p.flagChanges.slice(-2)).toEqual([`${T}: M1_WP|M1_INV`, `${T}: M1_INV`]);
  });

  test('holds the slot where it has no session', () => {
    const p = going(second('source', 'PSUE'));
    p.set('session.open', 1, 0);
    fails(p);
    held(p, 'M1_WP');
  });

  test.each([
    ['is on its way to the other side', M2_WP, 'M1_WP|M2_WP'],
    ['is owed to the other side', M2_INV, 'M1_WP|M2_INV'],
  ] as const)('holds the slot of a track that %s', (_, flag, flags) => {
    const p = going(second('source'), flag);
    fails(p);
    held(p, flags);
  });

  test.each<[string, (p: Path) => void]>([
    ['was written meanwhile', (p) => p.set('track.gen', T, [GEN + 1, EPOCH])],
    ['moved to a new slot', (p) => p.set('slot.volume', SLOT, 0)],
  ])('keeps a track that %s: what it is now is destaged in its turn', (_, meanwhile) => {
    const p = going(second('source'));
    meanwhile(p);
    fails(p);
    p.expect('cache', 'CLEAN', { slot: SLOT, cleaned: CLEANED.OUTDATED });
    expect(p.flags(1, TRACK)).toBe('M1_WP');
    p.expectDone();
  });

  test('lets a change of format go on without the track', () => {
    const p = going(second('source'), M1_FP);
    fails(p);
    p.expect('data', 'REBUILD');
    p.expect('data', 'CONVERT', { volume: 1 });
    p.expect('cache', 'CLEAN', { cleaned: CLEANED.GIVEN_UP });
  });
});

test('a volume of no pair holds the slot: nobody else has the track', () => {
  const p = second('source');
  p.node.tracks.setFlags(TRACK, 0, M1_WP | WRITTEN);
  p.set('track.gen', TRACK, [GEN, EPOCH]);
  p.set('slot.volume', SLOT, 1);
  fails(p, 0);
  p.expect('cache', 'CLEAN', { slot: SLOT, cleaned: CLEANED.HELD });
  expect(p.flags(0, TRACK)).toBe('M1_WP');
  p.expectDone();
});

test('a target whose drive fails ends its session, and a write that waits for the drive hears MEDIUM_ERROR', () => {
  const p = target({ recipe: recipeOf('track-mirror', ['stored']) });
  p.receive('APPLY', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt, epoch: EPOCH, gen: GEN, session: 1 });
  p.expect('cache', 'GET', { track: 1 });
  p.answer('GOT', { result: OK, slot: SLOT });
  p.expect('cache', 'GIVE', { slot: SLOT });
  p.set('slot.volume', SLOT, 1);
  p.receive('DESTAGED', { volume: 0, track: 1, gen: GEN, gen_epoch: EPOCH, slot: SLOT, result: MEDIUM_ERROR });
  p.expect('data', 'REBUILD');
  p.expect('cache', 'CLEAN', { slot: SLOT, cleaned: CLEANED.GIVEN_UP });
  p.expectReply('APPLIED', { result: MEDIUM_ERROR });
  expect([p.get('session.taking'), p.flags(0, 1)]).toEqual([0, 'M1_INV']);
  p.expectDone();
});
