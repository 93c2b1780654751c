/**
 * What a director's thread has of a debugger: it hears orders between two turns, stands where it is told to, and runs its nodes
 * watched while something is armed. Without a debugger it is asked nothing.
 */
import { receiveMessageOnPort } from 'node:worker_threads';
import { heldTasks, release } from '../../../engine/held-tasks.js';
import type { Node } from '../../../engine/node.js';
import type { Port } from '../../../ports/mail.js';
import { clockGoes, clockStands } from '../clock.js';
import { type DebugEvent, type DebugLine, type DebugOrder, type LiveArms, NOTHING_ARMED } from './orders.js';
import { WatchedNode, type Watcher } from './watched-node.js';

export class DirectorDebug implements Watcher {
  arms: LiveArms = NOTHING_ARMED;
  isAlone = false;
  readonly requests: Int32Array;
  readonly #line: DebugLine;
  readonly #report: (event: DebugEvent) => void;
  #nodes: readonly Node[] = [];
  #watched: WatchedNode[] = [];
  /** Who runs the nodes is to be another. */
  #isChanged = false;

  /** @param requests words of the array's link port. */
  constructor(line: DebugLine, requests: Int32Array, report: (event: DebugEvent) => void) {
    this.#line = line;
    this.requests = requests;
    this.#report = report;
  }

  /** The bell rang. True: `over` must be asked again who runs the nodes. */
  heed(): boolean {
    this.#take('runs');
    const isChanged = this.#isChanged;
    this.#isChanged = false;
    return isChanged;
  }

  /** Who is pumped in the place of each node. */
  over(nodes: readonly Node[]): readonly Port[] {
    for (const watched of this.#watched) watched.leave();
    this.#nodes = nodes;
    this.#watched = this.#isArmed ? nodes.map((node) => new WatchedNode(node, this)) : [];
    return this.#isArmed ? this.#watched : nodes;
  }

  tell(event: DebugEvent): void {
    this.#report(event);
    while (this.#stand()) this.#report(event);
    for (const watched of this.#watched) watched.armed();
  }

  /** It dies when this returns. */
  fault(text: string): void {
    if (!this.arms.faults) return;
    const last = this.#watched.find(({ node, last }) => node.dead || last.task !== 0)?.last;
    this.tell({ on: 'fault', text, ...(last ?? { role: 0, task: 0, pc: 0 }) });
  }

  get #isArmed(): boolean {
    const { breaks, kinds, watches, faults, goal, holds } = this.arms;
    return (
      faults || holds || goal !== undefined || kinds.length + watches.length > 0 || breaks.some((all) => all.length > 0)
    );
  }

  /** Until it may go on; true: it is to tell once more what it told. */
  #stand(): boolean {
    for (;;) {
      const seen = Atomics.load(this.#line.sent, 0);
      const end = this.#take('stands');
      if (end !== undefined) return end === 'again';
      Atomics.wait(this.#line.sent, 0, seen);
    }
  }

  /** Orders that are there, up to one that ends the stand. */
  #take(now: 'runs' | 'stands'): 'go' | 'again' | undefined {
    for (;;) {
      const order = receiveMessageOnPort(this.#line.orders)?.message as DebugOrder | undefined;
      if (order === undefined) return undefined;
      switch (order.what) {
        case 'arm':
          this.#arm(order.arms);
          break;
        case 'wrote':
          for (let i = 0; i < order.words; i++) this.#nodes[0]?.marks?.word(order.word + i);
          break;
        case 'time':
          clockStands(order.now_ns);
          break;
        case 'stand':
          this.#report({ on: 'stands', number: order.number });
          if (now === 'runs') this.#stand();
          break;
        case 'alone':
          this.isAlone = true;
          return 'go';
        case 'leave':
          this.#releaseAll();
          this.#arm(NOTHING_ARMED);
          this.isAlone = false;
          clockGoes(order.stood_ns);
          return 'go';
        case 'go':
          this.isAlone = false;
          clockGoes(order.stood_ns);
          return order.again ? 'again' : 'go';
      }
    }
  }

  /** Tasks of its nodes: nobody else knows of them any more. */
  #releaseAll(): void {
    for (const { memory, role, wiring } of this.#nodes)
      for (const number of heldTasks(memory, role)) release(memory, role, number, wiring.busy);
  }

  #arm(arms: LiveArms): void {
    const was = this.#isArmed;
    this.arms = arms;
    if (was !== this.#isArmed) this.#isChanged = true;
    for (const watched of this.#watched) watched.armed();
  }
}
