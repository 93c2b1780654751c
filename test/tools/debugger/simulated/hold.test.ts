/** A director, or a task, of a simulated run stands while the rest goes on. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMAND_OP } from '../../../../firmware/memory/constants.js';
import { type Role, roleNumber } from '../../../../firmware/ports/messages.js';
import type { AskOf, Stop, Table, TaskRef, Where } from '../../../../firmware/runtime/machine/debug/target.js';
import { begin, finish, type Scenario } from '../../../../firmware/runtime/simulated/scenario.js';
import type { Sim } from '../../../../firmware/runtime/simulated/sim.js';
import { loadImages } from '../../../../firmware/service/microcode.js';
import { loadSimRig } from '../../../../firmware/service/sim-rig.js';
import { isPicture, type Picture, takePicture, viewsOf } from '../../../../tools/debugger/simulated/picture.js';
import type { Request } from '../../../../tools/debugger/simulated/session.js';
import { loadScenario } from '../../../../tools/regress/scenarios.js';
import { type DebuggedRun, debugged, going } from './talking.js';

const images = loadImages();
const scenario = await loadScenario('takeover-and-return');
const run: DebuggedRun = { scenario, rig: loadSimRig(scenario.rig), images, seed: 7 };
/** A thousand were seen to pass. */
const RUNS = Number(process.env.ARRAYLAB_PROGRAMS ?? 60);
const WRITE: Where = { on: 'label', label: 'base/data/write.uc:WRITE', array: 'A' };
const MERGED: Where = { on: 'label', label: 'base/data/write.uc:merged', array: 'A' };

type Asked<Answer> = Generator<Request, Answer, unknown>;
function* breaking(...wheres: Where[]): Asked<void> {
  yield { what: 'breaks', breaks: wheres.map((where, i) => ({ id: i + 1, where })) };
}
function* holding(isHeld: boolean, whom: Omit<AskOf<'hold'>, 'isHeld'> = {}): Asked<string> {
  return (yield { what: 'ask', question: 'hold', ask: { isHeld, ...whom } }) as string;
}
/** Why it is refused. */
function* refusal(request: Request): Asked<string> {
  try {
    yield request;
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}
/** Rows of a table by what stands in their first column. */
function* table(what: 'directors' | 'tasks' | 'rings'): Asked<Readonly<Record<string, readonly string[]>>> {
  const { rows } = (yield { what: 'ask', question: 'look', ask: { what, words: [] } }) as Table;
  return Object.fromEntries(rows.map(([name = '', ...rest]) => [name, rest]));
}
const of = (array: number, role: Role, number?: number) => ({
  array,
  role: roleNumber(role),
  ...(number !== undefined && { number }),
});
const operationsOf = (sim: Sim, role: Role): number => sim.world.arrays[0]?.get('node', 'ops', roleNumber(role)) ?? -1;
const pictureOf = (sim: Sim): Picture => takePicture(viewsOf(sim.world.buffers));
const is = (sim: Sim, picture: Picture): boolean => isPicture(viewsOf(sim.world.buffers), picture);

test('a held director makes no step while the others go on; released, it does all that waited, and nothing is lost', () => {
  const { violations } = debugged(run, function* (sim) {
    yield* breaking(WRITE);
    yield* going({ how: 'continue' });
    yield* breaking();
    expect(yield* holding(true, of(0, 'cache'))).toBe('director A:cc1 is held, with cache; what comes for it waits');
    const [cache, channel] = [operationsOf(sim, 'cache'), operationsOf(sim, 'channel')];
    const stop = yield* going({ how: 'continue' });
    // Every host waits for it by now.
    expect(stop.text).toBe('nothing happens any more while this is held: director A:cc1');
    expect(operationsOf(sim, 'cache')).toBe(cache);
    expect(operationsOf(sim, 'channel')).toBeGreaterThan(channel);
    expect((yield* table('directors'))['A.cache']?.slice(0, 2)).toEqual(['cc1', 'held']);
    expect(Number((yield* table('rings'))['A:data->cache']?.[0])).toBeGreaterThan(3);
    expect(yield* holding(false)).toBe('director A:cc1: goes on');
    expect((yield* table('directors'))['A.cache']?.slice(0, 2)).toEqual(['cc1', 'runs']);
  });
  expect(violations).toEqual([]);
});

test('a task that is held before its turn stands there while others of its role go on', () => {
  const { violations } = debugged(run, function* () {
    yield* breaking(WRITE);
    const { task, place } = yield* going({ how: 'continue' });
    const { task: number } = task as TaskRef;
    yield* holding(true, of(0, 'data', number));
    const name = `A.data ${number}`;
    const step: Request = { what: 'resume', how: { how: 'instruction', ...(task && { task }) } };
    expect(yield* refusal(step)).toBe(`${name} is held, so it makes no step: release ${name}`);
    yield* breaking(MERGED);
    const others: (number | undefined)[] = [];
    for (let i = 0; i < 5; i++) others.push((yield* going({ how: 'continue' })).task?.task);
    expect(others).not.toContain(number);
    const [state, , at] = (yield* table('tasks'))[name] ?? [];
    expect([state, at]).toEqual(['ready, held', `${place?.file}:${place?.line}`]);
    expect((yield* table('directors'))['A.data']?.[3]).toBe(String(number));
    yield* holding(false, of(0, 'data', number));
    let stop = yield* going({ how: 'continue' });
    while (stop.task?.task !== number) stop = yield* going({ how: 'continue' });
    yield* breaking();
  });
  expect(violations).toEqual([]);
});

test('a task that is held in its turn ends that first; when its request is over, so is the hold', () => {
  const { violations } = debugged(run, function* () {
    // One whose write goes to the other side, for which it waits.
    yield { what: 'breaks', breaks: [{ id: 1, where: MERGED, condition: 'shipped != 0' }] };
    const { task, place } = yield* going({ how: 'continue' });
    yield* breaking();
    const ref = task as TaskRef;
    yield* holding(true, of(0, 'data', ref.task));
    const next = yield* going({ how: 'instruction' });
    expect([next.task, next.place?.instruction]).toEqual([ref, (place?.instruction ?? 0) + 1]);
    yield* going({ how: 'time', time_ns: next.moment.time_ns + 1_000_000 });
    // It waits for the other side, or its answer is there.
    expect((yield* table('tasks'))[`A.data ${ref.task}`]?.[0]).toMatch(/^(waits for SHIPPED|ready), held$/);
    yield* holding(false);
    // The last turn of a request.
    yield* breaking({ on: 'label', label: 'base/data/write.uc:given', array: 'A' });
    const { task: last } = yield* going({ how: 'continue' });
    yield* breaking();
    yield* holding(true, of(0, 'data', (last as TaskRef).task));
    let stop = yield* going({ how: 'instruction' });
    while (stop.text !== 'the task is done') stop = yield* going({ how: 'instruction', ...(last && { task: last }) });
    expect((yield* table('directors'))['A.data']?.[3]).toBe('');
  });
  expect(violations).toEqual([]);
});

test('gone back before a hold, nothing is held; forward again, it is; in the past none begins and none ends', () => {
  const { violations } = debugged(run, function* (sim) {
    yield* breaking(WRITE);
    const { moment, task } = yield* going({ how: 'continue' });
    yield* breaking();
    yield* holding(true, of(0, 'data', (task as TaskRef).task));
    yield* holding(true, of(0, 'disk'));
    const there = yield* going({ how: 'any', count: 300 });
    const picture = pictureOf(sim);
    yield* going({ how: 'operation', operations: moment.operations - 5 });
    expect((yield* table('directors'))['A.disk']?.[1]).toBe('runs');
    expect((yield* table('directors'))['A.data']?.[3]).toBe('');
    for (const isHeld of [true, false])
      expect(yield* refusal({ what: 'ask', question: 'hold', ask: { isHeld, ...of(0, 'disk') } })).toMatch(
        /^the past cannot be changed/,
      );
    yield* going({ how: 'operation', operations: there.moment.operations });
    expect(is(sim, picture)).toBe(true);
    expect((yield* table('directors'))['A.disk']?.[1]).toBe('held');
    yield* holding(false);
  });
  expect(violations).toEqual([]);
});

test('a hold ends with the power of its array', () => {
  const loses: Scenario = {
    help: '',
    rig: 'tiny-pair',
    run(sim) {
      begin(sim);
      sim.wait_us(500);
      sim.crash('A', 0);
      sim.wait_us(500);
      finish(sim);
    },
  };
  const { violations } = debugged({ ...run, scenario: loses }, function* (sim) {
    const held: string[] = [];
    let { moment } = yield* going({ how: 'time', time_ns: 300_000 });
    yield* holding(true, of(0, 'disk'));
    const state = function* (): Asked<void> {
      const is = (yield* table('directors'))['A.disk']?.[1] ?? '';
      if (held.at(-1) !== is) held.push(is);
    };
    yield* state();
    for (let i = 0; i < 20; i++) {
      ({ moment } = yield* going({ how: 'time', time_ns: moment.time_ns + 100_000 }));
      yield* state();
      if (sim.world.powered(0)) continue;
      const ask = { isHeld: true, ...of(0, 'disk') };
      expect(yield* refusal({ what: 'ask', question: 'hold', ask })).toBe('array A has no power: nothing of it runs');
    }
    expect(held).toEqual(['held', 'no power', 'runs']);
  });
  expect(violations).toEqual([]);
});

test('who hangs for a fault hangs on when a hold ends, and is held on when the fault does', () => {
  debugged(run, function* (sim) {
    yield* going({ how: 'any' });
    const { world } = sim;
    world.hang(0, ['data'], true);
    world.hold(0, ['data', 'cache'], true);
    expect((yield* table('directors'))['A.data']?.[1]).toBe('held, and hangs');
    world.hold(0, ['data'], false);
    expect((yield* table('directors'))['A.data']?.[1]).toBe('hangs');
    world.hang(0, ['data', 'cache'], false);
    expect((yield* table('directors'))['A.data']?.[1]).toBe('runs');
    expect((yield* table('directors'))['A.cache']?.[1]).toBe('held');
    world.hold(0, ['cache'], false);
  });
});

describe('refused is', () => {
  test.each<readonly [AskOf<'hold'>, string]>([
    [{ isHeld: true }, 'hold what?'],
    [{ isHeld: false }, 'nothing is held'],
    [{ isHeld: true, array: 2, role: 1 }, 'there is no array 2; there are 0, 1'],
    [
      { isHeld: true, array: 0, role: 7 },
      'role 7 is no role of a director; those are channel, data, cache, disk, remote',
    ],
    [{ isHeld: true, ...of(0, 'data', 999) }, 'there is no task 999 of A.data'],
    [{ isHeld: true, ...of(0, 'data', 1) }, 'A.data 1 is free: it runs nothing now that could be held'],
    [{ isHeld: false, ...of(0, 'data') }, 'director A:dd1 is not held'],
    [{ isHeld: false, ...of(0, 'data', 1) }, 'A.data 1 is not held'],
    [{ isHeld: true, ...of(1, 'disk') }, 'director B:da1 is held already'],
  ])('%j', (ask, said) => {
    debugged(run, function* () {
      yield* going({ how: 'time', time_ns: 400_000 });
      yield* holding(true, of(1, 'disk'));
      if (ask.isHeld === false && ask.role === undefined) yield* holding(false);
      expect(yield* refusal({ what: 'ask', question: 'hold', ask })).toContain(said);
    });
  });
});

test('of random holds and stops: so many micro-operations forward and as many back, and memory is what it was', () => {
  const writes: Scenario = {
    help: '',
    rig: 'tiny-pair',
    run(sim) {
      begin(sim);
      for (let host = 0; host < 3; host++)
        if (!sim.world.hosts[0]?.busy(host)) sim.start(host, COMMAND_OP.OP_WRITE, 'A:data0', host * 2, 2);
      sim.wait_us(500);
      finish(sim);
    },
  };
  const roles: readonly Role[] = ['channel', 'data', 'cache', 'disk', 'remote'];
  const rig = loadSimRig('tiny-pair');
  let moments = 0;
  fc.assert(
    fc.property(
      fc.nat(),
      fc.nat(1200),
      fc.array(
        fc.record({ role: fc.constantFrom(...roles), isTask: fc.boolean(), ops: fc.integer({ min: 1, max: 120 }) }),
        {
          minLength: 1,
          maxLength: 4,
        },
      ),
      (seed, from, holds) => {
        const { violations } = debugged({ scenario: writes, rig, images, seed }, function* (sim) {
          const begins: Stop = yield* going({ how: 'any', count: from + 1 });
          if (begins.reason === 'end') return;
          let stop = begins;
          const before = pictureOf(sim);
          for (const { role, isTask, ops } of holds) {
            const { task } = stop;
            const whom = isTask && task ? { array: task.array, role: task.role, number: task.task } : of(0, role);
            yield* refusal({ what: 'ask', question: 'hold', ask: { isHeld: true, ...whom } });
            stop = yield* going({ how: 'any', count: ops });
            if (stop.reason !== 'step') break;
          }
          const after = pictureOf(sim);
          const { operations } = stop.moment;
          if (stop.reason === 'step' && operations > begins.moment.operations) {
            yield* going({ how: 'any', count: operations - begins.moment.operations, back: true });
            // What is held from there on is held there.
            yield* going({ how: 'any', count: operations - begins.moment.operations });
            expect(is(sim, after)).toBe(true);
            yield* going({ how: 'operation', operations: begins.moment.operations - 1 });
            yield* going({ how: 'operation', operations });
            expect(is(sim, after)).toBe(true);
            moments++;
          }
          expect(is(sim, before)).toBe(false);
          yield* refusal({ what: 'ask', question: 'hold', ask: { isHeld: false } });
        });
        expect(violations).toEqual([]);
      },
    ),
    { numRuns: RUNS },
  );
  expect(moments).toBeGreaterThan(RUNS / 3);
});
