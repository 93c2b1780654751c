/** The matrix of a regression: scenarios × rigs, and in which of its cells a scenario runs. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseFault } from '../../firmware/runtime/machine/faults/parse.js';
import type { Scenario, Settings } from '../../firmware/runtime/simulated/scenario.js';
import type { SimRig } from '../../firmware/runtime/simulated/world-plan.js';
import { packageRoot } from '../../firmware/service/package-root.js';
import { loadRig } from '../../firmware/service/rig.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { type Given, misfitOfFaults } from './fault-fit.js';
import { misfitOf } from './fit.js';
import { chosenBy } from './glob.js';
import { isScenarioFile } from './scenario-file.js';
import { loadScenario, scenarioNames } from './scenarios.js';

export interface Row {
  readonly name: string;
  readonly help: string;
  /** Its own rig. */
  readonly rig: string;
  /** Settings and what they usually are. */
  readonly defaults: Settings;
}

export interface Column {
  /** As it was asked for: the name of one of the package's rigs, or a path. */
  readonly name: string;
  /** Absent: the simulator cannot run it, and each cell says why. */
  readonly rig?: SimRig;
  /** Texts of its file and of all that it refers to. */
  readonly source?: string;
}

export interface Cell {
  readonly scenario: string;
  readonly rig: string;
  /** It does not fit, and why. */
  readonly why?: string;
}

export interface Matrix {
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  /** All of them, row by row. */
  readonly cells: readonly Cell[];
  /** What each run is given. */
  readonly faults: readonly string[];
  /** Of a cell where the scenario fits: can its runs have these faults instead? */
  canHave(scenario: string, rig: string, faults: readonly string[]): boolean;
}

export interface Choice {
  /** Globs over the package's scenarios, or paths to modules. */
  readonly scenarios: readonly string[];
  /** Globs over the package's rigs, or paths. */
  readonly profiles: readonly string[];
  /** Only rigs with a pair of this recipe. */
  readonly system?: string | undefined;
  readonly given: Given;
}

const isPath = (text: string): boolean => /[/\\]/.test(text) || text.endsWith('.json');

function rigNames(): string[] {
  return readdirSync(join(packageRoot(), 'hw-profiles', 'rigs'))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

const systemsOf = (rig: SimRig): string[] =>
  rig.arrays.flatMap((a) => a.recipes.map(({ name }) => name.split(', ')[0] as string));

/** A rig, or why there is none: a glob may stand for one that the simulator cannot run. */
function tryRig(name: string): SimRig | Error {
  try {
    return loadSimRig(name);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Errors: RangeError, ProfileError when nothing is as asked for, or nothing fits. */
export async function matrixOf({ scenarios, profiles, system, given }: Choice): Promise<Matrix> {
  for (const text of given.faults) parseFault(text);
  const wanted = scenarios.length > 0 ? scenarios : ['*'];
  const shown = chosenBy(
    wanted.filter((name) => !isScenarioFile(name)),
    scenarioNames(),
    '--scenario',
  );
  const names = [...new Set([...shown, ...wanted.filter(isScenarioFile)])];
  const all = await Promise.all(names.map(async (name) => ({ name, scenario: await loadScenario(name) })));
  // All of the package, and those that a scenario of one's own brings.
  const usual = ['*', ...new Set(all.map(({ scenario }) => scenario.rig).filter(isPath))];
  const asked = profiles.length > 0 ? profiles : usual;
  const paths = asked.filter(isPath);
  const shelf = chosenBy(
    asked.filter((profile) => !isPath(profile)),
    rigNames(),
    '--profile',
  );
  const rigs = new Map([...shelf, ...paths].map((name) => [name, tryRig(name)]));
  for (const [name, rig] of rigs)
    if (rig instanceof Error && (!shelf.includes(name) || asked.includes(name))) throw rig;
  if (system !== undefined) keepSystem(rigs, system);
  const owns = new Map<string, SimRig>();
  const cells = all.flatMap((one) => [...rigs].map(([rig, it]) => cellOf(one, rig, it, owns, given)));
  const misfits = cells.filter((cell) => cell.why !== undefined);
  if (misfits.length === cells.length) throw noneFits(misfits);
  return {
    rows: all.map(({ name, scenario: { help, rig, settings = {} } }) => ({ name, help, rig, defaults: settings })),
    columns: [...rigs].map(([name, rig]) =>
      rig instanceof Error ? { name } : { name, rig, source: loadRig(name).sourceText },
    ),
    cells,
    faults: given.faults,
    canHave: (scenario, rig, faults) => {
      const row = all.find(({ name }) => name === scenario);
      const it = rigs.get(rig);
      if (!row || !it || it instanceof Error) return false;
      return misfitOfFaults({ ...given, faults }, row.scenario, it) === undefined;
    },
  };
}

/** Why each of some does not. */
function noneFits(misfits: readonly Cell[]): RangeError {
  const others = misfits.filter(({ why }, i) => misfits.findIndex((before) => before.why === why) === i);
  const first = others.slice(0, 5).map((c) => `\n  ${c.scenario} on ${c.rig}: ${c.why}`);
  return new RangeError(`none of these scenarios fits one of these rigs:${first.join('')}`);
}

function cellOf(
  { name, scenario }: { readonly name: string; readonly scenario: Scenario },
  rig: string,
  it: SimRig | Error,
  owns: Map<string, SimRig>,
  given: Given,
): Cell {
  if (it instanceof Error) return { scenario: name, rig, why: it.message };
  const why = misfitOfScenario(scenario, rig, it, owns) ?? misfitOfFaults(given, scenario, it);
  return why === undefined ? { scenario: name, rig } : { scenario: name, rig, why };
}

function misfitOfScenario(scenario: Scenario, rig: string, it: SimRig, owns: Map<string, SimRig>): string | undefined {
  if (rig === scenario.rig) return undefined;
  const own = owns.get(scenario.rig) ?? loadSimRig(scenario.rig);
  owns.set(scenario.rig, own);
  return misfitOf(scenario, own, it);
}

function keepSystem(rigs: Map<string, SimRig | Error>, system: string): void {
  const there = new Set<string>();
  for (const [name, rig] of rigs) {
    const systems = rig instanceof Error ? [] : systemsOf(rig);
    for (const s of systems) there.add(s);
    if (!systems.includes(system)) rigs.delete(name);
  }
  if (rigs.size === 0)
    throw new RangeError(
      `--system ${system}: none of these rigs has a pair of it; they have ${[...there].join(', ') || 'no pairs'}`,
    );
}

export const fitting = (matrix: Matrix): Cell[] => matrix.cells.filter((cell) => cell.why === undefined);
