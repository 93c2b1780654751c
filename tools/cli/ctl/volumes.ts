/** What `ctl` can be told of volumes. */
import type { FormatView, VolumeView } from '../../../firmware/runtime/live/system.js';
import { arrayOf, BLOCK_SIZE, VOLUME_NAME } from '../../../firmware/service/http/names.js';
import { ACT_MS, askAll, hasArray, outcome, type Subcommand, targetOf } from './asking.js';
import { ask } from './processes.js';
import { formatText, volumesText } from './text.js';

export const VOLUMES: readonly Subcommand[] = [
  {
    words: ['volumes'],
    help: 'format, last operation; ready and write-disabled, on both sides',
    run: async (targets) => {
      const { views, notes } = await askAll<readonly VolumeView[]>(targets, '/v1/volumes');
      const volumes = views.flat();
      return outcome(volumes, volumesText(volumes), notes);
    },
  },
  {
    words: ['format'],
    help: 'change its tracks, on both sides, to blocks of BYTES, 512 or 4096',
    argument: { name: 'ARRAY:VOLUME', form: VOLUME_NAME },
    value: { name: 'BYTES', form: BLOCK_SIZE },
    knows: (record, volume) => hasArray(record, arrayOf(volume)),
    run: async (targets, volume, _force, bytes) => {
      const path = `/v1/volumes/${encodeURIComponent(volume)}/format`;
      const target = targetOf(targets, arrayOf(volume));
      const body = { bytes: Number(bytes) };
      const view = await ask<FormatView>(target, { method: 'POST', path, body, timeout_ms: ACT_MS });
      return outcome(view, formatText(view));
    },
  },
];
