/** tgtd of the Linux SCSI target framework as a child process, over files in memory, on loopback alone: the peer. */
import { join } from 'node:path';
import { isInstalled, outputOf, start } from './children.js';
import { fileInMemory, freePort, HOST, ready } from './nbd-peers.js';

/** Its control socket is one of a folder that nobody else has, so that any number will do. */
const CONTROL = ['-C', '1'];

export const hasTgtd = (): boolean => isInstalled('tgtd') && isInstalled('tgtadm');

/** One that has no target yet. */
export interface EmptyTgtd {
  readonly pid: number;
  readonly port: number;
  /** For files of units; it goes with the process. */
  readonly folder: string;
  /** One there, of as many bytes as were asked for. */
  readonly file: string;
  /** A call of tgtadm. Errors: what it said. */
  tell(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts it and has it set up; it ends again when that fails. Errors: when it does not start, with what it said; those of `setUp`. */
export async function startEmptyTgtd<T>(
  name: string,
  bytes: number,
  setUp: (tgtd: EmptyTgtd) => Promise<T>,
): Promise<T> {
  const port = await freePort();
  const { folder, file, remove } = fileInMemory(bytes);
  const socket = { TGT_IPC_SOCKET: join(folder, 'control') };
  const args = ['-f', ...CONTROL, '--iscsi', `portal=${HOST}:${port}`];
  const { process: child, said } = start(name, 'tgtd', args, socket);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const tgtd: EmptyTgtd = {
    pid: child.pid ?? 0,
    port,
    folder,
    file,
    tell: (...what) => outputOf('tgtadm', 'tgtadm', [...CONTROL, '--lld', 'iscsi', ...what], socket),
    stop: async () => {
      // It goes on at SIGTERM while it has targets; all that it has is in that folder.
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await exited;
      remove();
    },
  };
  try {
    await ready(name, child, said, () => tgtd.tell('--op', 'show', '--mode', 'target').catch(() => undefined));
    return await setUp(tgtd);
  } catch (error) {
    await tgtd.stop();
    throw error;
  }
}
