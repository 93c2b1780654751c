/** Runs of the simulator with their traces, in a folder of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Images } from '../../../firmware/runtime/machine/array.js';
import { readTraceFile, type TraceFile } from '../../../firmware/service/dump/trace-file.js';
import { loadSimRig } from '../../../firmware/service/sim-rig.js';
import { Recording } from '../../../tools/cli/sim/recording.js';
import { type RunResult, runScenario } from '../../../tools/regress/run.js';
import { loadScenario } from '../../../tools/regress/scenarios.js';
import { IMAGES } from '../../simulated/helpers.js';

export const folder = mkdtempSync(join(tmpdir(), 'arraylab-trace-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export interface TracedRun {
  readonly path: string;
  readonly result: RunResult;
  readonly trace: TraceFile;
}

let files = 0;
/** Filled many times by a run of which all is kept. */
const SMALL = 64;

/** @param records of each director that are kept; undefined: all. */
export async function tracedRun(
  name: string,
  seed: number,
  records?: number,
  images: Images = IMAGES,
): Promise<TracedRun> {
  const path = join(folder, `${files++}.altrace`);
  const scenario = await loadScenario(name);
  const keeps = { records: records ?? SMALL, isAll: records === undefined };
  const recording = new Recording(path, loadSimRig(scenario.rig), keeps, {
    scenario: name,
    seed,
    command: 'as told',
  });
  const result = runScenario(scenario, recording.rig, images, seed, {}, recording.begin);
  recording.end(result);
  return { path, result, trace: readTraceFile(path) };
}
