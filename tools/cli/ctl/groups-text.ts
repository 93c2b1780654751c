/** Journal groups in what `ctl` prints for people. */
import type { GroupView, PairView } from '../../../firmware/runtime/live/system.js';
import { bytes, table } from './text.js';

/** A table below that of the pairs; nothing where no pair is in a group. */
export function groupsText(pairs: readonly PairView[]): string {
  const groups = pairs.flatMap(({ primary, group }) => (group?.pairs[0] === primary ? [group] : []));
  if (groups.length === 0) return '';
  const rows = groups.map((group) => {
    const { name, state, written, sent, stored, restored, journals } = group;
    const numbers = [written, sent, stored, restored].map((n) => (n === null ? '-' : String(n)));
    return [name, state, ...numbers, lagText(group), Object.entries(journals).map(fillText).join(', ') || '-'];
  });
  return `\n${table(['GROUP', 'STATE', 'WRITTEN', 'SENT', 'STORED', 'RESTORED', 'LAG', 'JOURNAL'], rows)}`;
}

function lagText({ lag }: GroupView): string {
  if (lag === null) return '-';
  if (lag.writes === 0) return 'none';
  const writes = `${lag.writes} ${lag.writes === 1 ? 'write' : 'writes'}`;
  return `${writes}, ${bytes(lag.bytes)}, ${lag.seconds < 10 ? lag.seconds.toFixed(2) : Math.round(lag.seconds)} s`;
}

/** Whichever of its two parts is fuller: entries or data. */
function fillText([array, { entries, mostEntries, bytes: held, mostBytes }]: [
  string,
  GroupView['journals'][string],
]): string {
  const share = Math.max(entries / mostEntries, held / mostBytes);
  return `${array} ${share === 0 ? '0' : share < 0.01 ? '<1' : Math.floor(share * 100)} % of ${bytes(mostBytes)}`;
}
