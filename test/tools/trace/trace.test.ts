/** Traces of simulated runs: what they hold, that the run is the same with them, and that they say the same again. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { RECORD } from '../../../firmware/engine/recorder.js';
import { R_HEAD, R_TASK, RECORD_WORDS, readTraceRing } from '../../../firmware/memory/trace-ring.js';
import { begin } from '../../../firmware/runtime/simulated/scenario.js';
import { Sim } from '../../../firmware/runtime/simulated/sim.js';
import { traceRig } from '../../../firmware/runtime/simulated/traced-rig.js';
import { loadSimRig } from '../../../firmware/service/sim-rig.js';
import { runScenario } from '../../../tools/regress/run.js';
import { imagesWith, loadPlant, loadScenario } from '../../../tools/regress/scenarios.js';
import { allEvents, eventsOf } from '../../../tools/trace/events.js';
import { filterOf } from '../../../tools/trace/filter.js';
import { lineOf } from '../../../tools/trace/text.js';
import { edited } from '../../harness/changed-microcode.js';
import { IMAGES } from '../../simulated/helpers.js';
import { tracedRun } from './traced.js';

test('the run is the same with a trace', async () => {
  for (const name of ['storm', 'journal-group-swaps-under-writes', 'microcode-changes-under-hosts']) {
    const scenario = await loadScenario(name);
    const plain = runScenario(scenario, loadSimRig(scenario.rig), IMAGES, 3);
    const { result } = await tracedRun(name, 3);
    expect(result).toEqual(plain);
  }
});

test('two equal runs leave the same trace, byte for byte', async () => {
  const [one, two] = [await tracedRun('storm', 5, 1024), await tracedRun('storm', 5, 1024)];
  expect(readFileSync(one.path).equals(readFileSync(two.path))).toBe(true);
});

test('every message that the world counts is in the trace as taken, in the order in which roles took them', async () => {
  const scenario = await loadScenario('storm');
  const taken: string[] = [];
  runScenario(scenario, loadSimRig(scenario.rig), IMAGES, 4, {}, (sim) => {
    sim.world.onMessage = (array, node, at) => {
      const head = sim.world.arrays[array]?.memory.m[at] ?? 0;
      taken.push(`${array} ${node} ${head & 255} ${(head >> 8) & 255}`);
    };
  });
  const { trace, result } = await tracedRun('storm', 4);
  const told = allEvents(trace).flatMap(({ what, array, words }) => {
    const head = words[0] as number;
    const number = trace.head.arrays.findIndex(({ name }) => name === array);
    return what === 'TAKES' ? [`${number} ${(head >> 8) & 255} ${(head >> 16) & 255} ${head >>> 24}`] : [];
  });
  expect(told).toEqual(taken);
  expect(told.length).toBe(result.messages);
});

test('turns begin and end in turn, and their micro-operations come to those of the run', async () => {
  const { trace, result } = await tracedRun('takeover-and-return', 7);
  let operations = 0;
  const open = new Map<string, number>();
  for (const { what, array, role, task, end, text } of allEvents(trace)) {
    const who = `${array}.${role}`;
    if (text === 'power lost') for (const key of [...open.keys()]) if (key.startsWith(`${array}.`)) open.delete(key);
    if (what === 'RUNS') {
      expect(open.get(who)).toBeUndefined();
      open.set(who, task);
    }
    if (what !== 'GIVES_UP') continue;
    expect(open.get(who)).toBe(task);
    open.delete(who);
    operations += end?.operations ?? 0;
  }
  // What was under way when power went has no end.
  expect(operations).toBeLessThanOrEqual(result.operations);
  expect(operations).toBeGreaterThan(result.operations * 0.99);
});

test('a turn that power ended has a beginning again after it, also of a task that is called the same', () => {
  for (let operations = 1; operations < 60; operations += 3) {
    const { rig, rings } = traceRig(loadSimRig('tiny-pair'), 1024);
    const sim = new Sim(rig, IMAGES, 1);
    sim.crash('A', operations);
    sim.until('power goes', () => !sim.world.powered(0));
    sim.powerOn('A');
    sim.rest();
    for (const ring of rings[0] ?? []) {
      const { words } = readTraceRing(ring.words);
      let open = 0;
      for (let at = 0; at < words.length; at += RECORD_WORDS) {
        const what = (words[at + R_HEAD] as number) & 255;
        if (what === RECORD.MARK) open = 0;
        if (what === RECORD.RUNS) open = words[at + R_TASK] as number;
        if (what !== RECORD.GIVES_UP) continue;
        expect(words[at + R_TASK]).toBe(open);
        open = 0;
      }
    }
  }
});

test('flags follow each other: what a track has after a change it has before the next one, until its array is formatted anew', async () => {
  const { trace } = await tracedRun('cut-and-return', 2);
  const now = new Map<string, string>();
  let changes = 0;
  for (const { array, flags } of allEvents(trace)) {
    if (!flags) continue;
    changes += 1;
    const track = `${array}:${flags.track}`;
    const before = [...flags.flags.filter((f) => !flags.set.includes(f)), ...flags.cleared].sort().join(' ');
    expect(now.get(track) ?? before).toBe(before);
    now.set(track, [...flags.flags].sort().join(' '));
  }
  expect(changes).toBeGreaterThan(100);
});

test('a ring keeps the newest records, which are the last of those that a whole trace has', async () => {
  const [all, some] = [await tracedRun('storm', 6), await tracedRun('storm', 6, 256)];
  for (const [i, { records, lost }] of some.trace.rings.entries()) {
    const whole = all.trace.rings[i]?.records ?? new Int32Array();
    expect(lost).toBe(Math.max(0, whole.length / RECORD_WORDS - 256));
    expect(Buffer.from(records.buffer).equals(Buffer.from(whole.slice(whole.length - records.length).buffer))).toBe(
      true,
    );
  }
  expect(all.trace.rings.every(({ lost }) => lost === 0)).toBe(true);
});

test('thrown away and attached anew between any two steps, the machine leaves the same trace', () => {
  const words = (forgets: boolean): Int32Array[] => {
    const { rig, rings } = traceRig(loadSimRig('tiny-pair'), 4096);
    const sim = new Sim(rig, IMAGES, 9);
    begin(sim);
    sim.load_us(20_000);
    for (let i = 0; i < 400; i++) {
      sim.world.step();
      if (forgets) sim.reattach();
    }
    return rings.flat().map((ring) => ring.words.slice());
  };
  expect(words(true)).toEqual(words(false));
});

test('after microcode changed under way, each record is named by the image that ran then', async () => {
  const { trace } = await tracedRun('microcode-changes-under-hosts', 1);
  expect(trace.images.length).toBeGreaterThan(5);
  const changes = allEvents(trace).filter(({ text }) => text?.startsWith('goes on with image'));
  expect(changes.length).toBeGreaterThan(0);
  for (const ring of trace.rings) {
    for (const event of eventsOf(trace, ring)) {
      if (event.what === 'RUNS' && event.starts !== undefined) expect(event.place?.scope).toBe(event.starts);
    }
  }
});

test('a fault stands in the trace with its line and its reason', async () => {
  const broken = {
    ...IMAGES,
    data: edited(
      'data',
      'microcode/base/data/write.uc',
      'on WRITE using write\n',
      'on WRITE using write\n    unlock track\n',
    ),
  };
  const { trace, result } = await tracedRun('cut-and-return', 1, undefined, broken);
  const faults = allEvents(trace).filter(({ what }) => what === 'FAULT');
  const [first] = faults;
  expect(first?.place?.file).toBe('microcode/base/data/write.uc');
  expect(result.violations[0]?.text).toContain(
    `${first?.place?.file}:${first?.place?.line} (WRITE): ${first?.text?.slice(0, 20)}`,
  );
});

test('filters', async () => {
  const plant = await loadPlant('flags-after-merge');
  const { trace } = await tracedRun('storm', 1, undefined, imagesWith(plant));
  const events = allEvents(trace);
  const lines = (options: Parameters<typeof filterOf>[1]): string[] =>
    events.filter(filterOf(trace, options, 0)).map((event) => lineOf(event, 0));
  const writes = lines({ array: 'A', role: 'data', message: 'WRITE' });
  expect(writes.length).toBeGreaterThan(10);
  expect(writes.every((line) => /A\.data .* takes WRITE from channel volume=\d+ track=\d+/.test(line))).toBe(true);
  const flags = lines({ kind: 'flag', track: 'data0:3' });
  expect(flags.length).toBeGreaterThan(0);
  expect(flags.every((line) => / data0:3 [+-]/.test(line))).toBe(true);
  const named = lines({ track: 'data0:3', kind: 'message' });
  expect(named.length).toBeGreaterThan(0);
  expect(named.every((line) => / volume=\d+ .*track=3 /.test(`${line} `))).toBe(true);
  const times = lines({ from: '1ms', to: '2ms' }).map((line) => Number(line.trim().split(' ')[0]));
  expect(times.every((us) => us >= 1000 && us <= 2000)).toBe(true);
  expect(lines({ from: '1000', to: '2000us' })).toEqual(lines({ from: '1ms', to: '2000000ns' }));
  const tasks = lines({ role: 'channel', task: '1' });
  expect(tasks.length).toBeGreaterThan(lines({ role: 'channel', task: '1.2' }).length);
  expect(
    lines({ kind: 'run' }).length +
      lines({ kind: 'message' }).length +
      lines({ kind: 'flag' }).length +
      lines({ kind: 'mark' }).length,
  ).toBe(events.length);
  for (const [options, text] of [
    [{ array: 'X' }, '--array is "X"; there are A, B'],
    [{ role: 'dog' }, '--role is "dog"; there are channel, data'],
    [{ kind: 'dog' }, '--kind is "dog"; there are message, flag'],
    [{ message: 'WRIT' }, '--message is "WRIT"; there is no such message'],
    [{ track: 'data9:1' }, '--track is "data9:1"; VOLUME:TRACK is wanted'],
    [{ task: 'x' }, '--task is "x"; the number of a task'],
    [{ from: '5x' }, '--from is "5x"; a time is wanted'],
  ] as const)
    expect(() => filterOf(trace, options, 0)).toThrow(text);
});
