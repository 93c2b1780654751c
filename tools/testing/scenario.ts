/** Scenarios for a test suite: one's own, and those of the package. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Images } from '../../firmware/runtime/machine/array.js';
import type { Scenario, Settings } from '../../firmware/runtime/simulated/scenario.js';
import type { Sim } from '../../firmware/runtime/simulated/sim.js';
import type { SimRig } from '../../firmware/runtime/simulated/world-plan.js';
import { asTyped, atOnce, isScenarioFile, rigBeside } from '../regress/scenario-file.js';
import { loadScenario as load } from '../regress/scenarios.js';

export interface ScenarioText {
  /** One sentence: what the user of an array gets. */
  readonly help: string;
  /** The rig that it is written for: a name, or a path to its file. Another may be given for a run. */
  readonly rig: string;
  /**
   * The module whose default export the scenario is: `import.meta.url`. Then a path to a rig is relative to that file, and
   * a failure prints a command that repeats it. Without it, a path is relative to the current folder.
   */
  readonly file?: string | URL;
  /** Numbers that a run may be given, and what they are when none is given. */
  readonly settings?: Settings;
  /** What its script changes microcode for (`sim.changeMicrocode`). */
  others?(images: Images): Images;
  /** Why `arraylab regress` does not run it on another rig; undefined: it does. Absent: that rig must have the volumes of its own. */
  misfit?(rig: SimRig): string | undefined;
  /** Its script counts on times, or on few cache slots: it is not run on rigs that have others. */
  readonly usualTimes?: boolean;
  readonly usualCaches?: boolean;
  /**
   * The script: lets hosts work, takes things away, says with `sim.expect` what it expects. It is not async: nothing in a
   * run waits for the real world.
   */
  run(sim: Sim, settings: Settings): void;
}

/** What `arraylab sim` calls a scenario, for those that it can find. */
const names = new WeakMap<Scenario, string>();

/** As `arraylab sim` is to be told from the current folder; undefined for a scenario that it cannot find, or not read. */
export function nameOf(scenario: Scenario): string | undefined {
  const name = names.get(scenario);
  if (name !== undefined && /ts$/.test(name) && isScenarioFile(name) && !readsTypeScript()) return undefined;
  return name !== undefined && isScenarioFile(name) ? asTyped(name) : name;
}

const RIGHT = 'scenario({ help, rig, run })';

/** Errors: TypeError that names the field. */
export function scenario(text: ScenarioText): Scenario {
  const { help, rig, file, settings, others, misfit, usualTimes, usualCaches, run } = text;
  if (typeof help !== 'string') throw new TypeError(`help is ${typeof help}; it must be a sentence: ${RIGHT}`);
  if (typeof run !== 'function') throw new TypeError(`run is ${typeof run}; it must be a function: ${RIGHT}`);
  if (typeof rig !== 'string') throw new TypeError(`rig is ${typeof rig}; it must be a name or a path: ${RIGHT}`);
  for (const [name, value] of Object.entries(settings ?? {}))
    if (typeof value !== 'number') throw new TypeError(`settings.${name} is ${typeof value}; it must be a number`);
  const path = file === undefined ? undefined : pathOf(file);
  const folder = path === undefined ? '.' : dirname(path);
  const made: Scenario = {
    help,
    rig: rigBeside(folder, rig),
    ...(settings && { settings }),
    ...(others && { others: (images: Images) => others(images) }),
    ...(usualTimes && { usualTimes }),
    ...(usualCaches && { usualCaches }),
    ...(misfit && { misfit: (other: SimRig) => misfit(other) }),
    run: atOnce(text),
  };
  if (path !== undefined) names.set(made, path);
  return made;
}

/** Node 22.18 and newer do. */
const readsTypeScript = (): boolean => Boolean((process.features as { typescript?: unknown }).typescript);

function pathOf(file: string | URL): string {
  if (typeof file === 'string' && !file.startsWith('file:')) return file;
  return fileURLToPath(file);
}

/**
 * A scenario of the package by name, or one of one's own by the path of its module, relative to the current folder.
 * Errors: RangeError that says which there are, or what is wrong with the file.
 */
export async function loadScenario(nameOrPath: string): Promise<Scenario> {
  const made = await load(nameOrPath);
  names.set(made, nameOrPath);
  return made;
}
