/** What the interface answers, as schemas of the views of system.ts. */
import type {
  ArrayView,
  CommandView,
  CopyView,
  DirectorView,
  DriveView,
  FailoverView,
  FaultView,
  FlagCounts,
  FormatView,
  GroupView,
  HostView,
  ImageView,
  JournalView,
  LagView,
  LinkEndView,
  LinkView,
  Meter,
  MicrocodeView,
  PairSideView,
  PairView,
  RestoreView,
  ServedSystem,
  ToldGroup,
  TracksView,
  VolumeImageView,
  VolumeView,
} from '../../runtime/live/system.js';
import { VOLUME_NAME } from './names.js';
import {
  amount,
  byName,
  count,
  flag,
  list,
  nullable,
  object,
  oneOf,
  optional,
  type Schema,
  text,
  two,
} from './schema.js';

/** What a process serves, without what must be asked for. */
export type StatusView = Pick<ServedSystem, 'rig' | 'arrays' | 'links'>;

export interface ErrorView {
  readonly error: string;
}

const ARRAY = text('name of an array');
const PAIR_STATE = oneOf('SMPL', 'COPY', 'PAIR', 'PSUS', 'PSUE', 'SSWS');
const LINK_STATE = oneOf('up', 'down', 'held');

const DIRECTOR = object<DirectorView>({
  name: text('name of a director: ca1, dd1, cc1, da1 or ra1'),
  thread: count("Node's number of its thread"),
  roles: list(text('a role that runs there now')),
  ports: list(text('a port that is there')),
  operations: count('micro-operations of its roles since the array was last started'),
  state: oneOf('running', 'idle', 'dead'),
  reason: optional(text('why it died')),
});

const METER = object<Meter>({
  reads: count('since the array was last started, as all of these'),
  writes: count('commands of hosts'),
  read_bytes: count('bytes'),
  written_bytes: count('bytes'),
});

export const ARRAY_VIEW = object<ArrayView>({
  name: ARRAY,
  power: oneOf('on', 'off'),
  placement: oneOf('dedicated', 'fused'),
  nbd: text('where its NBD server listens, "HOST:PORT"'),
  iscsi: optional(text('where its iSCSI target listens, "HOST:PORT"')),
  iqn: optional(text("the target's name")),
  volumes: list(text('name of a volume')),
  directors: list(DIRECTOR),
  dump: optional(text('file of the last dump, which was written when a director died')),
  meter: METER,
});

/** What the directors of an array hold of their traces, as a file. */
export interface TraceView {
  readonly array: string;
  readonly trace: string;
}

export const TRACE_VIEW = object<TraceView>({
  array: ARRAY,
  trace: text('bytes of a file for `arraylab trace`, in base64'),
});

export const MICROCODE_VIEW = object<MicrocodeView>({
  array: ARRAY,
  images: list(
    object<ImageView>({
      role: text('a role'),
      version: text('version of the microcode'),
      crc: text('CRC-32 of the image, eight hexadecimal digits'),
      instructions: count('instructions'),
    }),
  ),
});

export const FAULT_VIEW = object<FaultView>({
  number: count('from 1 on, in the order in which they were added'),
  fault: text('as people write it'),
  state: oneOf('waits', 'lasts', 'done', 'refused'),
  added: text('ISO time'),
  struck: optional(text('ISO time at which it struck')),
  note: optional(text('why it was refused, or could not be ended')),
});

const LINK_END = object<LinkEndView>({
  array: ARRAY,
  state: LINK_STATE,
  reason: optional(text('why it is not up')),
  sent_bytes: count('since the array was last started, frames with all that they hold'),
  received_bytes: count('likewise'),
});

export const LINK_VIEW = object<LinkView>({
  name: text('"A-B", or "A-B:1" where several join the two arrays'),
  number: count('of the links between these two arrays'),
  between: two(ARRAY),
  state: LINK_STATE,
  ends: list(LINK_END),
});

const PAIR_SIDE = object<PairSideView>({
  state: PAIR_STATE,
  role: oneOf('none', 'source', 'target'),
  serves: flag('hosts may write here'),
  epoch: count('raised by each session of the two sides, and by each takeover'),
  lastHeard: optional(text('ISO time when the other side was last heard, if the link went since')),
});

const VOLUME = text(`a volume: ${VOLUME_NAME.right}`);

const LAG = object<LagView>({
  writes: count('entries that the target has not restored'),
  bytes: count('of their write data; a write of zeroes has none'),
  seconds: amount('age of the oldest of them; 0: there is none'),
});

const JOURNAL = object<JournalView>({
  entries: count('update information that is kept'),
  mostEntries: count('for which there is room'),
  bytes: count('write data that is kept'),
  mostBytes: count('for which there is room'),
});

const GROUP = object<GroupView>({
  name: text('name of the journal group'),
  pairs: list(text(`a primary: ${VOLUME_NAME.right}`)),
  state: PAIR_STATE,
  written: nullable(
    count('the newest entry of the source; null, as of all that follow: the array that knows it is not here'),
  ),
  sent: nullable(count('the newest that it sent')),
  stored: nullable(count("the newest in the target's journal")),
  restored: nullable(count("up to here all are on the target's volumes")),
  lag: nullable(LAG),
  journals: byName(JOURNAL, 'by array; an array of another process, or without power, is absent'),
});

const TOLD_GROUP = object<ToldGroup>({
  name: text('name of the journal group, of which all pairs were told'),
  pairs: list(text(`a primary: ${VOLUME_NAME.right}`)),
});

export const PAIR_VIEW = object<PairView>({
  primary: VOLUME,
  secondary: VOLUME,
  mode: oneOf('real-time', 'point-in-time', 'journal'),
  domino: flag('hosts write in PAIR only, unless one side serves alone because an operator said so'),
  state: PAIR_STATE,
  owedTracks: count('tracks that the other side lacks'),
  owedBytes: count('the same in bytes: tracks go over whole'),
  serves: nullable(text('array whose hosts may write; null: none that this process has')),
  sides: byName(PAIR_SIDE, 'by array; an array of another process, or without power, is absent'),
  group: optional(GROUP),
});

const FLAG_COUNTS = object<FlagCounts>({
  writePending: count('tracks'),
  formatPending: count('tracks'),
  invalid: count('tracks'),
});

/** Its other keys are arrays, so their number is not known here. */
export const TRACKS_VIEW: Schema<TracksView> = {
  type: 'object',
  properties: { volume: VOLUME, tracks: count('tracks of the volume') },
  required: ['volume', 'tracks'],
  additionalProperties: {
    ...FLAG_COUNTS,
    description: "by array: what the list of the volume's own array says of that array's copy",
  },
};

export const DRIVE_VIEW = object<DriveView>({
  volume: VOLUME,
  drive: count('number of its drive in its array'),
  state: oneOf('ok', 'lost'),
  unreadableSectors: count('sectors of the drive that cannot be read until they are written again'),
});

export const FAILOVER_VIEW = object<FailoverView>({
  pair: VOLUME,
  serves: text('array that serves hosts now'),
  group: optional(TOLD_GROUP),
});

const COPY = object<CopyView>({
  ready: nullable(flag('it can be read, or takes what is sent; null: not known now')),
  writeDisabled: nullable(flag('hosts may not write to it; null: not known now')),
});

const IMAGE = object<VolumeImageView>({
  of: VOLUME,
  isWhole: flag('false: it is being made, or was not finished; hosts get nothing of it'),
  number: optional(count('of a whole one: the newest entry of the group in it')),
  time: optional(text('ISO time when that was written, where it is known')),
});

export const RESTORE_VIEW = object<RestoreView>({
  group: text('name of the group'),
  array: ARRAY,
  number: count('the newest entry in the images'),
  time: optional(text('ISO time when that was written, where it is known')),
  images: list(object<RestoreView['images'][number]>({ volume: VOLUME, of: VOLUME })),
});

export const VOLUME_VIEW = object<VolumeView>({
  volume: VOLUME,
  bytes: count('bytes'),
  mappedBytes: count('bytes of its tracks that are mapped; the others are zeroes, and take no room'),
  format: count('bytes of a block that its tracks have, or shall get'),
  lastOperation: optional(text('ISO time of the last operation on a track of it, to the second')),
  copies: byName(COPY, 'by array: what the own array of the volume knows of its copy and of the other one'),
  image: optional(IMAGE),
});

export const HOST_VIEW = object<HostView>({
  array: ARRAY,
  initiator: text('its iSCSI name'),
  alias: optional(text('what it calls itself besides')),
  isid: text('twelve hexadecimal digits'),
  tsih: count('number that the target gave the session'),
  address: text('"ADDRESS:PORT" of its connection'),
  kind: { ...oneOf('normal', 'discovery'), description: '"discovery": it looks for targets' },
  group: optional(text('of the hosts that the rig has for the array')),
  since: text('ISO time'),
  headerDigest: flag('headers of PDUs have CRC32C digests'),
  dataDigest: flag('data of PDUs has'),
  commands: count('SCSI commands that have come since it began'),
  read_bytes: count('bytes since then'),
  written_bytes: count('bytes since then'),
  underWay: count('commands that have not ended'),
});

export const FORMAT_VIEW = object<FormatView>({
  volume: VOLUME,
  format: count('bytes of a block that its tracks have, or shall get'),
  pending: byName(count('tracks'), 'by array: tracks that are still to be changed there'),
});

export const COMMAND_VIEW = object<CommandView>({
  pair: VOLUME,
  state: PAIR_STATE,
  owedTracks: count('tracks that the other side lacks'),
  serves: nullable(text('array whose hosts may write; null: none that this process has')),
  group: optional(TOLD_GROUP),
  note: optional(text('what is still to be done, or to be known')),
});

export const STATUS_VIEW = object<StatusView>({
  rig: text('name of the rig'),
  arrays: list(ARRAY_VIEW),
  links: list(LINK_VIEW),
});

export const HEALTH_VIEW = object<{ readonly ok: boolean }>({ ok: flag('always true') });

export const ERROR_VIEW = object<ErrorView>({ error: text('what is wrong and what would be right, for people') });
