/**
 * Failures that people know of: a file that names scenario, rig and violation of each, and why it is left as it is. A run
 * whose violations are all known does not fail the regression.
 */
import { existsSync } from 'node:fs';
import type { Violation } from '../../firmware/runtime/simulated/sim.js';
import { readFields } from './fields.js';
import { isLike } from './glob.js';
import { isScenarioFile } from './scenario-file.js';

/** The first three are globs; `violation` is one for a part of the text. */
export interface KnownFailure {
  readonly scenario: string;
  readonly rig: string;
  readonly violation: string;
  readonly why: string;
}

/** As `Sim.expect` has it, and `runScenario` of an error that was thrown. */
const FOLLOWS = /^(expected|\w*Error): /;

interface Ran {
  readonly scenario: string;
  readonly rig: string;
}

const KNOWN_VERSION = 1;

/** Errors: ProfileError that names file, line, field and value; Error for a file that cannot be read. */
export function readKnown(path: string): KnownFailure[] {
  const file = readFields(path, ['version', 'known']);
  file.integer('version', KNOWN_VERSION, KNOWN_VERSION);
  return file.list('known', ['scenario', 'rig', 'violation', 'why']).map((entry) => ({
    scenario: entry.text('scenario', 'the name of a scenario, or a glob'),
    rig: entry.has('rig') ? entry.text('rig', 'the name of a rig, or a glob') : '*',
    violation: entry.text('violation', 'a part of the text of the violation; * in it stands for anything'),
    why: entry.text('why', 'a text: why it is known and left as it is'),
  }));
}

const speaksOf = (entry: KnownFailure, { scenario, rig }: Ran): boolean =>
  isLike(scenario, entry.scenario) && isLike(rig, entry.rig);

/** The entry that knows a violation of a run. */
export const knownAs = (run: Ran, { text }: Violation, known: readonly KnownFailure[]): KnownFailure | undefined =>
  known.find((entry) => speaksOf(entry, run) && isLike(text, `*${entry.violation}*`));

/** A violation ends a run: what its script expects after that, or stumbles over, tells nothing new, nor does the same again. */
export const telling = (violations: readonly Violation[]): Violation[] =>
  violations.filter(
    ({ text }, i) => i === 0 || !(FOLLOWS.test(text) || violations.slice(0, i).some((before) => before.text === text)),
  );

export const isKnown = (run: Ran, violations: readonly Violation[], known: readonly KnownFailure[]): boolean =>
  violations.length > 0 && telling(violations).every((violation) => knownAs(run, violation, known) !== undefined);

/** Modules of one's own are none of the package's `scenarios`: of those that a glob stands for, none need be there. */
const isGone = (scenario: string, scenarios: readonly string[]): boolean =>
  isScenarioFile(scenario)
    ? !/[*?]/.test(scenario) && !existsSync(scenario)
    : !scenarios.some((name) => isLike(name, scenario));

/** What is wrong with entries: their scenario is gone, or of the runs that they speak of none failed so. */
export function staleKnown(
  known: readonly KnownFailure[],
  scenarios: readonly string[],
  ran: readonly (Ran & { readonly violations: readonly Violation[] })[],
): string[] {
  return known.flatMap((entry) => {
    const name = `${entry.scenario} on ${entry.rig}: ${entry.violation}`;
    if (isGone(entry.scenario, scenarios)) return [`there is no such scenario: ${name}`];
    const runs = ran.filter((run) => speaksOf(entry, run));
    const met = runs.some((run) => run.violations.some((v) => knownAs(run, v, known) === entry));
    return met || runs.length === 0
      ? []
      : [`did not fail so in ${runs.length} ${runs.length === 1 ? 'run' : 'runs'}: ${name}`];
  });
}
