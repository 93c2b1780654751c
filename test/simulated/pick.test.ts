/** The simulator's picks, against arithmetic in whole numbers of any size and a search of the bits. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ROLES } from '../../firmware/ports/messages.js';
import { countOf, countOfAll, nth, nthOfAll, part } from '../../firmware/runtime/simulated/pick.js';

const NODES = ROLES.length;
const draw = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const bitsOf = (pattern: number): number[] =>
  Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => ((pattern >>> bit) & 1) !== 0);

test('of n equal pieces of 2^32 numbers, a draw falls into that of its share, and what is left is its place there', () => {
  fc.assert(
    fc.property(draw, fc.integer({ min: 1, max: 2 ** 16 }), (u, n) => {
      const product = BigInt(u >>> 0) * BigInt(n);
      expect(part(u, n)).toBe(Number(product >> 32n));
      expect(Math.imul(u, n) >>> 0).toBe(Number(product & 0xffff_ffffn));
    }),
  );
});

test('the n-th node of a pattern, of one array or of all three', () => {
  fc.assert(
    fc.property(fc.nat(2 ** (3 * NODES) - 1), (pattern) => {
      const all = bitsOf(pattern);
      expect(all.map((_, n) => nthOfAll(pattern, n))).toEqual(all);
      expect(countOfAll(pattern)).toBe(all.length);
      const low = pattern & (2 ** NODES - 1);
      expect(bitsOf(low).map((_, n) => nth(low, n))).toEqual(bitsOf(low));
      expect(countOf(low)).toBe(bitsOf(low).length);
    }),
  );
});
