/** Runs of one process know nothing of each other. */
import { expect, test } from 'vitest';
import { Random } from '../../firmware/memory/random.js';
import type { Scenario } from '../../firmware/runtime/simulated/scenario.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { runScenario } from '../../tools/regress/run.js';
import { loadScenario, scenarioNames } from '../../tools/regress/scenarios.js';
import { IMAGES } from './helpers.js';

const RUNS = 200;

interface Run {
  readonly name: string;
  readonly scenario: Scenario;
  readonly seed: number;
}

/** All scenarios in turn, but those that take long; each time round with another seed. */
async function plan(): Promise<Run[]> {
  const all = await Promise.all(scenarioNames().map(async (name) => ({ name, scenario: await loadScenario(name) })));
  const short = all.filter(({ scenario }) => scenario.seeds === undefined);
  return Array.from({ length: RUNS }, (_, i) => ({
    ...(short[i % short.length] as (typeof short)[0]),
    seed: 1 + Math.floor(i / short.length),
  }));
}

function shuffled<T>(all: readonly T[]): T[] {
  const random = new Random(new Int32Array(4), 0);
  random.seed(17, 1);
  const out = [...all];
  for (let i = out.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}

test(`${RUNS} runs of all scenarios have the same hashes in whatever order one process runs them`, async () => {
  const runs = await plan();
  const hashes = (order: readonly Run[]): Map<string, string> =>
    new Map(
      order.map(({ name, scenario, seed }) => {
        const { hash, responses } = runScenario(scenario, loadSimRig(scenario.rig), IMAGES, seed);
        return [`${name} ${seed}`, `${hash} ${JSON.stringify(responses)}`];
      }),
    );
  const here = hashes(runs);
  const there = hashes(shuffled(runs));
  expect(here.size).toBe(RUNS);
  for (const [run, hash] of here) expect(there.get(run), run).toBe(hash);
}, 600_000);
