/** Roles, with the directors that they are on: what each has to do, and whether it does it. */
import { heldTasks, stands } from '../../../../engine/held-tasks.js';
import * as T from '../../../../engine/tasks.js';
import { MICROCODED_ROLES } from '../../../../ports/messages.js';
import type { DirectorView } from '../directors.js';
import type { Rig } from '../machines.js';
import { arraysWanted, type Looking } from './looking.js';
import { waitingFor } from './rings.js';

export const lookAtDirectors: Looking = (rig, words) => {
  const rows = arraysWanted(rig, 'directors', words).flatMap((array) =>
    MICROCODED_ROLES.map((name, role) => {
      const view = rig.machines.directors?.of(array, role);
      return [
        `${rig.arrays[array].name}.${name}`,
        view?.name ?? '',
        stateOf(rig, array, role, view),
        String(readyOf(rig, array, role)),
        heldOf(rig, array, role),
        String(waitingFor(rig, array, role)),
      ];
    }),
  );
  return { columns: ['role', 'director', 'state', 'tasks ready', 'tasks held', 'messages wait'], rows };
};

/** Empty: nobody runs it here. */
function stateOf(rig: Rig, array: number, role: number, view: DirectorView | undefined): string {
  if (view?.isDead || rig.tables(array).get('node', 'dead', role) !== 0) return 'dead';
  if (view?.isHeld) return view.hangs ? 'held, and hangs' : 'held';
  if (view?.hangs) return 'hangs';
  if (view) return 'runs';
  return rig.machines.directors ? 'no power' : '';
}

function readyOf(rig: Rig, array: number, role: number): number {
  const { memory } = rig.tables(array);
  let ready = 0;
  for (let task = 1; task <= memory.layout.tasksOfRole; task++)
    if (rig.word({ array, role, task }, T.T_STATE) === T.READY && !stands(memory, role, task)) ready++;
  return ready;
}

const heldOf = (rig: Rig, array: number, role: number): string =>
  [...heldTasks(rig.tables(array).memory, role)].join(', ');
