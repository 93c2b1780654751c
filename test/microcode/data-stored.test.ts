/** "Stored" in the data role of the target: what the acknowledgement waits for. */
import { describe, expect, test } from 'vitest';
import { NO_SESSION, POOL, RESULT } from '../../firmware/memory/constants.js';
import { recipeOf } from '../harness/images.js';
import { type Path, type Receipt, span } from '../harness/path.js';
import { EPOCH, target } from './fixtures.js';

const { OK, ON_DRIVE, REFUSED, STALE } = RESULT;
const options = { recipe: recipeOf('track-mirror', ['stored']) };

/** A write of a track that came in and was merged. */
function merged(p: Path, track: number, gen: number): Receipt {
  const receipt = p.receive('APPLY', {
    volume: 0,
    track,
    span: span(0, 1),
    at: p.transferAt,
    epoch: EPOCH,
    gen,
    session: 1,
  });
  p.expect('cache', 'GET', { track, pool: POOL.REMOTE_POOL });
  p.answer('GOT', { result: OK, slot: track });
  p.expect('cache', 'GIVE', { slot: track, session: NO_SESSION.NO_WIRE });
  p.expectNothing();
  return receipt;
}

describe('a write that is acknowledged when stored', () => {
  test('waits until its track is clean, without the lock, and another track does not end that', () => {
    const p = target(options);
    const first = merged(p, 1, 7);
    const second = merged(p, 2, 7);
    expect(p.get('lock.holder', 1)).toBe(0);
    p.receive('CLEANED', { volume: 0, track: 2 });
    p.expectReply('APPLIED', { result: ON_DRIVE }, second);
    p.expectNothing();
    p.receive('CLEANED', { volume: 0, track: 1 });
    p.expectReply('APPLIED', { result: ON_DRIVE }, first);
    p.expectDone();
  });

  test('is acknowledged together with a newer one of its track', () => {
    const p = target(options);
    const writes = [merged(p, 1, 7), merged(p, 1, 8)];
    p.receive('CLEANED', { volume: 0, track: 1 });
    for (const write of writes) p.expectReply('APPLIED', { result: ON_DRIVE }, write);
    p.expectDone();
  });

  test('is refused when its session ends before', () => {
    const p = target(options);
    merged(p, 1, 7);
    p.receive('PEER_DOWN');
    p.expectReply('APPLIED', { result: REFUSED });
    p.expectDone();
  });

  test('is refused at once when it is older than what is there', () => {
    const p = target(options);
    p.set('track.gen', 1, [9, EPOCH]);
    p.receive('APPLY', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt, epoch: EPOCH, gen: 8, session: 1 });
    p.expectReply('APPLIED', { result: STALE });
    p.expectDone();
  });
});
