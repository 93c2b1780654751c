/** Proves in the middle of a run that all of its state is memory. */
import type { Sim } from '../../firmware/runtime/simulated/sim.js';

/** Steps before the first snapshot; each further one comes after twice as many. So the last one is in the run's second half. */
const FIRST_STEP = 256;
/** Fills what was copied away. */
const GARBAGE = 0xa5;
const CHUNK_BYTES = 1 << 16;
const ZEROS = Buffer.alloc(CHUNK_BYTES);

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
  const drives = buffers.drives.flatMap(({ current, kept }) => [current, kept]);
  const all = [buffers.world, buffers.transit, ...buffers.arrays, ...drives];
  for (const takeUp of all.map(putAway)) takeUp();
  sim.reattach();
  // A script's, and no state of the machine.
  sim.world.onMessage = onMessage;
}

/** Copies what a buffer holds, and destroys it there. What is returned puts it back. Volumes are large, and empty for the most part. */
function putAway(buffer: SharedArrayBuffer): () => void {
  const bytes = Buffer.from(buffer);
  const copies: { readonly at: number; readonly copy: Buffer }[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + CHUNK_BYTES);
    if (chunk.equals(ZEROS.subarray(0, chunk.length))) continue;
    copies.push({ at, copy: Buffer.from(chunk) });
    chunk.fill(GARBAGE);
  }
  return () => {
    for (const { at, copy } of copies) copy.copy(bytes, at);
  };
}
