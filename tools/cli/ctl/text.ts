/** What `ctl` prints for people. */

import { numberText } from '../../../firmware/runtime/live/group-restore.js';
import { volumeOfPair } from '../../../firmware/runtime/live/pair-names.js';
import type {
  ArrayView,
  CommandView,
  DirectorView,
  DriveView,
  FailoverView,
  FlagCounts,
  FormatView,
  LinkView,
  MicrocodeView,
  PairSideView,
  PairView,
  RestoreView,
  ToldGroup,
  TracksView,
  VolumeImageView,
  VolumeView,
} from '../../../firmware/runtime/live/system.js';
import { arrayOf } from '../../../firmware/service/http/names.js';
import type { StatusView } from '../../../firmware/service/http/views.js';

/** Columns as wide as their widest cell; the last one is not padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd();
  return `${[head, ...rows].map(line).join('\n')}\n`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytes(n: number): string {
  const unit = n < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(n) / 10));
  return `${unit === 0 ? n : (n / 1024 ** unit).toFixed(1)} ${UNITS[unit]}`;
}

function directors(all: readonly DirectorView[]): string {
  const dead = all.filter((d) => d.state === 'dead');
  const running = `${all.filter((d) => d.state === 'running').length} running`;
  if (dead.length === 0) return running;
  const why = dead.map(({ roles, reason }) => `${roles.join('+')}${reason === undefined ? '' : `: ${reason}`}`);
  return `${running}, ${dead.length} dead (${why.join('; ')})`;
}

export function directorsText(arrays: readonly ArrayView[]): string {
  const rows = arrays.flatMap(({ name: array, directors: all }) =>
    all.map(({ name, thread, roles, ports, operations, state, reason }) => [
      `${array}:${name}`,
      String(thread),
      roles.join(' ') || '-',
      ports.join(' ') || '-',
      String(operations),
      reason === undefined ? state : `${state}: ${reason}`,
    ]),
  );
  return table(['DIRECTOR', 'THREAD', 'ROLES', 'PORTS', 'OPERATIONS', 'STATE'], rows);
}

export function microcodeText(all: readonly MicrocodeView[]): string {
  const rows = all.flatMap(({ array, images }) =>
    images.map(({ role, version, crc, instructions }) => [array, role, version, crc, String(instructions)]),
  );
  return table(['ARRAY', 'ROLE', 'VERSION', 'CRC', 'INSTRUCTIONS'], rows);
}

export function statusText({ rig, arrays, links }: StatusView): string {
  const rows = arrays.map(({ name, power, placement, nbd, volumes, meter, directors: all }) => [
    name,
    power,
    placement,
    nbd,
    volumes.join(' '),
    `${meter.reads} (${bytes(meter.read_bytes)})`,
    `${meter.writes} (${bytes(meter.written_bytes)})`,
    directors(all),
  ]);
  const head = ['ARRAY', 'POWER', 'PLACEMENT', 'NBD', 'VOLUMES', 'READS', 'WRITES', 'DIRECTORS'];
  const linkRows = links.map((link) => [link.name, link.state, ends(link)]);
  const linkTable = links.length === 0 ? '' : `\n${table(['LINK', 'STATE', 'ENDS'], linkRows)}`;
  const dumps = arrays.flatMap(({ name, dump }) => (dump === undefined ? [] : [`\narray ${name}: dump ${dump}\n`]));
  return `rig ${rig}\n\n${table(head, rows)}${linkTable}${dumps.join('')}`;
}

function ends(link: LinkView): string {
  return link.ends
    .map(({ array, state, reason }) => `${array} ${state}${reason === undefined ? '' : ` (${reason})`}`)
    .join(', ');
}

/** What tells a pair in a table: names, state, who serves, what is owed. */
export function pairCells({ primary, secondary, state, serves, owedTracks }: PairView): string[] {
  return [primary, secondary, state, serves ?? 'nobody', String(owedTracks)];
}

export function pairsText(pairs: readonly PairView[]): string {
  if (pairs.length === 0) return 'no volume is mirrored\n';
  const heard = pairs.map(({ sides }) => Object.entries(sides).flatMap(lastHeard).join(', '));
  const wasHeard = heard.some((text) => text !== '');
  const rows = pairs.map(({ primary, secondary, mode, domino, state, owedTracks, serves, sides }, i) => [
    primary,
    secondary,
    domino ? `${mode}, domino` : mode,
    state,
    String(owedTracks),
    serves ?? feeder(pairs, primary, state) ?? 'nobody',
    Object.entries(sides).map(side).join(', '),
    ...(wasHeard ? [heard[i]] : []),
  ]);
  const head = ['PRIMARY', 'SECONDARY', 'MODE', 'STATE', 'OWED TRACKS', 'SERVES', 'SIDES'];
  return table([...head, ...(wasHeard ? ['OTHER SIDE LAST HEARD'] : [])], rows);
}

/** The array whose hosts' writes a pair of a cascade hands on, and the one by which they come. */
function feeder(pairs: readonly PairView[], primary: string, state: PairView['state']): string | undefined {
  const volume = volumeOfPair(primary);
  const before = pairs.find(({ secondary, serves }) => secondary === volume && serves !== null);
  return state === 'SMPL' || !before ? undefined : `${before.serves}, by ${arrayOf(volume)}`;
}

function side([array, { role, state, epoch }]: [string, PairSideView]): string {
  return `${array} ${role === 'none' ? 'no role' : role} ${state} epoch ${epoch}`;
}

function lastHeard([array, view]: [string, PairSideView]): string[] {
  return view.lastHeard === undefined ? [] : [`by ${array} ${view.lastHeard}`];
}

export function tracksText(view: TracksView): string {
  const rows = Object.entries(view)
    .filter((entry): entry is [string, FlagCounts] => typeof entry[1] === 'object')
    .map(([array, flags]) => [array, String(flags.writePending), String(flags.formatPending), String(flags.invalid)]);
  return `${view.volume}: ${view.tracks} tracks\n\n${table(['COPY OF', 'WRITE PENDING', 'FORMAT PENDING', 'INVALID'], rows)}`;
}

export function linksText(links: readonly LinkView[]): string {
  if (links.length === 0) return 'no link joins arrays here\n';
  const sent = ({ ends: all }: LinkView): string =>
    all.map(({ array, sent_bytes }) => `${array} ${bytes(sent_bytes)}`).join(', ');
  return table(
    ['LINK', 'STATE', 'SENT BY', 'ENDS'],
    links.map((link) => [link.name, link.state, sent(link), ends(link)]),
  );
}

export function removedText(link: LinkView): string {
  return `link ${link.name} is removed\n`;
}

export function volumesText(volumes: readonly VolumeView[]): string {
  const rows = volumes.map(({ volume, bytes: size, mappedBytes, format, lastOperation, copies }) => [
    volume,
    bytes(size),
    bytes(mappedBytes),
    String(format),
    lastOperation ?? 'none',
    ...(['ready', 'writeDisabled'] as const).map((what) =>
      Object.entries(copies)
        .map(([array, copy]) => `${array} ${copy[what] === null ? 'unknown' : copy[what] ? 'yes' : 'no'}`)
        .join(', '),
    ),
  ]);
  const head = ['VOLUME', 'SIZE', 'MAPPED', 'FORMAT', 'LAST OPERATION', 'READY', 'WRITE-DISABLED'];
  if (volumes.every(({ image }) => image === undefined)) return table(head, rows);
  return table(
    [...head, 'IMAGE'],
    rows.map((row, i) => [...row, imageText(volumes[i].image)]),
  );
}

function imageText(image: VolumeImageView | undefined): string {
  if (image === undefined) return '-';
  return image.isWhole ? `${image.of} at ${momentText(image)}` : `a part of one of ${image.of}`;
}

const momentText = ({ number = 0, time }: Pick<VolumeImageView, 'number' | 'time'>): string =>
  `${numberText(number)}${time === undefined ? '' : ` of ${time}`}`;

export function restoreText(view: RestoreView): string {
  const at = momentText(view);
  return `${view.images.map(({ volume, of }) => `${volume} is ${of} as it was at entry ${at}`).join('\n')}\n`;
}

export function driveText({ volume, drive, state, unreadableSectors: n }: DriveView): string {
  const unreadable =
    n === 0 ? '' : `, ${n} ${n === 1 ? 'sector' : 'sectors'} of it cannot be read before they are written`;
  return `drive ${drive} of ${volume} is ${state === 'lost' ? 'lost' : 'there'}${unreadable}\n`;
}

export function linkText(link: LinkView): string {
  return `link ${link.name} is ${link.state === 'held' ? 'held down' : link.state}: ${ends(link)}\n`;
}

export function arrayText({ name, power, nbd, directors: all }: ArrayView): string {
  return power === 'off' ? `array ${name} is off\n` : `array ${name} is on: ${directors(all)}, NBD at ${nbd}\n`;
}

export function commandText({ pair, state, owedTracks, serves, group, note }: CommandView): string {
  const owed = owedTracks === 0 ? '' : `, ${owedTracks} ${owedTracks === 1 ? 'track' : 'tracks'} owed`;
  const by = state === 'SMPL' ? '' : `, array ${serves ?? 'nobody'} serves hosts`.replace('array nobody', 'nobody');
  return `pair ${pair} is ${state}${owed}${by}${toldText(pair, group)}${note === undefined ? '' : `\n${note}`}\n`;
}

export function formatText({ volume, format, pending }: FormatView): string {
  const left = Object.entries(pending).filter(([, tracks]) => tracks > 0);
  const where = left.map(([array, tracks]) => `${tracks} at ${array}`).join(', ');
  if (left.length === 0) return `volume ${volume} is in blocks of ${format} bytes\n`;
  return `volume ${volume} changes to blocks of ${format} bytes; tracks still to be changed: ${where}\n`;
}

export function failoverText({ pair, serves, group }: FailoverView): string {
  return `pair ${pair}: array ${serves} serves hosts now${toldText(pair, group)}\n`;
}

/** Behind what is said of one pair: the others that the command was for. */
function toldText(pair: string, group: ToldGroup | undefined): string {
  const others = group?.pairs.filter((primary) => primary !== pair) ?? [];
  return others.length === 0 ? '' : `; likewise ${others.join(', ')}, of its group ${group?.name}`;
}
