/**
 * NBD servers as child processes: our own array through its command line, and the servers that it is measured against.
 * Each is stopped by its process id.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './children.js';

export { isInstalled } from './children.js';

export interface Peer {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** Where clients find a volume. */
  uri(volume: string): string;
  /** Ends it politely; its exit code, null when it had to be killed. */
  stop(): Promise<number | null>;
}

const READY_MS = 30_000;
const STOP_MS = 15_000;
const HOST = '127.0.0.1';

/** Waits until `probe` gives something; then that. Errors: when the process ends first, or is not ready in time. */
async function ready<T>(name: string, child: ChildProcess, said: () => string, probe: () => Promise<T | undefined>) {
  const until = performance.now() + READY_MS;
  while (performance.now() < until) {
    const found = await probe();
    if (found !== undefined) return found;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill('SIGKILL');
  throw new Error(`${name} is not ready; it said: ${said().trim() || 'nothing'}`);
}

function peer(name: string, child: ChildProcess, host: string, port: number, cleanUp = (): void => undefined): Peer {
  const exited = new Promise<number | null>((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    else child.once('exit', (code) => resolve(code));
  });
  return {
    name,
    host,
    port,
    pid: child.pid ?? 0,
    uri: (volume) => `nbd://${host}:${port}/${volume}`,
    stop: async () => {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      const code = await exited;
      clearTimeout(late);
      cleanUp();
      return code;
    },
  };
}

/** Our array, as a user starts it. Errors: when it does not start, with what it said. */
export async function startArray(rig = 'hw-profiles/rigs/single.json', args: readonly string[] = []): Promise<Peer> {
  const cli = ['dist/tools/cli/main.js', 'serve', rig, '--port-base', '0', ...args];
  const { process: child, said } = start('arraylab', process.execPath, cli);
  const address = await ready('arraylab', child, said, async () => {
    const line = /^ready (\{.*\})$/m.exec(said());
    if (line?.[1] === undefined) return undefined;
    const { arrays } = JSON.parse(line[1]) as { arrays: { name: string; nbd: string }[] };
    return arrays[0]?.nbd;
  });
  const colon = address.lastIndexOf(':');
  return peer('arraylab', child, address.slice(0, colon), Number(address.slice(colon + 1)));
}

/** A port that was free a moment ago: the other servers do not say which one they took. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function answers(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    const end = (result: true | undefined): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once('data', () => end(true));
    socket.once('error', () => end(undefined));
  });
}

/** nbdkit's memory plugin: a volume of so many bytes, under any name. */
export async function startNbdkit(bytes: number): Promise<Peer> {
  const port = await freePort();
  const { process: child, said } = start('nbdkit', 'nbdkit', [
    '-f',
    '-i',
    HOST,
    '-p',
    String(port),
    'memory',
    String(bytes),
  ]);
  await ready('nbdkit', child, said, () => answers(port));
  return peer('nbdkit', child, HOST, port);
}

/** qemu-nbd over a raw file in memory. */
export async function startQemuNbd(bytes: number, volume: string): Promise<Peer> {
  const port = await freePort();
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'arraylab-bench-'));
  const cleanUp = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', cleanUp);
  const file = join(folder, 'disk.raw');
  writeFileSync(file, '');
  truncateSync(file, bytes);
  const where = ['-t', '-b', HOST, '-p', String(port), '-x', volume, '-e', '16'];
  const { process: child, said } = start('qemu-nbd', 'qemu-nbd', [...where, '-f', 'raw', '--cache=writeback', file]);
  await ready('qemu-nbd', child, said, () => answers(port));
  return peer('qemu-nbd', child, HOST, port, cleanUp);
}
