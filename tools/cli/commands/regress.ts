/** `arraylab regress`: scenarios × rigs × seeds. Failures first, each shrunk; last line: PASS or FAIL. */
import { parseArgs } from 'node:util';
import { Gathered, wantsCoverage } from '../../coverage/gathered.js';
import { takePictures } from '../../regress/campaign.js';
import { contest } from '../../regress/comparison.js';
import { checkFolder, takeDumps } from '../../regress/dumps.js';
import type { Given } from '../../regress/fault-fit.js';
import { checkWritable, writeWhole } from '../../regress/files.js';
import { type ImagesFrom, imagesFrom } from '../../regress/images.js';
import { readKnown } from '../../regress/known.js';
import { linkMatrix } from '../../regress/link.js';
import { type Matrix, matrixOf } from '../../regress/matrix.js';
import type { Range } from '../../regress/plan.js';
import { usualJobs } from '../../regress/pool.js';
import { type Around, planWith, regress } from '../../regress/regression.js';
import { repeatCommand, shellWord } from '../../regress/repeat.js';
import { comparisonJson, comparisonText, isWorse } from '../../regress/report/comparison-text.js';
import { htmlOf } from '../../regress/report/html.js';
import { jsonOf } from '../../regress/report/json.js';
import { junitOf } from '../../regress/report/junit.js';
import { isFailed, type Report } from '../../regress/report/report.js';
import { listOf, textOf } from '../../regress/report/text.js';
import type { RunResult } from '../../regress/run.js';
import { Interrupts } from '../interrupts.js';
import { whole } from '../numbers.js';

const USAGE = `usage: arraylab regress [--scenario GLOB|FILE]... [--profile GLOB|FILE]... [--system S]
                        [--seeds N] [--seed-from A] [--seed-to B] [--jobs N] [--budget SECONDS]
                        [--known FILE] [--corpus FILE] [--resume FILE] [--json] [--junit FILE] [--html FILE]
                        [--fault FAULT]... [--plant BUG] [--image FILE [--image FILE]]
                        [--coverage FILE] [--coverage-min LINES[,BRANCHES]] [--dump DIR]
       arraylab regress --list [...]

Runs scenarios on simulated rigs, under the oracle: the matrix of scenarios and rigs, in those of its cells where the scenario
fits the rig, from seeds that go round over these cells. Prints what failed, each kind of failure with a command that repeats a
run as short as could be found; then the matrix. The report is the same for any number of jobs.

  --scenario GLOB    scenarios (sim --list) by name, with * and ?, or a path to a module that exports one of your own; may be
                     given again; default: all of the package
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
  --fault FAULT      something that goes wrong in each run, as sim --fault has it (sim --help-faults); may be given again. It
                     does not fit a rig that has not what it names
  --plant BUG        with a bug planted in the microcode (test/plants.ts)
  --image FILE       with the microcode of a folder of ROLE.img (the package's own is dist/microcode), with one image in the
                     place of its role's, or with sources, laid out as microcode/ is: a whole tree, or modules of your
                     own, beside those of the package or in their place. Given twice, the old and the new, each run is
                     made with both: which verdicts, times and counts the new one changes; then a run is a failure that
                     fails with the new one only, and --corpus, --resume, --junit and --html are not for it
  --coverage FILE    what the runs ran of the microcode, for arraylab coverage; a FILE that is there is replaced. The sum is
                     printed on stderr. Runs that look for shorter ones do not count
  --coverage-min LINES[,BRANCHES]  exit status 1 when they ran less than so many percent of its lines, or of the ways of its
                     branches
  --dump DIR         a file in DIR of the first kinds of failure each: everything at the first violation, memory, tasks, rings
                     and the trace until then; the run is made once more for it
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
  fault: { type: 'string', multiple: true },
  plant: { type: 'string' },
  image: { type: 'string', multiple: true },
  coverage: { type: 'string' },
  'coverage-min': { type: 'string' },
  dump: { type: 'string' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Files that are written. */
const WRITTEN = ['corpus', 'resume', 'junit', 'html', 'coverage'] as const;

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
  checkImages(values, values.image ?? []);
  const matrix = await matrixOf({
    scenarios: values.scenario ?? [],
    profiles: values.profile ?? [],
    system: values.system,
    given: await givenBy(values),
  });
  if (values.plant === undefined) await linkMatrix(matrix, values.image ?? []);
  for (const option of WRITTEN) checkWritable(values[option], `--${option}`);
  if (values.dump !== undefined) checkFolder(values.dump);
  if (values.list) {
    process.stdout.write(listOf(matrix, planWith(matrix, range, values.corpus)));
    return 0;
  }
  const [old, image = old] = values.image ?? [];
  const images = { plant: values.plant, image };
  const coverage = wantsCoverage(values) ? new Gathered(await imagesFrom(images), values) : undefined;
  const shared = {
    command: commandLine(values),
    matrix,
    range,
    jobs,
    budget_ms,
    known,
    commandOf: repeatWith(matrix, images),
  };
  const interrupts = new Interrupts();
  const around: Around = {
    progress: process.stderr,
    now_ms: () => performance.now(),
    isInterrupted: () => interrupts.status !== undefined,
  };
  const hasColours = process.stdout.isTTY && process.env.NO_COLOR === undefined;
  if (values.image?.length === 2) {
    const outcome = await contest({ ...shared, old: { image: old }, new: { image } }, around);
    interrupts.end();
    process.stdout.write(values.json ? comparisonJson(outcome) : comparisonText(outcome, hasColours));
    return interrupts.status ?? (isWorse(outcome) ? 1 : 0);
  }
  const { corpus, resume: journal } = values;
  const report = await regress({ ...shared, images, corpus, journal, counted: coverage?.add }, around);
  try {
    const pictures =
      values.html === undefined ? [] : await takePictures(report.kinds, images, { jobs, enough: around.isInterrupted });
    writeFiles(values, report, pictures);
    if (values.dump !== undefined)
      for await (const line of takeDumps(report.kinds, images, values.dump, shared.commandOf))
        process.stderr.write(`${line}\n`);
  } finally {
    process.stdout.write(values.json ? jsonOf(report) : textOf(report, hasColours));
    interrupts.end();
  }
  const isCovered = coverage?.end((line) => void process.stderr.write(`${line}\n`)) ?? true;
  return interrupts.status ?? (isFailed(report) || !isCovered ? 1 : 0);
}

interface FileValues {
  readonly junit?: string | undefined;
  readonly html?: string | undefined;
}

/** Before anything is printed: who reads that may go away, and then the process ends. Errors: Error that names the file. */
function writeFiles({ junit, html }: FileValues, report: Report, pictures: Parameters<typeof htmlOf>[1]): void {
  if (junit !== undefined) writeWhole(junit, junitOf(report));
  if (html !== undefined) writeWhole(html, htmlOf(report, pictures));
}

/** The command that repeats a run alone. */
const repeatWith =
  (matrix: Matrix, { plant, image }: ImagesFrom) =>
  (scenario: string, rig: string, result: RunResult): string => {
    const row = matrix.rows.find(({ name }) => name === scenario);
    // A plant may have a rig of its own.
    const given = rig === row?.rig && plant === undefined ? undefined : rig;
    const { seed, settings, faults } = result;
    return repeatCommand({ scenario, rig: given, seed, settings, defaults: row?.defaults, faults, plant, image });
  };

/** Errors: RangeError for options that say nothing together. */
function checkImages(values: Readonly<Partial<Record<string, unknown>>>, given: readonly string[]): void {
  if (given.length > 2) throw new RangeError(`--image is given ${given.length} times; two are compared at most`);
  if (given.length > 0 && values.plant !== undefined)
    throw new RangeError('--plant is for microcode of sources; --image is another');
  if (values.resume !== undefined && wantsCoverage(values))
    throw new RangeError('--resume and coverage: what runs of before ran, their journal does not say');
  for (const option of [...WRITTEN, 'coverage-min', 'dump'])
    if (given.length === 2 && values[option] !== undefined)
      throw new RangeError(`--${option} is for runs with one microcode, and two --image are given`);
}

interface MicrocodeValues {
  readonly fault?: string[] | undefined;
  readonly plant?: string | undefined;
  readonly image?: string[] | undefined;
}

/** The faults, and the microcode whose labels they may name. */
async function givenBy({ fault = [], plant, image = [] }: MicrocodeValues): Promise<Given> {
  const from: ImagesFrom[] = image.length > 0 ? image.map((one) => ({ image: one })) : [{ plant }];
  return { faults: fault, microcodes: await Promise.all(from.map(imagesFrom)) };
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
  'fault',
  'plant',
  'image',
] as const;

function commandLine(values: Readonly<Partial<Record<(typeof DECIDING)[number], string | string[]>>>): string {
  const words = DECIDING.flatMap((name) =>
    [values[name] ?? []].flat().flatMap((value) => [`--${name}`, shellWord(value)]),
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
  if (values.seeds !== undefined) {
    const more = whole(values.seeds, '--seeds', 1) - 1;
    if (more > Number.MAX_SAFE_INTEGER - from)
      throw new RangeError(`--seed-from ${from} --seeds ${values.seeds}: no seed is above ${Number.MAX_SAFE_INTEGER}`);
    return { from, to: from + more };
  }
  return values['seed-to'] === undefined ? { from } : { from, to: whole(values['seed-to'], '--seed-to', from) };
}
