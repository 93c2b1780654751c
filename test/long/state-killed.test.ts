/** kill -9 twenty times under load, on each placement ten: `npm run long`. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PLACEMENTS } from '../../firmware/runtime/live/placement.js';
import { killedRounds } from '../live/killed-rounds.js';
import { Bench } from '../live/pair-harness.js';

const ROUNDS = 10;

for (const [i, placement] of PLACEMENTS.entries()) {
  test(`${placement}: a pair that is killed ${ROUNDS} times has all that it acknowledged each time`, async () => {
    const bench = new Bench();
    try {
      const seeds = Array.from({ length: ROUNDS }, (_, round) => 100 + i * ROUNDS + round);
      const log = (line: string) => void process.stdout.write(`${line}\n`);
      const rounds = await killedRounds(bench, placement, seeds, readdirSync, log);
      expect(rounds.length).toBe(ROUNDS);
    } finally {
      await bench.close();
    }
  }, 3_600_000);
}
