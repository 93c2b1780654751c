/** What `ctl` can do to the drives below the volumes. */
import type { DriveView } from '../../../firmware/runtime/live/system.js';
import { arrayOf, SECTOR_RANGE, VOLUME_NAME } from '../../../firmware/service/http/names.js';
import { ACT_MS, hasArray, type Outcome, outcome, type Subcommand, targetOf } from './asking.js';
import { ask, type Target } from './processes.js';
import { driveText } from './text.js';

const VOLUME = { name: 'ARRAY:VOLUME', form: VOLUME_NAME };

async function setDrive(
  targets: readonly Target[],
  volume: string,
  what: 'fault' | 'lose' | 'replace',
  body?: object,
): Promise<Outcome> {
  const path = `/v1/drives/${encodeURIComponent(volume)}/${what}`;
  const target = targetOf(targets, arrayOf(volume));
  const view = await ask<DriveView>(target, { method: 'POST', path, ...(body && { body }), timeout_ms: ACT_MS });
  return outcome(view, driveText(view));
}

export const DRIVES: readonly Subcommand[] = [
  {
    words: ['drive', 'fault'],
    help: "let the volume's drive not read sectors before they are written again",
    argument: VOLUME,
    value: { name: 'FROM-TO', form: SECTOR_RANGE },
    knows: (record, volume) => hasArray(record, arrayOf(volume)),
    run: (targets, volume, _force, sectors) => setDrive(targets, volume, 'fault', { sectors }),
  },
  {
    words: ['drive', 'lose'],
    help: "let every read and write of the volume's drive fail",
    argument: VOLUME,
    knows: (record, volume) => hasArray(record, arrayOf(volume)),
    run: (targets, volume) => setDrive(targets, volume, 'lose'),
  },
  {
    words: ['drive', 'replace'],
    help: 'put an empty drive in its place',
    argument: VOLUME,
    knows: (record, volume) => hasArray(record, arrayOf(volume)),
    run: (targets, volume) => setDrive(targets, volume, 'replace'),
  },
];
