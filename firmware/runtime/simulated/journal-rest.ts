/**
 * Rest, where targets poll: a pull that sleeps while its source has nothing for it will find nothing again, so its timer is
 * none that anything waits for.
 */
import * as T from '../../engine/tasks.js';
import { PAIR_ROLE, PAIR_STATE } from '../../memory/constants.js';
import { KIND, roleNumber } from '../../ports/messages.js';
import type { ArrayMachine } from '../machine/array.js';
import { numbersOf } from './journal-tables.js';

const DATA = roleNumber('data');

/** Is a task asleep between two reads of a journal? */
export function isIdlePull(a: ArrayMachine, task: number): boolean {
  const { tasksOfRole } = a.memory.layout;
  if (Math.floor(task / tasksOfRole) !== DATA || a.get('task', 'state', task) !== T.SLEEPING) return false;
  const handlers = a.nodes.find(({ role }) => role === DATA)?.program.handlers;
  const from = handlers?.[KIND.PULL] ?? -1;
  if (!handlers || from < 0) return false;
  const pc = a.get('task', 'pc', task);
  // Its code ends where that of the next kind begins.
  return pc >= from && !handlers.some((at) => at > from && at <= pc);
}

/** Does an idle pull have a timer here, and nobody else, as far as tasks tell? */
export function hasPull(a: ArrayMachine): boolean {
  for (let task = 0; task < a.memory.layout.records.task; task++) if (isIdlePull(a, task)) return true;
  return false;
}

/** Nothing of a journal group is to come at this array: a target has restored all, a source in a session owes none of it. */
function isIdle(a: ArrayMachine, journal: number): boolean {
  const members = a.config.volumes.flatMap((v, i) => (v.journal === journal ? [i] : []));
  const isTarget = members.some((i) => a.get('session', 'taking', i) !== 0);
  const open = members.filter((i) => a.get('session', 'open', i) !== 0);
  if (!isTarget && open.length === 0) return true;
  const { last, freed, restored } = numbersOf(a, journal);
  // A further pair waits for that with the array from which it has its data.
  const waits = (i: number): boolean => {
    const home = a.config.volumes[i]?.of;
    if (home === undefined || a.get('pair', 'role', home) !== PAIR_ROLE.TARGET) return false;
    return a.get('pair', 'state', home) !== PAIR_STATE.PAIR;
  };
  // What cannot be read here is owed until a host writes it anew.
  const settles = (i: number): boolean =>
    a.get('volume', 'settling', i) !== 0 && a.get('volume', 'm2_inv', i) === 0 && !waits(i);
  return freed === last && restored <= last && !open.some(settles);
}

/** Do all timers of these arrays belong to pulls that will find nothing? */
export function onlyIdlePulls(arrays: readonly ArrayMachine[], isOn: (array: number) => boolean): boolean {
  return arrays.every((a, at) => {
    if (!isOn(at)) return true;
    for (const node of a.nodes) {
      if (node.timers.due_ns === Number.POSITIVE_INFINITY) continue;
      if (node.role !== DATA) return false;
    }
    const { layout } = a.memory;
    const first = DATA * layout.tasksOfRole;
    for (let task = first; task < first + layout.tasksOfRole; task++) {
      const state = a.get('task', 'state', task);
      if (state !== T.FREE && !isIdlePull(a, task)) return false;
    }
    return (a.config.journals ?? []).every((_, journal) => isIdle(a, journal));
  });
}
