/** What `ctl` can be told of volumes. */
import type { FormatView, RestoreView, VolumeView } from '../../../firmware/runtime/live/system.js';
import { arrayOf, BLOCK_SIZE, GROUP_NAME, type NameForm, VOLUME_NAME } from '../../../firmware/service/http/names.js';
import { ACT_MS, askAll, hasArray, outcome, type Subcommand, targetOf } from './asking.js';
import { ask, Refused, UsageError } from './processes.js';
import { formatText, restoreText, volumesText } from './text.js';

/** A large image takes a while. */
const RESTORE_MS = 600_000;

const ENTRY: NameForm = {
  pattern: /^(\d{1,7}:)?\d{1,10}$/,
  right: 'a sequence number as `pairs` has it, for example 1115 or 2:17',
};
const TIME: NameForm = {
  pattern: /^\d{4}-\d\d-\d\dT\S+$/,
  right: 'an ISO time, for example 2026-11-21T18:39:06.347Z',
};
const ONTO: NameForm = {
  pattern: /^[A-Za-z][\w-]*=[A-Za-z][\w-]*(,[A-Za-z][\w-]*=[A-Za-z][\w-]*)*$/,
  right: 'VOLUME=VOLUME, and so on with commas: volumes of the group, each with the one that gets its image',
};

/** Errors: Refused for a volume that is named twice. */
function ontoOf(text: string): Record<string, string> {
  const pairs = text.split(',').map((one) => one.split('=') as [string, string]);
  const twice = pairs.find(([from], i) => pairs.findIndex(([other]) => other === from) !== i);
  if (twice) throw new Refused(`--onto names ${twice[0]} twice; an image of a volume goes onto one other`);
  return Object.fromEntries(pairs);
}

function numberOf(text: string): number {
  const [low = '', high = '0'] = text.split(':').reverse();
  return Number(high) * 2 ** 32 + Number(low);
}

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
  {
    words: ['volume', 'release'],
    help: 'let hosts have a volume that got a part of an image',
    argument: { name: 'ARRAY:VOLUME', form: VOLUME_NAME },
    knows: (record, volume) => hasArray(record, arrayOf(volume)),
    run: async (targets, volume) => {
      const path = `/v1/volumes/${encodeURIComponent(volume)}/release`;
      const target = targetOf(targets, arrayOf(volume));
      const view = await ask<VolumeView>(target, { method: 'POST', path, timeout_ms: ACT_MS });
      return outcome(view, `volume ${volume} is free: hosts may have it\n`);
    },
  },
  {
    words: ['group', 'restore'],
    help: 'other volumes of its target become what the group was (--number, --time, --onto)',
    argument: { name: 'ARRAY:GROUP', form: GROUP_NAME },
    takes: { number: ENTRY, time: TIME, onto: ONTO },
    knows: (record, group) => hasArray(record, arrayOf(group)),
    run: async (targets, group, _force, _value, _port, { number, time, onto } = {}) => {
      if (onto === undefined) throw new UsageError(`group restore: --onto is missing; it must be ${ONTO.right}`);
      if ((number === undefined) === (time === undefined))
        throw new UsageError('group restore: --number or --time says to what, one of the two');
      const path = `/v1/groups/${encodeURIComponent(group)}/restore`;
      const body = {
        ...(number !== undefined && { number: numberOf(number) }),
        ...(time !== undefined && { time }),
        onto: ontoOf(onto),
      };
      const target = targetOf(targets, arrayOf(group));
      const view = await ask<RestoreView>(target, { method: 'POST', path, body, timeout_ms: RESTORE_MS });
      return outcome(view, restoreText(view));
    },
  },
];
