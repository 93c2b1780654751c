/** A director or a task that stands while the rest goes on, as a user asks for it. All errors are RangeErrors. */
import * as HELD from '../../../engine/held-tasks.js';
import { READY, T_STATE, T_TURN } from '../../../engine/tasks.js';
import { MICROCODED_ROLES, ROLES } from '../../../ports/messages.js';
import type { Directors, DirectorView } from './directors.js';
import { listed, type Rig } from './machines.js';
import type { AnswerOf, AskOf, TaskRef } from './target.js';

/** Everything that may hold, or is held, stands now. */
export function hold(rig: Rig, ask: AskOf<'hold'>): AnswerOf<'hold'> {
  const { array, role, number, isHeld } = ask;
  const { directors } = rig.machines;
  if (!directors) throw new RangeError('nothing runs here: there is nothing to hold');
  if (array === undefined || role === undefined) {
    if (isHeld) throw new RangeError('hold what? A role, whose director stands then, or a task of it');
    return releaseAll(rig, directors);
  }
  const { name } = rig.tables(array) && rig.arrays[array];
  if (!MICROCODED_ROLES.includes(ROLES[role]))
    throw new RangeError(`role ${role} is no role of a director; those are ${listed(MICROCODED_ROLES)}`);
  const view = directors.of(array, role);
  if (!view) throw new RangeError(`array ${name} has no power: nothing of it runs`);
  return number === undefined
    ? holdDirector(directors, name, array, role, isHeld)
    : holdTask(rig, directors, { array, role, task: number }, isHeld);
}

const directorName = (array: string, { name }: DirectorView): string => `director ${array}:${name}`;

function holdDirector(directors: Directors, name: string, array: number, role: number, isHeld: boolean): string {
  const view = directors.of(array, role) as DirectorView;
  const who = directorName(name, view);
  if (view.isDead) throw new RangeError(`${who} is dead`);
  if (view.isHeld === isHeld) throw new RangeError(`${who} is ${isHeld ? 'held already' : 'not held'}`);
  directors.hold(array, role, isHeld);
  return isHeld
    ? `${who} is held, with ${listed(view.nodes)}; what comes for it waits`
    : `${who} goes on, with ${listed(view.nodes)}`;
}

function holdTask(rig: Rig, directors: Directors, ref: TaskRef, isHeld: boolean): string {
  const name = rig.taskName(rig.checkTask(ref));
  const { array, role, task } = ref;
  const { memory } = rig.tables(array);
  if (HELD.isHeld(memory, role, task) === isHeld)
    throw new RangeError(`${name} is ${isHeld ? 'held already' : 'not held'}`);
  if (!isHeld) {
    HELD.release(memory, role, task, directors.busy(array, role));
    return `${name} goes on`;
  }
  if (rig.isFree(ref)) throw new RangeError(`${name} is free: it runs nothing now that could be held`);
  HELD.hold(memory, role, task);
  return `${name} is held: it stands from the end of its turn on; others of its role go on`;
}

/** All that are held, in the order of arrays and roles: directors by one of their roles. */
function* allHeld(rig: Rig, directors: Directors) {
  for (const [array, { name, tables }] of rig.arrays.entries()) {
    const seen = new Set<string>();
    for (const role of MICROCODED_ROLES.keys()) {
      const view = directors.of(array, role);
      if (!view?.isHeld || seen.has(view.name)) continue;
      seen.add(view.name);
      yield { array, role, what: directorName(name, view) };
    }
    for (const role of MICROCODED_ROLES.keys())
      for (const number of HELD.heldTasks(tables.memory, role))
        yield { array, role, number, what: rig.taskName({ array, role, task: number }) };
  }
}

function releaseAll(rig: Rig, directors: Directors): string {
  const all = [...allHeld(rig, directors)];
  if (all.length === 0) throw new RangeError('nothing is held');
  for (const { array, role, number } of all) {
    if (number === undefined) directors.hold(array, role, false);
    else HELD.release(rig.tables(array).memory, role, number, directors.busy(array, role));
  }
  return `${listed(all.map(({ what }) => what))}: ${all.length === 1 ? 'goes' : 'all go'} on`;
}

/** What is held, for people; empty: nothing is. */
export function heldNames(rig: Rig): string {
  const { directors } = rig.machines;
  return directors ? [...allHeld(rig, directors)].map(({ what }) => what).join(', ') : '';
}

/**
 * Errors: RangeError where a task does nothing when the rig goes on; one that is held in the middle of its turn ends that.
 * @param ofRole what is waited for is its role's, not its own.
 */
export function checkSteps(rig: Rig, ref: TaskRef, ofRole: boolean): void {
  const { array, role, task } = ref;
  const { name, tables } = rig.arrays[array];
  const view = rig.machines.directors?.of(array, role);
  const step = 'it makes no step';
  if (view?.isHeld)
    throw new RangeError(`${directorName(name, view)} is held, so ${step}: release ${name}.${ROLES[role]}`);
  if (
    !ofRole &&
    HELD.isHeld(tables.memory, role, task) &&
    !(rig.word(ref, T_STATE) === READY && rig.word(ref, T_TURN) !== 0)
  )
    throw new RangeError(`${rig.taskName(ref)} is held, so ${step}: release ${rig.taskName(ref)}`);
}
