/** What this side answers the other one, where the answer hangs on one thing that is told or kept. */
import { describe, expect, test } from 'vitest';
import { FLAG, OFFERING, PAIR_ROLE, PAIR_STATE, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import { recipeOf } from '../harness/images.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH, PEER, source, THEIRS, target } from './fixtures.js';
import { second } from './invalid-track.js';
import { moments } from './moments.js';
import { withList } from './with-list.js';

const { OK, REFUSED, OLD_EPOCH, WRONG_STATE, STALE } = RESULT;
const { ASK_OPEN, ASK_STATE, ASK_LIST, ASK_CREATE, ASK_DELETE, ASK_AGAIN } = QUESTION;
const { COPY, PAIR, PSUS } = PAIR_STATE;
const STRANGER = 555;

function ask(p: Path, fields: Readonly<Record<string, number>>, answer: Readonly<Record<string, number>>): void {
  p.receive('ASK', { volume: 0, ...fields });
  p.expectReply('ASKED', answer);
  p.expectDone();
}

const opens = { what: ASK_OPEN, a: EPOCH + 1, b: COPY, c: THEIRS };

describe('the question for a session', () => {
  test.each(['PAIR', 'COPY', 'PSUE', 'SSWS'] as const)('of a side in %s leaves this one in COPY', (state) => {
    const p = target();
    ask(p, { ...opens, b: PAIR_STATE[state] }, { result: OK });
    expect(p.get('pair.state')).toBe(COPY);
  });

  test('of a side that suspended the pair leaves it suspended here, too', () => {
    const p = target();
    ask(p, { ...opens, b: PSUS }, { result: OK });
    expect(p.get('pair.state')).toBe(PSUS);
  });

  test('of a side whose memory is known is granted, whichever source was last taken from', () => {
    const p = target();
    p.set('pair.fed', 0, STRANGER);
    ask(p, opens, { result: OK, a: EPOCH + 1 });
    expect(p.get('pair.fed')).toBe(THEIRS);
  });

  test('in an epoch that is over hears the one that is held', () => {
    ask(target(), { ...opens, a: EPOCH - 1 }, { result: OLD_EPOCH, a: EPOCH });
  });

  test('ends what waits for the drive in the session before', () => {
    const p = target({ recipe: recipeOf('track-mirror', ['stored']) });
    p.receive('APPLY', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt, epoch: EPOCH, gen: 7, session: 1 });
    p.expect('cache', 'GET', { track: 1 });
    p.answer('GOT', { result: OK, slot: 1 });
    p.expect('cache', 'GIVE', { slot: 1 });
    p.receive('ASK', { volume: 0, ...opens });
    p.expectReply('ASKED', { result: OK });
    p.expectReply('APPLIED', { result: REFUSED });
    p.expectDone();
  });

  test('has this side know the memory over there before it knows the epoch: power may go in between', () => {
    const p = target();
    p.set('pair.known', 0, 0);
    p.receive('ASK', { volume: 0, ...opens }, { ops: 0 });
    const known = moments(p, () => `${p.get('pair.epoch')} ${p.get('pair.known')}`);
    expect(known).toContain(`${EPOCH} ${THEIRS}`);
    expect(known).not.toContain(`${EPOCH + 1} 0`);
  });

  test('has the list on the drive say so, and hears its epoch all the same', () => {
    const p = withList('target');
    p.receive('ASK', { volume: 0, ...opens });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('ASKED', { result: OK, a: EPOCH + 1 });
    p.expectDone();
  });
});

describe('the question to take on a state', () => {
  test('other than PAIR looks at no format', () => {
    const p = target();
    p.set('format.change', 0, 4);
    ask(p, { what: ASK_STATE, a: EPOCH, b: PSUS, c: 9, d: 7 }, { result: OK });
    expect(p.get('pair.state')).toBe(PSUS);
  });

  test('of PAIR has the list on the drive say so', () => {
    const p = withList('target');
    p.set('pair.state', 0, COPY);
    p.receive('ASK', { volume: 0, what: ASK_STATE, a: EPOCH, b: PAIR });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('ASKED', { result: OK });
  });
});

test('the question for the list does nothing but tell it, whatever else it carries', () => {
  const p = target();
  p.node.tracks.setFlags(2, 0, FLAG.M2_INV);
  ask(p, { what: ASK_LIST, a: 0, b: 1, c: STRANGER }, { result: OK, a: 2 });
  expect([p.get('pair.fed'), p.get('session.taking')]).toEqual([THEIRS, EPOCH]);
});

describe('the question to be a target', () => {
  test('of a side that serves hosts in PAIR is in the WRONG_STATE, though it was once the target of that one', () => {
    const p = source('PAIR');
    p.set('pair.fed', 0, THEIRS);
    ask(p, { what: ASK_CREATE, c: THEIRS, b: 1 }, { result: WRONG_STATE });
    expect([p.get('pair.role'), p.get('session.open')]).toEqual([PAIR_ROLE.SOURCE, 1]);
  });

  test('is granted in COPY to the source that it has, once more', () => {
    const p = target();
    p.set('pair.state', 0, COPY);
    ask(p, { what: ASK_CREATE, c: THEIRS, b: 1 }, { result: OK });
  });

  test('has this side forget the change of format that was asked for here', () => {
    const p = source('SMPL');
    p.set('format.change', 0, 6);
    ask(p, { what: ASK_CREATE, c: THEIRS, b: 1 }, { result: OK });
    expect(p.get('format.change')).toBe(0);
  });
});

describe('the question for a track that the other side lacks', () => {
  test('owes it that track, of that volume', () => {
    const p = second('source', 'COPY');
    p.receive('ASK', { what: ASK_AGAIN, volume: 1, a: EPOCH, b: EPOCH });
    p.expect('data', 'OFFER', { volume: 1 });
    p.expectReply('ASKED', { result: OK });
    expect([p.flags(1, EPOCH), p.flags(0, EPOCH)]).toEqual(['M2_INV', 'none']);
  });

  test('without a session has one asked for, for that volume', () => {
    const p = second('source', 'PSUE');
    p.set('session.open', 1, 0);
    p.receive('ASK', { what: ASK_AGAIN, volume: 1, a: 0, b: 2 });
    p.expect('data', 'OFFER', { volume: 1 });
    p.expectReply('ASKED', { result: STALE });
    expect(p.get('session.offering', 1)).toBe(OFFERING.NEW_SESSION);
    p.expectDone();
  });
});

test('a question that nobody knows is REFUSED, and changes nothing', () => {
  const p = target();
  ask(p, { ...opens, what: 20 }, { result: REFUSED });
  expect([p.get('pair.epoch'), p.get('session.taking')]).toEqual([EPOCH, EPOCH]);
});

describe('a pair that is deleted', () => {
  test('is none before it lacks its role: power may go in between', () => {
    const p = source('PAIR');
    p.receive('ASK', { volume: 0, what: ASK_DELETE }, { ops: 0 });
    const seen = moments(p, () => `${p.get('pair.state')} ${p.get('pair.role')}`);
    expect(seen).toContain(`${PAIR_STATE.SMPL} ${PAIR_ROLE.SOURCE}`);
    expect(seen).not.toContain(`${PAIR} ${PAIR_ROLE.NO_ROLE}`);
  });

  test('leaves nothing of a cache that was lost: the volume may be one of a pair again', () => {
    const p = source('PSUE');
    p.set('pair.stale', 0, 1);
    p.receive('ASK', { volume: 0, what: ASK_DELETE });
    expect(p.get('pair.stale')).toBe(0);
  });
});

test('an offer has this side know the memory over there before it knows the epoch: power may go in between', () => {
  const p = source('PSUE');
  p.set('pair.known', 0, 0);
  p.set('session.open', 0, 0);
  p.set('session.offering', 0, OFFERING.NEW_SESSION);
  p.receive('OFFER', { volume: 0 });
  const asked = p.expect('remote', 'CALL', { what: ASK_OPEN, volume: PEER });
  p.answer('ANSWER', { result: OK, b: THEIRS, c: p.get('battery.identity') }, asked, { ops: 0 });
  const known = moments(p, () => `${p.get('pair.epoch')} ${p.get('pair.known')}`);
  expect(known).toContain(`${EPOCH} ${THEIRS}`);
  expect(known).not.toContain(`${EPOCH + 1} 0`);
});
