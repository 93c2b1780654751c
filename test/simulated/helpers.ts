/** What the simulator's tests share. */
import { FLAG } from '../../firmware/memory/constants.js';
import { roleNumber } from '../../firmware/ports/messages.js';
import { Sim } from '../../firmware/runtime/simulated/sim.js';
import { loadImages } from '../../firmware/service/microcode.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { runScenario } from '../../tools/regress/run.js';
import { loadScenario } from '../../tools/regress/scenarios.js';
import { allWatched } from '../harness/coverage.js';

export const IMAGES = allWatched('simulated', loadImages());

export const newSim = (rig: string, seed: number): Sim => new Sim(loadSimRig(rig), IMAGES, seed);

/** Runs seeds of a scenario; for each that fails, the command that repeats it and what went wrong. */
export async function failures(
  name: string,
  from: number,
  to: number,
  rig?: string,
  progress: (seed: number) => void = () => {},
): Promise<string[]> {
  const scenario = await loadScenario(name);
  const sim = loadSimRig(rig ?? scenario.rig);
  const out: string[] = [];
  for (let seed = from; seed <= to && out.length < 3; seed++) {
    progress(seed);
    const { violations } = runScenario(scenario, sim, IMAGES, seed);
    if (violations[0])
      out.push(`npx arraylab sim ${name}${rig ? ` --rig ${rig}` : ''} --seed ${seed}: ${violations[0].text}`);
  }
  return out;
}

/** No track is a hole, which needs no drive. */
export function mapAll(sim: Sim): void {
  for (const array of sim.world.arrays) {
    let base = 0;
    for (const [v, { tracks }] of array.config.volumes.entries()) {
      for (let t = 0; t < tracks; t++) array.nodes[roleNumber('data')]?.tracks.setFlags(base + t, v, FLAG.WRITTEN);
      base += tracks;
    }
  }
}
