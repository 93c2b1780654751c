/** Walks the worlds of one pair in one state. */
import { loadSimRig } from '../../../firmware/service/sim-rig.js';
import { type Coverage, counting, coverageOfImages } from '../../coverage/coverage.js';
import { work } from '../pool.js';
import { imagesWith, loadPlant } from '../scenarios.js';
import { type Tally, type WalkPlan, walk } from './walk.js';
import { Start } from './world.js';

export interface WorldsJob extends WalkPlan {
  readonly rig: string;
  readonly seed: number;
  readonly plant?: string | undefined;
  readonly isCounted: boolean;
}

export interface Walked {
  readonly tally: Tally;
  /** What they ran of the microcode, where that is counted. */
  readonly coverage?: Coverage;
}

work<WorldsJob, Walked>(async (job) => {
  const rig = loadSimRig(job.rig);
  const plain = imagesWith(job.plant === undefined ? undefined : await loadPlant(job.plant));
  const images = job.isCounted ? counting(plain) : plain;
  const tally = walk(
    new Start(rig, images, job.seed, job.pair, job.state),
    job,
    rig.arrays.map((a) => a.name),
  );
  return job.isCounted ? { tally, coverage: coverageOfImages(images) } : { tally };
});
