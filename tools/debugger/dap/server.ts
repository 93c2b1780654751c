/** Sessions over the standard streams, or over a port of this machine. */
import { createServer, type Server, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import type { Openers } from './open.js';
import { Session } from './session.js';

/** A client opens the next session before it closed the last one; who opens more is none. */
const MOST_CONNECTIONS = 4;

/**
 * One session over stdin and stdout. stdout is the protocol's alone: what a scenario prints goes to stderr.
 * @returns why it ended, if the client did not speak the protocol
 */
export async function serveStandard(openers: Openers): Promise<string | undefined> {
  const { stdin, stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  const output = new Writable({ write: (chunk: Buffer, _encoding, done) => void write(chunk, done) });
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  return await new Session(stdin, output, openers).ended;
}

/** Sessions at a loopback port, until the server is closed; `log` hears of what went wrong. 0: any free port. */
export async function servePort(port: number, openers: Openers, log: (line: string) => void): Promise<Server> {
  const server = createServer((socket) => void serveSocket(socket, openers, log));
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

async function serveSocket(socket: Socket, openers: Openers, log: (line: string) => void): Promise<void> {
  socket.setNoDelay(true);
  const reason = await new Session(socket, socket, openers).ended;
  if (reason !== undefined) log(`a session was ended: ${reason}`);
  if (reason === undefined) socket.end();
  else socket.destroy();
}
