/** What the service processor and hosts ask of simulated arrays, beside bytes: answers against the flags of each track. */
import { expect, test } from 'vitest';
import type { PortMail } from '../../firmware/engine/wiring.js';
import { COMMAND_OP, FLAG, PAIR_ROLE, PAIR_STATE, RESULT, TRACK_MAP } from '../../firmware/memory/constants.js';
import { D_ANSWERS, D_HEAD, D_PAYLOAD, KIND, type KindName } from '../../firmware/ports/messages.js';
import type { ArrayMachine } from '../../firmware/runtime/machine/array.js';
import { begin } from '../../firmware/runtime/simulated/scenario.js';
import type { Sim } from '../../firmware/runtime/simulated/sim.js';
import { Slots } from '../../firmware/units/slots.js';
import { newSim } from './helpers.js';

const LOOK_TOKEN = 77;
const HOST = 0;
const OWED = FLAG.M2_WP | FLAG.M2_FP | FLAG.M2_INV;

/** Hosts have written, and what they wrote since the link was cut is owed; nobody does anything more. */
function cutOff(seed: number, rig = 'tiny-pair'): Sim {
  const sim = newSim(rig, seed);
  begin(sim);
  sim.load_us(10_000, { readsOf16: 2 });
  sim.wait_us(10_000);
  sim.world.cutLink();
  sim.load_us(5000, { readsOf16: 2 });
  sim.wait_us(60_000);
  expect(sim.violations).toEqual([]);
  return sim;
}

/** The words of the answer, its result first. */
function look(sim: Sim, kind: KindName, array: number, volume: number): number[] {
  const mail = sim.world.arrays[array]?.serviceMail as PortMail;
  let heard: number[] = [];
  const peek = mail.peek.bind(mail);
  const done = sim.done.bind(sim);
  mail.peek = () => {
    const d = peek();
    if (d >= 0 && mail.m[d + D_ANSWERS] === LOOK_TOKEN) heard = [...mail.m.subarray(d + D_PAYLOAD, d + D_PAYLOAD + 8)];
    return d;
  };
  sim.done = (from, token, ...answer) => (token === LOOK_TOKEN ? undefined : done(from, token, ...answer));
  sim.world.ask(array, KIND[kind], LOOK_TOKEN, volume);
  sim.until(`${kind} is answered`, () => heard.length > 0);
  Object.assign(mail, { peek });
  Object.assign(sim, { done });
  return heard;
}

/** A host's question on a track, that moves no bytes: its status, and what it was told before. */
function asks(sim: Sim, name: string, op: number, track = 0, flags = 0): { status: number; told: number[] } {
  const { array, volume } = sim.volume(name);
  const hosts = sim.world.hosts[array];
  const machine = sim.world.arrays[array];
  if (!hosts || !machine) throw new Error(`no array has ${name}`);
  const mail = machine.hostMail;
  let told: number[] = [];
  const pump = hosts.pump.bind(hosts);
  const ended = sim.ended.bind(sim);
  hosts.pump = () => {
    for (let d = mail.peek(); d >= 0 && ((mail.m[d + D_HEAD] as number) & 255) === KIND.EXTENT; d = mail.peek()) {
      told = [mail.m[d + D_PAYLOAD + 1] as number, mail.m[d + D_PAYLOAD + 2] as number];
      mail.drop();
    }
    return pump();
  };
  sim.ended = () => {};
  const { sectorsPerTrack } = machine.memory.layout.dims;
  hosts.start(HOST, op, volume, track * sectorsPerTrack, sectorsPerTrack, 0, 0, 0);
  machine.set('command', 'flags', HOST, flags);
  sim.until('the question is answered', () => !hosts.busy(HOST));
  Object.assign(hosts, { pump });
  Object.assign(sim, { ended });
  return { status: hosts.look(HOST).status, told };
}

const tracksOf = (sim: Sim, name: string): number[] => {
  const { array, volume } = sim.volume(name);
  const count = sim.rig.arrays[array]?.dims.tracks[volume] ?? 0;
  return Array.from({ length: count }, (_, track) => sim.flags(name, track));
};

const FLAGS = [FLAG.M1_WP, FLAG.M2_WP, FLAG.M1_FP, FLAG.M2_FP, FLAG.M1_INV, FLAG.M2_INV];
const NAMES = ['A:data0', 'B:data0', 'B:work0', 'A:local0'];

test('the service processor is told as many tracks of a list as bear the flag, and what the pair is', () => {
  let owed = 0;
  for (let seed = 1; seed <= 5; seed++) {
    const sim = cutOff(seed);
    for (const name of NAMES) {
      const { array, volume } = sim.volume(name);
      const flags = tracksOf(sim, name);
      const bearing = (flag: number): number => flags.filter((f) => (f & flag) !== 0).length;
      expect(look(sim, 'TRACK_LOOK', array, volume).slice(0, 7)).toEqual([RESULT.OK, ...FLAGS.map(bearing)]);
      const { role, state, epoch } = sim.pair(name);
      const [result, seen, side, , of] = look(sim, 'PAIR_LOOK', array, volume);
      const isPaired = name !== 'A:local0';
      if (isPaired)
        expect([result, seen, side, of]).toEqual([
          RESULT.OK,
          PAIR_STATE[state as keyof typeof PAIR_STATE],
          PAIR_ROLE[role as keyof typeof PAIR_ROLE],
          epoch,
        ]);
      expect(look(sim, 'VOLUME_LOOK', array, volume)[0]).toBe(RESULT.OK);
      owed += bearing(FLAG.M2_INV);
    }
    expect(look(sim, 'TRACK_LOOK', 0, 99)[0]).toBe(RESULT.OUT_OF_RANGE);
  }
  expect(owed).toBeGreaterThan(0);
});

test('a host is told run by run which tracks were ever written, and which the other side lacks', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const sim = cutOff(seed);
    for (const [kind, bits] of [
      [TRACK_MAP.MAP_WRITTEN, FLAG.WRITTEN],
      [TRACK_MAP.MAP_OWED, OWED],
    ] as const) {
      const marked = tracksOf(sim, 'A:data0').map((flags) => ((flags & bits) !== 0 ? 1 : 0));
      const runs: number[] = [];
      while (runs.length < marked.length) {
        const { status, told } = asks(sim, 'A:data0', COMMAND_OP.OP_MAP, runs.length, kind);
        const [tracks = 0, state = 0] = told;
        expect([status, tracks > 0]).toEqual([RESULT.OK, true]);
        runs.push(...new Array<number>(tracks).fill(state));
      }
      expect(runs).toEqual(marked);
    }
  }
});

test('a host is told the size of a block; what it asks to be in the cache is; a sync has nothing to wait for', () => {
  const sim = cutOff(1, 'tiny-formats');
  const name = 'A:data0';
  const { array, volume } = sim.volume(name);
  expect(asks(sim, name, COMMAND_OP.OP_INQUIRE)).toMatchObject({ status: RESULT.OK, told: [0, 0] });
  expect(sim.format(name, 8).result).toBe(RESULT.OK);
  expect(asks(sim, name, COMMAND_OP.OP_INQUIRE)).toMatchObject({ status: RESULT.OK, told: [7, 0] });
  expect(asks(sim, name, COMMAND_OP.OP_SYNC).status).toBe(RESULT.OK);
  const slots = new Slots((sim.world.arrays[array] as ArrayMachine).memory);
  const absent = tracksOf(sim, name).findIndex((_, track) => slots.find(volume, track) < 0);
  expect(absent).toBeGreaterThanOrEqual(0);
  expect(asks(sim, name, COMMAND_OP.OP_CACHE, absent).status).toBe(RESULT.OK);
  expect(slots.find(volume, absent)).toBeGreaterThanOrEqual(0);
});
