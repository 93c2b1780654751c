/** Tasks that are not free. */
import { listed, type Rig } from '../machines.js';
import type { Table } from '../target.js';
import { tasksOf, taskView } from '../tasks.js';

const COLUMNS = ['task', 'state', 'message', 'at', 'in'];

/** @param words an array, if it is not to be all of them. */
export function lookAtTasks(rig: Rig, words: readonly string[]): Table {
  if (words.length > 1)
    throw new RangeError(
      `tasks ${words.join(' ')}: "tasks" or "tasks ARRAY", of ${listed(rig.arrays.map(({ name }) => name))}`,
    );
  const only = words[0] === undefined ? undefined : rig.array(words[0]);
  const rows = tasksOf(rig)
    .filter(({ array }) => only === undefined || array === only)
    .map((ref) => {
      const { name, state, kind = '', place } = taskView(rig, ref);
      return [name, state, kind, `${place.file}:${place.line}`, place.scope];
    });
  return { columns: COLUMNS, rows };
}
