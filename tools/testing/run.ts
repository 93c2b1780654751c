/** Runs of a scenario: each a pure function of (scenario, rig, seed, settings, faults, microcode). */
import type { Images } from '../../firmware/runtime/machine/array.js';
import { type Scenario, SETTING_MOST, type Settings } from '../../firmware/runtime/simulated/scenario.js';
import type { SimRig } from '../../firmware/runtime/simulated/world-plan.js';
import { linkRecipes, loadImages } from '../../firmware/service/microcode.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { repeatCommand } from '../regress/repeat.js';
import { type RunResult as Ran, runScenario } from '../regress/run.js';
import { asTyped } from '../regress/scenario-file.js';
import { type Microcode, microcode } from './microcode.js';
import { type Rig, rig as readRig } from './rig.js';
import { nameOf } from './scenario.js';

export interface RunOptions {
  /** Everything that is left to chance follows from it. A whole number from 0 on; default 1. */
  readonly seed?: number;
  /** Instead of the scenario's own: a name, a path from the current folder, or what `rig()` gave. */
  readonly rig?: string | Rig;
  /** Some of the scenario's settings. */
  readonly settings?: Settings;
  /** Instead of the package's own: a tree from the current folder, or what `microcode()` gave. */
  readonly microcode?: string | Microcode;
  /** What goes wrong, and when, as `sim --fault` has it. */
  readonly faults?: readonly string[];
}

export interface SeedsOptions extends RunOptions {
  /** How many, from `seed` on. */
  readonly seeds: number;
}

export interface RunResult extends Ran {
  /** The scenario's sentence. */
  readonly help: string;
  readonly rig: string;
  /** The command that repeats the run, or, where there is none, the call that does. */
  readonly repeat: string;
}

/**
 * One run. What goes wrong in it is in `violations`, and never thrown: `expectConsistent` throws.
 * Errors: for options that cannot be: RangeError, and those of `rig()` and `microcode()`.
 */
export function run(scenario: Scenario, options: RunOptions = {}): RunResult {
  return prepared(scenario, options)(wholeNumber('seed', options.seed ?? 1, 0));
}

/** Runs of `seeds` seeds, up to and with the first that has a violation. Errors: as `run`. */
export function runSeeds(scenario: Scenario, options: SeedsOptions): readonly RunResult[] {
  const first = wholeNumber('seed', options.seed ?? 1, 0);
  const end = first + wholeNumber('seeds', options.seeds, 1);
  const runSeed = prepared(scenario, options);
  const results: RunResult[] = [];
  for (let seed = first; seed < end && !results.at(-1)?.violations.length; seed++) results.push(runSeed(seed));
  return results;
}

let own: Images | undefined;

/** Reads and checks everything once, for as many seeds as wanted. */
function prepared(scenario: Scenario, options: RunOptions): (seed: number) => RunResult {
  const { settings = {}, faults = [] } = options;
  const known = Object.keys(scenario.settings ?? {});
  for (const [name, value] of Object.entries(settings)) {
    if (!known.includes(name))
      throw new RangeError(`settings.${name}: the scenario has the settings ${known.join(', ') || 'none'}`);
    wholeNumber(`settings.${name}`, value, 0, SETTING_MOST);
  }
  const rig: Rig = typeof options.rig === 'string' ? readRig(options.rig) : (options.rig ?? loadSimRig(scenario.rig));
  const code = typeof options.microcode === 'string' ? microcode({ tree: options.microcode }) : options.microcode;
  own ??= loadImages();
  const images = code?.images ?? own;
  // An edit may be a bug that is just that: what another module needs is not done.
  if (!code?.edits.length) linkRecipes(images, rig.arrays);
  return (seed) => {
    const ran = runScenario(scenario, rig, images, seed, settings, undefined, { faults });
    return { ...ran, help: scenario.help, rig: rig.name, repeat: repeatOf(scenario, options, rig, code, seed) };
  };
}

function repeatOf(
  scenario: Scenario,
  options: RunOptions,
  rig: Rig,
  code: Microcode | undefined,
  seed: number,
): string {
  const name = nameOf(scenario);
  const { settings } = options;
  const ownRig = options.rig === undefined;
  const canBeNamed = (ownRig || rig.reference !== undefined) && !code?.edits.length;
  const tree = code?.tree === undefined ? undefined : asTyped(code.tree);
  if (name !== undefined && canBeNamed)
    return repeatCommand({
      scenario: name,
      rig: ownRig ? undefined : referenceOf(rig),
      seed,
      settings,
      microcode: tree,
      faults: options.faults,
    });
  const words = [`seed: ${seed}`];
  if (!ownRig) words.push(rig.reference === undefined ? `rig: (${rig.name})` : `rig: '${referenceOf(rig)}'`);
  if (settings && Object.keys(settings).length > 0) words.push(`settings: ${JSON.stringify(settings)}`);
  if (options.faults?.length) words.push(`faults: ${JSON.stringify(options.faults)}`);
  if (code)
    words.push(
      `microcode: (${tree ?? 'of the package'}${code.edits.length > 0 ? `, ${code.edits.length} edits` : ''})`,
    );
  return `run(scenario, { ${words.join(', ')} })`;
}

function referenceOf({ reference }: Rig): string | undefined {
  return reference?.endsWith('.json') ? asTyped(reference) : reference;
}

function wholeNumber(name: string, value: number, least: number, most?: number): number {
  if (!Number.isSafeInteger(value) || value < least || (most !== undefined && value > most))
    throw new RangeError(
      `${name} is ${value}; a whole number from ${least}${most === undefined ? '' : ` to ${most}`} is wanted`,
    );
  return value;
}

export type { Microcode, Rig, SimRig };
