/** A target's inputs on a thread of their own, watched by this one: whatever becomes of it, there is an outcome. */
import { Worker } from 'node:worker_threads';
import type { Work } from './fuzz.worker.js';
import { type Outcome, type Plan, ROUND_INPUTS } from './runner.js';

/** An input that takes as long hangs: the longest one takes a second. */
const HANG_MS = 60_000;
const LOOK_MS = 1000;

/**
 * @param hang_ms how long one input may take
 * @param module where the target is, if it is none of `TARGETS`
 */
export function watchedRun(plan: Plan, hang_ms = HANG_MS, module?: string): Promise<Outcome> {
  const now = new Uint32Array(new SharedArrayBuffer(4));
  Atomics.store(now, 0, plan.first);
  const work: Work = { plan, now, ...(module !== undefined && { module }) };
  const worker = new Worker(new URL('./fuzz.worker.js', import.meta.url), { workerData: work });
  return new Promise((resolve) => {
    let seen = -1;
    let seenAt = performance.now();
    const end = (outcome: Outcome): void => {
      clearInterval(timer);
      resolve(outcome);
      void worker.terminate();
    };
    const broken = (message: string): void => {
      const input = Atomics.load(now, 0);
      const from = input - ((input - plan.first) % ROUND_INPUTS);
      end({ inputs: input - plan.first + 1, kinds: new Map(), refusals: 0, failure: { input, from, message } });
    };
    const timer = setInterval(
      () => {
        const input = Atomics.load(now, 0);
        if (input !== seen) {
          seen = input;
          seenAt = performance.now();
        } else if (performance.now() - seenAt >= hang_ms) broken(`it hangs: no end within ${hang_ms / 1000} s`);
      },
      Math.min(LOOK_MS, hang_ms),
    );
    worker.on('message', (outcome: Outcome) => end(outcome));
    worker.on('error', (error) => broken(error.stack ?? error.message));
    worker.on('exit', (code) => broken(`its thread ended with ${code}`));
  });
}
