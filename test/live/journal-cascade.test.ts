/** A cascade of journal groups as users run it, A to B to C, each array a process of its own: A and B are lost together. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Cut, cascadeRound, rigOfThree } from './cascade-rounds.js';
import { TIMEOUT_MS } from './clients.js';
import { Bench } from './pair-harness.js';

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close(), TIMEOUT_MS);

const rounds: readonly (readonly [seed: number, cut: Cut])[] = [
  [1, null],
  [2, 'B-C'],
  [3, 'A-B'],
];

for (const [seed, cut] of rounds) {
  const after = cut === null ? '' : `, after link ${cut} was cut and came back`;
  test(`seed ${seed}: when A and B are killed${after}, C serves a prefix of the writes over both volumes`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    const round = await cascadeRound(bench, await rigOfThree(bench, 'journal-cascade'), seed, cut);
    expect(round.served).toBeGreaterThan(0);
  });
}
