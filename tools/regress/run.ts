/** One run of a scenario: a pure function of (scenario, rig, seed, settings, faults, microcode). */
import type { Images } from '../../firmware/runtime/machine/array.js';
import type { FiredFault } from '../../firmware/runtime/simulated/faults/faults.js';
import type { Scenario, Settings } from '../../firmware/runtime/simulated/scenario.js';
import { Sim, type Violation } from '../../firmware/runtime/simulated/sim.js';
import type { WorkResult } from '../../firmware/runtime/simulated/workload/running.js';
import type { SimRig } from '../../firmware/runtime/simulated/world-plan.js';
import { othersWith } from './loaded-images.js';

export interface RunResult {
  readonly seed: number;
  readonly settings: Settings;
  readonly violations: readonly Violation[];
  readonly hash: string;
  readonly writes: number;
  readonly reads: number;
  readonly refused: number;
  readonly steps: number;
  readonly messages: number;
  /** Micro-operations of all arrays. */
  readonly operations: number;
  readonly time_us: number;
  /** What it was given, as it was written; absent: none. */
  readonly faults?: readonly string[];
  /** The same as they struck, and those whose moment did not come. */
  readonly fired?: readonly FiredFault[];
  readonly unfired?: readonly string[];
  /** Response times in virtual time, where the scenario had workloads. */
  readonly responses?: readonly WorkResult[];
}

export interface RunOptions {
  /** As `sim --fault` takes them; files that they name are read. */
  readonly faults?: readonly string[] | undefined;
}

/** Faults as a field, where there are any. */
export const withFaults = (faults: readonly string[] = []): { readonly faults?: readonly string[] } =>
  faults.length > 0 ? { faults } : {};

/**
 * `prepare` is called with the new sim. Never throws for what the machine does: a machine check or an error of a model is a
 * violation too. Errors: RangeError for faults that the rig cannot have.
 */
export function runScenario(
  scenario: Scenario,
  rig: SimRig,
  images: Images,
  seed: number,
  settings: Settings = {},
  prepare: (sim: Sim) => void = () => {},
  { faults = [] }: RunOptions = {},
): RunResult {
  const others = othersWith(faults, rig, images, scenario.others?.(images));
  const sim = new Sim(rig, images, seed, undefined, others, [], faults);
  prepare(sim);
  const all = { ...scenario.settings, ...settings };
  try {
    scenario.run(sim, all);
  } catch (error) {
    sim.violate(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
  const { writes, reads, refused, time_us, violations, world, responses } = sim;
  return {
    seed,
    settings: all,
    violations,
    hash: world.hash,
    writes,
    reads,
    refused,
    steps: world.steps,
    messages: world.messages,
    operations: world.operations,
    time_us,
    ...(faults.length > 0 && { faults, fired: sim.faults.fired, unfired: sim.faults.unfired }),
    ...(responses.length > 0 && { responses }),
  };
}

/**
 * A smaller run that fails too: settings are lowered one at a time, and other seeds are tried, as long as the run gets
 * shorter. `budget` runs at most. `counts`: is a run that fails one that is looked for?
 */
export function shrink(
  scenario: Scenario,
  rig: SimRig,
  images: Images,
  failed: RunResult,
  budget = 400,
  counts: (result: RunResult) => boolean = () => true,
  options: RunOptions = {},
): RunResult {
  let best = failed;
  let left = budget;
  const tryRun = (seed: number, settings: Settings): boolean => {
    if (left-- <= 0) return false;
    const result = runScenario(scenario, rig, images, seed, settings, undefined, options);
    if (result.violations.length === 0 || result.steps >= best.steps || !counts(result)) return false;
    best = result;
    return true;
  };
  for (let again = true; again && left > 0; ) {
    again = false;
    for (const [name, value] of Object.entries(best.settings)) {
      const half = Math.floor(value / 2);
      if (half >= value || half < 1) continue;
      for (let i = 0; i < 12 && !again; i++)
        again = tryRun(i === 0 ? best.seed : i, { ...best.settings, [name]: half });
    }
    if (Object.keys(best.settings).length > 0) continue;
    for (let seed = 1; seed <= 12 && !again; seed++) again = tryRun(seed, {});
  }
  return best;
}
