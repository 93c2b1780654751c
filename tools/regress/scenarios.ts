/** Finds scenarios and planted bugs, as `tsc` built them. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Images } from '../../firmware/runtime/machine/array.js';
import type { Scenario } from '../../firmware/runtime/simulated/scenario.js';
import { packageRoot } from '../../firmware/service/package-root.js';
import { MICROCODE_ROOT } from '../assembler/load-sources.js';
import { type Edit, imagesOfTree } from './microcode-tree.js';
import { isScenarioFile, loadScenarioFile } from './scenario-file.js';

const FOLDER = join(packageRoot(), 'dist', 'test', 'scenarios');

export function scenarioNames(): string[] {
  return readdirSync(FOLDER)
    .filter((f) => f.endsWith('.js'))
    .map((f) => f.slice(0, -3))
    .sort();
}

/** One of the package by name, or one's own by path. Errors: RangeError that says which there are, or what is wrong with the file. */
export async function loadScenario(name: string): Promise<Scenario> {
  if (isScenarioFile(name)) return loadScenarioFile(name);
  const file = join(FOLDER, `${name}.js`);
  if (!/^[\w-]+$/.test(name) || !existsSync(file)) {
    throw new RangeError(
      `no scenario "${name}"; there are ${scenarioNames().join(', ')}; a path to a module of your own has a slash or ends in .js`,
    );
  }
  return ((await import(pathToFileURL(file).href)) as { default: Scenario }).default;
}

/** A bug put into the microcode on purpose, to see that it is found. */
export interface Plant extends Edit {
  readonly name: string;
  readonly help: string;
  /** Where the storm finds it, if not on its own rig. */
  readonly rig?: string;
  /** What finds it sooner than the storm. */
  readonly scenario?: string;
  /** Seldom: the seed of the first storm that is worth a look; absent: 1. */
  readonly from?: number;
}

/**
 * Images assembled from the sources of a tree, the package's if none is named, with a bug when one is. Errors: as
 * `imagesOfTree`: the plant's text must stand in its file once.
 */
export function imagesWith(plant?: Plant, tree = MICROCODE_ROOT): Images {
  try {
    return imagesOfTree(tree, plant ? [plant] : []);
  } catch (error) {
    if (!(plant && error instanceof RangeError)) throw error;
    throw new RangeError(`plant ${plant.name}: ${error.message}`);
  }
}

export async function loadPlant(name: string): Promise<Plant> {
  const file = join(packageRoot(), 'dist', 'test', 'plants.js');
  const { PLANTS } = (await import(pathToFileURL(file).href)) as { PLANTS: readonly Plant[] };
  const plant = PLANTS.find((p) => p.name === name);
  if (!plant) throw new RangeError(`no planted bug "${name}"; there are ${PLANTS.map((p) => p.name).join(', ')}`);
  return plant;
}
