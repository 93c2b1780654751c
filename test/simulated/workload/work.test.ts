/** Workloads at work on a simulated pair. */
import { describe, expect, test } from 'vitest';
import { MARK_AT } from '../../../adapters/channel/workload/hosts.js';
import type { ArrayConfig } from '../../../firmware/runtime/machine/config.js';
import { sectorWords, slotMap } from '../../../firmware/runtime/simulated/inspect.js';
import { begin, finish } from '../../../firmware/runtime/simulated/scenario.js';
import type { Sim } from '../../../firmware/runtime/simulated/sim.js';
import { CHAINS_MAX, markOf } from '../../../firmware/runtime/simulated/workload/chains.js';
import type { Workload } from '../../../firmware/runtime/simulated/workload/description.js';
import { DEPENDENT_WRITES, MAINFRAME, OLTP, SPC_1 } from '../../../firmware/runtime/simulated/workload/workloads.js';
import { hostsOf } from '../../../firmware/runtime/simulated/world-plan.js';
import { newSim } from '../helpers.js';

const at = (rate_per_s: number): Workload => ({ ...OLTP, arrivals: { kind: 'open', rate_per_s } });

/** OLTP and dependent writes together; `between` is done after every `every` steps. */
function run(between: (sim: Sim) => Sim = (sim) => sim, every = 1): string {
  let sim = newSim('tiny-links', 5);
  begin(sim);
  sim.workload(at(2000), { volumes: ['A:local0'], us: 20_000 });
  sim.workload(DEPENDENT_WRITES, { volumes: ['A:data0'], us: 20_000 });
  for (let i = 0; i < 1000; i++) {
    sim.world.step();
    if (i % every === 0) sim = between(sim);
  }
  sim.worked();
  finish(sim);
  expect(sim.violations).toEqual([]);
  return sim.world.hash + JSON.stringify(sim.responses);
}

test('amnesia: every object is thrown away between any two steps, and the run is the same', () => {
  expect(
    run((sim) => {
      sim.reattach();
      return sim;
    }),
  ).toBe(run());
});

test('what goes on from a snapshot goes on like the run that it was taken from', async () => {
  const { Sim: Class } = await import('../../../firmware/runtime/simulated/sim.js');
  expect(run((sim) => Class.restore(sim, sim.snapshot()), 500)).toBe(run());
});

test('requests come whether or not hosts are free: those that wait make the response longer', () => {
  const means = [500, 50_000].map((rate) => {
    const sim = newSim('tiny-pair', 3);
    begin(sim);
    sim.workload(at(rate), { volumes: ['A:data0'], us: 20_000 });
    sim.worked();
    expect(sim.violations).toEqual([]);
    const [{ reads, writes }] = sim.responses;
    const n = reads.count + writes.count;
    // 20 ms at the rate: a Poisson count, within four standard deviations.
    expect(Math.abs(n - rate / 50)).toBeLessThan(4 * Math.sqrt(rate / 50) + 1);
    return writes.mean_us;
  });
  expect(means[1]).toBeGreaterThan(4 * (means[0] as number));
});

test('a closed workload never has more requests under way than it has hosts', () => {
  const sim = newSim('bench-pair', 3);
  begin(sim);
  sim.workload(
    { ...MAINFRAME, arrivals: { kind: 'closed', hosts: 3, think_us: 10 } },
    { volumes: ['A:data0'], us: 5000 },
  );
  let most = 0;
  while (sim.world.step()) {
    const hosts = sim.world.hosts[0];
    const busy = Array.from({ length: 32 }, (_, h) => hosts?.busy(h)).filter(Boolean).length;
    most = Math.max(most, busy);
  }
  expect(most).toBe(3);
});

test('a request that waits gets the host that a closed workload has no more use for', () => {
  const sim = newSim('tiny-pair', 3);
  begin(sim);
  const hosts = hostsOf(sim.rig.arrays[0] as ArrayConfig);
  const closed: Workload = { ...MAINFRAME, arrivals: { kind: 'closed', hosts, think_us: 100_000 } };
  sim.workload(closed, { volumes: ['A:local0'], us: 5000 });
  sim.workload(at(1000), { volumes: ['A:data0'], us: 10_000 });
  sim.worked();
  expect(sim.violations).toEqual([]);
  expect(sim.responses[1]?.failed).toBe(0);
});

test('requests that wait when power goes at the end of a workload are given up, and it ends', () => {
  const sim = newSim('tiny-pair', 3);
  begin(sim);
  sim.workload(at(100_000), { volumes: ['A:local0'], us: 2000 });
  sim.wait_us(2001);
  sim.crash('A');
  sim.worked();
  expect(sim.violations).toEqual([]);
  expect(sim.responses[0]?.failed).toBeGreaterThan(hostsOf(sim.rig.arrays[0] as ArrayConfig));
});

test('a request of 64 KB, more than a slot or a wire of a small rig holds, is refused by name', () => {
  const sim = newSim('bench-pair', 1);
  begin(sim);
  expect(() => sim.workload(SPC_1, { volumes: ['A:data0'], us: 1000 })).toThrow(
    "workload spc-1 has requests of 128 sectors; a host's command has 16 at most on rig bench-pair (its transfer_bytes / commands)",
  );
});

test('requests of 64 KB pass the oracle where they fit', () => {
  const sim = newSim('pair', 1);
  begin(sim);
  sim.workload(SPC_1, { volumes: ['A:data0'], us: 100_000 });
  sim.worked();
  expect(sim.violations).toEqual([]);
  expect(sim.responses[0]?.failed).toBe(0);
});

describe('dependent writes', () => {
  const PLACES = 48;
  /** Numbers of chain 0 that B's copy holds, and where. */
  function held(sim: Sim): { number: number; words: Int32Array }[] {
    const map = slotMap(sim.world.arrays[1] as (typeof sim.world.arrays)[0]);
    return Array.from({ length: PLACES }, (_, lba) => sectorWords(sim.world, 1, 0, lba, map) as Int32Array)
      .map((words) => ({ number: words[MARK_AT] as number, words }))
      .filter(({ number }) => number > 0 && number < markOf(1, 0))
      .sort((a, b) => b.number - a.number);
  }
  function started(): Sim {
    const sim = newSim('tiny-pair', 9);
    begin(sim);
    const one: Workload = {
      ...DEPENDENT_WRITES,
      streams: [{ ...DEPENDENT_WRITES.streams[0], sizes: [{ sectors: 1, share: 1000 }] }],
      arrivals: { kind: 'dependent', hosts: 2, think_us: 50 },
    };
    sim.workload(one, { volumes: ['A:data0'], us: 20_000 });
    sim.worked();
    sim.rest();
    return sim;
  }
  const said = (sim: Sim): string[] => {
    sim.checkAtRest();
    return sim.violations.map(({ text }) => text).filter((text) => text.startsWith('dependent writes'));
  };

  test('a copy as the array made it is a prefix', () => {
    const sim = started();
    expect(held(sim).length).toBeGreaterThan(10);
    expect(said(sim)).toEqual([]);
  });

  test('a copy that lacks one in the middle is none', () => {
    const sim = started();
    const second = held(sim)[1];
    const number = second?.number as number;
    if (second) second.words[MARK_AT] = number - PLACES / 2;
    expect(said(sim)).toEqual([
      expect.stringContaining(
        `chain 0: B holds write ${number + 1} and not write ${number}, which had its status before ${number + 1} was issued`,
      ),
    ]);
  });

  test('a copy that lacks the first that it should have is none either', () => {
    const sim = started();
    const last = held(sim).at(-1);
    if (last) last.words[MARK_AT] = 0;
    expect(said(sim)).toEqual([expect.stringContaining(`and not write ${last?.number}`)]);
  });

  test('a copy that holds one that nobody issued is none', () => {
    const sim = started();
    const newest = held(sim)[0];
    const number = newest?.number as number;
    if (newest) newest.words[MARK_AT] = number + 1;
    expect(said(sim)[0]).toContain(`B holds write ${number + 1}, and ${number} was the last that was issued`);
  });

  test('more chains than marks can name are refused', () => {
    const sim = newSim('bench-pair', 1);
    begin(sim);
    const many: Workload = { ...DEPENDENT_WRITES, arrivals: { kind: 'dependent', hosts: CHAINS_MAX + 1, think_us: 1 } };
    expect(() => sim.workload(many, { volumes: ['A:data0'], us: 1000 })).toThrow(/33/);
  });
});
