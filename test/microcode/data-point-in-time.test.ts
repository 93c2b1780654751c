/** Point-in-time mode in the data role: what a host write marks, when its status comes, and when an offer begins. */
import { describe, expect, test } from 'vitest';
import { FLAG, INTENT, OFFERING, PAIR_STATE, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import { recipeOf } from '../harness/images.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH, source } from './fixtures.js';

const { OK, WRITE_PROTECTED } = RESULT;
const recipe = recipeOf('track-mirror', ['point-in-time']);

/** A write of track 1 up to the moment at which its slot is granted. */
function write(p: Path): void {
  p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
  p.expect('cache', 'GET', { track: 1, intent: INTENT.TO_WRITE });
}

describe('a host write in point-in-time mode', () => {
  test('has its status at once, owes its track, leaves PAIR and begins an offer', () => {
    const p = source('PAIR', { recipe });
    write(p);
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP|M2_INV');
    expect(p.get('pair.state')).toBe(PAIR_STATE.COPY);
    expect(p.get('session.offering')).toBe(OFFERING.SAME_SESSION);
    p.expectDone();
  });

  test.each([
    ['SMPL', 'M1_WP'],
    ['PSUS', 'M1_WP|M2_INV'],
    ['PSUE', 'M1_WP|M2_INV'],
    ['SSWS', 'M1_WP|M2_INV'],
  ] as const)('leaves the pair in %s, in its epoch, and its track %s', (state, flags) => {
    const p = source(state, { recipe });
    write(p);
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expectReply('WRITTEN', { result: OK });
    expect([p.get('pair.state'), p.flags(0, 1)]).toEqual([PAIR_STATE[state], flags]);
    if (state !== 'SMPL') expect(p.words('track.gen', 1)).toEqual([1, EPOCH]);
    p.expectDone();
  });

  test('begins no second offer while one runs, and none while no session is open', () => {
    for (const [open, offering] of [
      [1, OFFERING.SAME_SESSION],
      [1, OFFERING.NEW_SESSION],
      [0, 0],
    ] as const) {
      const p = source('COPY', { recipe });
      p.set('session.open', 0, open);
      p.set('session.offering', 0, offering);
      write(p);
      p.answer('GOT', { result: OK, slot: 2 });
      p.expect('cache', 'GIVE', { slot: 2 });
      p.expectReply('WRITTEN', { result: OK });
      expect(p.flags(0, 1)).toBe('M1_WP|M2_INV');
      expect(p.get('session.offering')).toBe(offering);
      p.expectDone();
    }
  });

  test('has left PAIR at every moment at which its track is marked', () => {
    for (let ops = 0; ; ops++) {
      const p = source('PAIR', { recipe });
      write(p);
      p.answer('GOT', { result: OK, slot: 2 }, undefined, { ops });
      const marked = p.flags(0, 1) !== 'none';
      expect({ ops, inPair: p.get('pair.state') === PAIR_STATE.PAIR && marked }).toEqual({ ops, inPair: false });
      if (p.sent > 0) return;
    }
  });

  test('is refused at the commit when the other side was let to serve while the slot was waited for', () => {
    const p = source('PAIR', { recipe });
    write(p);
    p.set('session.agreed', 0, 0);
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expectReply('WRITTEN', { result: WRITE_PROTECTED });
    expect(p.flags(0, 1)).toBe('none');
    p.expectDone();
  });
});

describe('an offer in the same session', () => {
  test('brings what is owed in the epoch that is open, then both sides are in PAIR', () => {
    const p = source('COPY', { recipe });
    p.node.tracks.setFlags(1, 0, FLAG.M2_INV);
    p.set('session.offering', 0, OFFERING.SAME_SESSION);
    const epoch = p.get('pair.epoch');
    p.receive('OFFER', { volume: 0 });
    p.expect('cache', 'GET', { track: 1, intent: INTENT.TO_READ });
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('remote', 'SHIP', { track: 1, epoch });
    p.answer('SHIPPED', { result: OK });
    p.expect('cache', 'UNPIN', { slot: 2 });
    p.expect('remote', 'CALL', { what: QUESTION.ASK_STATE, a: epoch, b: PAIR_STATE.PAIR });
    p.answer('ANSWER', { result: OK });
    expect(p.get('pair.state')).toBe(PAIR_STATE.PAIR);
    expect(p.get('session.offering')).toBe(0);
    p.expectDone();
  });

  test('goes on with what was written while the other side was told that nothing is owed', () => {
    const p = source('COPY', { recipe });
    p.set('session.offering', 0, OFFERING.SAME_SESSION);
    p.receive('OFFER', { volume: 0 });
    p.expect('remote', 'CALL', { what: QUESTION.ASK_STATE });
    write(p);
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expectReply('WRITTEN', { result: OK });
    p.answer('ANSWER', { result: OK });
    expect(p.get('pair.state')).toBe(PAIR_STATE.COPY);
    p.expect('data', 'OFFER', { volume: 0 });
    expect(p.get('session.offering')).toBe(OFFERING.SAME_SESSION);
    p.expectDone();
  });

  test('opens a new one when the session is gone', () => {
    const p = source('PSUE', { recipe });
    p.set('session.offering', 0, OFFERING.SAME_SESSION);
    p.receive('OFFER', { volume: 0 });
    p.expect('remote', 'CALL', { what: QUESTION.ASK_OPEN });
  });
});
