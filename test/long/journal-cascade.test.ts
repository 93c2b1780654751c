/** A cascade of journal groups: A and B killed fifty times under dependent writes, two times in three after a link was cut: `npm run long`. */
import { expect, test } from 'vitest';
import { type Cut, cascadeRound, rigOfThree } from '../live/cascade-rounds.js';
import { Bench } from '../live/pair-harness.js';

const ROUNDS = 50;
const CUTS: readonly Cut[] = [null, 'B-C', 'A-B'];

test(`two arrays that are killed ${ROUNDS} times leave a prefix of the writes at the third each time`, async () => {
  const bench = new Bench();
  try {
    const rig = await rigOfThree(bench, 'journal-cascade');
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const round = await cascadeRound(bench, rig, seed, CUTS[seed % CUTS.length]);
      process.stdout.write(`${JSON.stringify(round)}\n`);
      expect(round.served).toBeGreaterThan(0);
    }
  } finally {
    await bench.close();
  }
}, 3_600_000);
