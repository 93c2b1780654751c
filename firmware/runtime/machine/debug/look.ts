/** Tables of what there is in arrays, for people: `look` of a target. */

import { lookAtTasks } from './looks/tasks.js';
import type { Rig } from './machines.js';
import { listed } from './machines.js';
import type { Look, Table, TaskRef } from './target.js';

/** Errors: RangeError with the words that are wanted. */
export type Looking = (rig: Rig, words: readonly string[], task: TaskRef | undefined) => Table;

const TABLES: Readonly<Partial<Record<Look, Looking>>> = {
  tasks: lookAtTasks,
};

export function look(rig: Rig, what: Look, words: readonly string[], task: TaskRef | undefined): Table {
  const found = Object.hasOwn(TABLES, what) ? TABLES[what] : undefined;
  if (!found) throw new RangeError(`there is no table ${what}; there are ${listed(Object.keys(TABLES))}`);
  return found(rig, words, task);
}
