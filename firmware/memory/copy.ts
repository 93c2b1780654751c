/** Copies between memories without a view for each: for a few sectors a loop over words is faster than making two views. */
import { SECTOR_BYTES } from './constants.js';

export const SECTOR_WORDS = SECTOR_BYTES / 4;

/** `sectors` sectors; positions are in sectors of each memory. */
export function copySectors(
  from: Int32Array,
  fromSector: number,
  to: Int32Array,
  toSector: number,
  sectors: number,
): void {
  let f = fromSector * SECTOR_WORDS;
  let t = toSector * SECTOR_WORDS;
  for (const end = f + sectors * SECTOR_WORDS; f < end; f++, t++) to[t] = from[f] as number;
}
