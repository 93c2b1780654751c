import { expectConsistent, expectInconsistent, loadScenario, microcode, rig, run, runSeeds } from 'arraylab/test';
import { expect, test } from 'vitest';
import linkAway from './scenarios/link-away.js';

const twoSites = rig('./rigs/two-sites.json', { pathsFrom: import.meta.url });
/** What is tested: the package's microcode, or a tree of one's own. */
const firmware = process.env.MICROCODE ? microcode({ tree: process.env.MICROCODE }) : microcode();

test.each(['takeover-and-return', 'cut-and-return', 'power-lost-between-status-and-destage'])(
  '%s, on our rig',
  async (name) => {
    expectConsistent(runSeeds(await loadScenario(name), { rig: twoSites, microcode: firmware, seeds: 10 }));
  },
);

test('what was written while the link was away is copied when it is back', () => {
  expectConsistent(runSeeds(linkAway, { microcode: firmware, seeds: 10 }));
});

test('the same seed is the same run, whatever ran before it', () => {
  const first = run(linkAway, { seed: 3 });
  run(linkAway, { seed: 4 });
  expect(run(linkAway, { seed: 3 }).hash).toBe(first.hash);
});

test('firmware that forgets to mark what a host wrote is caught', async () => {
  const forgets = microcode({
    edits: [{ file: 'base/data/write.uc', find: '    flag.set t, volume, #M1_WP|WRITTEN\n', replace: '' }],
  });
  const powerLoss = await loadScenario('power-lost-between-status-and-destage');
  expectInconsistent(runSeeds(powerLoss, { rig: twoSites, microcode: forgets, seeds: 10 }));
});
