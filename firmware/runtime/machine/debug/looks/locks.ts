/** Tracks whose lock a task holds. */

import { T_PC } from '../../../../engine/tasks.js';
import { taskNames, tasksIn } from '../tasks.js';
import { arraysWanted, type Looking } from './looking.js';

export const lookAtLocks: Looking = (rig, words) => ({
  columns: ['track', 'held by', 'which stands at', 'in', 'wait for it'],
  rows: arraysWanted(rig, 'locks', words).flatMap((array) => {
    const tables = rig.tables(array);
    const holders = rig.column(array, 'lock', 'holder');
    const rows: string[][] = [];
    for (let track = 0; track < tables.memory.layout.records.lock; track++) {
      const [holder] = holders(track) === 0 ? [] : tasksIn(rig, array, 'lock', holders(track));
      if (holder === undefined) continue;
      const place = rig.place(array, holder.role, rig.word(holder, T_PC));
      const waiting = tasksIn(rig, array, 'lock', tables.get('lock', 'waiting', track));
      const stands = `${place.file}:${place.line}`;
      rows.push([rig.trackName(array, track), rig.taskName(holder), stands, place.scope, taskNames(rig, waiting)]);
    }
    return rows;
  }),
});
