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

/** The same of two arrays' nodes, those of the second behind those of the first. */
export function countOfBoth(bits: number): number {
  return (COUNT[bits & LOW] as number) + (COUNT[bits >>> NODES] as number);
}

export function nthOfBoth(bits: number, n: number): number {
  const low = bits & LOW;
  const first = COUNT[low] as number;
  return n < first
    ? (NTH[(low << NTH_SHIFT) + n] as number)
    : NODES + (NTH[((bits >>> NODES) << NTH_SHIFT) + n - first] as number);
}
