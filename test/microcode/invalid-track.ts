/** An array of two volumes of which a track bears M1 invalid. */
import { expect } from 'vitest';
import { FLAG, PAIR_STATE, QUESTION, VOLUME_STATE } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import { data, EPOCH, PEER } from './fixtures.js';

export const GEN = 5;
/** Unlike the number of its volume, so that no number is what another one is. */
export const TRACK = 2;
/** After so long a rebuild looks again at what could not be had. */
export const LATER_US = 1000;
/** What a source asks its target of TRACK. */
export const asks = { what: QUESTION.ASK_BACK, volume: PEER, a: EPOCH, b: TRACK, c: GEN };
const { M1_INV, WRITTEN } = FLAG;

const two = (pair: 'source' | 'target') => ({
  volumes: [{ tracks: 4 }, { tracks: 4, pair, peer: PEER, driveBase: 100 }],
});

/** A pair of volume 1; volume 0 is local. */
export function second(pair: 'source' | 'target', state: keyof typeof PAIR_STATE = 'PAIR'): Path {
  const p = data(two(pair));
  p.set('pair.state', 1, PAIR_STATE[state]);
  p.set('pair.epoch', 1, EPOCH);
  p.set(pair === 'source' ? 'session.open' : 'session.taking', 1, EPOCH);
  return p;
}

export function lacks(p: Path, flags = M1_INV | WRITTEN, volume = 1, track = TRACK): Path {
  const t = p.get('volume.track_base', volume) + track;
  p.set('track.gen', t, [GEN, EPOCH]);
  p.node.tracks.setFlags(t, volume, flags);
  p.set('volume.state', volume, VOLUME_STATE.VOLUME_WATCHED);
  return p;
}

/** Nothing runs, is wanted or fetched any more. */
export function rests(p: Path): void {
  for (const f of ['rebuilding', 'wanted', 'fetching'] as const) expect([f, p.get(`system.${f}`)]).toEqual([f, 0]);
  p.expectDone();
}
