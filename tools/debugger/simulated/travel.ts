/** Where a debugged run is shown: in the present, where it goes on, or at a moment of its past, which is run once more. */

import type { TaskRef } from '../../../firmware/runtime/machine/debug/target.js';
import type { Probe } from '../../../firmware/runtime/simulated/probe.js';
import type { Sim, SimParts } from '../../../firmware/runtime/simulated/sim.js';
import type { Edits } from './edits.js';
import type { Goal } from './goal.js';
import { type Hit, type Judge, NOTHING } from './judge.js';
import { Past } from './past.js';
import { compare, type Position } from './position.js';
import type { Snapshot, Snapshots } from './snapshots.js';

/** What the present is while it is not shown. */
interface Present {
  readonly parts: SimParts;
  readonly untilLook: number;
  readonly position: Position;
}

/** What is asked of the run that is debugged. */
export interface Running {
  /** Where the present is, while it is shown. */
  now(): Position;
  /** Somebody wants what goes on to stop. */
  wantsPause(): boolean;
}

export class Travel {
  readonly #sim: Sim;
  /** Of the present. */
  readonly #probe: Probe;
  readonly #edits: Edits;
  readonly #judge: Judge;
  readonly #snapshots: Snapshots;
  readonly #run: Running;
  #past: Past | undefined;
  #present: Present | undefined;

  constructor(sim: Sim, probe: Probe, edits: Edits, judge: Judge, snapshots: Snapshots, run: Running) {
    this.#sim = sim;
    this.#probe = probe;
    this.#edits = edits;
    this.#judge = judge;
    this.#snapshots = snapshots;
    this.#run = run;
  }

  get isPast(): boolean {
    return this.#present !== undefined;
  }

  /** Of the world that is shown. */
  get here(): Position {
    return this.#present && this.#past ? this.#past.position : this.#run.now();
  }

  /** The task before whose next instruction the past stands, where it does. */
  get task(): TaskRef | undefined {
    return this.#past?.task;
  }

  toPresent(): void {
    if (!this.#present) return;
    const { parts, untilLook } = this.#present;
    this.#present = undefined;
    this.#sim.probe = this.#probe;
    this.#sim.exchange(parts);
    this.#sim.untilLook = untilLook;
  }

  /** Shows a moment. */
  show(at: Position): void {
    const snapshot = this.#snapshots.lastWhere(({ position }) => compare(position, at) <= 0);
    this.#toPast().run(snapshot, at, NOTHING);
  }

  /** From a moment of the past on towards the present, which is shown if nothing stops the judge before. True: something did. */
  onwards(from: Position, goal: Goal, count: number, begin?: Snapshot): boolean {
    const snapshot = begin ?? this.#snapshots.lastWhere(({ position }) => compare(position, from) <= 0);
    const past = this.#toPast();
    const { position: end, parts } = this.#present as Present;
    this.#judge.forwards(goal, count, from);
    if (past.run(snapshot, end, this.#judge)) {
      if (compare(past.position, end) === 0) this.toPresent();
      return true;
    }
    const { hash } = this.#sim.world;
    this.toPresent();
    if (hash !== parts.world.hash)
      throw new RangeError(`the run did not come again as it was: its hash is ${hash}, and was ${parts.world.hash}`);
    this.#judge.placed();
    return false;
  }

  /**
   * The `count`th last moment, before what is shown, at which the judge would stop; undefined: there are fewer. The past is
   * shown then, some moment of it. Errors: RangeError where a goal says that there can be none.
   */
  last(goal: Goal | undefined, count: number): Hit | undefined {
    const until = this.here;
    const { all } = this.#snapshots;
    const past = this.#toPast();
    let left = count;
    let end = until;
    for (let i = all.length - 1; i >= 0; i--) {
      const snapshot = all[i] as Snapshot;
      if (compare(snapshot.position, end) >= 0) continue;
      this.#judge.backwards(goal, left, until);
      past.run(snapshot, end, this.#judge);
      const { kept, nothingBefore } = this.#judge;
      if (kept.length >= left) return kept[0];
      if (nothingBefore !== undefined) throw new RangeError(nothingBefore);
      left -= kept.length;
      end = snapshot.position;
    }
    return undefined;
  }

  #toPast(): Past {
    this.#present ??= { parts: this.#sim.parts, untilLook: this.#sim.untilLook, position: this.#run.now() };
    this.#past ??= new Past(this.#sim, this.#edits, this.#run.wantsPause);
    return this.#past;
  }
}
