/** What an array's journal groups have, read from its tables while its directors run (as gauges.ts). */
import { SECTOR_BYTES, SHIP_FLAG } from '../../memory/constants.js';
import { fieldOffset, shiftOf } from '../../memory/tables.js';
import { Journals } from '../../units/journals.js';
import type { ArrayTables } from '../machine/tables.js';
import type { JournalFigures, LagView } from './system.js';
import { wideAt } from './wide-word.js';

const UPDATE_SHIFT = shiftOf('update');
const TIME = fieldOffset('update', 'time');
const SPAN = fieldOffset('update', 'span');
const FLAGS = fieldOffset('update', 'flags');

/** In the order of the array's configuration. @param now_ns of the clock that gave the entries their times. */
export function journalFigures(tables: ArrayTables, now_ns: number): JournalFigures[] {
  const { dims, journals = [] } = tables.config;
  const { m } = tables.memory;
  return journals.map(({ name, volumes }, j) => {
    const value = (field: string): number => wideAt(m, tables.at('journal', field, j));
    const sectors = volumes.reduce((sum, v) => sum + v.dataSectors, 0);
    const mostEntries = dims.journals?.[j]?.records ?? 0;
    // What moves on meanwhile is read first where it is taken away from what is read after it.
    const [freed, restored, head] = [value('freed'), value('restored'), value('head')];
    const [last, tail] = [value('last'), value('tail')];
    return {
      group: name,
      last,
      sent: Math.min(last, Math.max(restored, wideAt(m, tables.at('journaling', 'sent', j)))),
      restored,
      entries: Math.min(mostEntries, last - freed),
      mostEntries,
      bytes: Math.min(sectors, tail - head) * SECTOR_BYTES,
      mostBytes: sectors * SECTOR_BYTES,
      lag: lagBetween(tables, j, Math.max(restored, last - mostEntries), last, now_ns),
    };
  });
}

/**
 * Of the entries behind one number, up to another. Numbers that are void are passed over; entries that became marks count,
 * as long as no other has their place.
 */
function lagBetween(tables: ArrayTables, journal: number, from: number, last: number, now_ns: number): LagView {
  const { m, layout } = tables.memory;
  const journals = new Journals(tables.memory);
  let writes = 0;
  let sectors = 0;
  let oldest_ns = now_ns;
  for (let n = from + 1; n <= last; n++) {
    const at = layout.base.update + (journals.find(journal, n) << UPDATE_SHIFT);
    if (wideAt(m, at) !== n) continue;
    const time_ns = wideAt(m, at + TIME);
    const span = m[at + SPAN] as number;
    const isZero = ((m[at + FLAGS] as number) & SHIP_FLAG.SHIP_ZERO) !== 0;
    // Another entry took its place meanwhile.
    if (wideAt(m, at) !== n) continue;
    writes += 1;
    sectors += isZero ? 0 : span >>> 16;
    oldest_ns = Math.min(oldest_ns, time_ns);
  }
  return { writes, bytes: sectors * SECTOR_BYTES, seconds: (now_ns - oldest_ns) / 1e9 };
}
