/** Queues of tasks (two words: first, last) and deadlines, both in memory. */
import { readTime, writeTime } from '../memory/time.js';
import * as TASKS from './tasks.js';

/** Of this module: so compiled code has them as constants, which it looks up in a namespace. */
const T = { ...TASKS };

export class Queue {
  readonly #m: Int32Array;
  readonly #tasks: number;
  readonly #node: number;
  readonly #busy: number;
  readonly #bit: number;

  /** @param busy word in which the node's bit says that it has something to do. */
  constructor(m: Int32Array, tasks: number, node: number, role: number, busy: number) {
    this.#m = m;
    this.#tasks = tasks;
    this.#node = node;
    this.#busy = busy;
    this.#bit = 1 << role;
  }

  /** Last into the queue whose two words stand at `at`. */
  push(at: number, number: number): void {
    const m = this.#m;
    m[this.#tasks + (number << T.TASK_SHIFT) + T.T_NEXT] = 0;
    const last = m[at + 1] as number;
    if (m[at] !== 0) m[this.#tasks + (last << T.TASK_SHIFT) + T.T_NEXT] = number;
    else m[at] = number;
    m[at + 1] = number;
  }

  /** First out of the queue; 0 when it is empty. */
  shift(at: number): number {
    const m = this.#m;
    const first = m[at] as number;
    if (first !== 0) m[at] = m[this.#tasks + (first << T.TASK_SHIFT) + T.T_NEXT] as number;
    return first;
  }

  ready(number: number): void {
    const task = this.#tasks + (number << T.TASK_SHIFT);
    this.#m[task + T.T_STATE] = T.READY;
    this.#m[task + T.T_TURN] = 0;
    this.#m[this.#busy] = (this.#m[this.#busy] as number) | this.#bit;
    this.push(this.#node + T.N_READY, number);
  }
}

/**
 * Deadlines of a node's tasks. A task's own stands in its record (0: none); the node keeps the earliest and how many
 * there are, so that nothing is looked at before it is due.
 */
export class Timers {
  readonly #m: Int32Array;
  readonly #tasks: number;
  readonly #node: number;
  readonly #count: number;

  constructor(m: Int32Array, tasks: number, node: number, count: number) {
    this.#m = m;
    this.#tasks = tasks;
    this.#node = node;
    this.#count = count;
  }

  set(task: number, at_ns: number): void {
    writeTime(this.#m, task + T.T_DEADLINE, at_ns);
    const timers = this.#m[this.#node + T.N_TIMERS] as number;
    if (timers === 0 || at_ns < this.due_ns) writeTime(this.#m, this.#node + T.N_DUE, at_ns);
    this.#m[this.#node + T.N_TIMERS] = timers + 1;
  }

  forget(task: number): void {
    if (readTime(this.#m, task + T.T_DEADLINE) === 0) return;
    writeTime(this.#m, task + T.T_DEADLINE, 0);
    this.#m[this.#node + T.N_TIMERS] = (this.#m[this.#node + T.N_TIMERS] as number) - 1;
  }

  /** Is there a deadline? */
  get any(): boolean {
    return this.#m[this.#node + T.N_TIMERS] !== 0;
  }

  /** The earliest deadline, or one before it that was met already; Infinity when there is none. */
  get due_ns(): number {
    return this.#m[this.#node + T.N_TIMERS] === 0 ? Number.POSITIVE_INFINITY : readTime(this.#m, this.#node + T.N_DUE);
  }

  expire(now_ns: number, queues: Queue): void {
    if (this.due_ns > now_ns) return;
    let next = Number.POSITIVE_INFINITY;
    for (let number = 1; number <= this.#count; number++) {
      const task = this.#tasks + (number << T.TASK_SHIFT);
      const at = readTime(this.#m, task + T.T_DEADLINE);
      if (at === 0) continue;
      if (at <= now_ns) {
        this.forget(task);
        giveUp(this.#m, task);
        queues.ready(number);
      } else if (at < next) next = at;
    }
    if (next !== Number.POSITIVE_INFINITY) writeTime(this.#m, this.#node + T.N_DUE, next);
  }
}

/** A wait ends without its answer: what was asked is not waited for again, and its answers match nothing from now on. */
export function giveUp(m: Int32Array, task: number): void {
  if (m[task + T.T_STATE] === T.WAITING) {
    m[task + T.T_TIMED_OUT] = 1;
    m[task + T.T_OUTSTANDING] = 0;
    m[task + T.T_INBOX] = 0;
    m[task + T.T_SELF] = ((m[task + T.T_SELF] as number) + (1 << T.TOKEN_BITS)) | 0;
  }
}
