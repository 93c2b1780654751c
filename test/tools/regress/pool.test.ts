/** Jobs over worker threads. */
import { expect, test } from 'vitest';
import { runJobs } from '../../../tools/regress/pool.js';

const POOL = new URL('../../../tools/regress/pool.js', import.meta.url).href;

/** A worker that says twice the number of its job, but of 3, which it cannot do. */
const WORKER = new URL(
  `data:text/javascript,${encodeURIComponent(`import { work } from '${POOL}';
work((n) => { if (n === 3) throw new RangeError('three'); return 2 * n; });`)}`,
);

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 4);

test('each result comes once, with the number of its job, whatever the number of workers', async () => {
  const results: number[] = [];
  await runJobs<number, number>(WORKER, numbers(20), 3, (result, i) => {
    results[i] = result;
  });
  expect(results).toEqual(numbers(20).map((n) => 2 * n));
});

test('after a job that throws none is begun, by no worker', async () => {
  const done: number[] = [];
  const todo = [3, ...numbers(2000)];
  await expect(runJobs<number, number>(WORKER, todo, 2, (_, i) => done.push(i))).rejects.toThrow('RangeError: three');
  const before = done.length;
  expect(before).toBeLessThan(1000);
  // Long enough for many more: a worker that went on would show.
  await runJobs<number, number>(WORKER, numbers(500), 1, () => {});
  expect(done.length).toBeLessThanOrEqual(before + 1);
});

test('no job is begun any more when it is enough', async () => {
  const done: number[] = [];
  await runJobs<number, number>(WORKER, numbers(100), 2, (_, i) => done.push(i), { enough: () => done.length >= 10 });
  expect(done.length).toBeGreaterThanOrEqual(10);
  expect(done.length).toBeLessThan(13);
});
