/** Finds scenarios and planted bugs, as `tsc` built them. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MICROCODED_ROLES } from '../../firmware/ports/messages.js';
import type { Images } from '../../firmware/runtime/machine/array.js';
import type { Scenario } from '../../firmware/runtime/simulated/scenario.js';
import { packageRoot } from '../../firmware/service/package-root.js';
import { assembleRole } from '../assembler/assemble.js';
import { MICROCODE_ROOT, readSources } from '../assembler/load-sources.js';

const FOLDER = join(packageRoot(), 'dist', 'test', 'scenarios');

export function scenarioNames(): string[] {
  return readdirSync(FOLDER)
    .filter((f) => f.endsWith('.js'))
    .map((f) => f.slice(0, -3))
    .sort();
}

/** Errors: RangeError that says which scenarios there are. */
export async function loadScenario(name: string): Promise<Scenario> {
  const file = join(FOLDER, `${name}.js`);
  if (!/^[\w-]+$/.test(name) || !existsSync(file)) {
    throw new RangeError(`no scenario "${name}"; there are ${scenarioNames().join(', ')}`);
  }
  return ((await import(pathToFileURL(file).href)) as { default: Scenario }).default;
}

/** A bug put into the microcode on purpose, to see that it is found. */
export interface Plant {
  readonly name: string;
  readonly help: string;
  /** Where the storm finds it, if not on its own rig. */
  readonly rig?: string;
  /** Below microcode/. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Images assembled from the sources, with a bug when one is named. Errors: the plant's text must stand in its file once. */
export function imagesWith(plant?: Plant): Images {
  const images: Record<string, Images[keyof Images]> = {};
  let planted = plant === undefined;
  for (const role of MICROCODED_ROLES) {
    const sources = readSources(MICROCODE_ROOT, role).map((s) => {
      if (!plant || s.path !== `microcode/${plant.file}`) return s;
      if (s.text.split(plant.find).length !== 2)
        throw new RangeError(`plant ${plant.name}: its text does not stand in ${s.path} exactly once`);
      planted = true;
      return { ...s, text: s.text.replace(plant.find, plant.replace) };
    });
    images[role] = assembleRole(role, sources);
  }
  if (!planted) throw new RangeError(`plant ${plant?.name}: there is no ${plant?.file}`);
  return images;
}

export async function loadPlant(name: string): Promise<Plant> {
  const file = join(packageRoot(), 'dist', 'test', 'plants.js');
  const { PLANTS } = (await import(pathToFileURL(file).href)) as { PLANTS: readonly Plant[] };
  const plant = PLANTS.find((p) => p.name === name);
  if (!plant) throw new RangeError(`no planted bug "${name}"; there are ${PLANTS.map((p) => p.name).join(', ')}`);
  return plant;
}
