/** What a user of the debugger of simulated rigs gets; what is expected is taken from the same runs without it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { D_HEAD, KIND, roleNumber } from '../../../../firmware/ports/messages.js';
import type { Break, BreakState, Change, Stop, Where } from '../../../../firmware/runtime/machine/debug/target.js';
import { trackFlags } from '../../../../firmware/runtime/simulated/inspect.js';
import type { Sim } from '../../../../firmware/runtime/simulated/sim.js';
import { loadImages } from '../../../../firmware/service/microcode.js';
import { loadSimRig } from '../../../../firmware/service/sim-rig.js';
import { MICROCODE_ROOT } from '../../../../tools/assembler/load-sources.js';
import type { Request } from '../../../../tools/debugger/simulated/session.js';
import { runScenario } from '../../../../tools/regress/run.js';
import { imagesWith, loadPlant, loadScenario } from '../../../../tools/regress/scenarios.js';
import { type DebuggedRun, debugged, going, type User } from './talking.js';

const images = loadImages();
const scenario = await loadScenario('takeover-and-return');
const run: DebuggedRun = { scenario, rig: loadSimRig(scenario.rig), images, seed: 7 };
const plain = (prepare: (sim: Sim) => void) => runScenario(scenario, run.rig, images, run.seed, {}, prepare);
const { hash } = plain(() => undefined);
const M2 = 0b101010;

/** Of a source, the first that has these words. */
const lineOf = (file: string, words: string): number =>
  readFileSync(join(MICROCODE_ROOT, file), 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(words)) + 1;

type Asked<Answer> = Generator<Request, Answer, unknown>;
function* breaking(...all: (Omit<Break, 'id'> | Where)[]): Asked<readonly BreakState[]> {
  const breaks = all.map((one, i) => ('on' in one ? { id: i + 1, where: one } : { ...one, id: i + 1 }));
  return (yield { what: 'breaks', breaks }) as readonly BreakState[];
}
function* asking<Answer>(question: string, ask: object): Asked<Answer> {
  return (yield { what: 'ask', question, ask } as Request) as Answer;
}

/** All stops until the run is over. */
function* stopsOf(back = false): Asked<Stop[]> {
  const stops: Stop[] = [];
  for (;;) {
    const stop = yield* going({ how: 'continue', back });
    if (stop.reason === 'end' || stop.reason === 'beginning') return stops;
    stops.push(stop);
  }
}

/** A user's run; it must come to what it is without a user. */
function user(asks: User, other: Partial<DebuggedRun> = {}): readonly string[] {
  const { hash: is, said } = debugged({ ...run, ...other }, asks);
  expect(is).toBe(hash);
  return said;
}

const WRITES: Where = { on: 'message', kind: 'WRITE' };

test('a message break stops as often as the message is taken', () => {
  let taken = 0;
  plain((sim) => {
    sim.world.onMessage = (array, node, at) => {
      const head = sim.world.arrays[array]?.memory.m[at + D_HEAD] as number;
      if (node === roleNumber('data') && (head & 255) === KIND.WRITE) taken++;
    };
  });
  expect(taken).toBeGreaterThan(10);
  user(function* () {
    yield* breaking(WRITES);
    expect((yield* stopsOf()).length).toBe(taken);
  });
});

test('backwards it stops where it stopped forwards, the other way round', () => {
  user(function* () {
    yield* breaking(
      { on: 'label', label: 'base/data/write.uc:merged' },
      { on: 'line', file: 'ack/real-time.uc', line: lineOf('ack/real-time.uc', 'wait  SHIPPED') },
    );
    const forwards = yield* stopsOf();
    expect(forwards.length).toBeGreaterThan(20);
    const backwards = yield* stopsOf(true);
    const moments = (stops: Stop[]) => stops.map(({ moment, place, task }) => ({ moment, place, task }));
    expect(moments(backwards.reverse())).toEqual(moments(forwards));
  });
});

test('who changed it last is who changed it last', () => {
  // After each step of a run without a debugger: when did the flags of a track that speak of M2 change?
  const changes: number[] = [];
  plain((sim) => {
    let last = 0;
    sim.world.onStep = () => {
      const [a] = sim.world.arrays;
      const now = a && sim.world.powered(0) ? trackFlags(a, 0, 4) & M2 : last;
      // Before this step: the one before changed it.
      if (now !== last) changes.push(sim.world.steps);
      last = now;
    };
  });
  expect(changes.length).toBeGreaterThan(2);
  user(function* () {
    for (const operations of [4000, 8000, 12_000, 16_000, 20_000]) {
      const { moment } = yield* going({ how: 'operation', operations });
      const change = yield* asking<Change | null>('when', { what: 'M2 A:data0:4' });
      expect(change?.moment.step).toBe(changes.filter((step) => step < moment.step).at(-1));
      // Where it was asked, it still stands.
      expect(((yield { what: 'stop' }) as Stop).moment).toEqual(moment);
    }
  });
});

test('a change that is watched names the instruction, and what it made of what', () => {
  user(function* () {
    yield* breaking({ on: 'watch', what: 'M2_WP A:data0:0' });
    const [first, second] = [yield* going({ how: 'continue' }), yield* going({ how: 'continue' })];
    expect(first.change).toMatchObject({
      before: '0 (none)',
      after: '0x2 (M2_WP)',
      place: { file: 'microcode/commit/track-list.uc' },
    });
    expect(second.change).toMatchObject({
      before: '0x2 (M2_WP)',
      after: '0 (none)',
      place: { file: 'microcode/ack/real-time.uc' },
    });
  });
});

describe('what a write sends', () => {
  /** The write stands before it sends. */
  function* shipping(): Asked<Stop> {
    const line = lineOf('ack/real-time.uc', 'send  SHIP');
    yield* breaking({ on: 'line', file: 'ack/real-time.uc', line, array: 'A' });
    const at = yield* going({ how: 'continue' });
    yield* breaking();
    return at;
  }

  test('is followed to the task at the other array that gets it', () => {
    user(function* () {
      const at = yield* shipping();
      const value = (text: string, task = at.task) => asking<{ number: number }>('evaluate', { text, task });
      const [track, low] = [(yield* value('track')).number, (yield* value('r10')).number];
      const there = yield* going({ how: 'peer' });
      expect(there.place).toMatchObject({ array: 'B', role: 'remote', scope: 'on FAR_APPLY' });
      expect([(yield* value('r1', there.task)).number, (yield* value('r5', there.task)).number]).toEqual([track, low]);
    });
  });

  test('is taken there once: what is waited for twice never comes', async () => {
    // Without a power loss, after which tasks have the tokens of others before it.
    const cut = await loadScenario('cut-and-return');
    debugged({ ...run, scenario: cut, rig: loadSimRig(cut.rig) }, function* () {
      yield* shipping();
      expect((yield* going({ how: 'peer', count: 2 })).reason).toBe('end');
    });
  });
});

describe('a step', () => {
  test('over a call stops behind it, a step into it at its first instruction, out of it behind the call', () => {
    user(function* () {
      const line = lineOf('base/data/write.uc', 'call.hook ack');
      yield* breaking({ on: 'line', file: 'base/data/write.uc', line });
      const call = yield* going({ how: 'continue' });
      yield* breaking();
      const behind = yield* going({ how: 'over' });
      expect([behind.place?.line, behind.task]).toEqual([line + 1, call.task]);
      expect((yield* going({ how: 'over', back: true })).moment).toEqual(call.moment);
      expect((yield* going({ how: 'instruction' })).place?.scope).toMatch(/^hook ack/);
      expect((yield* going({ how: 'out' })).moment).toEqual(behind.moment);
    });
  });

  test('back out of a call stops at the call; where nobody called it is refused, and nothing has moved', () => {
    user(function* () {
      const line = lineOf('base/data/write.uc', 'call.hook ack');
      yield* breaking({ on: 'line', file: 'base/data/write.uc', line });
      const call = yield* going({ how: 'continue' });
      yield* breaking();
      yield* going({ how: 'instruction', count: 2 });
      expect((yield* going({ how: 'out', back: true })).moment).toEqual(call.moment);
      let refused = '';
      try {
        yield* going({ how: 'out', back: true });
      } catch (error) {
        refused = (error as Error).message;
      }
      expect(refused).toMatch(/^nobody called it: [AB]\.data \d+ is in its handler itself/);
      expect(((yield { what: 'stop' }) as Stop).moment).toEqual(call.moment);
    });
  });

  test('behind the last instruction of a task says that it is done; before its first there is nothing', () => {
    user(function* () {
      yield* breaking({ on: 'label', label: 'base/data/write.uc:WRITE' });
      const first = yield* going({ how: 'continue' });
      yield* breaking();
      let refused = '';
      try {
        yield* going({ how: 'instruction', back: true });
      } catch (error) {
        refused = (error as Error).message;
      }
      expect(refused).toMatch(/the task began there/);
      let last = yield* going({ how: 'instruction' });
      while (last.text === '') last = yield* going({ how: 'instruction', ...(first.task && { task: first.task }) });
      expect(last.text).toBe('the task is done');
    });
  });
});

test('a condition, a count to ignore and a log point decide which stops are made', () => {
  const said = user(function* () {
    const where: Where = { on: 'label', label: 'base/data/write.uc:merged' };
    yield* breaking(where);
    const all = yield* stopsOf();
    const tracks: number[] = [];
    for (const { moment } of all) {
      const { task } = yield* going({ how: 'operation', operations: moment.operations });
      tracks.push((yield* asking<{ number: number }>('evaluate', { text: 'track', task })).number);
    }
    const some = tracks[0] as number;
    yield* going({ how: 'operation', operations: 0 });
    yield* breaking({ where, condition: `track == ${some}` }, { where, ignore: 5 }, { where, log: 'track {track}' });
    const stops = yield* stopsOf();
    const expected = all.filter((_, i) => tracks[i] === some || i >= 5).map(({ moment }) => moment);
    expect(stops.map(({ moment }) => moment)).toEqual(expected);
  });
  expect(said.length).toBeGreaterThan(10);
  expect(said.every((line) => /^track \d+$/.test(line))).toBe(true);
});

test('a state that begins, and a time, stop it', async () => {
  const other = await loadScenario('cut-and-return');
  debugged({ ...run, scenario: other, rig: loadSimRig(other.rig) }, function* () {
    yield* breaking({ on: 'state', when: 'pair A:data0 is PSUE' }, { on: 'time', time_ns: 2_000_000 });
    const stops = (yield* stopsOf()).map(({ reason, moment }) => ({ reason, moment }));
    expect(stops.map(({ reason }) => reason).sort()).toEqual(['state', 'time']);
    const state = stops.find(({ reason }) => reason === 'state');
    yield* going({ how: 'operation', operations: state?.moment.operations ?? 0 });
    const shown = yield* asking<{ text: string }>('evaluate', { text: 'A:pair.state[data0]' });
    expect(shown.text).toContain('PSUE');
  });
});

test('what was set is so when its moment is shown again, and in the past nothing is set', () => {
  const { hash: is } = debugged(run, function* () {
    yield* breaking({ on: 'label', label: 'base/data/write.uc:merged' });
    const { task, moment } = yield* going({ how: 'continue' });
    yield* breaking();
    yield* asking('assign', { text: 'r15', value: '4711', task });
    yield* going({ how: 'instruction', count: 2 });
    let refused = '';
    yield* going({ how: 'instruction', back: true });
    try {
      yield* asking('assign', { text: 'r15', value: '1', task });
    } catch (error) {
      refused = (error as Error).message;
    }
    expect(refused).toMatch(/the past cannot be changed/);
    yield* going({ how: 'instruction', back: true });
    expect(((yield { what: 'stop' }) as Stop).moment).toEqual(moment);
    yield* going({ how: 'instruction' });
    expect((yield* asking<{ number: number }>('evaluate', { text: 'r15', task })).number).toBe(4711);
  });
  expect(is).toBe(hash);
});

test('a bug that the oracle finds stops it there, and who made what it found is told from there', async () => {
  const plant = await loadPlant('stale-acknowledgement');
  const storm = await loadScenario('storm');
  const other = {
    scenario: storm,
    rig: loadSimRig('tiny-pair'),
    images: imagesWith(plant),
    seed: 12,
    settings: { load_us: 15_000, errors_in: 2 },
  };
  let stop: Stop | undefined;
  debugged({ ...run, ...other }, function* () {
    yield* breaking({ on: 'violation' });
    stop = yield* going({ how: 'continue' });
  });
  expect(stop).toMatchObject({ reason: 'violation' });
  expect(stop?.text).toMatch(/^B:work0 track 2/);
});

test('snapshots that have little memory give the same, from fewer of them', () => {
  const moments: unknown[] = [];
  for (const bytes of [1, 64 * 1024 * 1024])
    user(
      function* () {
        yield* breaking(WRITES);
        for (let i = 0; i < 20; i++) yield* going({ how: 'continue' });
        moments.push([
          (yield* going({ how: 'continue', back: true })).moment,
          (yield* going({ how: 'operation', operations: 500 })).moment,
        ]);
      },
      { bytes },
    );
  expect(moments[0]).toEqual(moments[1]);
});

test('registers in what was changed are those of now', () => {
  user(function* () {
    yield* breaking({ on: 'label', label: 'base/data/write.uc:merged' });
    let stop = yield* going({ how: 'continue' });
    for (let i = 0; i < 6; i++) stop = yield* going({ how: 'continue' });
    const { number } = yield* asking<{ number: number }>('evaluate', { text: 't', task: stop.task });
    const array = stop.task?.array === 0 ? 'A' : 'B';
    const byName = yield* asking<Change>('when', { what: 'track.flags[t]', task: stop.task });
    const byNumber = yield* asking<Change>('when', { what: `${array}:track.flags[${number}]` });
    expect({ ...byName, what: '' }).toEqual({ ...byNumber, what: '' });
    expect(byName.by).toEqual(stop.task);
  });
});
