/** A pair with a list on its drive, in session 3. */
import { HEAT, LIST_LABEL, PAIR_MODE, type PAIR_STATE } from '../../firmware/memory/constants.js';
import { type BenchVolume, IDENTITY } from '../harness/bench-array.js';
import { recipeOf } from '../harness/images.js';
import type { Path } from '../harness/path.js';
import { PEER, source, target } from './fixtures.js';

/** Four cylinders. */
export const TRACKS = 60;
/** Where the list begins on its drive: behind the tracks. */
export const LABEL = TRACKS * 4;

/** The label says what the pair is, and all cylinders are hot: nothing is to be written to the drive first. */
export function withList(
  pair: 'source' | 'target',
  state: keyof typeof PAIR_STATE = 'PAIR',
  choices: readonly string[] = [],
  before: readonly BenchVolume[] = [],
): Path {
  const options = {
    recipe: recipeOf('track-mirror', ['devices', ...choices]),
    volumes: [...before, { tracks: TRACKS, pair, peer: PEER, mode: PAIR_MODE.LISTED }],
  };
  const p = pair === 'source' ? source(state, options) : target(options);
  saysAll(p);
  for (let c = 0; c < 4; c++) p.set('heat.hot', c, HEAT.HOT);
  p.set('list.hot', 0, 4);
  return p;
}

/** The label on the drive says of the pair what is true now. */
export function saysAll(p: Path): void {
  const is = { magic: LIST_LABEL.LIST_MAGIC, version: LIST_LABEL.LIST_VERSION, identity: IDENTITY } as const;
  for (const [field, value] of Object.entries(is)) p.set(`label.${field}` as 'label.magic', 0, value);
  for (const field of ['epoch', 'role', 'state', 'known', 'fed'] as const)
    p.set(`label.${field}`, 0, p.get(`pair.${field}`));
  p.set('list.labelled', 0, 1);
}
