/** `arraylab mutate`: one microinstruction at a time changed; which changes no check notices. Last line: the share. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../../../firmware/memory/random.js';
import { MICROCODE_ROOT, readSources } from '../../assembler/load-sources.js';
import { type Coverage, merged } from '../../coverage/coverage.js';
import { writeCoverage } from '../../coverage/file.js';
import { hasUnitTests, type Ladder, QUICK_LADDER, UNIT_LADDER, USUAL_LADDER } from '../../mutate/checks.js';
import type { Known, Verdict } from '../../mutate/judge.js';
import { filesOf, type Mutant, mutantsOf, programsOf } from '../../mutate/mutants.js';
import type { KnownPart, MutateJob } from '../../mutate/mutate.worker.js';
import { loadReviewed, type Reviewed, stale } from '../../mutate/reviewed.js';
import { checkWritable } from '../../regress/files.js';
import { runJobs, usualJobs } from '../../regress/pool.js';
import { whole } from '../numbers.js';

const USAGE = `usage: arraylab mutate [--system NAME] [--beside NAME] [--budget SECONDS] [--min SHARE] [--only TEXT] [--seed N]
                       [--jobs N] [--quick] [--unit] [--verbose] [--coverage FILE]
       arraylab mutate --list [--system NAME] [--beside NAME] [--only TEXT]

Changes one microinstruction at a time in the base microcode and that of a system: drops it, turns a branch or a flag
instruction round, leaves a flag out of a mask, or lets two neighbours that do not jump change places. Runs each mutant
against the unit tests of the microcode, the scenarios, storms and small worlds that run the changed instruction, until one
notices. A mutant that does not assemble, or is no other program, is not counted. Prints the mutants that nothing noticed,
with what test/surviving-mutants.ts says of them, and the share that was noticed.

  --system NAME     a recipe of microcode/systems/, with what its modules post to and call; default: track-mirror
  --beside NAME     without the base and what that recipe names too: what is this system's own
  --budget SECONDS  a sample drawn from the seed, as large as fits; default: all mutants
  --min SHARE       exit status 1 if a smaller share is noticed of those that are not known to be equivalent; default: 0.9
  --only TEXT       mutants whose name contains this: a file, a scope, an instruction, a change; may be given again
  --seed N          decides the order of the mutants, so which are in the sample; default: 1
  --jobs N          mutants at once; default: one for each processor
  --quick           fewer seeds, storms and worlds for each mutant
  --unit            the unit tests of the microcode alone: nothing is simulated
  --verbose         each mutant as it is judged, with the check that noticed it
  --coverage FILE   what the checks run of the microcode when nothing is changed, for arraylab coverage; a FILE that is there is
                    replaced
  --list            the mutants' names, and no more
`;

/** A mutant that takes so long hangs; with --quick or --unit it has less to go through. */
const LIMIT_MS = 240_000;
const QUICK_LIMIT_MS = 60_000;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

export async function run(argv: string[]): Promise<number> {
  try {
    return await mutate(argv);
  } catch (error) {
    process.stderr.write(`arraylab mutate: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

async function mutate(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      system: { type: 'string', default: 'track-mirror' },
      beside: { type: 'string' },
      budget: { type: 'string' },
      min: { type: 'string', default: '0.9' },
      only: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      unit: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      coverage: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const least = Number(values.min);
  if (values.min.trim() === '' || !(least >= 0 && least <= 1))
    throw new RangeError(`--min is "${values.min}"; a share from 0 to 1 is wanted, such as 0.9`);
  const budget_ms = values.budget === undefined ? undefined : whole(values.budget, '--budget', 1) * 1000;
  const jobs = values.jobs === undefined ? usualJobs() : whole(values.jobs, '--jobs', 1);
  checkWritable(values.coverage, '--coverage');
  const ladder = values.unit ? UNIT_LADDER : values.quick ? QUICK_LADDER : USUAL_LADDER;
  const programs = programsOf((role) => readSources(MICROCODE_ROOT, role));
  const isOfSystem = filesOf(recipeOf(values.system), programs);
  const isBeside = values.beside === undefined ? () => false : filesOf(recipeOf(values.beside, '--beside'), programs);
  const ofAll = mutantsOf(programs, () => true);
  const all = ofAll.filter(({ file }) => isOfSystem(file) && !isBeside(file));
  for (const text of values.only)
    if (!all.some((m) => isNamed(m, text))) throw new RangeError(`--only "${text}": no mutant has that in its name`);
  const chosen = values.only.length === 0 ? [...all] : all.filter((m) => values.only.some((text) => isNamed(m, text)));
  if (values.list) {
    for (const m of chosen) print(m.key);
    return 0;
  }
  shuffle(chosen, whole(values.seed, '--seed', 0));
  const reviewed = await loadReviewed();
  if (!hasUnitTests())
    process.stderr.write('no unit tests of the microcode, which only the clone has: fewer mutants are noticed\n');
  const from = performance.now();
  const known = await knowAll(ladder, jobs, values.coverage);
  print(`${chosen.length} mutants, ${known.length} checks`);
  const left_ms = budget_ms === undefined ? undefined : budget_ms - (performance.now() - from);
  const verdicts = await judgeAll(chosen, ladder, known, jobs, left_ms, values.verbose);
  const wrong = stale(
    reviewed,
    new Set(ofAll.map((m) => m.key)),
    new Set(chosen.filter((_, i) => verdicts[i]?.is === 'noticed').map((m) => m.key)),
  );
  const took_s = Math.round((performance.now() - from) / 1000);
  return report(chosen, verdicts, reviewed, wrong, least, took_s);
}

const WORKER = new URL('../../mutate/mutate.worker.js', import.meta.url);

/** What each check runs when nothing is changed. @param path of a coverage file that is written. Errors: Error when one fails then. */
async function knowAll(ladder: Ladder, jobs: number, path: string | undefined): Promise<Known[]> {
  const known: Known[] = [];
  const coverages: Coverage[] = [];
  const parts = Array.from({ length: jobs }, (_, part): MutateJob => ({ what: 'know', ladder, part, parts: jobs }));
  await runJobs<MutateJob, KnownPart>(WORKER, parts, jobs, (answer, part) => {
    for (const [i, k] of answer.known.entries()) known[i * jobs + part] = k;
    coverages.push(answer.coverage);
  });
  for (const k of known)
    if (k.fails !== undefined) throw new Error(`${k.name} fails with nothing changed: ${k.fails.split('\n')[0]}`);
  if (path !== undefined) writeCoverage(path, merged(coverages, []));
  return known;
}

/** The mutants, as many as the budget allows. */
async function judgeAll(
  mutants: readonly Mutant[],
  ladder: Ladder,
  known: readonly Known[],
  jobs: number,
  budget_ms: number | undefined,
  verbose: boolean,
): Promise<(Verdict | undefined)[]> {
  const limit_ms = ladder === USUAL_LADDER ? LIMIT_MS : QUICK_LIMIT_MS;
  const from = performance.now();
  const verdicts: (Verdict | undefined)[] = [];
  let judged = 0;
  await runJobs<MutateJob, Verdict>(
    WORKER,
    mutants.map((mutant) => ({ what: 'judge', mutant })),
    jobs,
    (verdict, number) => {
      verdicts[number] = verdict;
      if (verbose)
        print(`${verdict.is.padEnd(9)} ${mutants[number]?.key}${verdict.by === undefined ? '' : ` <- ${verdict.by}`}`);
      if (++judged % 100 === 0) process.stderr.write(`${judged} of ${mutants.length}\n`);
    },
    {
      first: { what: 'checks', ladder, known },
      limit_ms,
      hung: { is: 'noticed', by: 'the time limit', said: `it ran for ${limit_ms / 1000} s`, checks: 0 },
      enough: () => budget_ms !== undefined && performance.now() - from > budget_ms,
    },
  );
  return verdicts;
}

function report(
  mutants: readonly Mutant[],
  verdicts: readonly (Verdict | undefined)[],
  reviewed: readonly Reviewed[],
  wrong: readonly string[],
  least: number,
  took_s: number,
): number {
  const known = new Map(reviewed.map((r) => [r.key, r]));
  const count = { noticed: 0, equivalent: 0, owed: 0, unknown: 0 };
  const lines: string[] = [];
  const judged = verdicts.filter((v) => v !== undefined).length;
  for (const [i, mutant] of mutants.entries()) {
    const verdict = verdicts[i];
    if (verdict?.is === 'noticed') count.noticed++;
    if (verdict?.is !== 'survives') continue;
    const entry = known.get(mutant.key);
    count[entry?.is ?? 'unknown']++;
    const why = entry
      ? `${entry.is}: ${entry.why}`
      : verdict.checks === 0
        ? 'no check runs it'
        : `${verdict.checks} checks run it`;
    lines.push(`${mutant.file}:${mutant.line}: ${mutant.change}: ${mutant.instruction}\n    ${mutant.key}\n    ${why}`);
    if (verdict.stumbled !== undefined)
      lines.push(`    stumbled, which counts as nothing: ${verdict.stumbled.split('\n')[0]}`);
  }
  for (const line of lines.sort()) print(line);
  const total = count.noticed + count.equivalent + count.owed + count.unknown;
  const others = total - count.equivalent;
  const share = (n: number, of: number): string => (of === 0 ? '-' : `${((100 * n) / of).toFixed(1)} %`);
  const sample = judged < mutants.length ? `a sample of ${judged} of ${mutants.length} mutants` : `${judged} mutants`;
  print(`${sample}, of which ${total} assemble to another program; ${took_s} s`);
  print(
    `${count.noticed} noticed, ${total - count.noticed} not: ${count.equivalent} equivalent, ${count.owed} owed, ${count.unknown} not looked at`,
  );
  for (const text of wrong) print(`test/surviving-mutants.ts: ${text}`);
  const ok = wrong.length === 0 && count.noticed >= least * others;
  print(
    `${ok ? 'PASS' : 'FAIL'} noticed ${share(count.noticed, total)} of all, ${share(count.noticed, others)} of those not known to be equivalent`,
  );
  return ok ? 0 : 1;
}

/** By a part of its name, or by the whole of it: of two that are alike the name of the one is a part of the other's. */
const isNamed = (mutant: Mutant, text: string): boolean =>
  text.split(' | ').length >= 4 ? mutant.key === text : mutant.key.includes(text);

function recipeOf(system: string, option = '--system'): Parameters<typeof filesOf>[0] {
  if (!/^[\w-]+$/.test(system)) throw new RangeError(`${option} is "${system}"; the name of a recipe is wanted`);
  try {
    return JSON.parse(readFileSync(join(MICROCODE_ROOT, 'systems', `${system}.json`), 'utf8'));
  } catch {
    throw new RangeError(
      `${option} ${system}: there is no microcode/systems/${system}.json; see npx arraylab systems list`,
    );
  }
}

function shuffle(list: Mutant[], seed: number): void {
  const chance = new Random(new Int32Array(4), 0);
  chance.seed(seed, 1);
  for (let i = list.length - 1; i > 0; i--) {
    const j = chance.below(i + 1);
    [list[i], list[j]] = [list[j] as Mutant, list[i] as Mutant];
  }
}
