/**
 * Exponentially distributed chance from whole numbers: −ln u of a uniform u in (0, 1]. u = m · 2^−k with m in [1, 2), so
 * −ln u = k · ln 2 − ln m; ln m comes from a table of 1024 steps with a straight line between two of them. k is exact,
 * so the tail is too, as far as 32 bits reach (22.2 times the mean). Off by less than 3 · 2^−20.
 */

/** What 1 is in the results. */
export const EXPONENTIAL_ONE = 1 << 20;
const STEPS = 1024;

/**
 * ln((STEPS + i) / STEPS). From sums, products and quotients only, which every machine rounds alike:
 * ln((n + 1) / n) = 2 · (z + z³/3 + z⁵/5 + …) with z = 1 / (2n + 1), and z is below 1/2048.
 */
function logarithm(i: number): number {
  let sum = 0;
  for (let n = STEPS; n < STEPS + i; n++) {
    const z = 1 / (2 * n + 1);
    sum += 2 * z * (1 + (z * z) / 3 + (z * z * z * z) / 5);
  }
  return sum;
}

/** In units of 1 / EXPONENTIAL_ONE: ln((STEPS + i) / STEPS), and i · ln 2. */
const LN = Int32Array.from({ length: STEPS + 1 }, (_, i) => Math.round(logarithm(i) * EXPONENTIAL_ONE));
const LN_2 = Int32Array.from({ length: 33 }, (_, i) => Math.round(logarithm(STEPS) * i * EXPONENTIAL_ONE));

/** @param draw 32 bits by chance; the result has mean EXPONENTIAL_ONE. */
export function exponential(draw: number): number {
  const u = draw === 0 ? 1 : draw >>> 0;
  const k = Math.clz32(u);
  const m = u << k;
  const step = (m >>> 21) & (STEPS - 1);
  const between = (m >>> 11) & 1023;
  const low = LN[step] as number;
  return (LN_2[k + 1] as number) - low - ((((LN[step + 1] as number) - low) * between) >> 10);
}
