/** Values as people read them: of expressions, of records with all of their fields. */
import { type TableName, tableByName } from '../../../memory/tables.js';
import { ExpressionNames } from './expressions/names.js';
import { parse } from './expressions/parser.js';
import type { Tree } from './expressions/tree.js';
import type { Rig } from './machines.js';
import { fieldMeaning } from './meanings.js';
import { showNumber, showWords, wide } from './show.js';
import { arrayOf, type KnownSpot, numberOf, recordOf, spotOf } from './spots.js';
import type { TaskRef, Value } from './target.js';
import { taskNames, tasksIn } from './tasks.js';

export const read = (rig: Rig, spot: KnownSpot): number[] => [
  ...rig.tables(spot.array).memory.m.subarray(spot.word, spot.word + spot.words),
];

export function spotValue(rig: Rig, spot: KnownSpot): Value {
  const words = read(rig, spot);
  const { array, word, meaning } = spot;
  const at = { array, word, words: spot.words };
  const queue = spot.meaning?.as === 'queue' && spot.table ? tasksIn(rig, array, spot.table, words[0]) : [];
  const text = queue.length > 0 ? taskNames(rig, queue) : spot.show(words);
  if (words.length > 2) return { text, at };
  const number = words.length === 2 && meaning?.as !== 'queue' ? wide(words[0], words[1]) : words[0] & spot.mask;
  // Of what JSON cannot say exactly there is the text.
  return Number.isSafeInteger(number) ? { text, number, at } : { text, at };
}

/** Errors: RangeError. */
export function evaluate(rig: Rig, text: string, task: TaskRef | undefined): Value {
  const tree = parse(text, new ExpressionNames(rig));
  if (tree.is === 'field' || tree.is === 'register') return spotValue(rig, spotOf(rig, tree, task, text));
  if (tree.is === 'fields') return recordValue(rig, tree, task);
  const number = numberOf(rig, tree, task);
  return { text: showNumber(number), number };
}

function recordValue(rig: Rig, tree: Tree & { readonly is: 'fields' }, task: TaskRef | undefined): Value {
  const table = tree.table as TableName;
  const array = arrayOf(rig, tree.array, task, tree.text);
  const record = recordOf(rig, array, table, tree.index, task);
  const { tables, name: arrayName } = rig.arrays[array];
  const parts = [...(tableByName(table)?.fields.values() ?? [])].map(({ name, words }) => {
    const at = tables.at(table, name, record);
    const all = [...tables.memory.m.subarray(at, at + words)];
    const shown = showWords(rig, array, fieldMeaning(table, name, words), all);
    return { name, expression: `${arrayName}:${table}.${name}[${record}]`, text: shown };
  });
  const word = tables.at(table, parts[0].name, record);
  const words = [...(tableByName(table)?.fields.values() ?? [])].reduce((n, field) => n + field.words, 0);
  return { text: `record ${record} of ${arrayName}:${table}`, at: { array, word, words }, parts };
}
