/** REBUILD, field by field: whom it asks for a track, and what the answer changes. */
import { describe, expect, test } from 'vitest';
import { CONSTANTS, FLAG, PAIR_STATE, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import { EPOCH, PEER } from './fixtures.js';
import { asks, LATER_US, lacks, rests, second, TRACK } from './invalid-track.js';

const { OK, MEDIUM_ERROR, STALE, REFUSED, LINK_DOWN } = RESULT;
const { M1_INV, M2_WP, M2_INV, WRITTEN } = FLAG;
const tells = { what: QUESTION.ASK_AGAIN, volume: PEER, a: EPOCH, b: TRACK };

describe('a source that lacks a track', () => {
  const t = 4 + TRACK;

  test('asks its target for it, in its generation and epoch, and knows meanwhile what it asked for', () => {
    const p = lacks(second('source'));
    p.receive('REBUILD');
    p.expect('remote', 'CALL', asks);
    expect([p.get('system.rebuilding'), p.get('system.fetching')]).toEqual([1, t + 1]);
    p.answer('ANSWER', { result: OK });
    expect(p.flags(1, TRACK)).toBe('M1_INV');
    rests(p);
  });

  test.each(['PAIR', 'COPY'] as const)(
    'which the target lacks, too: it is owed, and the pair is in COPY, after %s',
    (state) => {
      const p = lacks(second('source', state));
      p.receive('REBUILD');
      p.expect('remote', 'CALL', asks);
      p.answer('ANSWER', { result: MEDIUM_ERROR });
      expect(p.flags(1, TRACK)).toBe('M1_INV|M2_INV');
      expect(p.get('pair.state', 1)).toBe(PAIR_STATE.COPY);
      rests(p);
    },
  );

  test('which the target lacks, too, in a state that is neither: it stays', () => {
    const p = lacks(second('source', 'SSWS'));
    p.receive('REBUILD');
    p.expect('remote', 'CALL', asks);
    p.answer('ANSWER', { result: MEDIUM_ERROR });
    expect(p.flags(1, TRACK)).toBe('M1_INV|M2_INV');
    expect(p.get('pair.state', 1)).toBe(PAIR_STATE.SSWS);
    rests(p);
  });

  test.each([REFUSED, LINK_DOWN])('and hears result %i, neither owes it nor asks again', (result) => {
    const p = lacks(second('source'));
    p.receive('REBUILD');
    p.expect('remote', 'CALL', asks);
    p.answer('ANSWER', { result });
    expect(p.flags(1, TRACK)).toBe('M1_INV');
    expect(p.get('pair.state', 1)).toBe(PAIR_STATE.PAIR);
    rests(p);
  });

  test.each<[string, (p: Path) => void]>([
    ['the session ended', (p) => p.set('session.open', 1, 0)],
    ['another epoch began', (p) => p.set('pair.epoch', 1, EPOCH + 1)],
    ['a host wrote all of it', (p) => p.node.tracks.clearFlags(t, 1, M1_INV)],
  ])('does not owe what its target lacks if %s while it asked', (_, meanwhile) => {
    const p = lacks(second('source'));
    p.receive('REBUILD');
    p.expect('remote', 'CALL', asks);
    meanwhile(p);
    p.answer('ANSWER', { result: MEDIUM_ERROR });
    expect(p.get('volume.m2_inv', 1)).toBe(0);
    expect(p.get('pair.state', 1)).toBe(PAIR_STATE.PAIR);
    rests(p);
  });

  test('asks again after a while when the target has another generation', () => {
    const p = lacks(second('source'));
    p.receive('REBUILD');
    for (let i = 0; i < 2; i++) {
      p.expect('remote', 'CALL', asks);
      p.answer('ANSWER', { result: STALE });
      expect([p.get('system.rebuilding'), p.get('system.fetching')]).toEqual([1, 0]);
      p.pass_us(LATER_US - 1);
      p.expectNothing();
      p.pass_us(1);
    }
    p.expect('remote', 'CALL', asks);
    p.answer('ANSWER', { result: OK });
    rests(p);
  });

  test.each<[string, (p: Path) => void, (p: Path) => void]>([
    ['the other side’s list is not known', (p) => p.set('pair.union', 1, 1), (p) => p.set('pair.union', 1, 0)],
    [
      'a write of it is on its way',
      (p) => p.node.tracks.setFlags(t, 1, M2_WP),
      (p) => p.node.tracks.clearFlags(t, 1, M2_WP),
    ],
  ])('does not ask while %s, and looks again after a while', (_, begin, over) => {
    const p = lacks(second('source'));
    begin(p);
    p.receive('REBUILD');
    p.expectNothing();
    expect(p.get('system.rebuilding')).toBe(1);
    over(p);
    p.pass_us(LATER_US);
    p.expect('remote', 'CALL', asks);
    p.answer('ANSWER', { result: OK });
    rests(p);
  });

  test('gives up for this time after a thousand looks', () => {
    const p = lacks(second('source'));
    p.set('pair.union', 1, 1);
    p.receive('REBUILD');
    for (let i = 0; i < 999; i++) p.pass_us(LATER_US);
    rests(p);
  });

  test.each<[string, (p: Path) => void]>([
    ['no session is open', (p) => p.set('session.open', 1, 0)],
    ['it is owed', (p) => p.node.tracks.setFlags(t, 1, M2_INV)],
    ['the volume is of no pair any more', (p) => p.set('pair.role', 1, 0)],
    ['its drive takes nothing', (p) => p.set('volume.failing', 1, 1)],
  ])('asks nobody if %s', (_, given) => {
    const p = lacks(second('source'));
    given(p);
    p.receive('REBUILD');
    rests(p);
  });

  test.each(['CACHE', 'DISK', 'REMOTE'] as const)('asks nobody while the %s director is dead', (role) => {
    const p = lacks(second('source'));
    p.set('system.lost', 0, CONSTANTS[`LOST_${role}`] as number);
    p.set('system.wanted', 0, TRACK + 1);
    p.set('system.wanted_volume', 0, 1);
    p.receive('REBUILD');
    rests(p);
  });
});

describe('a target that lacks a track', () => {
  test('tells its source, in the epoch that it takes', () => {
    const p = lacks(second('target'));
    p.receive('REBUILD');
    p.expect('remote', 'CALL', tells);
    p.answer('ANSWER', { result: OK });
    expect(p.flags(1, TRACK)).toBe('M1_INV');
    rests(p);
  });

  test('which its source lacks, too: it is owed', () => {
    const p = lacks(second('target'));
    p.receive('REBUILD');
    p.expect('remote', 'CALL', tells);
    p.answer('ANSWER', { result: MEDIUM_ERROR });
    expect(p.flags(1, TRACK)).toBe('M1_INV|M2_INV');
    expect(p.get('pair.state', 1)).toBe(PAIR_STATE.PAIR);
    rests(p);
  });

  test.each<[string, number, (p: Path) => void]>([
    ['its source says something else', REFUSED, () => {}],
    ['another session began', MEDIUM_ERROR, (p) => p.set('session.taking', 1, EPOCH + 1)],
    ['it came meanwhile', MEDIUM_ERROR, (p) => p.node.tracks.clearFlags(4 + TRACK, 1, M1_INV)],
  ])('owes nothing if %s', (_, result, meanwhile) => {
    const p = lacks(second('target'));
    p.receive('REBUILD');
    p.expect('remote', 'CALL', tells);
    meanwhile(p);
    p.answer('ANSWER', { result });
    expect(p.get('volume.m2_inv', 1)).toBe(0);
    rests(p);
  });

  test('and cannot store it says so, of no epoch, and asks for nothing', () => {
    const p = lacks(second('target'));
    p.set('volume.failing', 1, 1);
    p.receive('REBUILD');
    p.expect('remote', 'CALL', { what: QUESTION.ASK_AGAIN, volume: PEER, a: 0, b: 0, c: 1 });
    p.answer('ANSWER', { result: OK });
    rests(p);
  });

  test('and a failing drive of a volume without a pair tell nobody', () => {
    const p = second('target');
    p.set('volume.failing', 0, 1);
    lacks(p, M1_INV | WRITTEN, 0);
    p.receive('REBUILD');
    rests(p);
  });
});
