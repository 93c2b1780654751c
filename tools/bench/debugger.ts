/** The debugger of simulated rigs: how fast it steps back in a long run, and what a run costs under it. */
import { loadImages } from '../../firmware/service/microcode.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { openSimulated } from '../debugger/sim-target.js';
import { runScenario } from '../regress/run.js';
import { loadScenario } from '../regress/scenarios.js';
import { type Figure, median } from './figures.js';

const OPERATIONS = 10_000_000;
/** A run that is longer. */
const SCENARIO = 'storm';
const SETTINGS = { load_us: 60_000_000, faults: 2 };
const SEED = 1;
/** Where in it steps are taken: at its end, and where snapshots have thinned out. */
const PLACES = [OPERATIONS, OPERATIONS / 2, OPERATIONS / 10];
const STEPS_EACH = 5;

const seconds = (from_ms: number): number => (performance.now() - from_ms) / 1000;

/** Errors: Error when a step back goes elsewhere than one micro-operation back. */
export async function benchDebugger(): Promise<Figure[]> {
  const target = await openSimulated({ scenario: SCENARIO, seed: SEED, settings: SETTINGS });
  try {
    const from_ms = performance.now();
    const { moment } = await target.resume({ how: 'operation', operations: OPERATIONS });
    const debugged_s = seconds(from_ms);
    const took_s: number[] = [];
    for (const operations of PLACES) {
      await target.resume({ how: 'operation', operations });
      for (let step = 1; step <= STEPS_EACH; step++) {
        const begun_ms = performance.now();
        const stop = await target.resume({ how: 'any', back: true });
        took_s.push(seconds(begun_ms));
        if (stop.moment.operations !== operations - step) throw new Error('a step back went elsewhere');
      }
    }
    const run = `a run of ${OPERATIONS / 1e6} M micro-operations`;
    const plain_s = await plain(moment.step);
    return [
      {
        name: `slowest step back in ${run}`,
        unit: 'a second',
        value: 1 / Math.max(...took_s),
        targets: [{ least: 1 }],
      },
      { name: 'the same, median', unit: 'a second', value: 1 / median(took_s) },
      {
        name: `${run} under the debugger`,
        unit: 'op/s',
        value: OPERATIONS / debugged_s,
        peers: { 'without it': OPERATIONS / plain_s },
        ratios: { 'without it': plain_s / debugged_s },
      },
    ];
  } finally {
    await target.close();
  }
}

/** The same run without one, as many steps of it; how long it takes. */
async function plain(steps: number): Promise<number> {
  const scenario = await loadScenario(SCENARIO);
  const from_ms = performance.now();
  runScenario(scenario, loadSimRig(scenario.rig), loadImages(), SEED, SETTINGS, (sim) => {
    sim.stepsMost = steps;
  });
  return seconds(from_ms);
}
