/** Journal groups in what `ctl` prints for people. */

import { numberText } from '../../../firmware/runtime/live/group-restore.js';
import type { GroupView, PairView } from '../../../firmware/runtime/live/system.js';
import { bytes, table } from './text.js';

/** A table below that of the pairs; nothing where no pair is in a group. */
export function groupsText(pairs: readonly PairView[]): string {
  const groups = pairs.flatMap(({ primary, group }) => (group?.pairs[0] === primary ? [group] : []));
  if (groups.length === 0) return '';
  const rows = groups.map((group) => {
    const { name, state, written, sent, stored, restored, journals } = group;
    const numbers = [written, sent, stored, restored].map((n) => (n === null ? '-' : numberText(n)));
    const owed = pairs.reduce((sum, pair) => sum + (pair.group?.name === name ? pair.owedTracks : 0), 0);
    return [name, state, ...numbers, lagText(group, owed), Object.entries(journals).map(fillText).join(', ') || '-'];
  });
  return `\n${table(['GROUP', 'STATE', 'WRITTEN', 'SENT', 'STORED', 'RESTORED', 'LAG', 'JOURNAL'], rows)}`;
}

/** @param owed tracks of its pairs, which come without an order. */
function lagText({ lag }: GroupView, owed: number): string {
  const tracks = owed === 0 ? [] : [`${owed} ${owed === 1 ? 'track' : 'tracks'} owed`];
  if (lag === null) return tracks[0] ?? '-';
  if (lag.writes === 0) return tracks[0] ?? 'none';
  const writes = `${lag.writes} ${lag.writes === 1 ? 'write' : 'writes'}`;
  const seconds = `${lag.seconds < 10 ? lag.seconds.toFixed(2) : Math.round(lag.seconds)} s`;
  return [writes, bytes(lag.bytes), seconds, ...tracks].join(', ');
}

/** Whichever of its two parts is fuller: entries or data. */
function fillText([array, { entries, mostEntries, bytes: held, mostBytes }]: [
  string,
  GroupView['journals'][string],
]): string {
  const share = Math.max(entries / mostEntries, held / mostBytes);
  return `${array} ${share === 0 ? '0' : share < 0.01 ? '<1' : Math.floor(share * 100)} % of ${bytes(mostBytes)}`;
}
