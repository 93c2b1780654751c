/** A pair of 4 MiB that a process serves, in PAIR before each test; and a write of a real host. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach } from 'vitest';
import { Bench, type ServeProcess, untilPaired } from './pair-harness.js';

const run = promisify(execFile);
const SIZE = 4 * 1024 * 1024;

/** Of the test that runs. */
export let served: ServeProcess;
let bench: Bench;
beforeEach(async () => {
  bench = new Bench();
  served = await bench.serve(await bench.rig(SIZE));
  await untilPaired(served, 'A');
});
afterEach(() => bench.close());

/** qemu-io, to a track of A: that with this number is the 17th from its first on. */
export const write = (track = 17) =>
  run('qemu-io', ['-f', 'raw', '-c', `write -P 7 ${track * 65_536} 4096`, served.uri('A')]);
