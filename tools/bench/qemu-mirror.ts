/**
 * QEMU's active mirror: qemu-storage-daemon exports a node over NBD, and a mirror job with copy-mode write-blocking sends
 * each write to a second NBD server before it ends. Like our pair, both copies are in memory and TCP is between them.
 *
 * The second server is QEMU's own, qemu-nbd, or nbdkit: of what was tried on a quiet machine that was the fastest, with the
 * local file opened without the page cache.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, start } from './children.js';
import type { Mirror } from './mirror.js';
import {
  answers,
  fileInMemory,
  freePort,
  HOST,
  type Peer,
  peer,
  ready,
  startNbdkit,
  startQemuNbd,
} from './nbd-peers.js';
import { Qmp } from './qmp.js';

const DAEMON = 'qemu-storage-daemon';
const JOB = 'mirror';
/** A mirror that has not copied a volume in memory by then never will. */
const COPIED_MS = 60_000;

/** What it mirrors to. */
export const SECONDS = ['nbdkit', 'qemu-nbd'] as const;
export type Second = (typeof SECONDS)[number];

export const qemuMirrorName = (second: Second): string => `qemu-mirror to ${second}`;

/** What to install first; undefined: all is here. */
export function missingForQemuMirror(second: Second): string | undefined {
  if (!isInstalled(DAEMON)) return `${DAEMON} (Debian 12: apt-get install --no-install-recommends qemu-system-common)`;
  return isInstalled(second) ? undefined : second;
}

/** QEMU's asynchronous I/O needs a file system that can do without the page cache; tmpfs can since Linux 6.6. */
function fastestAccess(file: string): string {
  try {
    closeSync(openSync(file, constants.O_RDWR | constants.O_DIRECT));
    return 'aio=native,cache.direct=on';
  } catch {
    return 'aio=threads';
  }
}

interface Job {
  readonly id: string;
  readonly status: string;
  readonly error?: string;
}

async function jobOf(monitor: Qmp): Promise<Job> {
  const jobs = (await monitor.execute('query-jobs')) as Job[];
  const job = jobs.find(({ id }) => id === JOB);
  // A job that failed is gone by itself.
  if (job === undefined) throw new Error("QEMU's mirror job has ended: nothing is mirrored");
  return job;
}

async function requireReady(monitor: Qmp): Promise<void> {
  const { status, error } = await jobOf(monitor);
  if (status !== 'ready') throw new Error(`QEMU's mirror job is ${status}, not ready${error ? `: ${error}` : ''}`);
}

/** Starts the job, and waits until both copies are the same and only new writes are left to mirror. */
async function mirror(monitor: Qmp): Promise<void> {
  const nodes = { device: 'source', target: 'target' };
  await monitor.execute('blockdev-mirror', { 'job-id': JOB, ...nodes, sync: 'full', 'copy-mode': 'write-blocking' });
  const until = performance.now() + COPIED_MS;
  while (performance.now() < until && ['created', 'running'].includes((await jobOf(monitor)).status)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await requireReady(monitor);
}

/** Errors: when one of the two servers does not start, or the mirror does not come to be ready. */
export async function startQemuMirror(bytes: number, volume: string, second: Second): Promise<Mirror> {
  const target = second === 'nbdkit' ? await startNbdkit(bytes) : await startQemuNbd(bytes, volume);
  let source: Peer | undefined;
  let monitor: Qmp | undefined;
  const stop = async (): Promise<void> => {
    monitor?.close();
    await source?.stop();
    await target.stop();
  };
  try {
    const { folder, file, remove } = fileInMemory(bytes);
    const port = await freePort();
    const socket = join(folder, 'monitor');
    // Each as it is fastest: with native access it sends qemu-nbd one write at a time (measured).
    const access = second === 'nbdkit' ? fastestAccess(file) : 'aio=threads';
    const { process: child, said } = start(DAEMON, DAEMON, [
      ...['--chardev', `socket,id=monitor,path=${socket},server=on,wait=off`, '--monitor', 'chardev=monitor'],
      ...['--blockdev', `driver=file,node-name=source,filename=${file},${access}`],
      '--blockdev',
      `driver=nbd,node-name=target,server.type=inet,server.host=${HOST},server.port=${target.port},export=${volume}`,
      ...['--nbd-server', `addr.type=inet,addr.host=${HOST},addr.port=${port}`],
      ...['--export', `type=nbd,id=export,node-name=source,name=${volume},writable=on`],
    ]);
    source = peer(qemuMirrorName(second), child, HOST, port, remove);
    await ready(DAEMON, child, said, () => answers(port));
    monitor = await Qmp.connect(socket);
    await mirror(monitor);
    const asked = monitor;
    const inForce = (): Promise<void> => requireReady(asked);
    return { name: source.name, uri: source.uri(volume), copyUri: target.uri(volume), inForce, settled: inForce, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
