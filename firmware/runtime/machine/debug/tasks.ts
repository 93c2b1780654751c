/** Tasks of arrays: what they do now, where they are, what is in their registers. */
import { isHeld } from '../../../engine/held-tasks.js';
import * as T from '../../../engine/tasks.js';
import { TABLES, type TableName } from '../../../memory/tables.js';
import { KINDS, MICROCODED_ROLES, roleNumber } from '../../../ports/messages.js';
import type { Rig } from './machines.js';
import { wide } from './show.js';
import type { FrameView, RegisterView, TaskRef, TaskView } from './target.js';

const REGISTERS = 16;

/** All that are not free, in the order of arrays, roles and numbers. */
export function tasksOf(rig: Rig): TaskRef[] {
  const found: TaskRef[] = [];
  for (const [array, { tables }] of rig.arrays.entries()) {
    for (const role of MICROCODED_ROLES.keys()) {
      for (let task = 1; task <= tables.memory.layout.tasksOfRole; task++) {
        const ref = { array, role, task };
        if (!rig.isFree(ref)) found.push(ref);
      }
    }
  }
  return found;
}

/** `ready`, `waits for GOT`, `sleeps`, `stands in line`. */
export function stateOf(rig: Rig, ref: TaskRef): string {
  switch (rig.word(ref, T.T_STATE)) {
    case T.FREE:
      return 'free';
    case T.READY:
      return 'ready';
    case T.WAITING: {
      const left = rig.word(ref, T.T_COUNT);
      return `waits for ${KINDS[rig.word(ref, T.T_AWAIT)]?.name ?? '?'}${left > 1 ? `, ${left} of them` : ''}`;
    }
    case T.PARKED:
      return 'stands in line';
    case T.SLEEPING:
      return 'sleeps';
    default:
      return `state ${rig.word(ref, T.T_STATE)}`;
  }
}

function heldOf(rig: Rig, { array, role, task }: TaskRef): string {
  if (isHeld(rig.tables(array).memory, role, task)) return ', held';
  return rig.machines.directors?.of(array, role)?.isHeld ? ', its director is held' : '';
}

export function taskView(rig: Rig, ref: TaskRef): TaskView {
  const kind = KINDS[rig.word(ref, T.T_KIND)];
  return {
    ref,
    name: rig.taskName(ref),
    state: `${stateOf(rig, ref)}${heldOf(rig, ref)}`,
    ...(kind && kind.id > 0 && { kind: kind.name }),
    place: rig.place(ref.array, ref.role, rig.word(ref, T.T_PC)),
  };
}

/** The innermost stands at its next instruction, each caller at its call. Errors: RangeError for a task that runs nothing. */
export function framesOf(rig: Rig, ref: TaskRef): FrameView[] {
  checkRuns(rig, ref);
  return rig.stackOf(ref).map((instruction) => ({ place: rig.place(ref.array, ref.role, instruction) }));
}

/** With the names that the scope of the frame has for them. */
export function registersOf(rig: Rig, ref: TaskRef, frame = 0): RegisterView[] {
  checkRuns(rig, ref);
  const stack = rig.stackOf(ref);
  const instruction = stack[frame];
  if (instruction === undefined)
    throw new RangeError(`${rig.taskName(ref)} has no frame ${frame}; it has 0 to ${stack.length - 1}`);
  const names = rig.namesAt(ref.array, ref.role, instruction);
  const views: RegisterView[] = [];
  for (let number = 0; number < REGISTERS; number++) {
    const of = names.filter(({ register }) => register === number);
    const pairs = of.filter(({ words }) => words === 2);
    const single = of.filter(({ words }) => words === 1);
    const joined = (all: typeof of): string => all.map(({ name }) => name).join(', ');
    const value = rig.word(ref, number);
    // A pair is one line, with all of it; its second half has a line if it has a name of its own.
    if (pairs.length > 0) views.push({ name: joined(pairs), number, value: wide(value, rig.word(ref, number + 1)) });
    if (single.length > 0) views.push({ name: joined(single), number, value });
    const isHalf = names.some(({ register, words }) => words === 2 && register === number - 1);
    if (of.length === 0 && !isHalf) views.push({ name: `r${number}`, number, value });
  }
  return views;
}

function checkRuns(rig: Rig, ref: TaskRef): void {
  rig.checkTask(ref);
  if (rig.isFree(ref)) throw new RangeError(`${rig.taskName(ref)} is free: it runs nothing now`);
}

/** Tasks in a queue, from its first: those of the role that owns the table. */
export function tasksIn(rig: Rig, array: number, table: TableName, first: number): TaskRef[] {
  const owner = TABLES[table].owner;
  if (owner === 'service') return [];
  const role = roleNumber(owner);
  const most = rig.tables(array).memory.layout.tasksOfRole;
  const found: TaskRef[] = [];
  for (let task = first; task >= 1 && task <= most && found.length < most; ) {
    const ref = { array, role, task };
    found.push(ref);
    task = rig.word(ref, T.T_NEXT);
  }
  return found;
}

export const taskNames = (rig: Rig, tasks: readonly TaskRef[]): string =>
  tasks.map((task) => rig.taskName(task)).join(', ');
