/** Walks the worlds of one pair in one state. */
import { loadSimRig } from '../../../firmware/service/sim-rig.js';
import { work } from '../pool.js';
import { imagesWith, loadPlant } from '../scenarios.js';
import { type Tally, type WalkPlan, walk } from './walk.js';
import { Start } from './world.js';

export interface WorldsJob extends WalkPlan {
  readonly rig: string;
  readonly seed: number;
  readonly plant?: string | undefined;
}

work<WorldsJob, Tally>(async (job) => {
  const rig = loadSimRig(job.rig);
  const images = imagesWith(job.plant === undefined ? undefined : await loadPlant(job.plant));
  return walk(
    new Start(rig, images, job.seed, job.pair, job.state),
    job,
    rig.arrays.map((a) => a.name),
  );
});
