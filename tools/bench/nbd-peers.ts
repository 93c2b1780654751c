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
export const HOST = '127.0.0.1';

/** Waits until `probe` gives something; then that. Errors: when the process ends first, or is not ready in time. */
export async function ready<T>(
  name: string,
  child: ChildProcess,
  said: () => string,
  probe: () => Promise<T | undefined>,
) {
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

export function peer(
  name: string,
  child: ChildProcess,
  host: string,
  port: number,
  cleanUp = (): void => undefined,
): Peer {
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

/** What `serve` says when all of a rig is up. */
export interface Served {
  readonly arrays: readonly {
    readonly name: string;
    readonly nbd: string;
    /** Where hosts reach it by iSCSI, and the name of its target. */
    readonly iscsi?: string;
    readonly iqn?: string;
  }[];
  /** The operator's interface, and the file with the token that it asks for. */
  readonly http?: string;
  readonly tokenFile?: string;
}

/**
 * A rig of ours, as a user starts it; the peer is its first array. Errors: when it does not start, with what it said.
 */
export async function startRig(rig: string, args: readonly string[] = []): Promise<{ peer: Peer; served: Served }> {
  const cli = ['dist/tools/cli/main.js', 'serve', rig, '--port-base', '0', ...args];
  const { process: child, said, stdout } = start('arraylab', process.execPath, cli);
  // How `serve` is to be called is no news here.
  const complaint = (): string => said().split('\n\nusage: ')[0];
  const served = await ready('arraylab', child, complaint, async () => {
    const line = /^ready (\{.*\})$/m.exec(stdout());
    return line?.[1] === undefined ? undefined : (JSON.parse(line[1]) as Served);
  });
  const { host, port } = addressOf(served, served.arrays[0]?.name ?? '');
  return { peer: peer('arraylab', child, host, port), served };
}

/** Where an array's NBD server listens. Errors: when no array of that name is served. */
export function addressOf({ arrays }: Served, array: string): { host: string; port: number } {
  const address = arrays.find(({ name }) => name === array)?.nbd;
  if (address === undefined) throw new Error(`serve says nothing of array ${array}: ${JSON.stringify(arrays)}`);
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

/** One array. Errors: when it does not start, with what it said. */
export async function startArray(rig = 'hw-profiles/rigs/single.json', args: readonly string[] = []): Promise<Peer> {
  return (await startRig(rig, args)).peer;
}

/** A port that was free a moment ago: the other servers do not say which one they took. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Does an NBD server say its greeting there? */
export function answers(port: number): Promise<true | undefined> {
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

/** A raw file of zeros in memory, as far as this machine has a folder in memory; gone when this process ends. */
export function fileInMemory(bytes: number): { folder: string; file: string; remove: () => void } {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'arraylab-bench-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const file = join(folder, 'disk.raw');
  writeFileSync(file, '');
  truncateSync(file, bytes);
  return { folder, file, remove };
}

/** qemu-nbd over a raw file in memory. */
export async function startQemuNbd(bytes: number, volume: string): Promise<Peer> {
  const port = await freePort();
  const { file, remove } = fileInMemory(bytes);
  const where = ['-t', '-b', HOST, '-p', String(port), '-x', volume, '-e', '16'];
  const { process: child, said } = start('qemu-nbd', 'qemu-nbd', [...where, '-f', 'raw', '--cache=writeback', file]);
  await ready('qemu-nbd', child, said, () => answers(port));
  return peer('qemu-nbd', child, HOST, port, remove);
}
