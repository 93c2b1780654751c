/** Runs of the suite against one target, and what of them must not be. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome, Outcomes } from './outcome.js';
import { runApart, runTogether, type Test } from './suite.js';
import { suiteFault } from './suite-faults.js';
import { needOf, SPECIALS, type Special, type Target } from './units.js';

export const WAYS = ['apart', 'together'] as const;
export type Way = (typeof WAYS)[number];

export interface Results {
  readonly name: string;
  /** On the plain unit; only the ways that were asked for. */
  readonly plain: Readonly<Partial<Record<Way, Outcomes>>>;
  /** The tests that need another unit, on that one: each in a process of its own. */
  readonly special: Outcomes;
  readonly specials: readonly Special[];
  readonly elapsed_ms: number;
}

export interface Run {
  readonly tests: readonly Test[];
  /** Are these all tests of the suite? */
  readonly isAll: boolean;
  readonly ways: readonly Way[];
  /** Where the suite's own words go: a folder for each unit and way. */
  readonly logs: string;
  readonly log: (line: string) => void;
}

export async function runTarget(target: Target, { tests, isAll, ways, logs, log }: Run): Promise<Results> {
  const start = performance.now();
  const folderOf = (what: string): string => {
    const folder = join(logs, target.name.replaceAll(' ', '-'), what);
    mkdirSync(folder, { recursive: true });
    return folder;
  };
  const all = `${tests.length} ${tests.length === 1 ? 'test' : 'tests'}`;
  const plain: Partial<Record<Way, Outcomes>> = {};
  let special: Outcomes = new Map();
  if (ways.includes('apart')) {
    log(`${target.name}: ${all}, each in a process of its own`);
    plain.apart = await runApart(tests, target.plain, folderOf('apart'));
    for (const kind of SPECIALS) {
      const unit = target.special[kind];
      const those = tests.filter((test) => needOf(test) === kind);
      if (unit === undefined || those.length === 0) continue;
      log(`${target.name}: on its ${kind} unit those of them that need one, ${those.length}`);
      special = new Map([...special, ...(await runApart(those, unit, folderOf(kind)))]);
    }
  }
  if (ways.includes('together')) {
    log(`${target.name}: ${all} in one process`);
    plain.together = await runTogether(tests, isAll, target.plain, folderOf('together'));
  }
  const specials = SPECIALS.filter((kind) => target.special[kind] !== undefined);
  return { name: target.name, plain, special, specials, elapsed_ms: performance.now() - start };
}

/** What each test came to on the unit that it is for. */
export const bestOf = ({ plain, special }: Results): Outcomes => new Map([...(plain.apart ?? new Map()), ...special]);

export const FAULTS = ['failed', 'skipped, and nothing says why', 'documented as skipped, but it is not'] as const;

export interface Fault {
  readonly what: (typeof FAULTS)[number];
  readonly test: Test;
  readonly where: string;
  readonly reasons: readonly string[];
}

/** @param skips which skips are right, test by test; undefined: any. */
export function faultsOf(results: Results, skips: Readonly<Record<string, string>> | undefined): Fault[] {
  const faults: Fault[] = [];
  const judge = (where: string, isPlain: boolean, test: Test, outcome: Outcome): void => {
    const { verdict, reasons } = outcome;
    if (verdict === 'failed' && suiteFault(test, outcome, where) === undefined)
      faults.push({ what: FAULTS[0], test, where, reasons });
    if (skips === undefined) return;
    const isDocumented = Object.hasOwn(skips, test);
    const need = needOf(test);
    const isElsewhere = isPlain && need !== undefined && results.specials.includes(need);
    if (verdict === 'skipped' && !isDocumented && !isElsewhere) {
      faults.push({ what: FAULTS[1], test, where, reasons });
    }
    if (verdict === 'passed' && isDocumented) faults.push({ what: FAULTS[2], test, where, reasons: [skips[test]] });
  };
  for (const way of WAYS) {
    for (const [test, outcome] of results.plain[way] ?? []) judge(way, true, test, outcome);
  }
  for (const [test, outcome] of results.special) judge(`${needOf(test)} unit`, false, test, outcome);
  return faults;
}
