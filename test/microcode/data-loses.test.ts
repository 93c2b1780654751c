/** A director of the array dies: which pairs and waits of the data role that ends, and which go on. */
import { describe, expect, test } from 'vitest';
import { CONSTANTS, FLAG, HEAT, PAIR_STATE, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { data, EPOCH, PEER, source, target } from './fixtures.js';
import { LABEL, withList } from './with-list.js';

const { OK, MEDIUM_ERROR, NOT_READY } = RESULT;
const LOST = (role: string): number => CONSTANTS[`LOST_${role}`] as number;
const loses = (p: Path, ...roles: string[]): void => {
  p.receive('DATA_LOSES', { lost: roles.reduce((bits, role) => bits | LOST(role), 0) });
};

function write(p: Path): void {
  p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
  p.expect('cache', 'GET', { track: 1 });
}

function given(p: Path): void {
  p.answer('GOT', { result: OK, slot: 2 });
  p.expect('cache', 'GIVE', { slot: 2 });
}

/** Two pairs behind a local volume; both are open sources, or targets in their session. */
function two(pair: 'source' | 'target'): Path {
  const p = data({ volumes: [{ tracks: 4 }, ...[1, 2].map((peer) => ({ tracks: 4, pair, peer }))] });
  for (const v of [1, 2]) {
    p.set('pair.state', v, PAIR_STATE.PAIR);
    p.set('pair.epoch', v, EPOCH);
    p.set(pair === 'source' ? 'session.open' : 'session.taking', v, EPOCH);
  }
  return p;
}

const states = (p: Path): number[] => [0, 1, 2].map((v) => p.get('volume.state', v));
const { VOLUME_READY, VOLUME_ABSENT } = VOLUME_STATE;

describe('without the remote director', () => {
  test('every pair leaves PAIR, and every volume goes on serving its hosts', () => {
    const p = two('source');
    loses(p, 'REMOTE');
    expect([1, 2].map((v) => [p.get('pair.state', v), p.get('session.open', v)])).toEqual([
      [PAIR_STATE.PSUE, 0],
      [PAIR_STATE.PSUE, 0],
    ]);
    expect(states(p)).toEqual([VOLUME_READY, VOLUME_READY, VOLUME_READY]);
    p.expectDone();
  });

  test('a write that waits for its slot goes on', () => {
    const p = data();
    write(p);
    loses(p, 'REMOTE');
    given(p);
    p.expectReply('WRITTEN', { result: OK });
    p.expectDone();
  });

  test('what waits for the list on the drive goes on', () => {
    const p = withList('source');
    p.set('heat.hot', 0, HEAT.COLD);
    p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
    p.expect('disk', 'LIST_WRITE');
    loses(p, 'REMOTE');
    p.expectNothing();
  });
});

describe('without the disk director', () => {
  test('targets end their sessions, and their volumes stay', () => {
    const p = two('target');
    loses(p, 'DISK');
    expect([1, 2].map((v) => p.get('session.taking', v))).toEqual([0, 0]);
    expect(states(p)).toEqual([VOLUME_READY, VOLUME_READY, VOLUME_READY]);
    p.expectDone();
  });

  test('a source keeps its session, and its write goes on waiting for the other side', () => {
    const p = source();
    write(p);
    given(p);
    p.expect('remote', 'SHIP', { volume: PEER });
    loses(p, 'DISK');
    p.expectNothing();
    p.answer('SHIPPED', { result: OK });
    p.expectReply('WRITTEN', { result: OK });
    expect([p.get('pair.state'), p.get('session.open')]).toEqual([PAIR_STATE.PAIR, 1]);
    p.expectDone();
  });

  test('a write that waits for its slot is answered by the cache', () => {
    const p = data();
    write(p);
    loses(p, 'DISK');
    p.expectNothing();
    p.answer('GOT', { result: MEDIUM_ERROR });
    p.expectReply('WRITTEN', { result: MEDIUM_ERROR });
    p.expectDone();
  });

  test('a write that waits for the list on the drive hears MEDIUM_ERROR', () => {
    const p = withList('source');
    p.set('heat.hot', 0, HEAT.COLD);
    p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
    p.expect('disk', 'LIST_WRITE', { lba: LABEL + 1 });
    loses(p, 'DISK');
    p.expectReply('WRITTEN', { result: MEDIUM_ERROR });
    p.expectDone();
  });

  test('a change of format that waits for its drive ends', () => {
    const p = data();
    p.node.tracks.setFlags(1, 0, FLAG.M1_FP | FLAG.WRITTEN);
    p.set('session.changing', 0, 1);
    p.receive('CONVERT', { volume: 0 });
    p.expect('cache', 'GET', { track: 1 });
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expectNothing();
    loses(p, 'DISK');
    expect([p.get('session.changing'), p.flags(0, 1)]).toEqual([0, 'M1_WP|M1_FP']);
    p.expectDone();
  });
});

describe('without the cache director', () => {
  test('no volume is ready', () => {
    const p = two('source');
    loses(p, 'CACHE');
    expect(states(p)).toEqual([VOLUME_ABSENT, VOLUME_ABSENT, VOLUME_ABSENT]);
    p.receive('READ', { volume: 2, track: 0, span: span(0, 1) });
    p.expectReply('READY', { result: NOT_READY });
    p.expectDone();
  });
});

test('without the channel director nothing changes for the other array: it is still taken from', () => {
  const p = target();
  loses(p, 'CHANNEL');
  expect([p.get('session.taking'), p.get('pair.state')]).toEqual([EPOCH, PAIR_STATE.PAIR]);
  p.expectDone();
});

test('a second director that dies does not bring the first one back', () => {
  const p = source();
  loses(p, 'DISK');
  loses(p, 'REMOTE');
  expect(p.get('system.lost')).toBe(LOST('DISK') | LOST('REMOTE'));
  p.expectDone();
});
