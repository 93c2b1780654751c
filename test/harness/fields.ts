/** Fields as tests write them: `volume.state`. */
import { TABLE_LIST, type TableName, tableByName } from '../../firmware/memory/tables.js';
import type { ArrayMachine } from '../../firmware/runtime/machine/array.js';

export type Field = `${TableName}.${string}`;

/** Word address and width. Errors: RangeError naming table, field or record that does not exist. */
export function fieldAt(machine: ArrayMachine, field: Field, record: number): { at: number; words: number } {
  const [tableName = '', name = ''] = field.split('.');
  const table = tableByName(tableName);
  const f = table?.fields.get(name);
  if (!table || !f) {
    const has = table ? [...table.fields.keys()] : TABLE_LIST.map((t) => t.name);
    throw new RangeError(`there is no field ${field}; there are ${has.join(', ')}`);
  }
  const records = machine.memory.layout.records[table.name];
  if (record < 0 || record >= records)
    throw new RangeError(`there is no ${table.name} ${record}; there are ${records}`);
  return { at: machine.at(table.name, name, record), words: f.words };
}
