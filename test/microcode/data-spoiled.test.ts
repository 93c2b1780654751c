/** A slot with a parity error: what the data role does with the track of it, and with whoever waits for that. */
import { describe, expect, test } from 'vitest';
import { CLEANED, FLAG, RESULT } from '../../firmware/memory/constants.js';
import { recipeOf } from '../harness/images.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH, target } from './fixtures.js';
import { second, TRACK } from './invalid-track.js';

const { OK, REFUSED, STALE, MEDIUM_ERROR } = RESULT;
const { M1_WP, M1_FP, WRITTEN } = FLAG;
const SLOT = 3;
const T = 4 + TRACK;

function spoils(p: Path, flags = 0): void {
  p.node.tracks.setFlags(T, 1, M1_WP | WRITTEN | flags);
  p.receive('SPOILED', { volume: 1, track: TRACK, spoiled: SLOT });
  p.expect('cache', 'CLEAN', { slot: SLOT, cleaned: CLEANED.BYTES_LOST });
  p.expect('data', 'REBUILD');
}

describe('a dirty slot that is spoiled', () => {
  test('has its track marked invalid before it is write pending no more, and no other one', () => {
    const p = second('source');
    spoils(p);
    expect(p.flagChanges.slice(-2)).toEqual([`${T}: M1_WP|M1_INV`, `${T}: M1_INV`]);
    expect(p.flags(0, TRACK)).toBe('none');
    p.expectDone();
  });

  test('ends the session of its target', () => {
    const p = second('target');
    spoils(p);
    expect(p.get('session.taking', 1)).toBe(0);
    p.expectDone();
  });

  test('lets a change of format go on without its track', () => {
    const p = second('source');
    spoils(p, M1_FP);
    p.expect('data', 'CONVERT', { volume: 1 });
  });

  test('has a write of the other side that waits for the drive REFUSED', () => {
    const p = target({ recipe: recipeOf('track-mirror', ['stored']) });
    p.receive('APPLY', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt, epoch: EPOCH, gen: 7, session: 1 });
    p.expect('cache', 'GET', { track: 1 });
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT });
    p.receive('SPOILED', { volume: 0, track: 1, spoiled: SLOT });
    p.expect('cache', 'CLEAN', { slot: SLOT });
    p.expect('data', 'REBUILD');
    p.expectReply('APPLIED', { result: REFUSED });
    p.expectDone();
  });
});

describe('a write of the other side whose slot is spoiled', () => {
  test.each([
    ['in the session that goes on is to be sent again', EPOCH, 0, STALE],
    ['and that ended the session is REFUSED', 0, 0, REFUSED],
    ['where the drive takes nothing either hears so', 0, 1, MEDIUM_ERROR],
  ])('%s', (_, taking, failing, result) => {
    const p = target();
    p.receive('APPLY', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt, epoch: EPOCH, gen: 7, session: 1 });
    p.expect('cache', 'GET', { track: 1 });
    p.set('session.taking', 0, taking);
    p.set('volume.failing', 0, failing);
    p.answer('GOT', { result: STALE });
    p.expectReply('APPLIED', { result });
    p.expectDone();
  });
});

test('a whole track of the other side makes one right that is format pending: it is taken, and converted', () => {
  const p = target();
  p.node.tracks.setFlags(1, 0, FLAG.M1_INV | M1_FP);
  p.receive('APPLY', {
    volume: 0,
    track: 1,
    span: span(0, 4),
    at: p.transferAt,
    epoch: EPOCH,
    gen: 7,
    flags: 2,
    session: 1,
  });
  p.expect('cache', 'GET', { track: 1 });
  p.answer('GOT', { result: OK, slot: SLOT });
  p.expect('data', 'CONVERT', { volume: 0 });
  p.expect('cache', 'GIVE', { slot: SLOT });
  p.expectReply('APPLIED', { result: OK });
  p.expectDone();
});
