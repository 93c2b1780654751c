import { describe, expect, test } from 'vitest';
import { RANDOM_WORDS, Random } from '../../../firmware/memory/random.js';

function seeded(seed: number, stream: number): Random {
  const random = new Random(new Int32Array(RANDOM_WORDS + 4), 2);
  random.seed(seed, stream);
  return random;
}

const first = (random: Random): string[] =>
  Array.from({ length: 4 }, () => (random.next() >>> 0).toString(16).padStart(8, '0'));

describe('the random generator', () => {
  // From sfc32 as PractRand has it (tmp = a + b + counter++; a = b ^ b >> 9; b = c + (c << 3); c = rotl(c, 21) + tmp),
  // written a second time with whole numbers of another language.
  test.each([
    [0, 1, ['6a161a47', '78c8aace', '63091598', 'a2aa2971']],
    [1, 1, ['f442628e', '0a6511b9', '00934871', '98f8dfc9']],
    [1, 2, ['8568123f', '03a4568e', 'e97589c3', '36c8c0f5']],
    [20015998343868, 3, ['98631b0d', 'ed3607ea', '5f6e7c07', '526cc33f']],
  ])('gives the known values for seed %d, stream %d', (seed, stream, values) => {
    expect(first(seeded(seed, stream))).toEqual(values);
  });

  test('goes on from its four words of memory, wherever they were copied', () => {
    const m = new Int32Array(2 * RANDOM_WORDS);
    const random = new Random(m, 0);
    random.seed(7, 1);
    random.next();
    m.copyWithin(RANDOM_WORDS, 0, RANDOM_WORDS);
    expect(first(new Random(m, RANDOM_WORDS))).toEqual(first(random));
  });

  test('tells streams of one seed apart, and seeds that differ above 2^32', () => {
    const all = [seeded(5, 1), seeded(5, 2), seeded(5 + 0x1_0000_0000, 1)].map((r) => first(r).join());
    expect(new Set(all).size).toBe(3);
  });

  test('below(n) stays below n and reaches every value; a chance of all or none is certain', () => {
    const random = seeded(1, 1);
    const seen = new Set<number>();
    for (let i = 0; i < 2000; i++) {
      const n = random.below(10);
      expect(n).toBeGreaterThanOrEqual(0);
      expect(n).toBeLessThan(10);
      seen.add(n);
      expect(random.chance(5, 5)).toBe(true);
      expect(random.chance(0, 5)).toBe(false);
      expect(random.below(1)).toBe(0);
      expect(random.below(0x8000_0000)).toBeLessThan(0x8000_0000);
    }
    expect(seen.size).toBe(10);
  });
});
