/** The peer: tgtd of the Linux SCSI target framework, over files in memory. It listens on loopback alone. */
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, outputOf, start } from '../bench/children.js';
import { fileInMemory, freePort, HOST, ready } from '../bench/nbd-peers.js';
import { type Target, unitAt } from './units.js';

const IQN = 'iqn.2026-11.example.tgtd:conformance';
const UNIT_BYTES = 256 * 1024 * 1024;
/** Its control socket is one of a folder that nobody else has, so that any number will do. */
const CONTROL = '1';
/** What tgtd's number 0 is: its controller. */
const PLAIN = 1;
const REMOVABLE = 2;
const READ_ONLY = 3;

export const hasTgtd = (): boolean => isInstalled('tgtd') && isInstalled('tgtadm');

type Tell = (...args: readonly string[]) => Promise<string>;

/** Its ways to say `--op new --mode logicalunit`, and what of the unit is not as usual. */
async function addUnit(tell: Tell, lun: number, file: string, params: string): Promise<void> {
  const unit = ['--mode', 'logicalunit', '--tid', '1', '--lun', String(lun)];
  await tell('--op', 'new', ...unit, '--backing-store', file);
  // Without this most tests of UNMAP and WRITE SAME say [SKIPPED].
  await tell('--op', 'update', ...unit, '--params', `thin_provisioning=1${params}`);
}

/** Errors: when it does not start, with what it said. */
export async function startTgtd(): Promise<Target> {
  const version = (await outputOf('tgtd', 'tgtd', ['--version'])).trim();
  const { folder, file, remove } = fileInMemory(UNIT_BYTES);
  const environment = `TGT_IPC_SOCKET=${join(folder, 'control')}`;
  const portal = `${HOST}:${await freePort()}`;
  const { process: child, said } = start('tgtd', 'env', [
    environment,
    'tgtd',
    '--foreground',
    '--control-port',
    CONTROL,
    '--iscsi',
    `portal=${portal}`,
  ]);
  const tell: Tell = (...args) =>
    outputOf('tgtadm', 'env', [environment, 'tgtadm', '--control-port', CONTROL, '--lld', 'iscsi', ...args]);
  const stop = async (): Promise<void> => {
    // It goes on at SIGTERM while it has targets; all that it has is in that folder.
    const exited = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await exited;
    remove();
  };
  try {
    await ready('tgtd', child, said, () => tell('--op', 'show', '--mode', 'target').catch(() => undefined));
    await tell('--op', 'new', '--mode', 'target', '--tid', '1', '--targetname', IQN);
    for (const [lun, params] of [
      [PLAIN, ''],
      [REMOVABLE, ',removable=1'],
      [READ_ONLY, ',readonly=1'],
    ] as const) {
      const backing = lun === PLAIN ? file : join(folder, `unit-${lun}.raw`);
      if (lun !== PLAIN) writeFileSync(backing, '');
      truncateSync(backing, UNIT_BYTES);
      await addUnit(tell, lun, backing, params);
    }
    await tell('--op', 'bind', '--mode', 'target', '--tid', '1', '--initiator-address', 'ALL');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name: `tgtd ${version}`,
    plain: unitAt(portal, IQN, PLAIN),
    special: { removable: unitAt(portal, IQN, REMOVABLE), 'read-only': unitAt(portal, IQN, READ_ONLY) },
    stop,
  };
}
