/** Drives of a simulated array that are of a published kind: their times are those of arm, platter and buffer. */
import { describe, expect, it, test } from 'vitest';
import { DriveGeometry } from '../../adapters/disk/model/geometry.js';
import { COMMAND_OP } from '../../firmware/memory/constants.js';
import { begin, finish } from '../../firmware/runtime/simulated/scenario.js';
import { Sim } from '../../firmware/runtime/simulated/sim.js';
import type { SimRig } from '../../firmware/runtime/simulated/world-plan.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { runScenario } from '../../tools/regress/run.js';
import { loadScenario } from '../../tools/regress/scenarios.js';
import { driveProfile } from '../adapters/disk/drive-files.js';
import { IMAGES, mapAll } from './helpers.js';

const HP = new DriveGeometry(driveProfile('hp-97560'));
const CHEETAH = new DriveGeometry(driveProfile('cheetah-9lp'));

/** Of two kinds, and no director lags behind. */
const rig = (): SimRig => ({ ...loadSimRig('tiny-pair'), slack_us: 0, driveModels: [HP, CHEETAH] });

function booted(seed: number): Sim {
  const sim = new Sim(rig(), IMAGES, seed);
  begin(sim);
  sim.rest();
  mapAll(sim);
  return sim;
}

/** Hosts read a sector each, all at once; how long each of them waits, in µs. */
function readTimes_us(sim: Sim, blocks: readonly (readonly [volume: string, lba: number])[]): number[] {
  const from = sim.time_us;
  const ends: number[] = [];
  for (const [host, [volume, lba]] of blocks.entries()) sim.start(host, COMMAND_OP.OP_READ, volume, lba, 1);
  const { hosts } = sim.world;
  const [array] = blocks.map(([volume]) => sim.volume(volume).array);
  sim.until('all reads end', () => {
    for (const host of blocks.keys()) {
      if (ends[host] === undefined && !hosts[array ?? 0]?.busy(host)) ends[host] = sim.time_us - from;
    }
    return blocks.every((_, host) => ends[host] !== undefined);
  });
  expect(sim.violations).toEqual([]);
  return ends;
}

describe('a host read that its cache cannot answer', () => {
  const seeds = Array.from({ length: 20 }, (_, i) => i + 1);

  it('takes the overhead of the drive and up to a turn, spread over the turn by the seed', () => {
    // A small volume: all on the first track, whose arm does not move.
    const times = seeds.map((seed) => readTimes_us(booted(seed), [['A:data0', 0]])[0] ?? 0);
    const turn = HP.turn_ns / 1000;
    for (const us of times) {
      expect(us).toBeGreaterThan(2200);
      expect(us).toBeLessThan(2200 + turn * 1.5);
    }
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(turn / 2);
  });

  it('waits for another one of its drive, and not for one of another drive', () => {
    const one = readTimes_us(booted(3), [['A:data0', 0]])[0] ?? 0;
    const perTrack = 8;
    const same = readTimes_us(booted(3), [
      ['A:data0', 0],
      ['A:data0', perTrack],
    ]);
    const other = readTimes_us(booted(3), [
      ['A:data0', 0],
      ['A:work0', 0],
    ]);
    expect(same[0]).toBe(one);
    expect(same[1]).toBeGreaterThan(one + 2200);
    expect(other[0]).toBe(one);
    expect(other[1]).toBeLessThan(2200 + (HP.turn_ns / 1000) * 1.5);
  });
});

function run(seed: number, steps: number, between: (sim: Sim, step: number) => Sim = (sim) => sim): string {
  let sim = new Sim(rig(), IMAGES, seed);
  begin(sim);
  sim.load_us(100_000, { readsOf16: 5 });
  for (let i = 0; i < steps; i++) {
    sim.world.step();
    sim = between(sim, i);
  }
  expect(sim.violations).toEqual([]);
  return sim.world.hash;
}

test('what such drives are doing is in memory: objects are thrown away between steps, and the trace is the same', () => {
  const forget = (sim: Sim): Sim => {
    sim.reattach();
    return sim;
  };
  expect(run(7, 600, forget)).toBe(run(7, 600));
});

test('a snapshot of such drives goes on like the run that it was taken from', () => {
  const copy = (sim: Sim, step: number): Sim => (step % 500 === 250 ? Sim.restore(sim, sim.snapshot()) : sim);
  expect(run(8, 3_000, copy)).toBe(run(8, 3_000));
});

test('storms over such drives violate nothing', async () => {
  const scenario = await loadScenario('storm');
  for (let seed = 1; seed <= 8; seed++) {
    const { violations } = runScenario(scenario, { ...rig(), slack_us: 30 }, IMAGES, seed);
    expect(violations[0]?.text, `seed ${seed}`).toBeUndefined();
  }
});

test('writes that are acknowledged outlive a power loss of an array with such drives', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const sim = booted(seed);
    sim.load_us(60_000, { readsOf16: 4 });
    sim.wait_us(30_000 + seed * 1_000);
    sim.crash('A');
    sim.wait_us(5_000);
    sim.powerOn('A');
    finish(sim);
    expect(sim.violations).toEqual([]);
  }
});
