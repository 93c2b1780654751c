/** A regression from its options to its report: matrix, corpus, journal, runs, shorter runs. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../firmware/service/package-root.js';
import { type Crew, KINDS_MOST, kindsOf, lessonsOf, makeRuns, shrinkKinds } from './campaign.js';
import { growCorpus, readCorpus, runnable } from './corpus.js';
import { readText } from './files.js';
import { crcsOf, type ImagesFrom, imagesForAll } from './images.js';
import { type Identity, Journal } from './journal.js';
import { isKnown, type KnownFailure, staleKnown } from './known.js';
import { filesOf } from './loaded-images.js';
import type { Matrix } from './matrix.js';
import { type PlannedRun, planOf, type Range } from './plan.js';
import { Progress, type Stream } from './progress.js';
import type { Ended, Report } from './report/report.js';
import type { RunResult } from './run.js';
import { isScenarioFile } from './scenario-file.js';
import { scenarioNames } from './scenarios.js';

export interface Regression {
  readonly command: string;
  readonly matrix: Matrix;
  readonly range: Range;
  readonly images: ImagesFrom;
  readonly jobs: number;
  readonly budget_ms?: number | undefined;
  readonly known: readonly KnownFailure[];
  /** Paths. */
  readonly corpus?: string | undefined;
  readonly journal?: string | undefined;
  /** Hears what each run that is made ran of its microcode. */
  readonly counted?: Crew['counted'];
  commandOf(scenario: string, rig: string, result: RunResult): string;
}

/** What goes on around it. */
export interface Around {
  readonly progress: Stream;
  now_ms(): number;
  /** Somebody wants it to end. */
  isInterrupted(): boolean;
}

/** The plan that a corpus and a range make. */
export function planWith(matrix: Matrix, range: Range, corpus: string | undefined): PlannedRun[] {
  return planOf(matrix, range, corpus === undefined ? [] : runnable(readCorpus(corpus), matrix).runs);
}

export async function regress(regression: Regression, around: Around): Promise<Report> {
  const { matrix, range, images, jobs, budget_ms, known, corpus, commandOf } = regression;
  const microcode = crcsOf(await imagesForAll(images));
  const learned = runnable(corpus === undefined ? [] : readCorpus(corpus), matrix);
  const identity = identityOf(regression, microcode);
  const journal =
    regression.journal === undefined ? undefined : new Journal(regression.journal, identity, learned.runs);
  const first = journal?.first ?? learned.runs;
  const plan = planOf(matrix, range, first);
  const results = plan.map((_, number) => journal?.done.get(number));
  const from_ms = around.now_ms();
  const isSpent = (): boolean => budget_ms !== undefined && around.now_ms() - from_ms > budget_ms;
  const crew: Crew = { jobs, enough: () => around.isInterrupted() || isSpent(), counted: regression.counted };
  await runAll(plan, results, regression, crew, around, journal);
  const open = results.includes(undefined);
  const found = kindsOf(plan, results, known);
  if (found.length > 0)
    around.progress.write(`looking for shorter runs of ${Math.min(found.length, KINDS_MOST)} kinds of failure\n`);
  const kinds = await shrinkKinds(plan, found, images, known, {
    jobs,
    enough: () => around.isInterrupted(),
  });
  const defaultsOf = (name: string) => matrix.rows.find((row) => row.name === name)?.defaults ?? {};
  const ended: Ended = around.isInterrupted() ? 'interrupted' : open ? 'budget' : 'all';
  const ran = plan.flatMap((run, n) => (results[n] ? [{ ...run, violations: results[n].violations }] : []));
  return {
    command: regression.command,
    microcode,
    matrix,
    plan,
    results,
    kinds,
    known,
    stale: staleKnown(known, scenarioNames(), ran),
    ...(corpus !== undefined && {
      corpus: {
        path: corpus,
        first: first.length,
        others: learned.others,
        added: growCorpus(corpus, lessonsOf(kinds, defaultsOf)),
      },
    }),
    ended,
    commandOf,
  };
}

/** Makes the runs that have no result yet. */
async function runAll(
  plan: readonly PlannedRun[],
  results: (RunResult | undefined)[],
  { images, known }: Regression,
  crew: Crew,
  around: Around,
  journal: Journal | undefined,
): Promise<void> {
  const isBad = (number: number): boolean => {
    const violations = results[number]?.violations ?? [];
    return violations.length > 0 && !isKnown(plan[number] as PlannedRun, violations, known);
  };
  const todo = [...plan.keys()].filter((number) => results[number] === undefined);
  const done = [...plan.keys()].filter((number) => results[number] !== undefined);
  const progress = new Progress(
    around.progress,
    around.now_ms,
    plan.length,
    done.length,
    done.filter((number) => isBad(number)).length,
  );
  await makeRuns(
    plan,
    todo,
    () => images,
    crew,
    (result, number) => {
      results[number] = result;
      journal?.add(number, result);
      progress.ran(isBad(number));
    },
  );
  progress.end();
}

const hash = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Images that faults load, by their contents. */
const loadedBy = (faults: readonly string[]): Identity =>
  Object.fromEntries(filesOf(faults).map((file) => [`image ${file}`, hash(readFileSync(file))]));

/** What the results of a plan's runs follow from. */
function identityOf({ matrix, range }: Regression, microcode: Readonly<Record<string, string>>): Identity {
  const cells = matrix.cells.filter((cell) => cell.why === undefined).map((cell) => `${cell.scenario} ${cell.rig}`);
  return {
    seeds: `${range.from} to ${range.to ?? range.from + cells.length - 1}`,
    matrix: hash(cells.join('\n')),
    ...(matrix.faults.length > 0 && { faults: matrix.faults.join(', '), ...loadedBy(matrix.faults) }),
    ...Object.fromEntries(matrix.columns.map(({ name, source = '' }) => [`rig ${name}`, hash(source)])),
    ...Object.fromEntries(Object.entries(microcode).map(([role, crc]) => [`microcode of ${role}`, crc])),
    // What a module of one's own imports is not known here.
    ...Object.fromEntries(
      matrix.rows
        .filter(({ name }) => isScenarioFile(name))
        .map(({ name }) => [`scenario ${name}`, hash(readText(name))]),
    ),
    program: programHash(),
  };
}

/** Of everything that runs in a simulated world: models, oracle and scenarios too decide what a run does. */
function programHash(): string {
  const all = createHash('sha256');
  for (const folder of ['firmware', 'adapters', 'test/scenarios'].map((f) => join(packageRoot(), 'dist', f))) {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
    for (const file of files.sort()) all.update(file).update(readFileSync(join(folder, file)));
  }
  return all.digest('hex').slice(0, 16);
}
