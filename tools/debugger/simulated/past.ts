/**
 * Runs parts of a run once more: a world of its own, over memory of its own, that begins with a snapshot and goes on with the
 * edits that there were. The world of the present stands still meanwhile, and is in the sim again afterwards.
 */
import type { Node } from '../../../firmware/engine/node.js';
import type { TaskRef } from '../../../firmware/runtime/machine/debug/target.js';
import type { Probe } from '../../../firmware/runtime/simulated/probe.js';
import type { Sim, SimParts } from '../../../firmware/runtime/simulated/sim.js';
import type { Buffers } from '../../../firmware/runtime/simulated/world-plan.js';
import type { Edits } from './edits.js';
import { putPicture, type Views, viewsOf } from './picture.js';
import { compare, type Position, STEP_END } from './position.js';
import type { Snapshot } from './snapshots.js';

/** Is told of everything, in the order of the run; true: it is enough, the world stays as it is. */
export interface Watching {
  /** Before a task's next instruction. */
  instruction(array: number, node: Node, at: Position): boolean;
  /** A task did so many micro-operations. */
  ran(array: number, node: Node, done: number): void;
  message(array: number, node: number, at: number): void;
  fault(array: number, node: number, text: string): void;
  violation(text: string): void;
  /** A step is over. */
  stepped(at: Position): boolean;
  /** Memory is of the moment from which the run goes on. */
  begins(): void;
  /** Nodes are others now. */
  placed(): void;
  /** Somebody else than the machine changed memory. */
  edited(): void;
  /** Micro-operations that a task may do before `instruction` is asked again. */
  piece(array: number, node: Node): number;
}

/** Leaves a world in the middle of its step. */
class Enough extends Error {}

/** Somebody did not want to wait: what was looked for is not found. */
export class Interrupted extends Error {}

/** Steps between two looks whether somebody does. */
const LOOKS_APART = 256;

const blank = (buffer: SharedArrayBuffer): SharedArrayBuffer => new SharedArrayBuffer(buffer.byteLength);

const like = ({ world, transit, arrays, drives }: Buffers): Buffers => ({
  world: blank(world),
  transit: blank(transit),
  arrays: arrays.map(blank),
  drives: drives.map(({ current, kept }) => ({ current: blank(current), kept: blank(kept) })),
});

export class Past implements Probe {
  readonly #sim: Sim;
  readonly #wantsPause: () => boolean;
  #untilAsked = LOOKS_APART;
  readonly #edits: Edits;
  readonly #buffers: Buffers;
  readonly #views: Views;
  #parts: SimParts | undefined;
  #watching: Watching | undefined;
  #done = 0;
  #op = 0;
  #end: Position = { edits: 0, step: 0, op: 0 };
  #untilLook = 0;
  #isAtEnd = false;
  #hasEnough = false;

  constructor(sim: Sim, edits: Edits, wantsPause: () => boolean) {
    this.#wantsPause = wantsPause;
    this.#sim = sim;
    this.#edits = edits;
    this.#buffers = like(sim.world.buffers);
    this.#views = viewsOf(this.#buffers);
  }

  /** Before whose next instruction it stands, if it does. */
  task: TaskRef | undefined;
  /** Where it stands. */
  position: Position = { edits: 0, step: 0, op: 0 };

  /**
   * From a snapshot on, until `watching` has enough or `end` is reached; the sim has the past's world afterwards. True: `watching`
   * had enough. Errors: Error when a script keeps what it does elsewhere than in memory, so that the end never comes.
   */
  run(from: Snapshot, end: Position, watching: Watching): boolean {
    putPicture(this.#views, from.picture);
    const sim = this.#sim;
    sim.probe = this;
    sim.over(this.#buffers);
    this.#parts = sim.parts;
    sim.untilLook = from.untilLook;
    this.#watching = watching;
    this.#done = from.position.edits;
    this.#op = STEP_END;
    this.#end = end;
    this.#isAtEnd = false;
    this.#hasEnough = false;
    this.position = from.position;
    watching.begins();
    try {
      return this.#go();
    } catch (error) {
      if (!(error instanceof Enough)) throw error;
      return this.#hasEnough;
    } finally {
      this.#watching = undefined;
      this.#untilLook = sim.untilLook;
    }
  }

  /** Shows this world again, after the present was shown. */
  show(): void {
    if (this.#parts === undefined) return;
    this.#sim.probe = this;
    this.#sim.exchange(this.#parts);
    this.#sim.untilLook = this.#untilLook;
  }

  #go(): boolean {
    const { world } = this.#sim;
    for (;;) {
      this.#edit(world.steps, STEP_END);
      this.#arrive(STEP_END);
      if (this.#isAtEnd) return false;
      this.#op = 0;
      if (--this.#untilAsked <= 0) {
        this.#untilAsked = LOOKS_APART;
        if (this.#wantsPause()) throw new Interrupted('paused: it stands where it stood');
      }
      // Also where nothing will happen any more: the script goes on then.
      this.#sim.advance();
      this.#op = STEP_END;
    }
  }

  /** Errors: RangeError where the end is behind it: what was there did not come again. */
  #arrive(op: number): void {
    this.position = { edits: this.#done, step: this.#sim.world.steps, op };
    const behind = compare(this.position, this.#end);
    if (behind > 0)
      throw new RangeError('this moment does not come again: the script of the run keeps state outside its memory');
    this.#isAtEnd = behind === 0;
  }

  /** What comes here by itself. */
  #edit(step: number, op: number): void {
    for (
      let edit = this.#edits.at(this.#done);
      edit?.step === step && edit.op === op;
      edit = this.#edits.at(this.#done)
    ) {
      if (op === STEP_END && step === this.#end.step && this.#end.op === STEP_END && this.#done >= this.#end.edits)
        return;
      this.#edits.put(this.#views, this.#done++);
      this.#watching?.edited();
      if (edit.isScript) this.#sim.beginLooks();
    }
  }

  // ── what the world says

  piece(array: number, node: Node): number {
    const { steps: step } = this.#sim.world;
    this.#edit(step, this.#op);
    this.#arrive(this.#op);
    this.task = { array, role: node.role, task: node.first };
    const watching = this.#watching as Watching;
    this.#hasEnough = watching.instruction(array, node, this.position);
    if (this.#hasEnough || this.#isAtEnd) throw new Enough();
    const edit = this.#edits.at(this.#done);
    const most = Math.min(watching.piece(array, node), edit?.step === step ? edit.op - this.#op : STEP_END);
    return this.#end.step === step ? Math.min(most, this.#end.op - this.#op) : most;
  }

  ran(array: number, node: Node, done: number): void {
    this.#op += done;
    this.#watching?.ran(array, node, done);
  }

  message(array: number, node: number, at: number): void {
    this.#watching?.message(array, node, at);
  }

  fault(array: number, node: number, text: string): void {
    this.#watching?.fault(array, node, text);
  }

  violation(text: string): void {
    this.#watching?.violation(text);
  }

  stepped(): void {
    this.position = { edits: this.#done, step: this.#sim.world.steps, op: STEP_END };
    this.#hasEnough = this.#watching?.stepped(this.position) ?? false;
    if (this.#hasEnough) throw new Enough();
  }

  /** What somebody changed then comes as an edit. */
  rests(): boolean {
    return false;
  }

  placed(): void {
    this.#watching?.placed();
  }

  scriptWaits(): void {}

  scriptGoesOn(): void {}
}
