/** Journal pull: the source killed fifty times under dependent writes, every second time after its link was cut: `npm run long`. */
import { expect, test } from 'vitest';
import { journalRig, journalRound } from '../live/journal-rounds.js';
import { Bench } from '../live/pair-harness.js';

const ROUNDS = 50;

test(`a source that is killed ${ROUNDS} times leaves a prefix of the writes at the target each time`, async () => {
  const bench = new Bench();
  try {
    const rig = await journalRig(bench);
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const round = await journalRound(bench, rig, seed, seed % 2 === 0);
      process.stdout.write(`${JSON.stringify(round)}\n`);
      expect(round.served).toBeGreaterThan(0);
    }
  } finally {
    await bench.close();
  }
}, 3_600_000);
