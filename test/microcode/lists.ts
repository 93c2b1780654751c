/** Two volumes whose lists are on their drives: what is said of the second one holds of none that stands alone. */
import { HEAT, LIST_LABEL, PAIR_MODE, PAIR_STATE, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { type BenchOptions, IDENTITY } from '../harness/bench-array.js';
import { recipeOf } from '../harness/images.js';
import { type Path, path, span } from '../harness/path.js';
import { EPOCH, PEER, THEIRS } from './fixtures.js';

/** Of the volumes: two cylinders, the last of five tracks; four whole ones. */
export const TRACKS = [20, 60] as const;
/** The first track of the second volume, counted in the array, and its first record in `heat`. */
export const BASE = TRACKS[0];
export const HEAT_BASE = 128;
/** Where the label of the second volume stands on its drive; the heat is behind it. */
export const LABEL = TRACKS[1] * 4;
export const DRIVE = 2;
export const LABEL_FIELDS = ['state', 'role', 'epoch', 'known', 'fed'] as const;

export const listedVolumes = (
  pair: 'source' | 'target',
  mode = 0,
  tracks: readonly number[] = TRACKS,
): BenchOptions => ({
  recipe: recipeOf('track-mirror', ['devices']),
  volumes: tracks.map((n, v) => ({
    tracks: n,
    pair,
    peer: PEER + v,
    mode: PAIR_MODE.LISTED | mode,
    drive: v + 1,
  })),
});

/** Both labels on the drives say what the pairs are. */
export function labelled(p: Path): Path {
  for (const v of p.machine.config.volumes.keys()) {
    p.set('label.magic', v, LIST_LABEL.LIST_MAGIC);
    p.set('label.version', v, LIST_LABEL.LIST_VERSION);
    p.set('label.identity', v, IDENTITY);
    for (const f of LABEL_FIELDS) p.set(`label.${f}`, v, p.get(`pair.${f}`, v));
    p.set('list.labelled', v, 1);
  }
  return p;
}

/** Volumes that serve hosts, both sides agreed, in session EPOCH; in PAIR and COPY it is open. */
export function lists(state: keyof typeof PAIR_STATE = 'PAIR', options: BenchOptions = listedVolumes('source')): Path {
  const p = path('data', options);
  for (const v of p.machine.config.volumes.keys()) {
    p.set('volume.state', v, VOLUME_STATE.VOLUME_READY);
    p.set('pair.state', v, PAIR_STATE[state]);
    p.set('pair.epoch', v, EPOCH);
    p.set('pair.known', v, THEIRS);
    p.set('session.open', v, state === 'PAIR' || state === 'COPY' ? 1 : 0);
    p.set('session.agreed', v, 1);
  }
  return labelled(p);
}

/** These cylinders of a volume are hot, and counted. */
export function hot(p: Path, volume: number, ...cylinders: number[]): Path {
  for (const c of cylinders) p.set('heat.hot', HEAT_BASE * volume + c, HEAT.HOT);
  p.set('list.hot', volume, cylinders.length);
  return p;
}

/** The heat of a volume's first cylinders. */
export const heat = (p: Path, volume: number, cylinders: number): number[] =>
  Array.from({ length: cylinders }, (_, c) => p.get('heat.hot', HEAT_BASE * volume + c));

export const write = (p: Path, volume: number, track: number, ops?: number) =>
  p.receive('WRITE', { volume, track, span: span(0, 1), at: p.transferAt }, ops === undefined ? {} : { ops });
