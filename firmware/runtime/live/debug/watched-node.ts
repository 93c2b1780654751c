/**
 * A node under a debugger: it stands in the node's place on its director and runs it as `Node.pump` does, but stops where it
 * is told to. What stops it is told to `Watcher.tell`, which returns when it may go on.
 */
import { endHold, holdsFirst, passHeld, turnOf } from '../../../engine/held-tasks.js';
import { CLASS_OF, IS_REPLY, type Node } from '../../../engine/node.js';
import {
  FREE,
  N_FREE,
  T_SELF,
  T_SP,
  T_STATE,
  T_TIMED_OUT,
  T_TURN,
  TASK_SHIFT,
  TOKEN_BITS,
  TOKEN_MASK,
} from '../../../engine/tasks.js';
import type { Port } from '../../../ports/mail.js';
import { D_ANSWERS, D_HEAD, ROLES } from '../../../ports/messages.js';
import { Follower } from './follower.js';
import type { DebugEvent, LiveArms, WatchedWords } from './orders.js';

const MANY = 0x7fff_ffff;

export interface Watcher {
  readonly arms: LiveArms;
  /** Only this director runs now. */
  readonly isAlone: boolean;
  /** Words of the array's link port. */
  readonly requests: Int32Array;
  /** Stands until it may go on. */
  tell(event: DebugEvent): void;
}

interface Seen {
  readonly watch: WatchedWords;
  words: number[];
}

export class WatchedNode implements Port {
  readonly node: Node;
  readonly #watcher: Watcher;
  #seen: Seen[] = [];
  /** Of the goal's task: its own token, which a time-out changes. */
  #self = 0;
  #goal = 0;
  #follower: Follower | undefined;
  /** The task that runs, and its instruction. */
  #task = 0;
  #pc = 0;

  constructor(node: Node, watcher: Watcher) {
    this.node = node;
    this.#watcher = watcher;
    this.armed();
  }

  /** What is armed may be another thing now, and memory too. */
  armed(): void {
    const { node } = this;
    const { array, breaks, watches, goal } = this.#watcher.arms;
    node.breakAt(breaks[node.role] ?? []);
    this.#seen = watches
      .filter(({ role }) => role === node.role)
      .map((watch) => ({ watch, words: wordsOf(node.m, watch) }));
    if (goal?.on === 'task' && goal.id !== this.#goal) this.#self = goal.self;
    this.#goal = goal?.id ?? 0;
    if (goal?.on !== 'peer') this.#follower = undefined;
    else if (this.#follower?.goal.id !== goal.id)
      this.#follower = new Follower(node, this.#watcher.requests, array, goal);
  }

  /** Nobody looks any more. */
  leave(): void {
    this.node.breakAt([]);
  }

  /** What ran when it died: task 0 if no microcode did. */
  get last(): { readonly role: number; readonly task: number; readonly pc: number } {
    return { role: this.node.role, task: this.#task, pc: this.#pc };
  }

  pump(): boolean {
    const { node } = this;
    const { wiring, role } = node;
    let did = false;
    if (node.dead) return false;
    this.#changes(0, 0);
    for (;;) {
      const { pending } = node;
      let more = pending !== 0;
      for (let left = pending; left !== 0; left &= left - 1) {
        const from = 31 - Math.clz32(left & -left);
        for (let n = wiring.waiting(from, role); n > 0; n--) this.#accept(from);
      }
      while (node.first !== 0) {
        more = true;
        if (passHeld(node)) this.#turn();
      }
      if (!more || node.dead) return did;
      did = true;
    }
  }

  #accept(from: number): void {
    const { node } = this;
    const { arms } = this.#watcher;
    const { role, m } = node;
    const at = node.wiring.rings[from * ROLES.length + role]?.at(0) ?? 0;
    const kind = (m[at + D_HEAD] as number) & 255;
    const goal = arms.goal?.on === 'message' && arms.goal.role === role ? arms.goal.id : 0;
    const isTold = goal !== 0 || arms.kinds.includes(kind);
    const task = isTold ? this.#taker(at, kind) : 0;
    node.accept(from);
    if (isTold) this.#watcher.tell({ on: 'message', kind, goal, role, task });
  }

  /** The task that the message begins, or goes on with. */
  #taker(at: number, kind: number): number {
    const { node } = this;
    const { m } = node;
    if (IS_REPLY[kind] !== 0) return (m[at + D_ANSWERS] as number) & TOKEN_MASK;
    const own = CLASS_OF[kind] as number;
    return m[node.at + N_FREE + (own === 255 ? ((m[at + D_HEAD] as number) >> 16) & 255 : own)] as number;
  }

  /** The first ready task, until it gives up the engine. */
  #turn(): void {
    const { node } = this;
    const { m } = node;
    const number = node.first;
    const task = node.tasks + (number << TASK_SHIFT);
    const turn = turnOf(node);
    const follower = this.#follower;
    let reached = follower?.begins(number) ? follower.goal.id : 0;
    do {
      this.#before(number, task, reached);
      reached = 0;
      // Just now, before its turn.
      if (holdsFirst(node)) {
        if (this.#watcher.isAlone) this.#watcher.tell({ on: 'left', role: node.role, task: number });
        return;
      }
      this.#task = number;
      this.#pc = node.next;
      this.#do(number, task);
    } while (node.first === number && m[task + T_TURN] !== 0);
    this.#task = 0;
    endHold(node, turn);
    this.#over(number, task);
    if (follower?.ends(number) && follower === this.#follower)
      this.#watcher.tell({ on: 'over', role: node.role, task: number, goal: follower.goal.id });
    if (this.#watcher.isAlone) this.#watcher.tell({ on: 'left', role: node.role, task: number });
  }

  /** @param taken the goal, if the task takes up what it waits for. */
  #before(number: number, task: number, taken: number): void {
    const { node } = this;
    const { goal } = this.#watcher.arms;
    const pc = node.next;
    let reached = taken;
    if (goal?.on === 'any') reached = goal.id;
    if (goal?.on === 'task' && this.#isGoals(number, task) && (node.m[task + T_SP] as number) <= goal.depth)
      reached = goal.id;
    if (reached !== 0 || node.isStop(pc))
      this.#watcher.tell({ on: 'instruction', role: node.role, task: number, pc, goal: reached });
  }

  /** Is it the task that a command is for, with the request that it had then? */
  #isGoals(number: number, task: number): boolean {
    const { goal } = this.#watcher.arms;
    if (goal?.on !== 'task' || goal.role !== this.node.role || goal.task !== number) return false;
    const { m } = this.node;
    const self = m[task + T_SELF] as number;
    // A wait that ended without its answer.
    if (self === ((this.#self + (1 << TOKEN_BITS)) | 0) && m[task + T_TIMED_OUT] !== 0) this.#self = self;
    return self === this.#self;
  }

  #over(number: number, task: number): void {
    const { arms } = this.#watcher;
    const { role, m } = this.node;
    if (arms.goal?.on !== 'task' || arms.goal.role !== role || arms.goal.task !== number) return;
    if (this.#isGoals(number, task) && m[task + T_STATE] !== FREE) return;
    this.#watcher.tell({ on: 'over', role, task: number, goal: arms.goal.id });
  }

  /** One instruction where each must be looked at, else as many as come before the next stop. */
  #do(number: number, task: number): void {
    const { node } = this;
    const { goal } = this.#watcher.arms;
    const isStepped = goal?.on === 'any' || this.#isGoals(number, task);
    if (this.#seen.length > 0 || isStepped || node.isStop(node.next)) {
      this.#changes(0, 0);
      node.stepOver();
      this.#changes(number, task);
      return;
    }
    node.stopped = -1;
    node.run(MANY, false);
  }

  /** By this task just now; 0: before it ran, by nobody's microcode. */
  #changes(number: number, task: number): void {
    const { node } = this;
    for (const seen of this.#seen) {
      const after = wordsOf(node.m, seen.watch);
      const before = seen.words;
      if (after.every((word, i) => word === before[i])) continue;
      seen.words = after;
      const isThere = number !== 0 && node.first === number && node.m[task + T_TURN] !== 0;
      const { id } = seen.watch;
      const pc = number === 0 ? 0 : this.#pc;
      this.#watcher.tell({ on: 'change', id, before, after, role: node.role, task: number, pc, isThere });
    }
  }
}

const wordsOf = (m: Int32Array, { word, words, mask }: WatchedWords): number[] =>
  Array.from({ length: words }, (_, i) => (m[word + i] as number) & mask);
