/**
 * Tasks that a debugger holds: they get no turn while others of their role do. A task stands between two turns only: one that
 * is held in the middle of a turn ends that first, and one whose request ends in it is held no longer.
 *
 * Only who runs a node watched, for a debugger, asks this; `Node.run` and `Node.pump` know nothing of it. Where a task is held
 * and was ready stands in its record, and it is not in the ready queue then.
 */
import type { ArrayMemory } from '../memory/layout.js';
import { MICROCODED_ROLES } from '../ports/messages.js';
import type { Node } from './node.js';
import { Queue } from './queues.js';
import { FREE, N_READY, NODE_SHIFT, T_HELD, T_SELF, T_STATE, T_TURN, TASK_SHIFT } from './tasks.js';

/** Of T_HELD. */
const HELD = 1;
/** It was ready, and stands beside the queue. */
const STANDS = 2;

const recordOf = (node: Node, number: number): number => node.tasks + (number << TASK_SHIFT);

/** Is the task that comes next one that is held, and has not begun its turn? */
export function holdsFirst({ m, tasks, first }: Node): boolean {
  const task = tasks + (first << TASK_SHIFT);
  return first !== 0 && m[task + T_HELD] !== 0 && m[task + T_TURN] === 0;
}

/** Held tasks that would come next stand aside. False: none is left that is ready. */
export function passHeld(node: Node): boolean {
  while (holdsFirst(node)) {
    node.m[recordOf(node, node.queues.shift(node.at + N_READY)) + T_HELD] = STANDS;
  }
  return node.first !== 0;
}

/** A turn of a task, for `endHold`. */
interface Turn {
  readonly task: number;
  readonly self: number;
}

/** The turn that comes next, or goes on. */
export function turnOf(node: Node): Turn {
  const task = recordOf(node, node.first);
  return { task, self: node.m[task + T_SELF] as number };
}

/** After it, or a part of it: what the task carried out may be over, and with it the hold. */
export function endHold({ m }: Node, { task, self }: Turn): void {
  if (m[task + T_HELD] !== 0 && (m[task + T_STATE] === FREE || m[task + T_SELF] !== self)) m[task + T_HELD] = 0;
}

/** Address of a task's record: of the role with this number, from 1. */
const taskAt = ({ layout }: ArrayMemory, role: number, number: number): number =>
  layout.base.task + ((role * layout.tasksOfRole + number - 1) << TASK_SHIFT);

export const isHeld = (memory: ArrayMemory, role: number, number: number): boolean =>
  memory.m[taskAt(memory, role, number) + T_HELD] !== 0;

/** Held, and ready: it would run. */
export const stands = (memory: ArrayMemory, role: number, number: number): boolean =>
  memory.m[taskAt(memory, role, number) + T_HELD] === STANDS;

/** Who runs the role stands, or calls this itself. */
export function hold(memory: ArrayMemory, role: number, number: number): void {
  const held = taskAt(memory, role, number) + T_HELD;
  if (memory.m[held] === 0) memory.m[held] = HELD;
}

/** It goes on, behind those that are ready. As `hold`; @param busy word of the role's director (`busyAt`). */
export function release(memory: ArrayMemory, role: number, number: number, busy: number): void {
  const { m, layout } = memory;
  const held = taskAt(memory, role, number) + T_HELD;
  const wasReady = m[held] === STANDS;
  m[held] = 0;
  const node = layout.base.node + (role << NODE_SHIFT);
  if (wasReady) new Queue(m, taskAt(memory, role, 0), node, role, busy).ready(number);
}

/** Numbers of those that are held. */
export function* heldTasks(memory: ArrayMemory, role: number): Generator<number> {
  for (let number = 1; number <= memory.layout.tasksOfRole; number++) if (isHeld(memory, role, number)) yield number;
}

/** Is any of the array? */
export const anyHeld = (memory: ArrayMemory): boolean =>
  MICROCODED_ROLES.some((_, role) => !heldTasks(memory, role).next().done);
