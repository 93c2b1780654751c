/** iSCSI targets as child processes: our own array through its command line, and tgtd, which it is measured against. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { start } from './children.js';
import { fileInMemory, freePort, HOST, type Peer, peer, ready, startRig } from './nbd-peers.js';

const TGTD_IQN = 'iqn.2026-11.example.peer:bench';
/** LUN 0 of a target of tgtd is a controller. */
const TGTD_LUN = 1;
/** tgtd's control numbers are short integers. */
const CONTROL_NUMBERS = 0x7fff;

export interface ChapSecret {
  readonly user: string;
  readonly secret: string;
}

export interface TgtdUnit {
  readonly name: string;
  /** How tgtd reaches the file: threads that call pread and pwrite, or Linux' asynchronous I/O without the page cache. */
  readonly backing: 'rdwr' | 'aio';
  readonly bytes: number;
  readonly isReadOnly?: boolean;
  /** None: it lets anybody in. */
  readonly chap?: ChapSecret;
  /** It takes CRC32C where it is offered: by itself it declines. */
  readonly hasDigests?: boolean;
}

export interface IscsiPeer extends Peer {
  readonly iqn: string;
  readonly lun: number;
}

export interface Tgtd extends IscsiPeer {
  /** What its volume holds. */
  readonly file: string;
}

function iscsiPeer(base: Peer, host: string, port: number, iqn: string, lun: number): IscsiPeer {
  return { ...base, host, port, iqn, lun, uri: (unit) => `iscsi://${host}:${port}/${iqn}/${unit}` };
}

/** The calls of tgtadm that give a new tgtd its one volume. */
function tgtdOrders({ backing, chap, isReadOnly, hasDigests }: TgtdUnit, file: string): string[][] {
  const target = ['--tid', '1'];
  const unit = ['--mode', 'logicalunit', ...target, '--lun', String(TGTD_LUN)];
  const account = chap && ['--user', chap.user];
  return [
    ['--op', 'new', '--mode', 'target', ...target, '-T', TGTD_IQN],
    ['--op', 'new', ...unit, '-b', file, '--bstype', backing],
    ...(isReadOnly ? [['--op', 'update', ...unit, '--params', 'readonly=1']] : []),
    ...(hasDigests ? ['HeaderDigest', 'DataDigest'] : []).map((name) => {
      return ['--op', 'update', '--mode', 'target', ...target, '--name', name, '--value', 'CRC32C,None'];
    }),
    ...(chap && account
      ? [
          ['--op', 'new', '--mode', 'account', ...account, '--password', chap.secret],
          ['--op', 'bind', '--mode', 'account', ...target, ...account],
        ]
      : []),
    ['--op', 'bind', '--mode', 'target', ...target, '-I', 'ALL'],
  ];
}

/** tgtd over a file in memory, with a control channel of its own. Errors: when it does not start, with what it said. */
export async function startTgtd(unit: TgtdUnit): Promise<Tgtd> {
  const port = await freePort();
  const control = String(port & CONTROL_NUMBERS);
  const { folder, file, remove } = fileInMemory(unit.bytes);
  const env = { TGT_IPC_SOCKET: join(folder, 'control') };
  const args = ['-f', '-C', control, '--iscsi', `portal=${HOST}:${port}`];
  const { process: child, said } = start(unit.name, 'tgtd', args, env);
  const order = (what: readonly string[]): void => {
    const stdio = ['ignore', 'ignore', 'pipe'] as const;
    execFileSync('tgtadm', ['-C', control, '--lld', 'iscsi', ...what], {
      env: { ...process.env, ...env },
      stdio: [...stdio],
    });
  };
  try {
    await ready(unit.name, child, said, async () => {
      try {
        order(['--op', 'show', '--mode', 'system']);
        return true;
      } catch {
        return undefined;
      }
    });
    for (const what of tgtdOrders(unit, file)) order(what);
  } catch (error) {
    child.kill('SIGKILL');
    remove();
    throw error;
  }
  const base = peer(unit.name, child, HOST, port, remove);
  const stop = (): Promise<number | null> => {
    // It takes no notice of SIGTERM.
    child.kill('SIGKILL');
    return base.stop();
  };
  return { ...iscsiPeer({ ...base, stop }, HOST, port, TGTD_IQN, TGTD_LUN), file };
}

/** The first array of a rig of ours, as a user starts it. Errors: when it does not start, or serves no iSCSI. */
export async function startIscsiArray(rig: string, args: readonly string[] = []): Promise<IscsiPeer> {
  const { peer: base, served } = await startRig(rig, args);
  const { name, iscsi, iqn } = served.arrays[0];
  if (iscsi === undefined || iqn === undefined) {
    await base.stop();
    throw new Error(`serve says nothing of iSCSI for array ${name}`);
  }
  const colon = iscsi.lastIndexOf(':');
  return iscsiPeer(base, iscsi.slice(0, colon), Number(iscsi.slice(colon + 1)), iqn, 0);
}
