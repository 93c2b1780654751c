/** What the interpreter needs of the node that it runs for, and what a node needs of the world. */
import type { BatteryMarks } from '../memory/battery-marks.js';
import type { ArrayMemory } from '../memory/layout.js';
import type { Journals } from '../units/journals.js';
import type { Slots } from '../units/slots.js';
import type { Tracks } from '../units/tracks.js';
import type { Queue, Timers } from './queues.js';
import type { Recorder } from './recorder.js';
import type { Wiring } from './wiring.js';

/** Nanoseconds since any fixed moment, a whole number below 2^53. */
export interface Clock {
  now_ns(): number;
}

/** Who watches: the trace, the debugger, the harness. Absent in normal live running. */
export interface Tap {
  /** A message was taken from a ring (word index of its descriptor). */
  message(node: number, at: number): void;
  flags(node: number, track: number, flags: number): void;
  fault(node: number, text: string): void;
}

/** A node as its interpreter sees it. */
export interface Engine {
  readonly m: Int32Array;
  /** Number of the role. */
  readonly role: number;
  readonly memory: ArrayMemory;
  readonly wiring: Wiring;
  readonly tracks: Tracks;
  readonly slots: Slots;
  readonly journals: Journals;
  readonly clock: Clock;
  /** The simulator counts the cycles of what it runs. */
  readonly isTimed: boolean;
  cycles: number;
  readonly tap: Tap | undefined;
  /** Writes the trace of its director. Absent where nobody wants one. */
  readonly trace: Recorder | undefined;
  /** Where a log keeps battery memory: who stores to a word before `keptEnd` marks it. Else that is 0. */
  readonly marks: BatteryMarks | undefined;
  readonly keptEnd: number;
  readonly code: Int32Array;
  readonly hooks: Int32Array;
  /** Word address of the node's record, and of task number 0 (which does not exist: tasks count from 1). */
  readonly at: number;
  readonly tasks: number;
  readonly queues: Queue;
  readonly timers: Timers;
  /** See ImageCounts. Absent in normal running. */
  readonly counts: Float64Array | undefined;
  /** The instruction that was counted last. */
  before: number;
  /** Instruction before which it stopped, as `Node.stopAt` wanted; −1: it did not. */
  stopped: number;
  /** The last run was cut short, at its limit or before a stop (1; 2: and has touched a ring): the next one goes on as if it had not been. */
  cut: number;
  /** First word of an instruction that a debugger's stop stands over; 0: none does. */
  under(instruction: number): number;
  /** Does it stop there, as `Node.stopAt` wanted? */
  isStop(instruction: number): boolean;
  /** Stops the node with a reason. */
  fault(task: number, pc: number, reason: string): void;
  /** The task is done. */
  finish(task: number): void;
}
