/** The runs of a regression: a function of its options and of the matrix alone. */
import type { Settings } from '../../firmware/runtime/simulated/scenario.js';
import { type Cell, fitting, type Matrix } from './matrix.js';
import { withFaults } from './run.js';

export interface PlannedRun {
  readonly scenario: string;
  readonly rig: string;
  readonly seed: number;
  /** Where they are other than usual. */
  readonly settings: Settings;
  /** As they are written; absent: none. */
  readonly faults?: readonly string[] | undefined;
}

/** A regression's results stay in memory until it ends. */
const RUNS_MOST = 1_000_000;

export const keyOf = ({ scenario, rig, seed, settings, faults = [] }: PlannedRun): string =>
  JSON.stringify([scenario, rig, seed, Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)), faults]);

export interface Range {
  readonly from: number;
  /** The last one. Absent: as many as there are cells. */
  readonly to?: number | undefined;
}

/**
 * `first`, then each seed of the range once: the first one in the first cell where a scenario fits its rig, the next one in
 * the next, and round again; each with the matrix' faults. What is in `first` is not run twice. Errors: RangeError for too many.
 */
export function planOf(matrix: Matrix, { from, to }: Range, first: readonly PlannedRun[] = []): PlannedRun[] {
  const cells = fitting(matrix);
  const count = to === undefined ? cells.length : to - from + 1;
  if (count > RUNS_MOST) throw new RangeError(`these are ${count} runs; ${RUNS_MOST} at most can be told of at once`);
  const there = new Set(first.map(keyOf));
  const runs = [...first];
  for (let i = 0; i < count; i++) {
    const { scenario, rig } = cells[i % cells.length] as Cell;
    const run = { scenario, rig, seed: from + i, settings: {}, ...withFaults(matrix.faults) };
    if (!there.has(keyOf(run))) runs.push(run);
  }
  return runs;
}
