/** What a command of a user waits for, told of each instruction and each step: the same forwards and backwards. */
import type { Node } from '../../../firmware/engine/node.js';
import { FREE, T_SELF, T_SP, T_STATE, TASK_SHIFT } from '../../../firmware/engine/tasks.js';
import { roleNumber } from '../../../firmware/ports/messages.js';
import { placeKey } from '../../../firmware/runtime/machine/debug/arms.js';
import type { TaskRef } from '../../../firmware/runtime/machine/debug/target.js';
import { ARRAYS_MAX } from '../../../firmware/runtime/simulated/world-plan.js';

/** A node of the world that is shown. */
export type NodeOf = (array: number, role: number) => Node | undefined;

/** What a goal may look at. */
export interface Surroundings {
  readonly time_ns: number;
  readonly operations: number;
}

/** A message that a role takes. */
export interface Taken {
  readonly array: number;
  readonly role: number;
  readonly kind: number;
  /** Who sent it, and the token of its task where an answer is wanted. */
  readonly from: number;
  readonly token: number;
  /** Undefined: it waits for a task. */
  readonly task: TaskRef | undefined;
  /** Own token that the task has with it. */
  readonly self: number;
  /** Of what came over a link: token of the remote role's task at the other array; 0: it did not, or nobody there waits. */
  readonly far: number;
}

export interface Goal {
  /** It was reached, before this instruction. */
  instruction?(array: number, node: Node, now: Surroundings): boolean;
  /** It was reached, after this step. */
  stepped?(now: Surroundings): boolean;
  /** A role takes a message, at a word of its memory, which `task` begins or goes on with; `stepped` comes after it. */
  message?(message: Taken): void;
  /** Micro-operations that a task may do before it is asked. */
  piece(array: number, node: Node, now: Surroundings): number;
  /** Backwards: why it was never reached before a moment whose nodes are these; undefined: it may have been. */
  before?(nodeOf: NodeOf): string | undefined;
  /** Why it will never be reached, after what this node did; forwards only. */
  over?(array: number, node: Node): string | undefined;
}

const MANY = 0x7fff_ffff;

/** A task for as long as it carries out one request. */
export class Incarnation {
  readonly self: number;
  readonly depth: number;

  constructor(
    readonly ref: TaskRef,
    node: Node,
  ) {
    const task = node.tasks + (ref.task << TASK_SHIFT);
    this.self = node.m[task + T_SELF] as number;
    this.depth = node.m[task + T_SP] as number;
  }

  /** Does it run next, in this node or in another one over the memory of another moment? */
  isNext(array: number, node: Node): boolean {
    const { ref } = this;
    return (
      node.first === ref.task &&
      node.role === ref.role &&
      array === ref.array &&
      node.m[node.tasks + (ref.task << TASK_SHIFT) + T_SELF] === this.self
    );
  }

  /** Has it begun, and not ended? */
  isThere(nodeOf: NodeOf): boolean {
    const node = nodeOf(this.ref.array, this.ref.role);
    return node !== undefined && node.m[node.tasks + (this.ref.task << TASK_SHIFT) + T_SELF] === this.self;
  }

  /** After what a node did. */
  isOver(array: number, node: Node): boolean {
    const { ref } = this;
    if (node.role !== ref.role || array !== ref.array) return false;
    const task = node.tasks + (ref.task << TASK_SHIFT);
    return node.m[task + T_SELF] !== this.self || node.m[task + T_STATE] === FREE;
  }
}

/** How deep in calls the task is that runs next. */
const depthOf = (node: Node): number => node.m[node.tasks + (node.first << TASK_SHIFT) + T_SP] as number;

/** Its next instruction, or one that is no deeper in calls than `depth`. */
export class TaskGoal implements Goal {
  constructor(
    readonly task: Incarnation,
    readonly depth = MANY,
  ) {}

  instruction(array: number, node: Node): boolean {
    return this.task.isNext(array, node) && depthOf(node) <= this.depth;
  }

  piece(array: number, node: Node): number {
    return this.task.isNext(array, node) ? 1 : MANY;
  }

  before(nodeOf: NodeOf): string | undefined {
    return this.task.isThere(nodeOf) ? undefined : 'the task began there: nothing of it is before that';
  }

  over(array: number, node: Node): string | undefined {
    return this.task.isOver(array, node) ? 'the task is done' : undefined;
  }
}

export const ANY: Goal = { instruction: () => true, piece: () => 1 };

export const timeGoal = (time_ns: number): Goal => ({
  stepped: (now) => now.time_ns >= time_ns,
  piece: () => MANY,
});

export const operationGoal = (operations: number): Goal => ({
  instruction: (_array, _node, now) => now.operations >= operations,
  piece: (_array, _node, now) => Math.max(1, operations - now.operations),
});

/** A role takes its next message. */
export class MessageGoal implements Goal {
  #isTaken = false;

  constructor(
    readonly array: number,
    readonly role: number,
  ) {}

  message({ array, role }: Taken): void {
    if (array === this.array && role === this.role) this.#isTaken = true;
  }

  stepped(): boolean {
    const isTaken = this.#isTaken;
    this.#isTaken = false;
    return isTaken;
  }

  piece(): number {
    return MANY;
  }
}

/** What a task asks for, and what is asked for on account of that, until another array's role takes it from a link. */
export class PeerGoal implements Goal {
  /** Own tokens of the tasks that are followed, with array and role. */
  readonly #followed: Set<string>;
  readonly #remote = roleNumber('remote');
  #isThere = false;

  constructor(task: Incarnation) {
    this.#followed = new Set([keyOf(task.ref.array, task.ref.role, task.self)]);
  }

  message({ array, role, from, token, self, far }: Taken): void {
    if (token !== 0 && this.#followed.has(keyOf(array, from, token))) this.#followed.add(keyOf(array, role, self));
    if (far === 0) return;
    for (let other = 0; other < ARRAYS_MAX; other++)
      if (other !== array && this.#followed.has(keyOf(other, this.#remote, far))) this.#isThere = true;
  }

  stepped(): boolean {
    const isThere = this.#isThere;
    this.#isThere = false;
    return isThere;
  }

  piece(): number {
    return MANY;
  }
}

const keyOf = (array: number, role: number, self: number): string => `${array} ${role} ${self}`;

/** One of several instructions, by array × role × number as `placeKey` has it. */
export class PlaceGoal implements Goal {
  constructor(readonly keys: ReadonlySet<number>) {}

  instruction(array: number, node: Node): boolean {
    return this.keys.has(placeKey(array, node.role, node.next));
  }

  piece(): number {
    return 1;
  }
}

export const NO_GOAL: Goal = { piece: () => MANY };
