/** Moments of a simulated run, in their order. */

/** Of `op`: the step is over. */
export const STEP_END = Number.MAX_SAFE_INTEGER;

export interface Position {
  /** Edits (edits.ts) made before: they are in none of the world's steps. */
  readonly edits: number;
  /** Steps of the world, with the one that is under way. */
  readonly step: number;
  /** Micro-operations done in that step; STEP_END: it is over. */
  readonly op: number;
}

/** Negative: a is before b. */
export const compare = (a: Position, b: Position): number => a.step - b.step || a.op - b.op || a.edits - b.edits;
