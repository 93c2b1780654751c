/** Which runs of a regression can have the faults that all its runs are given. */
import type { Images } from '../../firmware/runtime/machine/array.js';
import { planFaults } from '../../firmware/runtime/simulated/faults/faults.js';
import type { Scenario } from '../../firmware/runtime/simulated/scenario.js';
import type { SimRig } from '../../firmware/runtime/simulated/world-plan.js';
import { othersWith } from './loaded-images.js';

/** Faults, and all microcode that runs are made with: one, or the two that are compared. */
export interface Given {
  readonly faults: readonly string[];
  readonly microcodes: readonly Images[];
}

/** Why runs of a scenario on a rig cannot have them: no such volume, director, link, label, image ...; undefined: they can. */
export function misfitOfFaults({ faults, microcodes }: Given, scenario: Scenario, rig: SimRig): string | undefined {
  if (faults.length === 0) return undefined;
  try {
    for (const images of microcodes) {
      planFaults(faults, rig, images);
      othersWith(faults, rig, images, scenario.others?.(images));
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
