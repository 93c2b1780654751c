/** iSCSI targets as child processes: our own array through its command line, and tgtd, which it is measured against. */
import { HOST, type Peer, startRig } from './nbd-peers.js';
import { startEmptyTgtd } from './tgtd.js';

const TGTD_IQN = 'iqn.2026-11.example.peer:bench';
/** LUN 0 of a target of tgtd is a controller. */
const TGTD_LUN = 1;

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

const iscsiAt = (host: string, port: number, iqn: string, lun: number) => ({
  host,
  port,
  iqn,
  lun,
  uri: (unit: string) => `iscsi://${host}:${port}/${iqn}/${unit}`,
});

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

/** tgtd over a file in memory. Errors: when it does not start, with what it said. */
export function startTgtd(unit: TgtdUnit): Promise<Tgtd> {
  return startEmptyTgtd(unit.name, unit.bytes, async ({ pid, port, file, tell, stop }) => {
    for (const what of tgtdOrders(unit, file)) await tell(...what);
    const end = async (): Promise<null> => {
      await stop();
      return null;
    };
    return { name: unit.name, pid, stop: end, ...iscsiAt(HOST, port, TGTD_IQN, TGTD_LUN), file };
  });
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
  return { ...base, ...iscsiAt(iscsi.slice(0, colon), Number(iscsi.slice(colon + 1)), iqn, 0) };
}
