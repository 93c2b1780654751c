/**
 * An image is what a host sees as one volume: a local volume, or the two volumes of a pair. Its blocks are numbered over
 * the whole rig, so that a stamp tells which block of which image it belongs to.
 */
import type { ArrayConfig } from '../machine/array.js';

export interface SimImage {
  readonly name: string;
  /** Volume number at each array; −1: not there. */
  readonly volumes: readonly number[];
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
      const volumes = arrays.map((_, i) => (i === a ? v : volume.pair ? volume.pair.peer : -1));
      const blocks = volume.tracks * array.dims.sectorsPerTrack;
      images.push({
        name: `${array.name}:${volume.name}`,
        volumes,
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
