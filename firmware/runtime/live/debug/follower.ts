/** Follows what a task asks for, at one node: who works for it here, and whether what it sent over a link is taken up here. */
import { placeOf, requestTable } from '../../../../adapters/link/tcp/requests.js';
import type { Node } from '../../../engine/node.js';
import { FREE, T_ASKER, T_SELF, T_STATE, T_TIMED_OUT, T_TOKEN, TASK_SHIFT, TOKEN_BITS } from '../../../engine/tasks.js';
import { TRUNK_SHIFT } from '../../../memory/constants.js';
import { roleNumber } from '../../../ports/messages.js';
import { follow, forget, isFollowed } from './followed.js';
import type { PeerGoal } from './orders.js';

const LINK_PORT = roleNumber('linkPort');
const REMOTE = roleNumber('remote');

export class Follower {
  readonly #node: Node;
  readonly #requests: ReturnType<typeof requestTable>;
  readonly #array: number;
  readonly goal: PeerGoal;
  /** By task: its own token when it was looked at last. */
  readonly #known: Int32Array;
  /** Of the task whose turn it is. */
  #self = 0;

  /** @param requests words of the array's link port. What tasks had taken before now was not taken on account of the goal. */
  constructor(node: Node, requests: Int32Array, array: number, goal: PeerGoal) {
    this.#node = node;
    this.#requests = requestTable(requests);
    this.#array = array;
    this.goal = goal;
    const tasks = node.memory.layout.tasksOfRole;
    this.#known = Int32Array.from({ length: tasks + 1 }, (_, task) => (task === 0 ? 0 : this.#word(task, T_SELF)));
  }

  #word(task: number, word: number): number {
    return this.#node.m[this.#node.tasks + (task << TASK_SHIFT) + word] as number;
  }

  /** A task is to have its turn. True: it takes up what was sent over a link. */
  begins(task: number): boolean {
    const { role } = this.#node;
    const array = this.#array;
    const { followed } = this.goal;
    const self = this.#word(task, T_SELF);
    const before = this.#known[task] as number;
    this.#known[task] = self;
    this.#self = self;
    if (isFollowed(followed, array, role, self)) return false;
    // A wait that ended without its answer.
    const isLate = before === ((self - (1 << TOKEN_BITS)) | 0) && this.#word(task, T_TIMED_OUT) !== 0;
    const [asker, token] = [this.#word(task, T_ASKER), this.#word(task, T_TOKEN)];
    if (isLate && isFollowed(followed, array, role, before)) follow(followed, array, role, self);
    else if (asker === LINK_PORT) return before !== self && !isLate && this.#isSent(token);
    else if (isFollowed(followed, array, asker, token)) follow(followed, array, role, self);
    return false;
  }

  /** The task has had its turn. True: nobody is left who works for the one that is followed. */
  ends(task: number): boolean {
    const isDone = this.#word(task, T_STATE) === FREE || this.#word(task, T_SELF) !== this.#self;
    return isDone && forget(this.goal.followed, this.#array, this.#node.role, this.#self);
  }

  /** Did a task that is followed ask for this at the other array? */
  #isSent(token: number): boolean {
    const place = placeOf(this.#requests, token);
    if (place < 0) return false;
    const { token: asked, wire } = this.#requests;
    const from = this.goal.peers[this.#array]?.[(wire[place] as number) >>> TRUNK_SHIFT] ?? -1;
    return from >= 0 && isFollowed(this.goal.followed, from, REMOTE, asked[place] as number);
  }
}
