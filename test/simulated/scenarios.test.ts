/** Every scenario, on several seeds. A failure prints the command that repeats it. */
import { describe, expect, test } from 'vitest';
import { loadScenario, scenarioNames } from '../../tools/regress/scenarios.js';
import { failures } from './helpers.js';

const SEEDS = 40;

for (const name of scenarioNames()) {
  const { help, seeds = SEEDS } = await loadScenario(name);
  describe(name, () => {
    test(`${help} (${seeds} seeds)`, async () => {
      expect(await failures(name, 1, seeds)).toEqual([]);
    });
  });
}
