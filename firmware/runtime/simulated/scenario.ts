/**
 * A scenario: a short script over a simulated world, run from a seed. What it expects it says with `sim.expect`; what must
 * hold always, the oracle and the checks at rest say by themselves.
 */
import type { Images } from '../machine/array.js';
import type { Sim } from './sim.js';
import { mend } from './storm.js';

/** Settings that a run may be given: `--set faults=3`. */
export type Settings = Readonly<Record<string, number>>;

export interface Scenario {
  /** One sentence: what the user of an array gets. */
  readonly help: string;
  /** Rig that it is written for; another may be given. */
  readonly rig: string;
  /** Settings and what they are when none is given. */
  readonly settings?: Settings;
  /** What its script changes microcode for (`Sim.changeMicrocode`). */
  others?(images: Images): Images;
  run(sim: Sim, settings: Settings): void;
}

export const scenario = (s: Scenario): Scenario => s;

/** Both arrays are up and every pair is in PAIR. */
export function begin(sim: Sim): void {
  sim.until('all arrays boot', () => sim.rig.arrays.every((_, a) => sim.isBooted(a)));
  sim.paired();
}

/** Everything mended, at rest, and what must hold then does. */
export function finish(sim: Sim): void {
  if (sim.faults.plans.length > 0) {
    mend(sim);
    if (sim.violations.length === 0) sim.checkAtRest();
    return;
  }
  sim.world.mendLink();
  for (const array of sim.rig.arrays) if (sim.violations.length === 0) sim.powerOn(array.name);
  sim.rest();
  if (sim.violations.length === 0) sim.checkAtRest();
}
