/** Tasks that are not free. */
import { tasksOf, taskView } from '../tasks.js';
import { arraysWanted, type Looking } from './looking.js';

export const lookAtTasks: Looking = (rig, words) => {
  const arrays = arraysWanted(rig, 'tasks', words);
  const rows = tasksOf(rig)
    .filter(({ array }) => arrays.includes(array))
    .map((ref) => {
      const { name, state, kind = '', place } = taskView(rig, ref);
      return [name, state, kind, `${place.file}:${place.line}`, place.scope];
    });
  return { columns: ['task', 'state', 'message', 'at', 'in'], rows };
};
