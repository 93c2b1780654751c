/** The same runs with two microcodes: which verdicts, times and counts another microcode changes. */
import { isKnown, type KnownFailure } from './known.js';
import type { PlannedRun } from './plan.js';
import type { RunResult } from './run.js';

/** What is counted in a run. */
export const FIGURES = ['time_us', 'messages', 'operations', 'writes'] as const;
export type Figure = (typeof FIGURES)[number];
export type Sums = Readonly<Record<Figure, number>>;

/** Of a run that fails with both, it is said whether it fails with other words. */
export type Change = 'worse' | 'better' | 'fails otherwise' | 'other' | 'same';

export interface Compared {
  /** Number in the plan. */
  readonly number: number;
  readonly old: RunResult;
  readonly new: RunResult;
  readonly change: Change;
}

/** Of runs that pass with both: one that fails ends early, and its figures say nothing. */
export interface CellChange {
  readonly scenario: string;
  readonly rig: string;
  readonly runs: number;
  /** Runs with the same hash: the same messages, flags and host results in the same order. */
  readonly same: number;
  readonly old: Sums;
  readonly new: Sums;
}

export interface Comparison {
  readonly runs: readonly Compared[];
  /** All in one. */
  readonly total: CellChange;
  /** Those in which a figure or a hash changed, most first. */
  readonly cells: readonly CellChange[];
  /** How many runs failed, not as known, with each. */
  readonly failed: { readonly old: number; readonly new: number };
}

/** Runs that both were made of are compared; `olds` and `news` are as `plan`. */
export function compare(
  plan: readonly PlannedRun[],
  olds: readonly (RunResult | undefined)[],
  news: readonly (RunResult | undefined)[],
  known: readonly KnownFailure[],
): Comparison {
  const fails = (run: PlannedRun, { violations }: RunResult): boolean =>
    violations.length > 0 && !isKnown(run, violations, known);
  const failed = { old: 0, new: 0 };
  const runs: Compared[] = [];
  const cells = new Map<string, Adding>();
  const total = new Adding('', '');
  for (const [number, run] of plan.entries()) {
    const [before, after] = [olds[number], news[number]];
    if (!before || !after) continue;
    const [was, is] = [fails(run, before), fails(run, after)];
    failed.old += was ? 1 : 0;
    failed.new += is ? 1 : 0;
    runs.push({ number, old: before, new: after, change: changeOf(was, is, before, after) });
    if (before.violations.length + after.violations.length > 0) continue;
    const key = JSON.stringify([run.scenario, run.rig]);
    const cell = cells.get(key) ?? new Adding(run.scenario, run.rig);
    cells.set(key, cell);
    for (const sum of [cell, total]) sum.add(before, after);
  }
  const changed = [...cells.values()].filter((cell) => cell.same < cell.runs);
  return { runs, total, cells: changed.sort((a, b) => mostOf(b) - mostOf(a)), failed };
}

function changeOf(was: boolean, is: boolean, before: RunResult, after: RunResult): Change {
  if (was !== is) return is ? 'worse' : 'better';
  if (is && before.violations[0]?.text !== after.violations[0]?.text) return 'fails otherwise';
  return before.hash === after.hash && FIGURES.every((figure) => before[figure] === after[figure]) ? 'same' : 'other';
}

class Adding implements CellChange {
  runs = 0;
  same = 0;
  readonly old: Record<Figure, number> = { time_us: 0, messages: 0, operations: 0, writes: 0 };
  readonly new: Record<Figure, number> = { time_us: 0, messages: 0, operations: 0, writes: 0 };
  readonly scenario: string;
  readonly rig: string;

  constructor(scenario: string, rig: string) {
    this.scenario = scenario;
    this.rig = rig;
  }

  add(before: RunResult, after: RunResult): void {
    this.runs++;
    if (before.hash === after.hash && FIGURES.every((figure) => before[figure] === after[figure])) this.same++;
    for (const figure of FIGURES) {
      this.old[figure] += before[figure];
      this.new[figure] += after[figure];
    }
  }
}

/** Greatest part by which a figure of it changed. */
const mostOf = (cell: CellChange): number => Math.max(...FIGURES.map((figure) => Math.abs(partOf(cell, figure))));

/** 0.1: a tenth more; from nothing to something: as if it had been 1. */
export const partOf = (cell: CellChange, figure: Figure): number =>
  (cell.new[figure] - cell.old[figure]) / Math.max(1, cell.old[figure]);
