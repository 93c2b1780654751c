import { Worker } from 'node:worker_threads';

/** Runs a compiled worker of this folder to its one answer; a worker that fails or ends without one rejects. */
export function runWorker<Answer>(file: string, workerData: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(file, import.meta.url), { workerData });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`${file} ended with code ${code} before it answered`)));
  });
}
