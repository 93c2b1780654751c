/** The matrix of a regression: scenarios × rigs, and in which of its cells a scenario runs. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario, Settings } from '../../firmware/runtime/simulated/scenario.js';
import type { SimRig } from '../../firmware/runtime/simulated/world-plan.js';
import { packageRoot } from '../../firmware/service/package-root.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { misfitOf } from './fit.js';
import { chosenBy } from './glob.js';
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
}

export interface Choice {
  /** Globs. */
  readonly scenarios: readonly string[];
  /** Globs over the package's rigs, or paths. */
  readonly profiles: readonly string[];
  /** Only rigs with a pair of this recipe. */
  readonly system?: string | undefined;
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
export async function matrixOf({ scenarios, profiles, system }: Choice): Promise<Matrix> {
  const names = chosenBy(scenarios.length > 0 ? scenarios : ['*'], scenarioNames(), '--scenario');
  const asked = profiles.length > 0 ? profiles : ['*'];
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
  const all = await Promise.all(names.map(async (name) => ({ name, scenario: await loadScenario(name) })));
  const owns = new Map<string, SimRig>();
  const cells = all.flatMap(({ name, scenario }) =>
    [...rigs].map(([rig, it]) => cellOf(name, scenario, rig, it, owns)),
  );
  const misfits = cells.filter((cell) => cell.why !== undefined);
  if (misfits.length === cells.length) {
    const first = misfits.slice(0, 5).map((c) => `\n  ${c.scenario} on ${c.rig}: ${c.why}`);
    throw new RangeError(`none of these scenarios fits one of these rigs:${first.join('')}`);
  }
  return {
    rows: all.map(({ name, scenario: { help, rig, settings = {} } }) => ({ name, help, rig, defaults: settings })),
    columns: [...rigs].map(([name, rig]) => (rig instanceof Error ? { name } : { name, rig })),
    cells,
  };
}

function cellOf(name: string, scenario: Scenario, rig: string, it: SimRig | Error, owns: Map<string, SimRig>): Cell {
  if (it instanceof Error) return { scenario: name, rig, why: it.message };
  if (rig === scenario.rig) return { scenario: name, rig };
  const own = owns.get(scenario.rig) ?? loadSimRig(scenario.rig);
  owns.set(scenario.rig, own);
  const why = misfitOf(scenario, own, it);
  return why === undefined ? { scenario: name, rig } : { scenario: name, rig, why };
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
