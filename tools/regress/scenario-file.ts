/** A scenario of one's own: the default export of a module, named by its path. */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Scenario } from '../../firmware/runtime/simulated/scenario.js';

/** As everywhere: what has a slash or the ending of a file is a path, anything else a name. */
export const isScenarioFile = (nameOrPath: string): boolean => /[/\\]|\.[cm]?[jt]s$/.test(nameOrPath);

const isRigFile = (nameOrPath: string): boolean => /[/\\]/.test(nameOrPath) || nameOrPath.endsWith('.json');

/** The rig that a file refers to: a path is relative to the folder of that file; a name stays one. */
export const rigBeside = (folder: string, nameOrPath: string): string =>
  isRigFile(nameOrPath) ? resolve(folder, nameOrPath) : nameOrPath;

/** A path as people type it here: relative to the current folder, and never to be mistaken for a name. */
export function asTyped(path: string): string {
  const from = relative('', resolve(path));
  return /^(\.\.|\/|[A-Za-z]:)/.test(from) ? from : `./${from}`;
}

const RIGHT = 'its default export must be a scenario: export default scenario({ help, rig, run })';

/** Errors: RangeError that names the file and what is wrong with it. */
export async function loadScenarioFile(path: string): Promise<Scenario> {
  const file = resolve(path);
  if (!existsSync(file)) throw new RangeError(`${path}: there is no such file`);
  const made: unknown = (await importFile(path, file)).default;
  if (typeof made !== 'object' || made === null) throw new RangeError(`${path}: ${RIGHT}`);
  const { help, rig, run, settings, others } = made as Record<keyof Scenario, unknown>;
  if (typeof help !== 'string') throw new RangeError(`${path}: help is ${kind(help)}, not a sentence; ${RIGHT}`);
  if (typeof run !== 'function') throw new RangeError(`${path}: run is ${kind(run)}, not a function; ${RIGHT}`);
  if (typeof rig !== 'string')
    throw new RangeError(`${path}: rig is ${kind(rig)}; it must be the name of a rig, or a path to its file`);
  if (settings !== undefined && (typeof settings !== 'object' || settings === null))
    throw new RangeError(`${path}: settings is ${kind(settings)}; it must be an object of numbers`);
  for (const [name, value] of Object.entries(settings ?? {}))
    if (typeof value !== 'number')
      throw new RangeError(`${path}: settings.${name} is ${kind(value)}; it must be a number`);
  if (others !== undefined && typeof others !== 'function')
    throw new RangeError(`${path}: others is ${kind(others)}, not a function`);
  // Told as the scenario was: people see it in reports.
  const beside = rigBeside(dirname(file), rig);
  return {
    ...(made as Scenario),
    run: atOnce(made as Scenario),
    rig: isRigFile(rig) && !isAbsolute(path) ? asTyped(beside) : beside,
  };
}

/** The script of a scenario; an async one is refused, as it would run when the run is over. Errors: TypeError. */
export function atOnce(from: Pick<Scenario, 'run'>): Scenario['run'] {
  return (sim, settings) => {
    const ended: unknown = from.run(sim, settings);
    if (!(ended instanceof Promise)) return;
    // What it is rejected with is of no interest.
    ended.catch(() => {});
    throw new TypeError(
      'run is async: a run waits for virtual time only (sim.wait_us, sim.until), never for a promise',
    );
  };
}

const kind = (value: unknown): string => (value === undefined ? 'missing' : `of type ${typeof value}`);

async function importFile(path: string, file: string): Promise<{ default?: unknown }> {
  try {
    return (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
      throw new RangeError(
        `${path}: Node ${process.versions.node} does not import TypeScript; Node 22.18 and newer do, and .js and .mjs every Node does`,
      );
    throw new RangeError(`${path}: ${message ?? String(error)}`);
  }
}
