/** The metadata contexts of this server: what BLOCK_STATUS can tell of a volume's tracks, and how clients ask for them. */
import { TRACK_MAP } from '../../../firmware/memory/constants.js';

/** Most extents of one context in one reply; the client asks again behind them. */
export const EXTENTS_MAX = 512;

const STATE_HOLE = 1;
const STATE_ZERO = 2;

export interface Context {
  readonly name: string;
  /** How chunks name it. */
  readonly id: number;
  /** The array's map (TRACK_MAP) from which it is made. */
  readonly map: number;
  /** Flags of an extent for the states 0 and 1 of that map. */
  readonly flags: readonly [number, number];
}

export const CONTEXTS: readonly Context[] = [
  // A track that never got bytes is on no drive, and reads as zeroes.
  { name: 'base:allocation', id: 1, map: TRACK_MAP.MAP_WRITTEN, flags: [STATE_HOLE | STATE_ZERO, 0] },
  // 1: the other side of the pair lacks it, or it is on its way there.
  { name: 'arraylab:owed', id: 2, map: TRACK_MAP.MAP_OWED, flags: [0, 1] },
];

/** Contexts that the queries name. A bare namespace ("base:") names all in it, for LIST only. Each context once. */
export function contextsFor(queries: readonly string[], wildcards: boolean): readonly Context[] {
  const named = (name: string): boolean =>
    queries.some((query) => query === name || (wildcards && query === name.slice(0, name.indexOf(':') + 1)));
  return CONTEXTS.filter(({ name }) => named(name));
}
