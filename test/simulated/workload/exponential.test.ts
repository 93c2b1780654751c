/** Exponential chance without logarithms, against those of the machine. */
import { describe, expect, test } from 'vitest';
import { Random } from '../../../firmware/memory/random.js';
import { EXPONENTIAL_ONE, exponential } from '../../../firmware/runtime/simulated/workload/exponential.js';

describe('exponential', () => {
  test('is the negative logarithm of what was drawn, to three units', () => {
    const random = new Random(new Int32Array(4), 0);
    random.seed(3, 1);
    let worst = 0;
    for (let i = 0; i < 100_000; i++) {
      // Of all sizes: the smallest draws are the longest times.
      const draw = (random.next() >>> random.below(32)) | 0;
      const exact = -Math.log((draw === 0 ? 1 : draw >>> 0) / 0x1_0000_0000) * EXPONENTIAL_ONE;
      worst = Math.max(worst, Math.abs(exponential(draw) - exact));
    }
    expect(worst).toBeLessThan(3);
  });

  test('never is negative, and longest where the draw is smallest', () => {
    expect(exponential(-1)).toBeGreaterThanOrEqual(0);
    expect(exponential(-1)).toBeLessThan(2);
    expect(exponential(0)).toBe(exponential(1));
    expect(exponential(1) / EXPONENTIAL_ONE).toBeCloseTo(32 * Math.log(2), 4);
  });

  test('has the mean, the variance and the tail of an exponential distribution', () => {
    const random = new Random(new Int32Array(4), 0);
    random.seed(11, 1);
    const n = 200_000;
    let sum = 0;
    let squares = 0;
    let beyond = 0;
    for (let i = 0; i < n; i++) {
      const x = exponential(random.next()) / EXPONENTIAL_ONE;
      sum += x;
      squares += x * x;
      if (x > 3) beyond++;
    }
    // Four standard errors: of the mean 1/√n, of the second moment √(24 − 4)/√n, of a share √(p/n).
    expect(Math.abs(sum / n - 1)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(squares / n - 2)).toBeLessThan((4 * Math.sqrt(20)) / Math.sqrt(n));
    expect(Math.abs(beyond / n - Math.exp(-3))).toBeLessThan(4 * Math.sqrt(Math.exp(-3) / n));
  });
});
