/** Takeovers, granted or forced, where they hang on one thing that is kept. */
import { describe, expect, test } from 'vitest';
import { FLAG, PAIR_ROLE, PAIR_STATE, QUESTION, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { recipeOf } from '../harness/images.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH, source, target } from './fixtures.js';

const { OK, REFUSED, WRONG_STATE, LINK_DOWN, BUSY } = RESULT;
const { ASK_YIELD, ASK_DELETE } = QUESTION;
const { VOLUME_ABSENT, VOLUME_READY, VOLUME_UNKNOWN, VOLUME_WATCHED } = VOLUME_STATE;
const COMMANDS = ['SWAP', 'FAILOVER'] as const;

/** The other side grants it. */
function takesOver(p: Path, command: (typeof COMMANDS)[number] = 'FAILOVER'): void {
  p.receive(command, { volume: 0 });
  p.expect('remote', 'CALL', { what: ASK_YIELD });
  p.answer('ANSWER', { result: OK });
}

test.each(COMMANDS)('a side that lost its cache says so when it asks (%s)', (command) => {
  const p = target();
  p.set('pair.stale', 0, 1);
  p.receive(command, { volume: 0 });
  p.expect('remote', 'CALL', { what: ASK_YIELD, b: 1 });
});

test.each(COMMANDS)('a side that became the source while it asked is no other one for it (%s)', (command) => {
  const p = target();
  p.receive(command, { volume: 0 });
  p.expect('remote', 'CALL', { what: ASK_YIELD });
  p.set('pair.role', 0, PAIR_ROLE.SOURCE);
  p.set('session.agreed', 0, 1);
  p.answer('ANSWER', { result: OK });
  p.expectReply('DONE', { result: OK });
  expect([p.get('pair.epoch'), p.get('pair.state')]).toEqual([EPOCH, PAIR_STATE.PAIR]);
  p.expectDone();
});

test('a source has nobody to swap with', () => {
  const p = source();
  p.receive('SWAP', { volume: 0 });
  p.expectReply('DONE', { result: WRONG_STATE });
  p.expectDone();
});

test('a volume of a pair that is not made is in the WRONG_STATE for a takeover', () => {
  const p = source('SMPL');
  p.receive('FAILOVER', { volume: 0, force: 1 });
  p.expectReply('DONE', { result: WRONG_STATE });
  p.expectDone();
});

describe('a takeover', () => {
  test('lets hosts read a volume that waited for a word', () => {
    const p = target();
    p.set('volume.state', 0, VOLUME_UNKNOWN);
    takesOver(p);
    expect(p.get('volume.state')).toBe(VOLUME_READY);
  });

  test('has a volume watched of which a track is not right here', () => {
    const p = target();
    p.set('volume.state', 0, VOLUME_UNKNOWN);
    p.node.tracks.setFlags(2, 0, FLAG.M1_INV | FLAG.WRITTEN);
    takesOver(p);
    expect(p.get('volume.state')).toBe(VOLUME_WATCHED);
  });

  test('while power comes on makes no volume ready before its time', () => {
    const p = target();
    p.set('volume.state', 0, VOLUME_ABSENT);
    takesOver(p);
    expect(p.get('volume.state')).toBe(VOLUME_ABSENT);
  });

  test('ends what waits for the drive: the other side’s write is REFUSED', () => {
    const p = target({ recipe: recipeOf('track-mirror', ['stored']) });
    p.receive('APPLY', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt, epoch: EPOCH, gen: 7, session: 1 });
    p.expect('cache', 'GET', { track: 1 });
    p.answer('GOT', { result: OK, slot: 1 });
    p.expect('cache', 'GIVE', { slot: 1 });
    p.receive('FAILOVER', { volume: 0, force: 1 });
    p.expect('remote', 'CALL', { what: ASK_YIELD });
    p.answer('ANSWER', { result: LINK_DOWN });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('DONE', { result: OK });
    p.expectReply('APPLIED', { result: REFUSED });
    p.expectDone();
  });
});

test('a pair that the other side’s operator deletes first is gone for the one here, too', () => {
  const p = source('PSUE');
  p.receive('DELETE', { volume: 0, force: 0 });
  const asked = p.expect('remote', 'CALL', { what: ASK_DELETE });
  p.receive('ASK', { what: ASK_DELETE, volume: 0 });
  p.expect('data', 'OFFER', { volume: 0 });
  p.expectReply('ASKED', { result: OK });
  const epoch = p.get('pair.epoch');
  p.answer('ANSWER', { result: BUSY }, asked);
  p.expectReply('DONE', { result: OK, a: PAIR_STATE.SMPL });
  expect(p.get('pair.epoch')).toBe(epoch);
  p.expectDone();
});
