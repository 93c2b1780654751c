/** What a regression found: the texts, pages and files about it are all made from this. */
import type { Kind } from '../campaign.js';
import { isKnown, type KnownFailure, knownAs } from '../known.js';
import type { Cell, Matrix } from '../matrix.js';
import type { PlannedRun } from '../plan.js';
import type { RunResult } from '../run.js';

export type Ended = 'all' | 'budget' | 'interrupted';

export interface Report {
  /** What makes the same runs again. */
  readonly command: string;
  /** CRC of each role's image. */
  readonly microcode: Readonly<Record<string, string>>;
  readonly matrix: Matrix;
  readonly plan: readonly PlannedRun[];
  /** As `plan`; undefined: not made. */
  readonly results: readonly (RunResult | undefined)[];
  /** Failures that nobody knew of. */
  readonly kinds: readonly Kind[];
  readonly known: readonly KnownFailure[];
  /** What is wrong with entries of `known`. */
  readonly stale: readonly string[];
  readonly corpus?: { readonly path: string; readonly first: number; readonly others: number; readonly added: number };
  readonly ended: Ended;
  /** What repeats one run alone. */
  commandOf(scenario: string, rig: string, result: RunResult): string;
}

export type Verdict = 'passed' | 'failed' | 'known' | 'not run';

export function verdictOf({ plan, results, known }: Report, number: number): Verdict {
  const result = results[number];
  if (!result) return 'not run';
  if (result.violations.length === 0) return 'passed';
  return isKnown(plan[number] as PlannedRun, result.violations, known) ? 'known' : 'failed';
}

/** Why a known failure is left as it is. */
export function whyKnown({ plan, results, known }: Report, number: number): string {
  const [first] = results[number]?.violations ?? [];
  return (first && knownAs(plan[number] as PlannedRun, first, known)?.why) ?? '';
}

/** Of a cell, or of all. */
export interface Tally {
  readonly runs: Readonly<Record<Verdict, number>>;
  /** Sums over the runs that were made. */
  readonly time_us: number;
  readonly steps: number;
  readonly messages: number;
  readonly operations: number;
  readonly writes: number;
}

export interface CellTally extends Tally {
  readonly cell: Cell;
}

interface Sum extends Tally {
  runs: Record<Verdict, number>;
  time_us: number;
  steps: number;
  messages: number;
  operations: number;
  writes: number;
}

const nothing = (): Sum => ({
  runs: { passed: 0, failed: 0, known: 0, 'not run': 0 },
  time_us: 0,
  steps: 0,
  messages: 0,
  operations: 0,
  writes: 0,
});

function add(sum: Sum, verdict: Verdict, result: RunResult | undefined): void {
  sum.runs[verdict]++;
  sum.time_us += result?.time_us ?? 0;
  sum.steps += result?.steps ?? 0;
  sum.messages += result?.messages ?? 0;
  sum.operations += result?.operations ?? 0;
  sum.writes += result?.writes ?? 0;
}

/** Of each cell, in the order of the matrix, and of all together. */
export function talliesOf(report: Report): { cells: CellTally[]; total: Tally } {
  const key = (scenario: string, rig: string): string => JSON.stringify([scenario, rig]);
  const cells = new Map(report.matrix.cells.map((cell) => [key(cell.scenario, cell.rig), { cell, ...nothing() }]));
  const total = nothing();
  for (const [number, { scenario, rig }] of report.plan.entries()) {
    const verdict = verdictOf(report, number);
    const cell = cells.get(key(scenario, rig));
    if (cell) add(cell, verdict, report.results[number]);
    add(total, verdict, report.results[number]);
  }
  return { cells: [...cells.values()], total };
}

export const isFailed = ({ kinds }: Report): boolean => kinds.length > 0;

/** The last word on it. A regression that is not over has not passed. */
export function wordOf(report: Report): string {
  if (isFailed(report)) return 'FAIL';
  if (report.ended === 'all') return 'PASS';
  const { total } = talliesOf(report);
  return `PASS so far, ${total.runs['not run']} of ${report.plan.length} runs not made`;
}
