/** A simulated run is a function of (rig, scenario, seed): all of it is in memory. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { begin } from '../../firmware/runtime/simulated/scenario.js';
import { Sim } from '../../firmware/runtime/simulated/sim.js';
import { packageRoot } from '../../firmware/service/package-root.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { runScenario } from '../../tools/regress/run.js';
import { loadScenario } from '../../tools/regress/scenarios.js';
import { IMAGES, newSim } from './helpers.js';

/** Steps a loaded pair; `between` is done between any two steps. */
function run(
  seed: number,
  steps: number,
  between: (sim: Sim, step: number) => Sim = (sim) => sim,
  rig = 'tiny-pair',
): string {
  let sim = newSim(rig, seed);
  begin(sim);
  sim.scsi.share(8);
  sim.load_us(30_000, { readsOf16: 5 });
  for (let i = 0; i < steps; i++) {
    sim.world.step();
    sim = between(sim, i);
  }
  expect(sim.violations).toEqual([]);
  return sim.world.hash;
}

test('the same seed gives the same trace, another seed another', () => {
  expect(run(5, 4_000)).toBe(run(5, 4_000));
  expect(run(5, 4_000)).not.toBe(run(6, 4_000));
});

test('amnesia: every object of the machine is thrown away between any two steps, and the trace is the same', () => {
  const forget = (sim: Sim): Sim => {
    sim.reattach();
    return sim;
  };
  expect(run(7, 600, forget)).toBe(run(7, 600));
  expect(run(7, 600, forget, 'tiny-journal')).toBe(run(7, 600, undefined, 'tiny-journal'));
  expect(run(7, 600, forget, 'tiny-scsi')).toBe(run(7, 600, undefined, 'tiny-scsi'));
});

test('a snapshot taken in the middle of an I/O goes on like the run that it was taken from', () => {
  const copy = (sim: Sim, step: number): Sim => (step % 500 === 250 ? Sim.restore(sim, sim.snapshot()) : sim);
  expect(run(8, 3_000, copy)).toBe(run(8, 3_000));
  expect(run(8, 3_000, copy, 'tiny-scsi')).toBe(run(8, 3_000, undefined, 'tiny-scsi'));
});

test('a run in another process, after other runs, has the trace that it has here', async () => {
  const scenario = await loadScenario('storm');
  const here = [3, 4, 5].map((seed) => runScenario(scenario, loadSimRig(scenario.rig), IMAGES, seed).hash);
  const cli = join(packageRoot(), 'dist/tools/cli/main.js');
  const there = [5, 4, 3].map((seed) =>
    execFileSync(process.execPath, [cli, 'sim', 'storm', '--seed', String(seed)], { encoding: 'utf8' })
      .trim()
      .split(' ')
      .at(-1),
  );
  expect(there.reverse()).toEqual(here);
});
