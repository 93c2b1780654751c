/** `arraylab dap` as a process: what it takes from its streams and its port, and how it ends. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { Client } from '../../harness/dap-client.js';

const clients: Client[] = [];
const command = (...args: string[]): Client => {
  const client = Client.command(...args);
  clients.push(client);
  return client;
};
afterEach(() => {
  for (const { process } of clients.splice(0)) process?.kill();
});

test('it ends when the client disconnects', async () => {
  const c = command();
  await c.initializeRequest();
  await c.disconnectRequest();
  expect([await c.exit(), c.said]).toEqual([0, '']);
});

test('it ends when the client is gone', async () => {
  const c = command();
  await c.initializeRequest();
  c.process?.stdin.end();
  expect(await c.exit()).toBe(0);
});

test.each([
  ['GET / HTTP/1.1\r\n\r\n', '"GET / HTTP/1.1" is no header of the Debug Adapter Protocol; "Content-Length: N" is'],
  ['Content-Length: 9999999999\r\n\r\n', 'Content-Length is wanted, of 67108864 bytes at most'],
  ['Content-Length: 3\r\n\r\n{a}', 'a message is not JSON'],
  ['x'.repeat(300), 'is no header of the Debug Adapter Protocol'],
])('bytes that are not the protocol end it, with the reason: %j', async (bytes, said) => {
  const c = command();
  c.process?.stdin.write(bytes);
  expect([await c.exit(), c.said]).toEqual([1, expect.stringContaining(said)]);
});

test('at a port there are several sessions, one after the other', async () => {
  const port = await command('--port', '0').port();
  for (let n = 0; n < 3; n++) {
    const c = await Client.at(port);
    expect((await c.initializeRequest()).body?.supportsStepBack).toBe(true);
    const closed = once(c.socket as Socket, 'close');
    await c.disconnectRequest();
    await closed;
  }
});

test('what a browser posts to the port is not read', async () => {
  const port = await command('--port', '0').port();
  const body = '{"seq":1,"type":"request","command":"initialize"}';
  const socket = connect(port, '127.0.0.1');
  socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const answered = await text(socket).catch((error: NodeJS.ErrnoException) => error.code);
  expect(['', 'ECONNRESET']).toContain(answered);
});

test.each([
  [['--port', '70000'], '--port is "70000"; a whole number from 0 to 65535 is wanted'],
  [['--prot', '7'], "Unknown option '--prot'"],
])('%j is refused', async (args, said) => {
  const c = command(...args);
  expect([await c.exit(), c.said]).toEqual([2, expect.stringContaining(said)]);
});

test('over the standard streams: launch, a breakpoint, its variables, a step back, disconnect', async () => {
  const c = command();
  await c.launched({ scenario: 'storm', seed: 1, stopOnEntry: true });
  await c.configurationDoneRequest();
  expect((await c.stopped()).reason).toBe('entry');
  await c.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'write.uc:merged' }] });
  await c.continueRequest({ threadId: 1 });
  const stop = await c.stopped();
  const { id: frameId, line } = await c.top(stop);
  const { scopes } = (await c.scopesRequest({ frameId })).body;
  expect(scopes.map(({ name }) => name)).toEqual(['Task', 'Slot', 'Track', 'Volume', 'Pair', 'Director', 'Array']);
  await c.stepBackRequest({ threadId: stop.threadId ?? 0 });
  expect((await c.top(await c.stopped())).line).toBeLessThan(line);
  await c.disconnectRequest();
  expect([await c.exit(), c.said]).toEqual([0, '']);
});
