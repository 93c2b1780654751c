/** How an offer ends: for another side that serves, for a pair that is none, for a change of format, with a rebuild. */
import { expect, test } from 'vitest';
import { CONSTANTS, FLAG, OFFERING, PAIR_ROLE, PAIR_STATE, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import { EPOCH, source } from './fixtures.js';

const { OK, LINK_DOWN, SIMPLEX, TAKEN_OVER } = RESULT;
const { COPY, PSUE } = PAIR_STATE;
const { LOST_CACHE = 0, LOST_REMOTE = 0 } = CONSTANTS;
const { NEW_SESSION, SAME_SESSION } = OFFERING;

function begins(p: Path, offering: number): void {
  p.set('session.offering', 0, offering);
  p.receive('OFFER', { volume: 0 });
}

/** A new session is asked for, though the one before is still open. */
function asks(): Path {
  const p = source('COPY');
  p.node.tracks.setFlags(1, 0, FLAG.M2_INV);
  begins(p, NEW_SESSION);
  p.expect('remote', 'CALL', { what: QUESTION.ASK_OPEN, a: EPOCH + 1 });
  return p;
}

test.each([
  ['newer', EPOCH + 6, EPOCH + 6],
  ['older', EPOCH - 1, EPOCH],
])('a side that took over in a %s epoch has this one as its target, which knows the newer of both', (_, a, epoch) => {
  const p = asks();
  p.answer('ANSWER', { result: TAKEN_OVER, a });
  expect([p.get('pair.epoch'), p.get('pair.role'), p.get('pair.state')]).toEqual([epoch, PAIR_ROLE.TARGET, PSUE]);
  expect([p.get('session.agreed'), p.get('session.open'), p.get('session.offering')]).toEqual([0, 0, 0]);
  p.expectDone();
});

test('a pair that is deleted over there has no session any more', () => {
  const p = asks();
  p.answer('ANSWER', { result: SIMPLEX });
  expect([p.get('session.open'), p.get('pair.state')]).toEqual([0, PSUE]);
  p.expectDone();
});

test('a link that goes under a track skips none of the tracks', () => {
  const p = source('COPY');
  for (const track of [1, 2]) p.node.tracks.setFlags(track, 0, FLAG.M2_INV);
  begins(p, SAME_SESSION);
  p.expect('cache', 'GET', { track: 1 });
  p.answer('GOT', { result: OK, slot: 1 });
  p.expect('remote', 'SHIP', { track: 1 });
  p.answer('SHIPPED', { result: LINK_DOWN });
  p.expect('cache', 'UNPIN', { slot: 1 });
  expect([p.get('session.skipped'), p.get('pair.state')]).toEqual([0, PSUE]);
  p.expectDone();
});

test.each([
  ['the other side has yet to be told of it', 'M2_FP', true],
  ['only this side has yet to make it', 'M1_FP', false],
] as const)('a change of format that begins with the last word: an offer goes on if %s', (_, flag, goes) => {
  const p = source('COPY');
  begins(p, SAME_SESSION);
  p.expect('remote', 'CALL', { what: QUESTION.ASK_STATE });
  p.node.tracks.setFlags(3, 0, FLAG[flag]);
  p.answer('ANSWER', { result: OK });
  if (goes) p.expect('data', 'OFFER', { volume: 0 });
  expect([p.get('session.offering'), p.get('pair.state')]).toEqual([goes ? SAME_SESSION : 0, COPY]);
  p.expectDone();
});

test('what is not right here is asked for at the end', () => {
  const p = source('COPY');
  p.node.tracks.setFlags(3, 0, FLAG.M1_INV);
  begins(p, SAME_SESSION);
  p.expect('remote', 'CALL', { what: QUESTION.ASK_STATE });
  p.answer('ANSWER', { result: LINK_DOWN });
  p.expect('data', 'REBUILD');
  p.expectDone();
});

test.each([
  ['there is no pair', 'pair.state', PAIR_STATE.SMPL],
  ['it is suspended, and who serves is agreed on', 'pair.state', PAIR_STATE.PSUS],
  ['this side is the target', 'pair.role', PAIR_ROLE.TARGET],
  ['this side lost its cache', 'pair.stale', 1],
  ['there is no remote director', 'system.lost', LOST_REMOTE],
  ['there is no cache director', 'system.lost', LOST_CACHE],
] as const)('nothing is asked where %s', (_, field, value) => {
  const p = source('PSUE');
  p.set(field, 0, value);
  begins(p, NEW_SESSION);
  expect([p.get('session.offering'), p.get('session.open'), p.get('pair.epoch')]).toEqual([0, 0, EPOCH]);
  p.expectDone();
});
