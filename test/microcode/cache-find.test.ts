/** FIND: what the cache says of a track. */
import { expect, test } from 'vitest';
import { INTENT, POOL, RESULT } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { cache } from './fixtures.js';

const { OK } = RESULT;
const TRACK = 1;

/** A slot of the track in which so many sectors were written; it is dirty. */
function written(p: Path, sectors: number): number {
  p.receive('GET', {
    volume: 0,
    track: TRACK,
    span: span(0, sectors),
    intent: INTENT.TO_WRITE,
    pool: POOL.HOST_POOL,
  });
  const slot = p.expectReply('GOT', { result: OK }).payload.slot as number;
  p.node.tracks.merge(slot, span(0, sectors), p.transferAt, 1, 0);
  p.receive('GIVE', { slot, session: 0 });
  p.expect('disk', 'DESTAGE');
  return slot;
}

test('a track that is not in cache is neither dirty nor whole', () => {
  const p = cache();
  p.receive('FIND', { volume: 0, track: TRACK });
  expect(p.expectReply('FOUND', { dirty: 0, whole: 0 }).payload.slot).toBeLessThan(0);
  p.expectDone();
});

test.each([
  [4, 1],
  [3, 0],
])('a track of which %i of four sectors are dirty in cache is dirty, and whole: %i', (sectors, whole) => {
  const p = cache();
  const slot = written(p, sectors);
  p.receive('FIND', { volume: 0, track: TRACK });
  p.expectReply('FOUND', { dirty: 1, slot, whole });
  p.expectDone();
});

test('a track that was read is whole, and not dirty', () => {
  const p = cache();
  p.receive('GET', { volume: 0, track: TRACK, span: span(0, 2), intent: INTENT.TO_READ, pool: POOL.HOST_POOL });
  const slot = p.expect('disk', 'STAGE', { track: TRACK }).payload.slot as number;
  p.node.slots.filled(slot, span(0, 4));
  p.answer('STAGED', { result: OK });
  p.expectReply('GOT', { result: OK, slot });
  p.receive('FIND', { volume: 0, track: TRACK });
  p.expectReply('FOUND', { dirty: 0, slot, whole: 1 });
  p.expectDone({ pinned: [slot] });
});
