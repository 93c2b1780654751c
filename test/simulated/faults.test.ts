/** Faults that a simulated run is given: each strikes when it should, is in every snapshot, and nothing is lost by it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FLAG } from '../../firmware/memory/constants.js';
import { begin, finish } from '../../firmware/runtime/simulated/scenario.js';
import { Sim } from '../../firmware/runtime/simulated/sim.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { runScenario } from '../../tools/regress/run.js';
import { loadScenario } from '../../tools/regress/scenarios.js';
import { IMAGES } from './helpers.js';

const RIG = loadSimRig('tiny-pair');
const newSim = (faults: readonly string[], seed = 1): Sim =>
  new Sim(RIG, IMAGES, seed, undefined, undefined, [], faults);
const UNDER_LOAD = await loadScenario('load-under-faults');
const underLoad = (faults: readonly string[], seed = 1, rig = RIG) => ({
  fired: [],
  unfired: [],
  ...runScenario(UNDER_LOAD, rig, IMAGES, seed, { load_us: 40_000 }, undefined, { faults }),
});

/** One of each kind and of each way to begin; at a time when the pair is in PAIR and hosts work. */
const EACH = [
  'cut A-B:0 at 5ms for 20ms',
  'one-way A->B at 3ms for 10ms',
  'delay A-B 3ms ratio 1/10',
  'lose A-B 4ms ratio 1/50',
  'damage A-B ratio 1/50',
  'power-loss A when M2_WP of A:data0 track 7 for 5ms',
  'power-loss B at label apply/at-once.uc:merged on B nth 3 for 4ms',
  'hang A:dd1 at 20ms for 5ms',
  'crash A:ca1 at 20ms',
  'crash A:dd1 at 20ms',
  'crash A:cc1 at 20ms',
  'crash A:da1 at 20ms',
  'crash B:ra1 at 20ms',
  'restart B:cc1 at 20ms',
  'drive-lose A:data0 at 20ms',
  'drive-latent A:data0 8-15 at 20ms',
  'drive-slow A:data0 x20 at 10ms for 20ms',
  'drive-slow B:data0 2ms at 10ms for 20ms',
  'drive-torn A:data0 at 10ms',
  'slot-parity A:data0 track 3 at 20ms',
  'withhold-credits B at 10ms for 20ms',
  'operator "pair suspend A:data0" at 20ms',
  'operator "pair failover --force A:data0" at 20ms',
  'operator "pair delete A:data0" at 20ms',
];

describe('after it nothing is lost, held or owed:', () => {
  test.each(EACH)('%s', (fault) => {
    const runs = [1, 2, 3].map((seed) => underLoad([fault], seed));
    expect(runs.flatMap(({ violations }) => violations)).toEqual([]);
    expect(runs.flatMap(({ fired }) => fired.map((one) => one.fault))).toContain(fault);
  });
});

test('a pair that is deleted while the other array is off stays apart: what that one holds is no copy any more', () => {
  const faults = ['power-loss A', 'operator "pair delete --force B:work0" at 10ms'];
  for (const seed of [1, 2, 3]) expect(underLoad(faults, seed)).toMatchObject({ violations: [], unfired: [] });
});

test('requests that wait for a host when power goes are given up when their time is over, and none is forgotten', async () => {
  const faults = ['hang A:dd1 at 25ms', 'power-loss A at 100ms for 5ms'];
  const settings = { rate: 5000, us: 20_000 };
  const { violations } = runScenario(await loadScenario('oltp'), RIG, IMAGES, 1, settings, undefined, { faults });
  expect(violations.map(({ text }) => text)).toEqual(['expected: every request gets its good status']);
});

test('a run with faults is a function of its seed and its faults', () => {
  const faults = ['damage A-B ratio 1/20', 'power-loss B at 9ms for 3ms', 'hang A:cc1 at 4ms for 2ms'];
  expect(underLoad(faults, 4)).toEqual(underLoad(faults, 4));
  expect(underLoad(faults, 4).hash).not.toBe(underLoad(faults.slice(0, 2), 4).hash);
});

test('amnesia: every object is thrown away between any two steps, and the same faults strike at the same times', () => {
  const faults = [
    'delay A-B 1ms ratio 1/4',
    'hang A:dd1 at 1500us for 500us',
    'cut A-B when M2_WP of A:data0 nth 2 after 100us for 1ms',
    'power-loss B at label apply/at-once.uc:merged on B nth 2 for 1ms',
    'withhold-credits B at 2ms',
  ];
  const run = (forget: boolean): unknown => {
    const sim = newSim(faults);
    begin(sim);
    sim.load_us(30_000, { readsOf16: 2 });
    for (let i = 0; i < 3000; i++) {
      sim.world.step();
      if (forget) sim.reattach();
    }
    expect(sim.violations).toEqual([]);
    return { hash: sim.world.hash, fired: sim.faults.fired };
  };
  const usual = run(false) as { fired: unknown[] };
  expect(usual.fired).toHaveLength(faults.length);
  expect(run(true)).toEqual(usual);
});

test('a snapshot goes on with the faults that have not struck yet', () => {
  const sim = newSim(['cut A-B at 8ms for 1ms', 'power-loss B at 9ms for 1ms']);
  begin(sim);
  sim.load_us(20_000);
  for (let i = 0; i < 300; i++) sim.world.step();
  const copy = Sim.restore(sim, sim.snapshot());
  for (const one of [sim, copy]) {
    one.wait_us(30_000);
    finish(one);
    expect(one.violations).toEqual([]);
  }
  expect(copy.faults.fired).toEqual(sim.faults.fired);
  expect(copy.world.hash).toBe(sim.world.hash);
});

describe('it strikes', () => {
  test('at its time', () => {
    const sim = newSim(['cut A-B at 7ms']);
    begin(sim);
    sim.load_us(20_000);
    sim.until('the link is down', () => sim.world.link?.up === false);
    expect(sim.time_us).toBe(7000);
    expect(sim.faults.fired).toEqual([{ fault: 'cut A-B at 7ms', time_us: 7000, times: 1 }]);
  });

  test('at the step at which the flag is set', () => {
    const sim = newSim(['power-loss A when M2_WP of A:data0 track 5']);
    begin(sim);
    let seen = -1;
    sim.world.onMessage = () => {
      if (seen < 0 && (sim.flags('A:data0', 5) & FLAG.M2_WP) !== 0) seen = sim.world.steps;
    };
    sim.start(0, 2, 'A:data0', 5 * 4, 4);
    sim.until('A has no power', () => !sim.world.powered(0));
    expect(sim.flags('A:data0', 5) & FLAG.M2_WP).toBe(FLAG.M2_WP);
    // Nobody took a message since the step that set it.
    expect(seen < 0 || sim.world.steps - seen <= 1).toBe(true);
  });

  test('before the instruction at a label: the slot is not merged yet', () => {
    const before = newSim(['power-loss B at label apply/at-once.uc:merged on B']);
    begin(before);
    before.write('A:data0', 0, 4);
    expect(before.world.powered(1)).toBe(false);
    expect(before.faults.fired).toHaveLength(1);
  });

  test('for the n-th time only, and so long after', () => {
    const sim = newSim(['cut A-B when M2_WP of A:data0 nth 3 after 2ms']);
    begin(sim);
    for (let i = 0; i < 3; i++) {
      sim.write('A:data0', 4 * i, 4);
      sim.until('the flag is clear', () => (sim.flags('A:data0', i) & FLAG.M2_WP) === 0);
      expect(sim.faults.fired).toEqual([]);
    }
    const { time_us } = sim;
    sim.wait_us(3000);
    expect(sim.faults.fired[0]?.time_us).toBeLessThanOrEqual(time_us + 2000);
    expect(sim.faults.fired[0]?.time_us).toBeGreaterThan(time_us);
  });

  test('never, when its moment does not come: the run says so', () => {
    const { fired, unfired } = underLoad(['cut A-B at 10s', 'cut A-B when M2_WP of A:data0 nth 1000000']);
    expect(fired).toEqual([]);
    expect(unfired).toEqual(['cut A-B at 10s', 'cut A-B when M2_WP of A:data0 nth 1000000']);
  });

  test('never, and the run does not take until then: its time ends with what happens in it', () => {
    expect(underLoad(['cut A-B at 10s']).time_us).toBe(underLoad([]).time_us);
  });

  test('never, when what it needs does not come: the world comes to rest all the same', () => {
    const sim = newSim(['slot-parity A:data0 track 11', 'slot-parity B:data0 track 11']);
    begin(sim);
    sim.rest(20_000);
    expect(sim.violations).toEqual([]);
    sim.write('A:data0', 11 * 4);
    sim.rest();
    expect(sim.faults.unfired).toEqual([]);
  });
});

describe('a label or a name that is not there is refused before the run:', () => {
  test.each([
    ['cut A-B at label apply/at-once.uc:merge on B', 'there is no label merge in apply/at-once.uc; it has'],
    ['cut A-B at label apply/never.uc:merged on B', 'no image has code of apply/never.uc; there is code of'],
    ['cut A-C', 'there is no link A-C'],
    ['microcode-load A:data no-such.img', "fault 'microcode-load A:data no-such.img': ENOENT"],
  ])('%s', (fault, right) => {
    expect(() => underLoad([fault])).toThrow(right);
  });
});

test('a director that hangs does nothing meanwhile, and goes on', () => {
  const sim = newSim(['hang A:dd1 at 3ms for 50ms']);
  begin(sim);
  sim.wait_us(3000);
  const id = sim.start(0, 2, 'A:data0', 0, 4);
  sim.wait_us(40_000);
  expect(sim.world.hosts[0]?.busy(0)).toBe(true);
  sim.wait_us(20_000);
  expect(sim.world.hosts[0]?.busy(0)).toBe(false);
  expect(sim.read('A:data0', 0, 4).values).toEqual([id, id, id, id]);
});

test('what a link loses comes later, and nothing overtakes it', () => {
  const usual = newSim([]);
  const losing = newSim(['lose A-B 30ms']);
  for (const sim of [usual, losing]) begin(sim);
  expect(losing.time_us).toBeGreaterThanOrEqual(usual.time_us + 29_000);
});

test('withheld credits stop the writes to the other side, and come back together', () => {
  const sim = newSim(['withhold-credits B at 5ms for 100ms']);
  begin(sim);
  sim.wait_us(5_000);
  sim.load_us(90_000, { readsOf16: 0, only: 0 });
  sim.wait_us(60_000);
  expect(sim.world.arrays[0]?.get('link', 'credits', 0)).toBe(0);
  sim.wait_us(100_000);
  finish(sim);
  expect(sim.violations).toEqual([]);
});

test('the chance of a fault is its own: another fault beside it does not change which frames it strikes', () => {
  const draws = (faults: readonly string[]): boolean[] => {
    const sim = newSim(faults);
    const at = faults.indexOf('damage A-B ratio 1/3');
    expect(at).toBeGreaterThanOrEqual(0);
    return Array.from({ length: 50 }, () => sim.faults.damages(0, 1));
  };
  const alone = draws(['damage A-B ratio 1/3']);
  expect(alone).toContain(true);
  expect(alone).toContain(false);
  expect(draws(['delay A-B 1ms ratio 1/2', 'damage A-B ratio 1/3'])).toEqual(alone);
});

/** Any plan; of drives at most one is lost: of two, nobody would have the data. */
const ms = fc.integer({ min: 0, max: 30 });
const lasts = fc.integer({ min: 1, max: 15 });
const arrayName = fc.constantFrom('A', 'B');
const mirrored = fc.constantFrom('A:data0', 'B:data0', 'A:work0', 'B:work0');
const when = fc.oneof(
  ms.map((n) => `at ${n}ms`),
  fc
    .tuple(fc.constantFrom('M1_WP', 'M2_WP', 'M2_INV'), mirrored, fc.nat({ max: 7 }), fc.integer({ min: 1, max: 4 }))
    .map(([flag, volume, track, nth]) => `when ${flag} of ${volume} track ${track} nth ${nth}`),
  fc.tuple(arrayName, fc.integer({ min: 1, max: 5 })).map(([a, n]) => `when write-pending ${a} >= ${n}`),
  fc
    .tuple(
      fc.constantFrom('apply/at-once.uc:merged', 'base/data/write.uc:merged', 'ack/real-time.uc:newest'),
      arrayName,
      fc.integer({ min: 1, max: 9 }),
    )
    .map(([label, a, nth]) => `at label ${label} on ${a} nth ${nth}`),
);
const directors = fc.constantFrom('ca1', 'dd1', 'cc1', 'da1', 'ra1');
const oneFault = fc.oneof(
  fc.tuple(when, lasts).map(([w, n]) => `cut A-B ${w} for ${n}ms`),
  fc.tuple(arrayName, when, lasts).map(([a, w, n]) => `one-way ${a}->${a === 'A' ? 'B' : 'A'} ${w} for ${n}ms`),
  fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 2, max: 40 }))
    .map(([t, n]) => `delay A-B ${t}ms ratio 1/${n}`),
  fc.tuple(when, fc.integer({ min: 1, max: 9 })).map(([w, n]) => `lose A-B ${n}ms ${w}`),
  fc.integer({ min: 10, max: 90 }).map((n) => `damage A-B ratio 1/${n}`),
  fc.tuple(arrayName, when, lasts).map(([a, w, n]) => `power-loss ${a} ${w} for ${n}ms`),
  fc.tuple(arrayName, directors, when, lasts).map(([a, d, w, n]) => `hang ${a}:${d} ${w} for ${n}ms`),
  fc.tuple(arrayName, directors, when).map(([a, d, w]) => `crash ${a}:${d} ${w}`),
  fc.tuple(arrayName, directors, when).map(([a, d, w]) => `restart ${a}:${d} ${w}`),
  fc.tuple(mirrored, fc.nat({ max: 31 }), when).map(([v, s, w]) => `drive-latent ${v} ${s} ${w}`),
  fc.tuple(mirrored, when, lasts).map(([v, w, n]) => `drive-slow ${v} x10 ${w} for ${n}ms`),
  fc.tuple(mirrored, when).map(([v, w]) => `drive-torn ${v} ${w}`),
  fc.tuple(mirrored, fc.nat({ max: 7 }), when).map(([v, t, w]) => `slot-parity ${v} track ${t} ${w}`),
  fc.tuple(arrayName, when, lasts).map(([a, w, n]) => `withhold-credits ${a} ${w} for ${n}ms`),
  fc
    .tuple(
      fc.constantFrom('suspend', 'resume', 'failover', 'failover --force', 'swap', 'delete', 'create --force'),
      when,
    )
    .map(([what, w]) => `operator "pair ${what} A:data0" ${w}`),
);

test('100 random plans of faults, under load, end with nothing lost, held or owed', () => {
  fc.assert(
    fc.property(fc.array(oneFault, { minLength: 1, maxLength: 4 }), fc.nat({ max: 1_000_000 }), (faults, seed) => {
      const { violations } = underLoad(faults, seed);
      expect(violations).toEqual([]);
    }),
    { numRuns: 100, seed: 5 },
  );
}, 120_000);
