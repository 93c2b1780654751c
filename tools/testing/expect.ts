/** What a test says of runs. Works in every test runner: it throws. */
import type { Violation } from '../../firmware/runtime/simulated/sim.js';
import type { RunResult } from './run.js';

/** Violations that are printed; a run that goes wrong goes wrong in many ways. */
const PRINTED = 5;

/** Thrown by `expectConsistent`. Its message has the violations, and what repeats the run. */
export class InconsistentRun extends Error {
  override readonly name = 'AssertionError';
  readonly violations: readonly Violation[];
  readonly repeat: string;

  constructor(
    readonly result: RunResult,
    runs: number,
  ) {
    const { violations, seed, rig, help, repeat, hash } = result;
    const count = violations.length === 1 ? 'a violation' : `${violations.length} violations`;
    super(
      [
        `${count} on rig ${rig}, seed ${seed}${runs > 1 ? ` (the ${runs - 1} before it had none)` : ''}: ${help}`,
        ...violations.slice(0, PRINTED).map((v) => `  at ${v.time_us} µs: ${v.text}`),
        ...(violations.length > PRINTED ? [`  and ${violations.length - PRINTED} more`] : []),
        `hash ${hash}; repeat it: ${repeat}`,
      ].join('\n'),
    );
    this.violations = violations;
    this.repeat = repeat;
  }
}

/**
 * Nothing that the oracle, the checks or the scenario itself wants was violated in any of these runs.
 * Errors: InconsistentRun of the first in which something was; TypeError when there is no run.
 */
export function expectConsistent(results: RunResult | readonly RunResult[]): void {
  const runs = listOf(results);
  for (const [i, result] of runs.entries()) if (result.violations.length > 0) throw new InconsistentRun(result, i + 1);
}

/**
 * Something was violated in one of these runs, and said so in words that match: a bug that was planted is caught.
 * Errors: Error named AssertionError, with what was said instead.
 */
export function expectInconsistent(results: RunResult | readonly RunResult[], words?: RegExp): void {
  const runs = listOf(results);
  const said = runs.flatMap(({ violations }) => violations.map(({ text }) => text));
  if (said.some((text) => words === undefined || words.test(text))) return;
  const last = runs.at(-1) as RunResult;
  const error = new Error(
    said.length === 0
      ? `${runs.length === 1 ? 'the run has' : `${runs.length} runs have`} no violation; the last one: ${last.repeat}`
      : `no violation matches ${words}:\n${said
          .slice(0, PRINTED)
          .map((text) => `  ${text}`)
          .join('\n')}\nrepeat it: ${last.repeat}`,
  );
  error.name = 'AssertionError';
  throw error;
}

function listOf(results: RunResult | readonly RunResult[]): readonly RunResult[] {
  const runs = Array.isArray(results) ? (results as readonly RunResult[]) : [results as RunResult];
  if (runs.length === 0) throw new TypeError('there is no run to look at: an empty list');
  for (const { violations } of runs)
    if (!Array.isArray(violations)) throw new TypeError('not a result of run() or runSeeds(): it has no violations');
  return runs;
}
