/** Dumps of a regression's failures: of each kind the shortest run that was found, made once more. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { dumpRun } from '../dump/dumping.js';
import { KINDS_MOST, type Kind } from './campaign.js';
import { type ImagesFrom, imagesFrom } from './images.js';
import type { RunResult } from './run.js';
import { loadScenario } from './scenarios.js';

/** The folder is made if it is missing. Errors: Error that names it. */
export function checkFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new Error(`${folder || '--dump ""'}: ${(error as Error).message}`);
  }
}

/** Part of a file's name. */
const plain = (text: string): string => text.replaceAll(/[^\w.-]+/g, '-').replace(/^-+/, '');

/**
 * One file for each of the first kinds; a line for each, as it is written. A run that hung has none. Errors: none; what could
 * not be done is a line too.
 */
export async function* takeDumps(
  kinds: readonly Kind[],
  from: ImagesFrom,
  folder: string,
  commandOf: (scenario: string, rig: string, result: RunResult) => string,
): AsyncGenerator<string> {
  const images = await imagesFrom(from);
  const names = new Set<string>();
  for (const { scenario, rig, failed: found, shrunk: failed = found } of kinds.slice(0, KINDS_MOST)) {
    if (failed.steps === 0) continue;
    const run = { scenario, seed: failed.seed, command: commandOf(scenario, rig, failed) };
    let name = `${plain(scenario)}-${plain(rig)}-${failed.seed}`;
    for (let n = 2; names.has(name); n++) name = `${plain(scenario)}-${plain(rig)}-${failed.seed}-${n}`;
    names.add(name);
    const path = join(folder, `${name}.aldump`);
    try {
      dumpRun({ scenario: await loadScenario(scenario), rig: loadSimRig(rig), images, failed, run, path });
      yield `${path}: ${failed.violations[0]?.text}`;
    } catch (error) {
      yield (error as Error).message;
    }
  }
}
