/** LUNs as files of this machine: qemu-storage-daemon logs in to the target, and exports what it finds by FUSE. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, start } from '../../tools/bench/children.js';
import { ready } from '../../tools/bench/nbd-peers.js';

const DAEMON = 'qemu-storage-daemon';
/** What mkfs.ext4 takes for a file system with a journal. */
const PROBE_BYTES = 8 << 20;

export interface Lun {
  readonly portal: string;
  readonly iqn: string;
  readonly lun: number;
}

export interface Exported {
  /** Reads and writes of it are reads and writes of the LUN. */
  readonly file: string;
  /** Logs out. Errors: Error with what the daemon said when it did not end in order. */
  stop(): Promise<void>;
}

async function exported(folder: string, node: string): Promise<Exported> {
  const file = join(folder, 'volume');
  writeFileSync(file, '');
  const mount = `type=fuse,id=volume,node-name=volume,mountpoint=${file},writable=on`;
  const child = start(DAEMON, DAEMON, ['--blockdev', `${node},node-name=volume`, '--export', mount]);
  try {
    await ready(DAEMON, child.process, child.said, async () => (statSync(file).size > 0 ? true : undefined));
  } catch (error) {
    unmount(file);
    throw error;
  }
  return { file, stop: () => stopped(child, file) };
}

async function stopped({ process: child, said }: Child, file: string): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null && child.signalCode === null && child.kill('SIGTERM')) await gone;
  unmount(file);
  if (child.exitCode !== 0) throw new Error(`${DAEMON} ended with ${child.exitCode}: ${said()}`);
}

/** Of what a daemon left that did not end by itself; nothing to do else. */
function unmount(file: string): void {
  spawnSync('umount', ['--lazy', file], { stdio: 'ignore' });
}

/** Debian has the driver in a package of its own, `qemu-block-extra`. */
export function hasIscsiDriver(): boolean {
  const node = 'driver=iscsi,node-name=none,transport=tcp,portal=127.0.0.1:0,target=none';
  return !spawnSync(DAEMON, ['--blockdev', node], { encoding: 'utf8' }).stderr?.includes('Unknown driver');
}

/** The file is in this folder. Errors: Error with what the daemon said when it cannot log in. */
export function exportLun(folder: string, { portal, iqn, lun }: Lun): Promise<Exported> {
  return exported(folder, `driver=iscsi,transport=tcp,portal=${portal},target=${iqn},lun=${lun}`);
}

/** A file of the user's file system, mounted through a loop device. Errors: Error with what mount said. */
export function withMounted(file: string, folder: string, how: 'rw' | 'ro', body: () => void): void {
  mkdirSync(folder, { recursive: true });
  told('mount', ['-o', `loop,${how}`, file, folder]);
  try {
    body();
  } finally {
    told('umount', [folder]);
  }
}

/** What it wrote. Errors: Error with all that it said when it ends with anything but 0. */
export function told(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')}: exit ${status}: ${stdout}${stderr}${error?.message ?? ''}`);
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error)).trim();

/**
 * Why this machine cannot export by FUSE, or cannot mount such a file through a loop device; undefined where it can. Found
 * by doing so with a plain file, so that whatever goes wrong with a LUN is no reason.
 */
export async function whyNot(): Promise<{ fuse?: string; loop?: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'arraylab-fuse-'));
  try {
    const image = join(folder, 'image');
    writeFileSync(image, '');
    truncateSync(image, PROBE_BYTES);
    const { file, stop } = await exported(folder, `driver=file,filename=${image}`);
    try {
      told('mkfs.ext4', ['-q', file]);
      withMounted(file, join(folder, 'mounted'), 'rw', () => undefined);
      return {};
    } catch (error) {
      return { loop: reason(error) };
    } finally {
      await stop();
    }
  } catch (error) {
    return { fuse: reason(error), loop: reason(error) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
