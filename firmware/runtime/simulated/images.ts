/**
 * An image is what a host sees as one volume: a local volume, the two volumes of a pair, or the volumes of several pairs that
 * follow one another. Its blocks are numbered over the whole rig, so that a stamp tells which block of which image it belongs to.
 */
import { TRUNK_SHIFT } from '../../memory/constants.js';
import type { ArrayConfig, ArrayMachine } from '../machine/array.js';
import type { PairConfig } from '../machine/config.js';

/** A pair of an image: two arrays, and the record that each has of it. */
export interface SimPair {
  readonly name: string;
  /** Number of its image. */
  readonly image: number;
  /** The two arrays, in the order of the rig. */
  readonly sides: readonly number[];
  /** Number of its record at each array: the volume's, or of a further pair one behind the volumes; −1: not there. */
  readonly records: readonly number[];
  /** Its target is that of another one, until it adopts this one. */
  readonly standsBy: boolean;
}

export interface SimImage {
  readonly name: string;
  /** Volume number at each array; −1: not there. */
  readonly volumes: readonly number[];
  /** The arrays that have it, in the order of the rig: of a pair two. */
  readonly sides: readonly number[];
  readonly pairs: readonly SimPair[];
  /** Array that serves hosts at first. */
  readonly source: number;
  readonly firstBlock: number;
  readonly blocks: number;
  readonly paired: boolean;
}

export function imagesOf(arrays: readonly ArrayConfig[]): SimImage[] {
  const images: SimImage[] = [];
  let firstBlock = 0;
  for (const [a, array] of arrays.entries()) {
    for (const [v, volume] of array.volumes.entries()) {
      if (volume.of !== undefined || volume.pair?.role === 'target') continue;
      const name = `${array.name}:${volume.name}`;
      const volumes = arrays.map((_, i) => (i === a ? v : -1));
      const joined = join(arrays, a, v, volumes);
      const nameOf = ({ sides }: Joined): string =>
        joined.length === 1 ? name : `${name} (${sides.map((side) => arrays[side]?.name).join('-')})`;
      const blocks = volume.tracks * array.dims.sectorsPerTrack;
      images.push({
        name,
        volumes,
        sides: [...volumes.keys()].filter((i) => volumes[i] !== -1),
        // Those that stand by are last.
        pairs: [...joined.filter(({ standsBy }) => !standsBy), ...joined.filter(({ standsBy }) => standsBy)].map(
          (pair) => ({ ...pair, name: nameOf(pair), image: images.length }),
        ),
        source: a,
        firstBlock,
        blocks,
        paired: joined.length > 0,
      });
      firstBlock += blocks;
    }
  }
  return images;
}

type Joined = Pick<SimPair, 'sides' | 'records' | 'standsBy'>;

/** The pairs that lead on from a volume, and from where they lead; each array's volume goes into `volumes`. */
function join(arrays: readonly ArrayConfig[], a: number, volume: number, volumes: number[]): Joined[] {
  const array = arrays[a] as ArrayConfig;
  return array.volumes.flatMap(({ of, pair }, record) => {
    if ((of ?? record) !== volume || pair?.role !== 'source') return [];
    const b = otherArray(array, a, pair);
    volumes[b] = pair.peer;
    const records = arrays.map((_, i) => (i === a ? record : i === b ? pair.peer : -1));
    const standsBy = arrays[b]?.volumes[pair.peer]?.pair?.peer !== record;
    return [{ sides: a < b ? [a, b] : [b, a], records, standsBy }, ...join(arrays, b, pair.peer, volumes)];
  });
}

/** Who has the other volume of a pair. An array that says nothing of trunks has one, in a rig of two. */
const otherArray = ({ trunks }: ArrayConfig, array: number, { trunk = 0 }: PairConfig): number =>
  trunks?.[trunk] ?? 1 - array;

/** The side of a pair that this array is not. */
export const acrossOf = ({ sides }: Pick<SimPair, 'sides'>, array: number): number =>
  (sides[0] === array ? sides[1] : sides[0]) as number;

/**
 * Does each side of a pair know the other one as its own? One that stands by is no pair until the target of another one has
 * adopted it, and then that other one is none any more.
 */
function isJoined(arrays: readonly ArrayMachine[], pair: SimPair): boolean {
  return pair.sides.every((a) => {
    const machine = arrays[a] as ArrayMachine;
    const other = acrossOf(pair, a);
    const trunk = Math.max(0, machine.config.trunks?.indexOf(other) ?? 0);
    return (
      machine.get('pair', 'peer', pair.records[a] as number) ===
      ((trunk << TRUNK_SHIFT) | (pair.records[other] as number))
    );
  });
}

/** Pairs of images as they are now. */
export const pairsNow = (arrays: readonly ArrayMachine[], images: readonly SimImage[]): SimPair[] =>
  images.flatMap(({ pairs }) => pairs.filter((pair) => isJoined(arrays, pair)));

/** Who has the other volume of the pair that an array's volume is in; of a volume with a further pair, the first one. */
export const otherSide = ({ pairs, volumes }: SimImage, array: number): number => {
  const own = pairs.find(({ records }) => records[array] !== -1 && records[array] === volumes[array]);
  return own ? acrossOf(own, array) : -1;
};
