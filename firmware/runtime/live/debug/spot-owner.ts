/** The role that owns words of an array's memory: nobody else's microcode writes there. */
import type { Layout } from '../../../memory/layout.js';
import { shiftOf, TABLE_LIST, TABLES } from '../../../memory/tables.js';
import { MICROCODED_ROLES, roleNumber } from '../../../ports/messages.js';

/** Number of the role; of words that nobody's microcode writes, the first. */
export function ownerOf({ base, records, tasksOfRole }: Layout, word: number): number {
  const table = TABLE_LIST.find(
    ({ name }) => word >= base[name] && word < base[name] + (records[name] << shiftOf(name)),
  )?.name;
  if (table === undefined) return 0;
  const record = (word - base[table]) >> shiftOf(table);
  if (table === 'task') return Math.floor(record / tasksOfRole);
  const role = table === 'node' ? record : roleNumber(TABLES[table].owner);
  return role < MICROCODED_ROLES.length ? role : 0;
}
