/** Jobs over worker threads: each worker does one job at a time; jobs are handed out in order. */
import { availableParallelism } from 'node:os';
import { parentPort, Worker } from 'node:worker_threads';

export const usualJobs = (): number => availableParallelism();

/**
 * Runs `todo` on `jobs` workers made from the module at `url`, which calls `work`. `done` hears each result as it comes,
 * with the number of its job. Errors: what a worker throws, as Error.
 */
export async function runJobs<Job, Result>(
  url: URL,
  todo: readonly Job[],
  jobs: number,
  done: (result: Result, number: number) => void,
): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    const worker = new Worker(url);
    try {
      while (next < todo.length) {
        const number = next++;
        const answer = await ask(worker, todo[number]);
        if (answer.error !== undefined) throw new Error(answer.error);
        done(answer.result as Result, number);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, todo.length) }, one));
}

interface Answer {
  readonly result?: unknown;
  readonly error?: string;
}

function ask(worker: Worker, job: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const listen = (add: boolean): void => {
      const how = add ? 'on' : 'off';
      worker[how]('message', answered);
      worker[how]('error', failed);
      worker[how]('exit', left);
    };
    const answered = (answer: Answer): void => {
      listen(false);
      resolve(answer);
    };
    const failed = (error: Error): void => {
      listen(false);
      reject(error);
    };
    const left = (code: number): void => failed(new Error(`a worker ended with exit status ${code}`));
    listen(true);
    worker.postMessage(job);
  });
}

/** The other end: in a worker's module. */
export function work<Job, Result>(job: (job: Job) => Promise<Result> | Result): void {
  parentPort?.on('message', async (message: Job) => {
    try {
      parentPort?.postMessage({ result: await job(message) });
    } catch (error) {
      parentPort?.postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
}
