/** Debuggers on two arrays of one pair that two processes serve. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect } from 'vitest';
import type { Target } from '../../firmware/runtime/machine/debug/target.js';
import { openLive } from '../../tools/debugger/live-target.js';
import { TIMEOUT_MS, withClients } from './clients.js';
import { Bench, type ServeProcess, untilPaired } from './pair-harness.js';

const run = promisify(execFile);
const SIZE = 4 * 1024 * 1024;

let bench: Bench;
let a: ServeProcess;
let b: ServeProcess;
const targets: Target[] = [];
beforeEach(async () => {
  bench = new Bench();
  const rig = await bench.rig(SIZE, true);
  [a, b] = await Promise.all(['A', 'B'].map((array) => bench.serve(rig, ['--only', array])));
  await untilPaired(a, 'A');
}, TIMEOUT_MS);
afterEach(async () => {
  for (const target of targets.splice(0)) await target.close();
  await bench.close();
}, TIMEOUT_MS);

async function attach({ http }: ServeProcess): Promise<Target> {
  const target = await openLive(http);
  targets.push(target);
  return target;
}

const write = () => run('qemu-io', ['-f', 'raw', '-c', 'write -P 7 1114112 4096', a.uri('A')]);

withClients(
  ['qemu-io'],
  "what one array sends stops at the other one's process, while the first one runs",
  async () => {
    const live = await attach(b);
    expect((await live.about()).arrays.map(({ name }) => name)).toEqual(['B']);
    await live.setBreaks([{ id: 1, where: { on: 'message', kind: 'FAR_APPLY' } }]);
    const going = live.resume({ how: 'continue' });
    const writing = write();
    const stop = await going;
    expect(stop).toMatchObject({ reason: 'message', breaks: [1], place: { array: 'B', scope: 'on FAR_APPLY' } });
    expect((await live.ask('evaluate', { text: 'track', task: stop.task })).number).toBe(17);
    await live.setBreaks([]);
    await live.close();
    expect((await writing).stdout).toContain('wrote 4096/4096 bytes');
  },
);

withClients(
  ['qemu-io'],
  'what a task sends to an array of another process is not followed, and that is said',
  async () => {
    const live = await attach(a);
    await live.setBreaks([{ id: 1, where: { on: 'label', label: 'base/data/write.uc:merged' } }]);
    const going = live.resume({ how: 'continue' });
    const writing = write();
    expect((await going).place).toMatchObject({ array: 'A' });
    await expect(live.resume({ how: 'peer' })).rejects.toThrow('taken up at B, which another process serves');
    expect((await live.resume({ how: 'instruction' })).reason).toBe('step');
    await live.close();
    expect((await writing).stdout).toContain('wrote 4096/4096 bytes');
  },
);
