/** Runs, shrinks and pictures of a regression. Scenarios, rigs and images are loaded once. */
import type { Images } from '../../firmware/runtime/machine/array.js';
import type { Scenario } from '../../firmware/runtime/simulated/scenario.js';
import type { Sim } from '../../firmware/runtime/simulated/sim.js';
import type { SimRig } from '../../firmware/runtime/simulated/world-plan.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { clearCounts, counting, type Words, wordsOf } from '../coverage/coverage.js';
import { type ImagesFrom, imagesHere } from './images.js';
import { isKnown, type KnownFailure } from './known.js';
import type { PlannedRun } from './plan.js';
import { work } from './pool.js';
import { type RunResult, runScenario, shrink } from './run.js';
import { Sampler, type Samples, spansOf } from './sampler.js';
import { loadScenario } from './scenarios.js';

/** Each runs with the microcode that is told with it. */
export type RegressJob =
  | { readonly what: 'run'; readonly run: PlannedRun; readonly images: ImagesFrom; readonly isCounted: boolean }
  | {
      readonly what: 'shrink';
      readonly run: PlannedRun;
      readonly images: ImagesFrom;
      readonly failed: RunResult;
      readonly known: readonly KnownFailure[];
    }
  | {
      readonly what: 'picture';
      readonly run: PlannedRun;
      readonly images: ImagesFrom;
      /** Where the run failed, and where it ended. */
      readonly failed_us: number;
      readonly end_us: number;
    };

/** Of a run that was counted: what it ran of its microcode. */
export type CountedResult = RunResult & { readonly counts?: Words };

const scenarios = new Map<string, Promise<Scenario>>();
const rigs = new Map<string, SimRig>();
const microcode = new Map<string, Promise<Images>>();
const counted = new Map<string, Images>();

function once<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

work<RegressJob, CountedResult | Samples[]>(async (job) => {
  const { run } = job;
  const scenario = await once(scenarios, run.scenario, () => loadScenario(run.scenario));
  const rig = once(rigs, run.rig, () => loadSimRig(run.rig));
  const key = JSON.stringify(job.images);
  const images = await once(microcode, key, () => imagesHere(job.images));
  const { faults } = run;
  if (job.what === 'run') {
    const own = job.isCounted ? once(counted, key, () => counting(images)) : images;
    clearCounts(own);
    const result = runScenario(scenario, rig, own, run.seed, run.settings, undefined, { faults });
    return job.isCounted ? { ...result, counts: wordsOf(own) } : result;
  }
  if (job.what === 'picture') {
    let sampler: Sampler | undefined;
    const look = (sim: Sim): void => {
      sampler = new Sampler(sim, spansOf(job.failed_us, job.end_us));
    };
    runScenario(scenario, rig, images, run.seed, run.settings, look, { faults });
    return sampler?.end() ?? [];
  }
  // A shorter run that fails as known is no example of one that is not.
  const counts = ({ violations }: RunResult): boolean => !isKnown(run, violations, job.known);
  return shrink(scenario, rig, images, job.failed, undefined, counts, { faults });
});
