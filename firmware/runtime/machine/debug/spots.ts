/** What an expression stands for in memory: words that can be watched and set. */
import { T_PC } from '../../../engine/tasks.js';
import type { TableName } from '../../../memory/tables.js';
import { Program } from './expressions/program.js';
import type { FieldTree, RegisterTree, Tree, Whose } from './expressions/tree.js';
import { listed, type Rig } from './machines.js';
import { type Meaning, registerMeaning } from './meanings.js';
import { showWords } from './show.js';
import type { TaskRef } from './target.js';

export interface Spot {
  readonly array: number;
  /** Index in the words of the array's memory. */
  readonly word: number;
  readonly words: number;
  /** Bits of the word that are meant; -1: all. */
  readonly mask: number;
  /** Those words as people read them. */
  show(words: readonly number[]): string;
}

/** And what is known of it besides, for who sets it. */
export interface KnownSpot extends Spot {
  readonly meaning: Meaning | undefined;
  /** Of a field: its table and record. */
  readonly table?: TableName;
  readonly record?: number;
}

/** Number that a part of an expression comes to. Errors: RangeError. */
export function numberOf(rig: Rig, tree: Tree, task: TaskRef | undefined): number {
  const program = new Program(rig, tree);
  const value = program.run(task);
  if (program.failure !== undefined) throw new RangeError(program.failure);
  return value;
}

export function arrayOf(rig: Rig, whose: Whose, task: TaskRef | undefined, name: string): number {
  const array = whose === 'task' ? (task?.array ?? (rig.arrays.length === 1 ? 0 : undefined)) : whose;
  if (array !== undefined) return array;
  const names = listed(rig.arrays.map((one) => one.name));
  throw new RangeError(`${name} is of which array? Before it goes one of ${names} with ":", as no task is named`);
}

/** Errors: RangeError with the records that there are. */
export function recordOf(
  rig: Rig,
  array: number,
  table: TableName,
  index: Tree | undefined,
  task: TaskRef | undefined,
): number {
  // Names in brackets are of the array whose field it is: parse gave them that, or the task's.
  const record = index === undefined ? 0 : numberOf(rig, index, task);
  const { records } = rig.tables(array).memory.layout;
  if (record >= 0 && record < records[table]) return record;
  const there = records[table] === 0 ? 'none' : `0 to ${records[table] - 1}`;
  throw new RangeError(`array ${rig.arrays[array].name} has no record ${record} of ${table}; it has ${there}`);
}

/** Errors: RangeError for what is no place in memory. */
export function spotOf(rig: Rig, tree: Tree, task: TaskRef | undefined, text: string): KnownSpot {
  if (tree.is === 'field') return fieldSpot(rig, tree, task);
  if (tree.is === 'register') return registerSpot(rig, tree, task);
  if (tree.is === 'fields')
    throw new RangeError(`'${text}' is a whole record; name a field of it: ${tree.table}.FIELD[RECORD]`);
  throw new RangeError(
    `'${text}' is a number, not a place in memory; places are fields (A:pair.state[data0]), flags (M2 A:data0:17) and registers`,
  );
}

function fieldSpot(rig: Rig, tree: FieldTree, task: TaskRef | undefined): KnownSpot {
  const { words, mask, meaning } = tree;
  const table = tree.table as TableName;
  const array = arrayOf(rig, tree.array, task, tree.name);
  const record = recordOf(rig, array, table, tree.index, task);
  const word = tree.at[array] + (record << tree.shift);
  const show = (all: readonly number[]): string =>
    showWords(
      rig,
      array,
      meaning,
      all.map((one) => one & mask),
    );
  return { array, word, words, mask, show, meaning, table, record };
}

function registerSpot(rig: Rig, tree: RegisterTree, task: TaskRef | undefined): KnownSpot {
  if (task === undefined) throw new RangeError(`${tree.name} is of a task, and none is named`);
  const { array } = task;
  const at = rig.taskAt(task);
  let [number, words] = [tree.register, tree.words];
  if (number === undefined) {
    const pc = rig.tables(array).memory.m[at + T_PC];
    const there = rig.namesAt(array, task.role, pc);
    const found = there.find(({ name }) => name === tree.name);
    if (!found) {
      const { file, line, scope } = rig.place(array, task.role, pc);
      const names = listed(there.map(({ name }) => name));
      throw new RangeError(
        `no register is called ${tree.name} at ${file}:${line} (${scope}); there are ${names}, and r0 to r15`,
      );
    }
    number = found.register;
    if (words === 'named') words = found.words;
    else if (words === 2 && number % 2 === 1)
      throw new RangeError(`${tree.name} is r${number}: a number of 64 bits begins at an even register`);
  }
  const count = words === 2 ? 2 : 1;
  const meaning = registerMeaning(tree.name, count);
  const show = (all: readonly number[]): string => showWords(rig, array, meaning, all);
  return { array, word: at + number, words: count, mask: -1, show, meaning };
}
