/** Copies between memories: a sector by a loop over its words, without a view; more of them by a view, whose making they are worth. */
import { SECTOR_BYTES } from './constants.js';

export const SECTOR_WORDS = SECTOR_BYTES / 4;
/** Of this module alone: compiled code has it as a constant. */
const WORDS = SECTOR_WORDS;

/** `sectors` sectors; positions are in sectors of each memory. */
export function copySectors(
  from: Int32Array,
  fromSector: number,
  to: Int32Array,
  toSector: number,
  sectors: number,
): void {
  if (sectors === 1) copySector(from, fromSector * WORDS, to, toSector * WORDS);
  else if (sectors > 1) to.set(from.subarray(fromSector * WORDS, (fromSector + sectors) * WORDS), toSector * WORDS);
}

/** The same within one memory, to sectors that are not those that are copied. */
export function moveSectors(m: Int32Array, fromSector: number, toSector: number, sectors: number): void {
  const from = fromSector * WORDS;
  if (sectors === 1) copySector(m, from, m, toSector * WORDS);
  else m.copyWithin(toSector * WORDS, from, from + sectors * WORDS);
}

/** Zeroes, to copy: in shared memory that takes half as long as to fill it. */
const ZEROES = new Int32Array(128 * WORDS);

export function zeroSectors(to: Int32Array, toSector: number, sectors: number): void {
  const end = (toSector + sectors) * WORDS;
  let at = toSector * WORDS;
  for (; end - at >= ZEROES.length; at += ZEROES.length) to.set(ZEROES, at);
  if (at < end) to.set(ZEROES.subarray(0, end - at), at);
}

/** Eight words a round: half the time of one a round. */
function copySector(from: Int32Array, first: number, to: Int32Array, at: number): void {
  const by = (at - first) | 0;
  for (let f = first; f < first + WORDS; f = (f + 8) | 0) {
    to[(f + by) | 0] = from[f] as number;
    to[(f + 1 + by) | 0] = from[(f + 1) | 0] as number;
    to[(f + 2 + by) | 0] = from[(f + 2) | 0] as number;
    to[(f + 3 + by) | 0] = from[(f + 3) | 0] as number;
    to[(f + 4 + by) | 0] = from[(f + 4) | 0] as number;
    to[(f + 5 + by) | 0] = from[(f + 5) | 0] as number;
    to[(f + 6 + by) | 0] = from[(f + 6) | 0] as number;
    to[(f + 7 + by) | 0] = from[(f + 7) | 0] as number;
  }
}
