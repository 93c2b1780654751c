/** `arraylab dap` on arrays that serve hosts: an editor's client stops the write of a real host, and lets it end. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect } from 'vitest';
import { Client } from '../harness/dap-client.js';
import { TIMEOUT_MS, withClients } from './clients.js';
import { Bench, type ServeProcess, untilPaired } from './pair-harness.js';

const run = promisify(execFile);
const SIZE = 4 * 1024 * 1024;

let bench: Bench;
let served: ServeProcess;
beforeEach(async () => {
  bench = new Bench();
  served = await bench.serve(await bench.rig(SIZE));
  await untilPaired(served, 'A');
}, TIMEOUT_MS);
afterEach(() => bench.close(), TIMEOUT_MS);

withClients(['qemu-io'], 'a host waits at a breakpoint while an editor looks, and goes on', async () => {
  const client = Client.command();
  const { url, tokenFile } = served.http;
  await client.initializeRequest();
  await client.attachRequest({ url, tokenFile } as object);
  const { capabilities } = (await client.next('capabilities')).body;
  expect(capabilities).toMatchObject({ supportsStepBack: false });
  const { body } = await client.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'A/write.uc:merged' }] });
  expect(body.breakpoints).toMatchObject([{ verified: true }]);
  await client.configurationDoneRequest();
  const writing = run('qemu-io', ['-f', 'raw', '-c', 'write -P 7 1114112 4096', served.uri('A')]);
  const stop = await client.stopped();
  expect(stop.reason).toBe('function breakpoint');
  const { id: frameId, name } = await client.top(stop);
  expect(name).toBe('on WRITE');
  const track = await client.evaluateRequest({ expression: 'track', frameId, context: 'watch' });
  expect(track.body.result).toBe('17');
  await client.disconnectRequest();
  expect((await writing).stdout).toContain('wrote 4096/4096 bytes');
  expect(await client.exit()).toBe(0);
});
