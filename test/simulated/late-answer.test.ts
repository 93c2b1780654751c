/**
 * Tokens of tasks begin anew with the power of their array, and the other array may still work for a request of before.
 * Drives are slow here, so that it does when this one has booted and asks something else under the same token.
 */
import { expect, test } from 'vitest';
import { COMMAND_OP, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish } from '../../firmware/runtime/simulated/scenario.js';
import { Sim } from '../../firmware/runtime/simulated/sim.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { IMAGES, mapAll } from './helpers.js';

/** Longer than a power loss, a boot and a new session take together. */
const DRIVES = { least_us: 20_000, spread_us: 0 };
const SEEDS = [1, 2, 3, 4, 5];

test.each(SEEDS)('a question gets its own answer, not that of a write of before the power loss (seed %i)', (seed) => {
  const rig = { ...loadSimRig('tiny-pair'), drives: DRIVES };
  const sim = new Sim(rig, IMAGES, seed);
  const [a] = sim.world.arrays;
  const dims = rig.arrays[1]?.dims;
  const perTrack = dims?.sectorsPerTrack ?? 1;
  // One less than the remote role of B has tasks for A's requests: after the power loss A brings a track of these anew,
  // and the operator's question waits behind it.
  const held = (dims?.tasks[1] ?? 2) - 1;
  begin(sim);
  mapAll(sim);
  for (let i = 0; i < held; i++) sim.start(i, COMMAND_OP.OP_READ, 'B:data0', i * perTrack, 1);
  sim.wait_us(50);
  for (let i = 0; i < held; i++) sim.start(i, COMMAND_OP.OP_WRITE, 'A:data0', i * perTrack, perTrack);
  sim.until('B works for all of them', () => sim.world.link?.unanswered(1) === held);
  sim.crash('A');
  sim.powerOn('A');
  sim.until('the session is open again', () => a?.get('session', 'open', 0) !== 0);
  sim.until('B works for one more', () => sim.world.link?.unanswered(1) === held + 1);
  const asked_us = sim.time_us;
  const { result } = sim.operator('A:work0', 'FAILOVER');
  expect(sim.violations).toEqual([]);
  expect(result).toBe(RESULT.OK);
  expect(sim.time_us - asked_us, 'the question waited for the reads of B').toBeGreaterThan(DRIVES.least_us / 2);
  finish(sim);
  expect(sim.violations).toEqual([]);
  expect([0, 1].map((end) => sim.world.link?.unanswered(end))).toEqual([0, 0]);
});
