/** The checks see: each bug that is planted in the microcode is found by the storm or a scenario, and shrinks to a seed. */
import { describe, expect, test } from 'vitest';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { type RunResult, runScenario, shrink } from '../../tools/regress/run.js';
import { imagesWith, loadScenario } from '../../tools/regress/scenarios.js';
import { PLANTS } from '../plants.js';

const SEEDS = 400;

describe('planted bugs', () => {
  for (const plant of PLANTS) {
    test(`${plant.name}: ${plant.help}: found`, async () => {
      const scenario = await loadScenario(plant.scenario ?? 'storm');
      const rig = loadSimRig(plant.rig ?? scenario.rig);
      const images = imagesWith(plant);
      let found: RunResult | undefined;
      const { from = 1 } = plant;
      for (let seed = from; seed < from + SEEDS && !found; seed++) {
        const result = runScenario(scenario, rig, images, seed);
        if (result.violations.length > 0) found = result;
      }
      expect(found, `none of ${SEEDS} seeds saw it`).toBeDefined();
      const small = shrink(scenario, rig, images, found as RunResult, 24);
      const settings = Object.entries(small.settings).map(([k, v]) => ` --set ${k}=${v}`);
      process.stdout.write(
        `npx arraylab sim ${plant.scenario ?? 'storm'} --seed ${small.seed}${settings.join('')} --plant ${plant.name}\n  ${small.violations[0]?.text.split('\n')[0]}\n`,
      );
      const again = runScenario(scenario, rig, images, small.seed, small.settings);
      expect(again.hash).toBe(small.hash);
      expect(again.violations).toEqual(small.violations);
    }, 120_000);
  }
});
