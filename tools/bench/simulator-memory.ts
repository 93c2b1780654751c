/** Memory of a process in which one simulated run follows the other: it must not grow with them. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadImages } from '../../firmware/service/microcode.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { runScenario } from '../regress/run.js';
import { loadScenario } from '../regress/scenarios.js';
import type { Figure } from './figures.js';

const SCENARIO = 'new-pair-starts-in-pair';
/** Runs after which memory is looked at. */
const LOOKS = [100, 10_000];

/** MB on the heap and behind it (SharedArrayBuffers), of what is still used. */
function used(collect: () => void): number {
  // Memory behind objects is given back a collection after they are.
  for (let i = 0; i < 3; i++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

/** Errors: a run that fails. */
export async function benchSimulatorMemory(): Promise<Figure[]> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const scenario = await loadScenario(SCENARIO);
  const rig = loadSimRig(scenario.rig);
  const images = loadImages();
  const figures: Figure[] = [];
  let done = 0;
  for (const runs of LOOKS) {
    for (; done < runs; done++) {
      const { violations } = runScenario(scenario, rig, images, done + 1);
      if (violations[0]) throw new Error(`${SCENARIO}, seed ${done + 1}: ${violations[0].text}`);
    }
    figures.push({
      name: `memory after ${runs.toLocaleString('en-US')} simulated runs`,
      unit: 'MB',
      value: used(collect),
    });
  }
  return figures;
}
