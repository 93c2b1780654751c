/** `arraylab regress`: scenarios × rigs × seeds. Failures first, each shrunk; last line: PASS or FAIL. */
import { parseArgs } from 'node:util';
import { takePictures } from '../../regress/campaign.js';
import { checkFolder, writeWhole } from '../../regress/files.js';
import { readKnown } from '../../regress/known.js';
import { matrixOf } from '../../regress/matrix.js';
import type { Range } from '../../regress/plan.js';
import { usualJobs } from '../../regress/pool.js';
import { planWith, type Regression, regress } from '../../regress/regression.js';
import { htmlOf } from '../../regress/report/html.js';
import { jsonOf } from '../../regress/report/json.js';
import { junitOf } from '../../regress/report/junit.js';
import { isFailed } from '../../regress/report/report.js';
import { listOf, textOf } from '../../regress/report/text.js';
import type { RunResult } from '../../regress/run.js';
import { loadPlant } from '../../regress/scenarios.js';
import { Interrupts } from '../interrupts.js';
import { whole } from '../numbers.js';
import { command as simCommand } from './sim.js';

const USAGE = `usage: arraylab regress [--scenario GLOB]... [--profile GLOB|FILE]... [--system S]
                        [--seeds N] [--seed-from A] [--seed-to B] [--jobs N] [--budget SECONDS]
                        [--known FILE] [--corpus FILE] [--resume FILE] [--json] [--junit FILE] [--html FILE]
                        [--plant BUG]
       arraylab regress --list [...]

Runs scenarios on simulated rigs, under the oracle: the matrix of scenarios and rigs, in those of its cells where the scenario
fits the rig, from seeds that go round over these cells. Prints what failed, each kind of failure with a command that repeats a
run as short as could be found; then the matrix. The report is the same for any number of jobs.

  --scenario GLOB    scenarios (sim --list) by name, with * and ?; may be given again; default: all
  --profile GLOB     rigs of hw-profiles/rigs by name, with * and ?, or a path to a rig's JSON file; may be given again;
                     default: all
  --system S         only rigs with a pair of this recipe (systems list)
  --seeds N          so many runs in all; default: one in each cell
  --seed-from A      the first seed; default: 1
  --seed-to B        the last seed: B - A + 1 runs in all
  --jobs N           runs at once; default: one for each processor
  --budget SECONDS   no run is begun after that; what failed till then is still shrunk
  --known FILE       failures that are known, and do not count: {"version":1,"known":[{"scenario":GLOB,"rig":GLOB,
                     "violation":TEXT,"why":TEXT}]}; in TEXT, a part of what is violated, * stands for anything
  --corpus FILE      runs that failed once, which are made first; of each kind of failure the file gets the run that was
                     found and the one that it shrank to. Without it nothing is kept
  --resume FILE      a journal of the runs that were made; if it is there, the others are made
  --json             the report as one JSON document instead of text
  --junit FILE       it is written as JUnit XML, too; times there are virtual
  --html FILE        and as a page: the matrix, and pictures of each kind of failure over virtual time
  --plant BUG        with a bug planted in the microcode (test/plants.ts)
  --list             what would be run, and why scenarios do not fit rigs

Exit status: 0, 1 for FAIL, 2 for what cannot be run as asked, 130 after Ctrl-C, which ends the runs that have begun, and
reports. A second Ctrl-C does not wait for them.
`;

export async function run(argv: string[]): Promise<number> {
  try {
    return await main(argv);
  } catch (error) {
    process.stderr.write(`arraylab regress: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

const OPTIONS = {
  scenario: { type: 'string', multiple: true },
  profile: { type: 'string', multiple: true },
  system: { type: 'string' },
  seeds: { type: 'string' },
  'seed-from': { type: 'string' },
  'seed-to': { type: 'string' },
  jobs: { type: 'string' },
  budget: { type: 'string' },
  known: { type: 'string' },
  corpus: { type: 'string' },
  resume: { type: 'string' },
  json: { type: 'boolean', default: false },
  junit: { type: 'string' },
  html: { type: 'string' },
  plant: { type: 'string' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

async function main(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options: OPTIONS });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const range = rangeOf(values);
  const jobs = values.jobs === undefined ? usualJobs() : whole(values.jobs, '--jobs', 1);
  const budget_ms = values.budget === undefined ? undefined : whole(values.budget, '--budget', 1) * 1000;
  const known = values.known === undefined ? [] : readKnown(values.known);
  if (values.plant !== undefined) await loadPlant(values.plant);
  const matrix = await matrixOf({
    scenarios: values.scenario ?? [],
    profiles: values.profile ?? [],
    system: values.system,
  });
  for (const path of [values.junit, values.html]) if (path !== undefined) checkFolder(path);
  if (values.list) {
    process.stdout.write(listOf(matrix, planWith(matrix, range, values.corpus)));
    return 0;
  }
  const commandOf = (scenario: string, rig: string, result: RunResult): string => {
    const row = matrix.rows.find(({ name }) => name === scenario);
    // A plant may have a rig of its own.
    const given = rig === row?.rig && values.plant === undefined ? undefined : quoted(rig);
    return simCommand(scenario, given, result, values.plant, row?.defaults ?? {});
  };
  const regression: Regression = {
    command: commandLine(values),
    matrix,
    range,
    images: { plant: values.plant },
    jobs,
    budget_ms,
    known,
    corpus: values.corpus,
    journal: values.resume,
    commandOf,
  };
  const interrupts = new Interrupts();
  const report = await regress(regression, {
    progress: process.stderr,
    now_ms: () => performance.now(),
    isInterrupted: () => interrupts.status !== undefined,
  });
  const hasColours = process.stdout.isTTY && process.env.NO_COLOR === undefined;
  process.stdout.write(values.json ? jsonOf(report) : textOf(report, hasColours));
  if (values.junit !== undefined) writeWhole(values.junit, junitOf(report));
  if (values.html !== undefined) {
    const crew = { jobs, enough: () => interrupts.status !== undefined };
    writeWhole(values.html, htmlOf(report, await takePictures(report.kinds, regression.images, crew)));
  }
  interrupts.end();
  return interrupts.status ?? (isFailed(report) ? 1 : 0);
}

/** What decides which runs are made, and no more: no path of a file that is written, no number of jobs. */
const DECIDING = [
  'scenario',
  'profile',
  'system',
  'seeds',
  'seed-from',
  'seed-to',
  'known',
  'corpus',
  'plant',
] as const;

function commandLine(values: Readonly<Partial<Record<(typeof DECIDING)[number], string | string[]>>>): string {
  const words = DECIDING.flatMap((name) =>
    [values[name] ?? []].flat().flatMap((value) => [`--${name}`, quoted(value)]),
  );
  return ['npx arraylab regress', ...words].join(' ');
}

interface RangeValues {
  readonly seeds?: string | undefined;
  readonly 'seed-from'?: string | undefined;
  readonly 'seed-to'?: string | undefined;
}

function rangeOf(values: RangeValues): Range {
  const from = values['seed-from'] === undefined ? 1 : whole(values['seed-from'], '--seed-from', 0);
  if (values.seeds !== undefined && values['seed-to'] !== undefined)
    throw new RangeError('--seeds and --seed-to both say how many runs there are; one of them is wanted');
  if (values.seeds !== undefined) return { from, to: from + whole(values.seeds, '--seeds', 1) - 1 };
  return values['seed-to'] === undefined ? { from } : { from, to: whole(values['seed-to'], '--seed-to', from) };
}

/** As a shell takes it for one word. */
const quoted = (word: string): string => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
