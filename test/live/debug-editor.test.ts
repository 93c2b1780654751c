/** `arraylab dap` on arrays that serve hosts: an editor's client stops the write of a real host, and lets it end. */
import { expect } from 'vitest';
import { Client } from '../harness/dap-client.js';
import { withClients } from './clients.js';
import { served, write } from './served-pair.js';

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
  const writing = write();
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
