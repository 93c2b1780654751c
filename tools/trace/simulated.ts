/** What traces and dumps of simulated rigs have in common. */
import { MICROCODED_ROLES } from '../../firmware/ports/messages.js';
import type { Images } from '../../firmware/runtime/machine/array.js';
import { DIRECTORS } from '../../firmware/runtime/machine/director-names.js';
import type { Sim } from '../../firmware/runtime/simulated/sim.js';
import type { SimRig } from '../../firmware/runtime/simulated/world-plan.js';
import { type RunHead, type TraceHead, tracedArray } from '../../firmware/service/dump/trace-file.js';

/** Records of each director that are kept where nobody says how many. */
export const RECORDS_USUAL = 65_536;

/** What the head of a file of a simulated rig says. */
export const simHead = (rig: SimRig, run: RunHead): TraceHead => ({
  rig: rig.name,
  clock: 'virtual',
  isOrdered: true,
  arrays: rig.arrays.map(tracedArray),
  rings: rig.arrays.flatMap((_, array) => MICROCODED_ROLES.map((_, role) => ({ array, director: DIRECTORS[role] }))),
  run,
});

/** By role, what an array runs now. */
export const ranBy = (sim: Sim, array: number): Images =>
  Object.fromEntries(
    MICROCODED_ROLES.map((role) => [role, (sim.world.runsOther(array, role) ? sim.others : sim.codes)[role]]),
  );
