/** Response times, against a list of all of them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COMMAND_OP } from '../../../firmware/memory/constants.js';
import { bucketOf, Responses, topOf } from '../../../firmware/runtime/simulated/workload/responses.js';

const { OP_READ, OP_WRITE } = COMMAND_OP;

test('each time is in the bucket whose bounds are around it, and a bucket is a sixteenth of its times wide', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0x7fff_ffff }), (us) => {
      const bucket = bucketOf(us);
      const top = topOf(bucket);
      const below = bucket === 0 ? -1 : topOf(bucket - 1);
      expect(us).toBeLessThanOrEqual(top);
      expect(us).toBeGreaterThan(below);
      expect(top - below - 1).toBeLessThanOrEqual(us / 16);
    }),
  );
});

test('count, mean and most are exact; of a hundred, so many are no longer than the bound that is told', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1, maxLength: 300 }), (all) => {
      const responses = new Responses({ m: new Int32Array(Responses.words), at: 0 });
      for (const us of all) responses.record(OP_WRITE, us * 1000 + 999);
      const sorted = [...all].sort((a, b) => a - b);
      const times = responses.times(OP_WRITE);
      expect(times.count).toBe(all.length);
      expect(times.mean_us).toBe(Math.round(all.reduce((a, b) => a + b, 0) / all.length));
      expect(times.max_us).toBe(sorted.at(-1));
      for (const [is, percent] of [
        [times.p50_us, 50],
        [times.p99_us, 99],
      ]) {
        const exact = sorted[Math.ceil((all.length * percent) / 100) - 1] as number;
        expect(is).toBeGreaterThanOrEqual(exact);
        expect(is).toBeLessThanOrEqual(exact + exact / 16);
      }
    }),
  );
});

test('reads and writes are kept apart', () => {
  const responses = new Responses({ m: new Int32Array(Responses.words), at: 0 });
  responses.record(OP_READ, 5_000);
  expect(responses.times(OP_READ)).toEqual({ count: 1, mean_us: 5, p50_us: 5, p99_us: 5, max_us: 5 });
  expect(responses.times(OP_WRITE)).toEqual({ count: 0, mean_us: 0, p50_us: 0, p99_us: 0, max_us: 0 });
});
