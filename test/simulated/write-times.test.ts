/**
 * What a write takes in virtual time, at the host port, with real microcode: 0.25 ms alone, 0.35 ms mirrored at 0 km, and
 * a millisecond more for each 100 km and round trip (HP P6000 Continuous Access guide, p. 16).
 */
import { describe, expect, it, test } from 'vitest';
import type { ModelLink } from '../../adapters/link/model/links.js';
import { LinkKind } from '../../adapters/link/model/wires.js';
import { COMMAND_OP } from '../../firmware/memory/constants.js';
import { begin } from '../../firmware/runtime/simulated/scenario.js';
import { Sim } from '../../firmware/runtime/simulated/sim.js';
import type { SimRig } from '../../firmware/runtime/simulated/world-plan.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { runScenario } from '../../tools/regress/run.js';
import { loadScenario } from '../../tools/regress/scenarios.js';
import { IMAGES } from './helpers.js';

const RIG = loadSimRig('hundred-km');
const [LINK] = RIG.links as [ModelLink];
const KIND = LINK.model as LinkKind;

/** The rig at another distance. */
const at = (km: number, round_trips_per_write = 1): SimRig => ({
  ...RIG,
  links: [{ ...LINK, model: new LinkKind({ ...KIND.profile, round_trips_per_write }, km) }],
});

function booted(rig: SimRig, seed: number): Sim {
  const sim = new Sim(rig, IMAGES, seed);
  begin(sim);
  sim.rest();
  return sim;
}

/** Of a write of one block, in ms: each seed, each block. */
function times_ms(rig: SimRig, volume: string): number[] {
  return [1, 2, 3].flatMap((seed) => {
    const sim = booted(rig, seed);
    const times = [0, 1, 2, 0].map((lba) => {
      const from = sim.world.events.now_ns();
      sim.write(volume, lba);
      const took = sim.world.events.now_ns() - from;
      sim.rest();
      return took / 1e6;
    });
    expect(sim.violations).toEqual([]);
    return times;
  });
}

describe('a write of one block takes', () => {
  it.each([
    ['alone', RIG, 'A:local0', 0.25],
    ['mirrored at 0 km', at(0), 'A:data0', 0.35],
    ['mirrored at 50 km', at(50), 'A:data0', 0.85],
    ['mirrored at 100 km', RIG, 'A:data0', 1.35],
    ['mirrored at 100 km with two round trips', at(100, 2), 'A:data0', 2.35],
  ] as const)('%s: within 2 %% of its figure', (_, rig, volume, ms) => {
    for (const time of times_ms(rig, volume)) expect(Math.abs(time / ms - 1)).toBeLessThan(0.02);
  });

  it('a millisecond more at 100 km than at 0 km, to the nanosecond', () => {
    const [near, far] = [at(0), RIG].map((rig) => times_ms(rig, 'A:data0')[0] ?? 0);
    expect(Math.round((far - near) * 1e6)).toBe(1_000_000);
  });
});

test('an answer does not wait for the handshake of a write that goes the same way', () => {
  const sim = booted(at(100, 2), 1);
  const from = sim.world.events.now_ns();
  sim.start(0, COMMAND_OP.OP_WRITE, 'A:data0', 0, 1);
  sim.wait_us(1000);
  sim.start(0, COMMAND_OP.OP_WRITE, 'B:work0', 0, 1);
  sim.until('the first ends', () => !sim.world.hosts[0]?.busy(0));
  expect(Math.abs((sim.world.events.now_ns() - from) / 1e6 / 2.35 - 1)).toBeLessThan(0.02);
});

test('two writes at once do not take twice as long, and not as long as one: a channel serves one command after the other', () => {
  const sim = booted(RIG, 1);
  const from = sim.world.events.now_ns();
  for (const host of [0, 1]) sim.start(host, COMMAND_OP.OP_WRITE, 'A:local0', host, 1);
  sim.until('both end', () => [0, 1].every((host) => !sim.world.hosts[0]?.busy(host)));
  const both = (sim.world.events.now_ns() - from) / 1e6;
  expect(both).toBeGreaterThan(0.25 + 0.2);
  expect(both).toBeLessThan(0.25 * 2);
});

function run(rig: SimRig, seed: number, steps: number, between: (sim: Sim, step: number) => Sim): string {
  let sim = new Sim(rig, IMAGES, seed);
  begin(sim);
  sim.load_us(30_000, { readsOf16: 5 });
  for (let i = 0; i < steps; i++) {
    sim.world.step();
    sim = between(sim, i);
  }
  expect(sim.violations).toEqual([]);
  return sim.world.hash;
}

/** A window and losses, so that links have all the state that they can have. */
const LOSSY: SimRig = {
  ...RIG,
  links: [
    { ...LINK, model: new LinkKind({ ...KIND.profile, window_bytes: 4096, loss_ratio: [1, 20], spread_us: 7 }, 20) },
  ],
};

test('what directors and wires are doing is in memory: objects are thrown away between steps, and the trace is the same', () => {
  const forget = (sim: Sim): Sim => {
    sim.reattach();
    return sim;
  };
  expect(run(LOSSY, 7, 800, forget)).toBe(run(LOSSY, 7, 800, (sim) => sim));
});

test('a snapshot goes on like the run that it was taken from', () => {
  const copy = (sim: Sim, step: number): Sim => (step % 500 === 250 ? Sim.restore(sim, sim.snapshot()) : sim);
  expect(run(LOSSY, 8, 3_000, copy)).toBe(run(LOSSY, 8, 3_000, (sim) => sim));
});

test.each([
  ['at 100 km', RIG],
  ['over a link that loses frames', LOSSY],
])('storms %s violate nothing', async (_, rig) => {
  const scenario = await loadScenario('storm');
  for (let seed = 1; seed <= 6; seed++) {
    const { violations } = runScenario(scenario, rig, IMAGES, seed);
    expect(violations[0]?.text, `seed ${seed}`).toBeUndefined();
  }
});
