/**
 * An image is what a host sees as one volume: a local volume, or the two volumes of a pair. Its blocks are numbered over
 * the whole rig, so that a stamp tells which block of which image it belongs to.
 */
import type { ArrayConfig } from '../machine/array.js';
import type { PairConfig } from '../machine/config.js';

export interface SimImage {
  readonly name: string;
  /** Volume number at each array; −1: not there. */
  readonly volumes: readonly number[];
  /** The arrays that have it, in the order of the rig: of a pair two. */
  readonly sides: readonly number[];
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
      if (volume.pair?.role === 'target') continue;
      const other = volume.pair ? otherArray(array, a, volume.pair) : -1;
      const volumes = arrays.map((_, i) => (i === a ? v : i === other ? (volume.pair?.peer ?? -1) : -1));
      const blocks = volume.tracks * array.dims.sectorsPerTrack;
      images.push({
        name: `${array.name}:${volume.name}`,
        volumes,
        sides: [...volumes.keys()].filter((i) => volumes[i] !== -1),
        source: a,
        firstBlock,
        blocks,
        paired: volume.pair !== undefined,
      });
      firstBlock += blocks;
    }
  }
  return images;
}

/** Who has the other volume of a pair. An array that says nothing of trunks has one, in a rig of two. */
const otherArray = ({ trunks }: ArrayConfig, array: number, { trunk = 0 }: PairConfig): number =>
  trunks?.[trunk] ?? 1 - array;

/** The side of a pair that this array is not. */
export const otherSide = ({ sides }: SimImage, array: number): number =>
  (sides[0] === array ? sides[1] : sides[0]) as number;
