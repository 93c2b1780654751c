/**
 * What may notice a mutant: unit tests of the microcode, scenarios, storms, small worlds. Each is a function of the images,
 * so that it is enough to run those that run a changed instruction when nothing is changed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Node } from '../../firmware/engine/node.js';
import { PAIR_STATES, type PairState } from '../../firmware/memory/pair-states.js';
import type { Images } from '../../firmware/runtime/machine/array.js';
import { Sim } from '../../firmware/runtime/simulated/sim.js';
import { packageRoot } from '../../firmware/service/package-root.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { runScenario } from '../regress/run.js';
import { loadScenario, scenarioNames } from '../regress/scenarios.js';
import { pairsOf } from '../regress/worlds/states.js';
import { walk } from '../regress/worlds/walk.js';
import { Start } from '../regress/worlds/world.js';

export interface Check {
  readonly name: string;
  /** What it noticed; undefined: nothing. `watch` hears of each node that is made. */
  run(images: Images, watch: (node: Node) => void): Promise<string | undefined>;
}

/** How much of each: what a mutant must get past at most. */
export interface Ladder {
  readonly scenarioSeeds: number;
  /** By rig. */
  readonly storms: Readonly<Record<string, number>>;
  /** By rig: a share 1/N of the worlds, with up to so many events. */
  readonly worlds: Readonly<Record<string, { readonly share: number; readonly events: number }>>;
}

export const USUAL_LADDER: Ladder = {
  scenarioSeeds: 4,
  storms: {
    'two-slots': 40,
    'tiny-pair': 40,
    'tiny-modes': 40,
    'tiny-lists': 40,
    'tiny-links': 40,
    'tiny-formats': 40,
  },
  worlds: { 'tiny-pair': { share: 24, events: 2 }, 'tiny-modes': { share: 40, events: 1 } },
};

/** For a first look, and for a sample in little time. */
export const QUICK_LADDER: Ladder = {
  scenarioSeeds: 1,
  storms: { 'two-slots': 8, 'tiny-pair': 8, 'tiny-modes': 8, 'tiny-lists': 12, 'tiny-links': 8, 'tiny-formats': 12 },
  worlds: { 'tiny-pair': { share: 60, events: 1 } },
};

/** The unit tests, which every ladder has, and nothing that is simulated. */
export const UNIT_LADDER: Ladder = { scenarioSeeds: 0, storms: {}, worlds: {} };

/** Steps of a simulated run at most: more than any takes that comes to rest. */
const STEPS_MOST = 400_000;

const stormRuns = (ladder: Ladder): [string, number][] => Object.entries(ladder.storms);

const watchSim =
  (watch: (node: Node) => void) =>
  (sim: Sim): void => {
    sim.stepsMost = STEPS_MOST;
    for (const array of sim.world.arrays) array.nodes.forEach(watch);
  };

/** Errors: those of loading rigs, scenarios and tests. */
export async function checksOf(ladder: Ladder, original: Images): Promise<Check[]> {
  const checks: Check[] = [...(await unitTests())];
  const add = (name: string, run: Check['run']): void => void checks.push({ name, run });
  const runs: [name: string, rig: string | undefined, seeds: number][] = [
    ...scenarioNames().map((n): [string, undefined, number] => [
      n,
      undefined,
      n === 'storm' ? 0 : ladder.scenarioSeeds,
    ]),
    ...stormRuns(ladder).map(([rig, seeds]): [string, string, number] => ['storm', rig, seeds]),
  ];
  for (const [name, rigName, seeds] of runs) {
    if (seeds === 0) continue;
    const scenario = await loadScenario(name);
    const rig = loadSimRig(rigName ?? scenario.rig);
    // Those that take long would for each mutant.
    for (let seed = 1; seed <= (scenario.seeds === undefined ? seeds : 0); seed++) {
      add(`sim ${name}${rigName === undefined ? '' : ` --rig ${rigName}`} --seed ${seed}`, async (images, watch) => {
        const { violations } = runScenario(scenario, rig, images, seed, {}, watchSim(watch));
        return violations[0]?.text;
      });
    }
  }
  for (const [rigName, { share, events }] of Object.entries(ladder.worlds)) {
    const rig = loadSimRig(rigName);
    for (const pair of pairsOf(new Sim(rig, original, 1))) {
      for (const state of Object.keys(PAIR_STATES) as PairState[]) {
        add(`sim worlds --rig ${rigName} --pair ${pair} --state ${state}`, async (images, watch) => {
          let start: Start;
          try {
            start = new Start(rig, images, 1, pair, state, watchSim(watch));
          } catch (error) {
            return textOf(error);
          }
          const names = rig.arrays.map((a) => a.name);
          return walk(start, { pair, state, events, share, failures: 1 }, names).failures[0]?.violation;
        });
      }
    }
  }
  return checks;
}

export const textOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** An error of TypeScript itself, in the models or in a test: no machine check, and nothing that the checks noticed. */
export const isStumble = (text: string): boolean => /^(TypeError|ReferenceError|SyntaxError|EvalError)\b/.test(text);

interface UnitTest {
  readonly name: string;
  run(images: Images, watch: (node: Node) => void): Promise<void>;
}

const UNIT_TESTS = join(packageRoot(), 'dist/test/harness/collect/unit-tests.js');

/** In the clone they are; the package that is installed elsewhere is without them. */
export const hasUnitTests = (): boolean => existsSync(UNIT_TESTS);

async function unitTests(): Promise<Check[]> {
  if (!hasUnitTests()) return [];
  const module = (await import(pathToFileURL(UNIT_TESTS).href)) as { unitTests(): Promise<UnitTest[]> };
  return (await module.unitTests()).map(({ name, run }) => ({
    name,
    run: (images, watch) =>
      run(images, watch).then(
        () => undefined,
        (error: unknown) => textOf(error),
      ),
  }));
}
