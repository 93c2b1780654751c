/** The peer: tgtd, with units as the suite wants them. */
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { outputOf } from '../bench/children.js';
import { HOST } from '../bench/nbd-peers.js';
import { type EmptyTgtd, startEmptyTgtd } from '../bench/tgtd.js';
import { type Target, unitAt } from './units.js';

const IQN = 'iqn.2026-11.example.tgtd:conformance';
const UNIT_BYTES = 256 * 1024 * 1024;
/** What tgtd's number 0 is: its controller. */
const PLAIN = 1;
const REMOVABLE = 2;
const READ_ONLY = 3;

/** Its ways to say `--op new --mode logicalunit`, and what of the unit is not as usual. */
async function addUnit({ tell }: EmptyTgtd, lun: number, file: string, params: string): Promise<void> {
  const unit = ['--mode', 'logicalunit', '--tid', '1', '--lun', String(lun)];
  await tell('--op', 'new', ...unit, '--backing-store', file);
  // Without this most tests of UNMAP and WRITE SAME say [SKIPPED].
  await tell('--op', 'update', ...unit, '--params', `thin_provisioning=1${params}`);
}

/** Errors: when it does not start, with what it said. */
export async function startTgtd(): Promise<Target> {
  const version = (await outputOf('tgtd', 'tgtd', ['--version'])).trim();
  return startEmptyTgtd('tgtd', UNIT_BYTES, async (tgtd) => {
    const { tell, file, folder, port, stop } = tgtd;
    await tell('--op', 'new', '--mode', 'target', '--tid', '1', '--targetname', IQN);
    for (const [lun, params] of [
      [PLAIN, ''],
      [REMOVABLE, ',removable=1'],
      [READ_ONLY, ',readonly=1'],
    ] as const) {
      const backing = lun === PLAIN ? file : join(folder, `unit-${lun}.raw`);
      if (lun !== PLAIN) writeFileSync(backing, '');
      truncateSync(backing, UNIT_BYTES);
      await addUnit(tgtd, lun, backing, params);
    }
    await tell('--op', 'bind', '--mode', 'target', '--tid', '1', '--initiator-address', 'ALL');
    const portal = `${HOST}:${port}`;
    return {
      name: `tgtd ${version}`,
      plain: unitAt(portal, IQN, PLAIN),
      special: { removable: unitAt(portal, IQN, REMOVABLE), 'read-only': unitAt(portal, IQN, READ_ONLY) },
      stop,
    };
  });
}
