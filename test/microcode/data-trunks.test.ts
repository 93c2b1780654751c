/** A data role whose volumes are pairs with two other arrays: what one of them says touches its own pairs only. */
import { describe, expect, test } from 'vitest';
import { LINKS_MAX, PAIR_STATE, QUESTION, RESULT, TRUNK_SHIFT } from '../../firmware/memory/constants.js';
import type { BenchOptions } from '../harness/bench-array.js';
import { type Path, span } from '../harness/path.js';
import { data, EPOCH, THEIRS } from './fixtures.js';

const { PSUE, PAIR } = PAIR_STATE;
const { REFUSED } = RESULT;

/** Of volumes 0 and 1. */
const TRUNKS = [0, 1] as const;
/** A wire of either. */
const WIRES = TRUNKS.map((trunk) => (trunk << TRUNK_SHIFT) | LINKS_MAX) as [number, number];

/** Two volumes in PAIR, in one session's epoch, each with another array. */
function pairs(role: 'source' | 'target'): Path {
  const volumes: BenchOptions['volumes'] = TRUNKS.map(() => ({ tracks: 4, pair: role, peer: 0 }));
  const p = data({ volumes, mapped: true });
  for (const v of TRUNKS) {
    p.set('pair.peer', v, v << TRUNK_SHIFT);
    p.set('pair.trunk', v, v);
    p.set('pair.state', v, PAIR);
    p.set('pair.epoch', v, EPOCH);
    p.set('pair.known', v, THEIRS);
    p.set('pair.fed', v, THEIRS);
    if (role === 'target') p.set('session.taking', v, EPOCH);
    else for (const field of ['open', 'agreed'] as const) p.set(`session.${field}`, v, 1);
  }
  return p;
}

describe('of two other arrays', () => {
  test.each(TRUNKS)('the loss of trunk %s suspends its own pairs', (trunk) => {
    const p = pairs('source');
    p.receive('PEER_DOWN', { trunk });
    const other = 1 - trunk;
    expect([p.get('pair.state', trunk), p.get('session.open', trunk)]).toEqual([PSUE, 0]);
    expect([p.get('pair.state', other), p.get('session.open', other)]).toEqual([PAIR, 1]);
    p.expectDone();
  });

  test('the return of one offers a session for its own pairs', () => {
    const p = pairs('source');
    for (const trunk of TRUNKS) p.receive('PEER_DOWN', { trunk });
    p.receive('PEER_UP', { session: WIRES[1] });
    p.expect('data', 'OFFER', { volume: 1 });
    p.expectDone();
  });

  test.each([0, 1])('a write to volume %s is taken from the array that it is a pair with', (volume) => {
    const apply = { volume, track: 0, span: span(0, 1), at: 40, epoch: EPOCH, gen: 4, flags: 0 };
    const foreign = pairs('target');
    foreign.receive('APPLY', { ...apply, session: WIRES[1 - volume] as number });
    foreign.expectReply('APPLIED', { result: REFUSED });
    foreign.expectDone();
    const own = pairs('target');
    own.receive('APPLY', { ...apply, session: WIRES[volume] as number });
    own.expect('cache', 'GET', { volume });
  });

  test.each(Object.entries(QUESTION))('%s is answered to nobody else', (_, what) => {
    const p = pairs('target');
    p.receive('ASK', { what, volume: 0, a: EPOCH + 1, b: THEIRS, trunk: 1 });
    p.expectReply('ASKED', { result: REFUSED });
    expect([p.get('session.taking', 0), p.get('pair.epoch', 0)]).toEqual([EPOCH, EPOCH]);
    p.expectDone();
  });

  test('a track is brought to nobody else', () => {
    const asked = { volume: 0, track: 1, epoch: EPOCH, gen: 0 };
    const foreign = pairs('target');
    foreign.receive('BRING', { ...asked, trunk: 1 });
    foreign.expectReply('BROUGHT', { result: REFUSED });
    foreign.expectDone();
    const own = pairs('target');
    own.receive('BRING', { ...asked, trunk: 0 });
    own.expect('cache', 'GET', { volume: 0, track: 1 });
  });
});
