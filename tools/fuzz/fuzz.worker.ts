/** The thread that a target runs on, so that one that never returns can be told from one that works. */
import { parentPort, workerData } from 'node:worker_threads';
import { fuzz, type Plan } from './runner.js';
import type { OpenTarget } from './target.js';
import { openerOf } from './targets.js';

export interface Work {
  readonly plan: Plan;
  /** The number of the input that is under way. */
  readonly now: Uint32Array;
  /** Where the target is, if it is none of ours. */
  readonly module?: string;
}

const { plan, now, module } = workerData as Work;
const open = module === undefined ? await openerOf(plan.target) : ((await import(module)) as { open: OpenTarget }).open;
parentPort?.postMessage(await fuzz(open, plan, (input) => Atomics.store(now, 0, input)));
// A target may have timers of its own.
process.exit(0);
