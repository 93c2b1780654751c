/** Proves in the middle of a run that all of its state is memory. */
import type { Sim } from '../../firmware/runtime/simulated/sim.js';

/** Steps before the first snapshot; each further one comes after twice as many. So the last one is in the run's second half. */
const FIRST_STEP = 256;
/** Fills what was copied away. */
const GARBAGE = 0xa5;

/**
 * From now on a run is put away and taken up again, after 256, 512, 1024, ... steps: its memory is copied, destroyed and copied
 * back, and every object of the machine is made anew. Called with a new sim, as `runScenario` has one.
 * @returns how often that was done so far.
 */
export function putAwayAndTakeUp(sim: Sim): () => number {
  let steps = 0;
  let due = FIRST_STEP;
  let times = 0;
  const reattach = sim.reattach.bind(sim);
  const watch = (): void => {
    const { world } = sim;
    const step = world.step.bind(world);
    world.step = () => {
      if (steps++ < due) return step();
      due *= 2;
      times++;
      restore(sim);
      return sim.world.step();
    };
  };
  // Whoever makes the objects anew, a script too: the new ones are watched.
  sim.reattach = () => {
    reattach();
    watch();
  };
  watch();
  return () => times;
}

function restore(sim: Sim): void {
  const { onMessage, buffers } = sim.world;
  const snapshot = sim.snapshot();
  const violations = [...sim.violations];
  const drives = buffers.drives.flatMap(({ current, stable }) => [current, stable]);
  for (const buffer of [buffers.world, buffers.transit, ...buffers.arrays, ...drives])
    new Uint8Array(buffer).fill(GARBAGE);
  sim.rewind(snapshot);
  sim.violations.push(...violations);
  sim.reattach();
  // A script's, and no state of the machine.
  sim.world.onMessage = onMessage;
}
