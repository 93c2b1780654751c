/** The thread that a target runs on, so that one that never returns can be told from one that works. */
import { parentPort, workerData } from 'node:worker_threads';
import { fuzz, type Plan } from './runner.js';
import type { OpenTarget } from './target.js';
import { openerOf } from './targets.js';

export interface Work {
  readonly plan: Plan;
  /** The number of the input that is under way; 1 from the first one on. */
  readonly now: Uint32Array;
  /** Where the target is, if it is none of ours. */
  readonly module?: string;
}

const { plan, now, module } = workerData as Work;
const open = module === undefined ? await openerOf(plan.target) : ((await import(module)) as { open: OpenTarget }).open;
const began = (input: number): void => {
  Atomics.store(now, 0, input);
  Atomics.store(now, 1, 1);
};
parentPort?.postMessage(await fuzz(open, plan, began));
// A target may have timers of its own.
process.exit(0);
