/** Whatever the microcode does, all that a power loss must leave is marked for the battery's log. */
import { expect, test } from 'vitest';
import { BatteryMarks } from '../../firmware/memory/battery-marks.js';
import { attach } from '../../firmware/memory/layout.js';
import { ArrayTables } from '../../firmware/runtime/machine/tables.js';
import { Sim } from '../../firmware/runtime/simulated/sim.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { loadScenario } from '../../tools/regress/scenarios.js';
import { batteryPrint, copyMarked } from '../harness/battery.js';
import { IMAGES } from './helpers.js';

const SEEDS = 6;
const LOOK_EVERY = 17;
const BATCH_STEPS_MAX = 6;

/** Steps of a storm after which a copy that is kept by marks alone was not what the memory was. */
async function differences(rigName: string, seed: number): Promise<string[]> {
  const scenario = await loadScenario('storm');
  const plain = loadSimRig(rigName);
  const marks = plain.arrays.map((config) => new BatteryMarks(ArrayTables.layoutFor(config)));
  const sim = new Sim({ ...plain, marksOf: (array) => marks[array] }, IMAGES, seed);
  const { world } = sim;
  const copies = world.arrays.map(({ memory: { layout, m } }) => {
    const copy = attach(layout, new SharedArrayBuffer(layout.bytes));
    copy.m.set(m);
    return copy;
  });
  for (const [a, { memory }] of world.arrays.entries()) {
    marks[a].onFull = () => copyMarked(marks[a], memory.m, copies[a].m);
  }
  const found: string[] = [];
  const step = world.step.bind(world);
  let steps = 0;
  let batches = 0;
  world.step = () => {
    const did = step();
    steps += 1;
    for (const [a, { memory }] of world.arrays.entries()) {
      const identity = memory.layout.base.battery;
      // The array was replaced by another one.
      if (memory.m[identity] !== copies[a].m[identity]) copies[a].m.set(memory.m);
      // As a director's log does: what several of its roles did, in one batch.
      if (steps % (1 + (seed % BATCH_STEPS_MAX)) !== 0) continue;
      copyMarked(marks[a], memory.m, copies[a].m);
      if (++batches % LOOK_EVERY === 0 && found.length === 0 && batteryPrint(memory) !== batteryPrint(copies[a])) {
        found.push(`${rigName}, seed ${seed}, step ${steps}: array ${a}`);
      }
    }
    return did;
  };
  scenario.run(sim, scenario.settings ?? {});
  expect(sim.violations).toEqual([]);
  expect(steps).toBeGreaterThan(1000);
  return found;
}

for (const rig of ['tiny-pair', 'two-slots', 'tiny-modes', 'tiny-lists']) {
  test(`a copy that is kept by marks alone is the battery memory, through ${SEEDS} storms on ${rig}`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) expect(await differences(rig, seed)).toEqual([]);
  }, 60_000);
}
