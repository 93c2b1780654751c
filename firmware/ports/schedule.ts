/**
 * What a model needs of the simulator: the time, events to come, and memory for its state. A model keeps nothing in
 * objects, so that a copy of the memory is a copy of the model.
 */

/** A part of the simulated world's memory, zero when the world is made. */
export interface Region {
  readonly m: Int32Array;
  /** Word address. */
  readonly at: number;
}

export interface Schedule {
  now_ns(): number;
  /** Something happens at a virtual time (ns); events of one time happen in the order of these calls. */
  at(time_ns: number, event: number, a: number, b: number, c: number): void;
}

/** Chance of a model's own: see memory/random.ts. */
export interface Chance {
  /** 0 … n − 1 */
  below(n: number): number;
}

/** What events there are; one table, so that none is handled twice. */
export const EVENT = {
  NONE: 0,
  /** a step of a director is over; a: who waited for that, a bit each */
  DIRECTOR: 16,
  /** a: array, b: operation of its drives */
  DRIVE: 1,
  /** a: frame, b: generation of its link, c: link */
  FRAME: 2,
  /** a: array, b: link */
  LINK_DOWN: 3,
  /** both sides see the wire again; b: generation */
  LINK_UP: 4,
  /** a: array, b: host of it */
  HOST: 5,
  /** a fault of the plan; a: its number */
  FAULT: 6,
  /** a: array */
  POWER_ON: 7,
  /** a workload goes on; a: its number, b: job + 1, or 0 for the next arrival */
  WORK: 8,
  /** a: a planned fault, b: what becomes of it */
  INJECT: 24,
} as const;
