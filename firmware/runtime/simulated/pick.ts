/**
 * Picks that share one random number. A number of 32 bits is a part of 1; `part` says which of n equal pieces it falls into, and
 * `Math.imul(u, n)` where in that piece, as a part of 1 again: exactly, and without a floating-point number.
 */
import { ROLES } from '../../ports/messages.js';

const NODES = ROLES.length;
const LOW = (1 << NODES) - 1;
/** Room for the numbers of a pattern's bits. */
const NTH_SHIFT = 4;

/** How many bits each pattern of an array's nodes has, and which they are. */
const COUNT = new Uint8Array(1 << NODES);
const NTH = new Uint8Array(1 << (NODES + NTH_SHIFT));
for (let bits = 0; bits < 1 << NODES; bits++) {
  for (let bit = 0; bit < NODES; bit++) {
    if (((bits >> bit) & 1) === 0) continue;
    NTH[(bits << NTH_SHIFT) + (COUNT[bits] as number)] = bit;
    COUNT[bits] = (COUNT[bits] as number) + 1;
  }
}

/** Of `n` pieces, n at most 2^16, the one that holds u: from 0 on. */
export function part(u: number, n: number): number {
  return ((u >>> 16) * n + (((u & 0xffff) * n) >>> 16)) >>> 16;
}

/** Bits of a pattern of one array's nodes. */
export function countOf(bits: number): number {
  return COUNT[bits] as number;
}

/** Number of the n-th bit, from 0 on, of such a pattern. */
export function nth(bits: number, n: number): number {
  return NTH[(bits << NTH_SHIFT) + n] as number;
}

/** The same of the nodes of up to three arrays, those of each behind those of the one before. */
export function countOfAll(bits: number): number {
  return (
    (COUNT[bits & LOW] as number) + (COUNT[(bits >>> NODES) & LOW] as number) + (COUNT[bits >>> (2 * NODES)] as number)
  );
}

export function nthOfAll(bits: number, n: number): number {
  const low = bits & LOW;
  const first = COUNT[low] as number;
  if (n < first) return NTH[(low << NTH_SHIFT) + n] as number;
  const middle = (bits >>> NODES) & LOW;
  const two = first + (COUNT[middle] as number);
  if (n < two) return NODES + (NTH[(middle << NTH_SHIFT) + n - first] as number);
  return 2 * NODES + (NTH[((bits >>> (2 * NODES)) << NTH_SHIFT) + n - two] as number);
}
