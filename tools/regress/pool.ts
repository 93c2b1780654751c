/** Jobs over worker threads: each worker does one job at a time; jobs are handed out in order. */
import { availableParallelism } from 'node:os';
import { parentPort, Worker } from 'node:worker_threads';

export const usualJobs = (): number => availableParallelism();

export interface PoolOptions<Job, Result> {
  /** Each worker does this one before any other. */
  readonly first?: Job;
  /** A job that takes longer has hung: its worker is ended, and this is the result. */
  readonly limit_ms?: number;
  readonly hung?: Result;
  /** No job is begun any more when it says so. */
  readonly enough?: () => boolean;
}

/**
 * Runs `todo` on `jobs` workers made from the module at `url`, which calls `work`. `done` hears each result as it comes,
 * with the number of its job. Errors: what a worker throws, as Error; no job is begun after that.
 */
export async function runJobs<Job, Result>(
  url: URL,
  todo: readonly Job[],
  jobs: number,
  done: (result: Result, number: number) => void,
  { first, limit_ms, hung, enough = () => false }: PoolOptions<Job, Result> = {},
): Promise<void> {
  let next = 0;
  let failed = false;
  const one = async (): Promise<void> => {
    let worker: Worker | undefined;
    try {
      while (next < todo.length && !failed && !enough()) {
        const number = next++;
        if (!worker) {
          worker = new Worker(url);
          if (first !== undefined) resultOf(await ask(worker, first));
        }
        const answer = await ask(worker, todo[number], limit_ms);
        if (answer === HUNG) {
          await worker.terminate();
          worker = undefined;
          done(hung as Result, number);
        } else done(resultOf(answer) as Result, number);
      }
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      await worker?.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, todo.length) }, one));
}

const HUNG: Answer = {};

function resultOf({ result, error }: Answer): unknown {
  if (error !== undefined) throw new Error(error);
  return result;
}

interface Answer {
  readonly result?: unknown;
  readonly error?: string;
}

function ask(worker: Worker, job: unknown, limit_ms?: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = limit_ms === undefined ? undefined : setTimeout(() => answered(HUNG), limit_ms);
    const listen = (add: boolean): void => {
      if (!add) clearTimeout(timer);
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
