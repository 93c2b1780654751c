/**
 * `arraylab/test`: simulated arrays in a test suite of one's own, in vitest, node:test or any other runner.
 *
 *     import { expectConsistent, loadScenario, rig, runSeeds } from 'arraylab/test';
 *
 *     const mine = rig('./my-rig.json', { pathsFrom: import.meta.url });
 *     const takeover = await loadScenario('takeover-and-return');
 *
 *     test('a takeover loses nothing', () => {
 *       expectConsistent(runSeeds(takeover, { rig: mine, seeds: 20 }));
 *     });
 *
 * Runs share nothing: any number in one process, in any order, give what each gives alone.
 */
export { COMMAND_OP, PAIR_ROLE, PAIR_STATE, RESULT } from '../../firmware/memory/constants.js';
export { begin, finish, type Scenario, type Settings } from '../../firmware/runtime/simulated/scenario.js';
export type { Load, PairCommand, Sim, Violation } from '../../firmware/runtime/simulated/sim.js';
export type { Edit } from '../regress/microcode-tree.js';
export { scenarioNames } from '../regress/scenarios.js';
export { expectConsistent, expectInconsistent, InconsistentRun } from './expect.js';
export { type Microcode, type MicrocodeOptions, microcode } from './microcode.js';
export { type Rig, type RigDocument, type RigOptions, rig } from './rig.js';
export { type RunOptions, type RunResult, run, runSeeds, type SeedsOptions } from './run.js';
export { loadScenario, type ScenarioText, scenario } from './scenario.js';
