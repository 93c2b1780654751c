/** Copies between memories without a view for each: for a few sectors a loop over words is faster than making two views. */
import { SECTOR_BYTES } from './constants.js';

export const SECTOR_WORDS = SECTOR_BYTES / 4;

/** From so many on the view is worth its making: 8 KB take half as long. */
const MANY = 4;

/** `sectors` sectors; positions are in sectors of each memory. */
export function copySectors(
  from: Int32Array,
  fromSector: number,
  to: Int32Array,
  toSector: number,
  sectors: number,
): void {
  if (sectors >= MANY) {
    to.set(from.subarray(fromSector * SECTOR_WORDS, (fromSector + sectors) * SECTOR_WORDS), toSector * SECTOR_WORDS);
    return;
  }
  let f = fromSector * SECTOR_WORDS;
  let t = toSector * SECTOR_WORDS;
  for (const end = f + sectors * SECTOR_WORDS; f < end; f++, t++) to[t] = from[f] as number;
}
