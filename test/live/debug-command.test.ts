/** `arraylab debug --attach`: scripts on arrays that serve hosts. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect } from 'vitest';
import { packageRoot } from '../../firmware/service/package-root.js';
import { TIMEOUT_MS, withClients } from './clients.js';
import { Bench, type ServeProcess, untilPaired } from './pair-harness.js';

const run = promisify(execFile);
const MAIN = join(packageRoot(), 'dist/tools/cli/main.js');
const SIZE = 4 * 1024 * 1024;

let bench: Bench;
let served: ServeProcess;
beforeEach(async () => {
  bench = new Bench();
  served = await bench.serve(await bench.rig(SIZE));
  await untilPaired(served, 'A');
}, TIMEOUT_MS);
afterEach(() => bench.close(), TIMEOUT_MS);

const write = () => run('qemu-io', ['-f', 'raw', '-c', 'write -P 7 1114112 4096', served.uri('A')]);

/** The debugger, attached, after it said that its first commands are done. */
async function attached(...commands: string[]) {
  const { url, tokenFile } = served.http;
  const given = [...commands, 'echo begun'].flatMap((command) => ['-ex', command]);
  const child = spawn(process.execPath, [MAIN, 'debug', '--attach', url, '--token-file', tokenFile, ...given]);
  const ended = once(child, 'close');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await new Promise<void>((resolve, reject) => {
    child.once('close', () => reject(new Error(`it ended: ${said}`)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('begun\n')) resolve();
    });
  });
  return { child, ended, said: () => said };
}

withClients(
  ['qemu-io'],
  'a script stops the write of a host, looks, steps, follows it to the other array, and lets it end',
  async () => {
    const { child, ended, said } = await attached('tbreak base/data/write.uc:merged on A');
    child.stdin.end('continue\nprint track\nassert M2_WP A:data0:17\nstep\npeer\nexpect on FAR_APPLY\nback\n');
    const wrote = await write();
    expect(wrote.stdout).toContain('wrote 4096/4096 bytes');
    expect(await ended).toEqual([1, null]);
    expect(said()).toMatch(/\ntrack = 17\n/);
    expect(said()).toContain('line 7: back: this is a live rig, which cannot go back');
  },
);

withClients(['qemu-io'], 'told to end, it lets the arrays go on', async () => {
  const { child, ended } = await attached();
  const writing = write();
  child.kill('SIGTERM');
  expect(await ended).toEqual([143, null]);
  expect((await writing).stdout).toContain('wrote 4096/4096 bytes');
});
