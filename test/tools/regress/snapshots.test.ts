import { expect, test } from 'vitest';
import type { Sim } from '../../../firmware/runtime/simulated/sim.js';
import { loadSimRig } from '../../../firmware/service/sim-rig.js';
import { type RunResult, runScenario } from '../../../tools/regress/run.js';
import { loadScenario } from '../../../tools/regress/scenarios.js';
import { putAwayAndTakeUp } from '../../../tools/regress/snapshots.js';
import { IMAGES } from '../../simulated/helpers.js';

async function runs(name: string, prepare: (sim: Sim) => void): Promise<RunResult[]> {
  const scenario = await loadScenario(name);
  const rig = loadSimRig(scenario.rig);
  return [runScenario(scenario, rig, IMAGES, 2), runScenario(scenario, rig, IMAGES, 2, {}, prepare)];
}

// Those that do most to the machine; `sim hashes --snapshot` takes all.
const DEEP = [
  'microcode-changes-under-hosts',
  'list-of-a-source-that-lost-its-battery',
  'takeover-and-return',
  'storm',
];

test.each(DEEP)('%s goes on from a snapshot as if nothing had been', async (name) => {
  let times = (): number => 0;
  const [whole, takenUp] = await runs(name, (sim) => {
    times = putAwayAndTakeUp(sim);
  });
  expect(takenUp).toEqual(whole);
  // After 256 steps, 512, 1024, ...: the last one was in the run's second half.
  expect(times()).toBe(Math.floor(Math.log2((whole?.steps ?? 0) / 128)));
});

test('state that is no memory would be missed: a run is another one if a word is not copied', async () => {
  const [whole, takenUp] = await runs('cut-and-return', (sim) => {
    const { snapshot } = sim;
    sim.snapshot = () => {
      const copy = snapshot.call(sim);
      // The events that wait: without them nothing more arrives.
      new Int32Array(copy.world).fill(0);
      return copy;
    };
    putAwayAndTakeUp(sim);
  });
  expect(takenUp?.hash).not.toBe(whole?.hash);
});
