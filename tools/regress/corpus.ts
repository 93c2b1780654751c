/** A corpus: runs that failed once. They are run first, each time. */
import { existsSync } from 'node:fs';
import { parseFault } from '../../firmware/runtime/machine/faults/parse.js';
import { SETTING_MOST, type Settings } from '../../firmware/runtime/simulated/scenario.js';
import { type Fields, readFields } from './fields.js';
import { writeWhole } from './files.js';
import { type Cell, fitting, type Matrix } from './matrix.js';
import { keyOf, type PlannedRun } from './plan.js';
import { withFaults } from './run.js';

const VERSION = 1;
/** Of more, the oldest go. */
const RUNS_MOST = 10_000;

/** A file that is not there is an empty corpus. Errors: ProfileError that names file, line, field and value. */
export function readCorpus(path: string): PlannedRun[] {
  if (!existsSync(path)) return [];
  const file = readFields(path, ['version', 'runs']);
  file.integer('version', VERSION, VERSION);
  return file.list('runs', ['scenario', 'rig', 'seed', 'settings', 'faults']).map((run) => ({
    scenario: run.text('scenario', 'the name of a scenario'),
    rig: run.text('rig', 'a rig by name or path'),
    seed: run.integer('seed', 0, Number.MAX_SAFE_INTEGER),
    settings: run.has('settings') ? readSettings(run.object('settings')) : {},
    ...withFaults(run.has('faults') ? run.texts('faults', 'a list of faults, as --fault has them', parseFault) : []),
  }));
}

const readSettings = (settings: Fields): Settings =>
  Object.fromEntries(settings.names.map((name) => [name, settings.integer(name, 0, SETTING_MOST)]));

/** Those that have a cell in the matrix where they fit, with settings and faults that can be there; how many have not. */
export function runnable(corpus: readonly PlannedRun[], matrix: Matrix): { runs: PlannedRun[]; others: number } {
  const cells = new Set(fitting(matrix).map(({ scenario, rig }: Cell) => JSON.stringify([scenario, rig])));
  const rows = new Map(matrix.rows.map((row) => [row.name, row]));
  const runs = corpus.filter(
    ({ scenario, rig, settings, faults = [] }) =>
      cells.has(JSON.stringify([scenario, rig])) &&
      Object.keys(settings).every((name) => Object.hasOwn(rows.get(scenario)?.defaults ?? {}, name)) &&
      matrix.canHave(scenario, rig, faults),
  );
  return { runs, others: corpus.length - runs.length };
}

/** Adds runs that the file has not, and says how many. Nothing is written when there is none. */
export function growCorpus(path: string, failed: readonly PlannedRun[]): number {
  const corpus = readCorpus(path);
  const there = new Set(corpus.map(keyOf));
  const fresh = failed.filter((run) => !there.has(keyOf(run)) && there.add(keyOf(run)));
  if (fresh.length === 0) return 0;
  const runs = [...corpus, ...fresh].slice(-RUNS_MOST).map((run) => `    ${JSON.stringify(run)}`);
  writeWhole(path, `{\n  "version": ${VERSION},\n  "runs": [\n${runs.join(',\n')}\n  ]\n}\n`);
  return fresh.length;
}
