/** Takes snapshots while a run goes on: as many as going back quickly needs, and no more than their share of its time. */
import type { Sim } from '../../../firmware/runtime/simulated/sim.js';
import { takePicture, viewsOf } from './picture.js';
import type { Position } from './position.js';
import { Snapshots } from './snapshots.js';

/** Steps between two, at least. */
const STEPS_APART = 4096;
/** However dear they are. */
const STEPS_APART_MOST = 100_000;
/** Of the time that a run takes; more, and they are further apart. */
const PART = 0.2;

export class Keeper {
  readonly snapshots: Snapshots;
  #next = 0;
  #took_ms = 0;
  readonly #begun_ms = performance.now();

  /** @param bytes what they may have of memory. */
  constructor(bytes: number) {
    this.snapshots = new Snapshots(bytes);
  }

  /** A step is over: takes one, if it is time. */
  stepped(sim: Sim, position: Position): void {
    if (position.step >= this.#next) this.take(sim, position);
  }

  take({ world, untilLook }: Sim, position: Position): void {
    const { snapshots } = this;
    const from_ms = performance.now();
    const picture = takePicture(viewsOf(world.buffers), snapshots.last?.picture);
    snapshots.add({ position, operations: world.operations, time_ns: world.events.now_ns(), untilLook, picture });
    const now_ms = performance.now();
    this.#took_ms += now_ms - from_ms;
    const step_ms = (now_ms - this.#begun_ms - this.#took_ms) / Math.max(1, position.step);
    const dear = this.#took_ms / snapshots.taken / (PART * step_ms);
    this.#next = position.step + Math.max(STEPS_APART, Math.min(dear, STEPS_APART_MOST));
  }
}
