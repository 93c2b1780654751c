/** A regression with two microcodes. */
import { type Crew, KINDS_MOST, type Kind, kindsOf, makeRuns, shrinkKinds } from './campaign.js';
import { type Comparison, compare } from './compare.js';
import { crcsOf, type ImagesFrom, imagesForAll } from './images.js';
import { isKnown, type KnownFailure } from './known.js';
import type { Matrix } from './matrix.js';
import { type PlannedRun, planOf, type Range } from './plan.js';
import { Progress } from './progress.js';
import type { Around } from './regression.js';
import type { Ended } from './report/report.js';
import type { RunResult } from './run.js';

export interface Contest {
  readonly command: string;
  readonly matrix: Matrix;
  readonly range: Range;
  readonly old: ImagesFrom;
  readonly new: ImagesFrom;
  readonly jobs: number;
  readonly budget_ms?: number | undefined;
  readonly known: readonly KnownFailure[];
  /** What repeats a run with the new microcode. */
  commandOf(scenario: string, rig: string, result: RunResult): string;
}

export interface Outcome extends Comparison {
  readonly command: string;
  readonly plan: readonly PlannedRun[];
  /** Roles whose images differ, with the CRC of each. */
  readonly microcode: readonly { readonly role: string; readonly old: string; readonly new: string }[];
  /** What fails now and did not before, shrunk with the new microcode. */
  readonly worse: readonly Kind[];
  readonly ended: Ended;
  commandOf(scenario: string, rig: string, result: RunResult): string;
}

export async function contest(of: Contest, around: Around): Promise<Outcome> {
  const { matrix, range, jobs, budget_ms, known, commandOf, command } = of;
  const [before, after] = [crcsOf(await imagesForAll(of.old)), crcsOf(await imagesForAll(of.new))];
  const plan = planOf(matrix, range);
  const olds: (RunResult | undefined)[] = [];
  const news: (RunResult | undefined)[] = [];
  const from_ms = around.now_ms();
  const isSpent = (): boolean => budget_ms !== undefined && around.now_ms() - from_ms > budget_ms;
  const crew: Crew = { jobs, enough: () => around.isInterrupted() || isSpent() };
  const progress = new Progress(around.progress, around.now_ms, 2 * plan.length, 0, 0);
  // Of each run first the old, then the new: whenever it ends, most runs were made with both.
  const both = plan.flatMap((run) => [run, run]);
  const imagesOf = (number: number): ImagesFrom => (number % 2 === 0 ? of.old : of.new);
  await makeRuns(both, [...both.keys()], imagesOf, crew, (result, number) => {
    (number % 2 === 0 ? olds : news)[number >> 1] = result;
    const isBad = result.violations.length > 0;
    progress.ran(isBad && !isKnown(both[number] as PlannedRun, result.violations, known));
  });
  progress.end();
  const comparison = compare(plan, olds, news, known);
  const isWorse = new Set(comparison.runs.filter((run) => run.change === 'worse').map((run) => run.number));
  const found = kindsOf(
    plan,
    plan.map((_, number) => (isWorse.has(number) ? news[number] : undefined)),
    known,
  );
  if (found.length > 0)
    around.progress.write(`looking for shorter runs of ${Math.min(found.length, KINDS_MOST)} kinds of failure\n`);
  const worse = await shrinkKinds(plan, found, of.new, known, { jobs, enough: () => around.isInterrupted() });
  return {
    ...comparison,
    command,
    plan,
    microcode: Object.keys(before)
      .filter((role) => before[role] !== after[role])
      .map((role) => ({ role, old: before[role] as string, new: after[role] as string })),
    worse,
    ended: around.isInterrupted() ? 'interrupted' : comparison.runs.length < plan.length ? 'budget' : 'all',
    commandOf,
  };
}
