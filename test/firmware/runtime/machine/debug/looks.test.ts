/** Tables of what there is in arrays, against the simulator's own looks and against what the messages of a role say. */

import { Ring } from 'sharedarraybuffer-ring';
import { describe, expect, test } from 'vitest';
import { COMMAND_OP, FLAG } from '../../../../../firmware/memory/constants.js';
import { D_HEAD, DESCRIPTOR_WORDS, KIND, roleNumber } from '../../../../../firmware/ports/messages.js';
import { Inspector } from '../../../../../firmware/runtime/machine/debug/inspector.js';
import { LOOKS, type Look } from '../../../../../firmware/runtime/machine/debug/target.js';
import { flagNames, trackFlags } from '../../../../../firmware/runtime/simulated/inspect.js';
import type { Sim } from '../../../../../firmware/runtime/simulated/sim.js';
import { newSim } from '../../../../simulated/helpers.js';
import { desk, writing } from './desk.js';

function inspectorOf(sim: Sim): Inspector {
  return new Inspector({
    get arrays() {
      return sim.world.arrays.map((tables) => ({ name: tables.config.name, tables, images: sim.codes }));
    },
    now_ns: () => sim.time_us * 1000,
    current: undefined,
  });
}

/** Rows as objects by column. */
function rows(inspector: Inspector, what: Look, ...words: string[]): Record<string, string>[] {
  const { columns, rows: all } = inspector.answer('look', { what, words });
  for (const row of all) expect(row).toHaveLength(columns.length);
  return all.map((row) => Object.fromEntries(row.map((cell, i) => [columns[i], cell])));
}

/** A pair at work: hosts of both arrays write, and the world stands in the middle of it. */
function working(steps: number): Sim {
  const sim = newSim('tiny-pair', 3);
  sim.paired();
  for (const [host, name] of [
    [0, 'A:data0'],
    [1, 'A:data0'],
    [0, 'B:work0'],
    [1, 'B:work0'],
  ] as const)
    sim.start(host, COMMAND_OP.OP_WRITE, name, host * 4, 6);
  let step = 0;
  sim.until('some of it is done', () => ++step > steps);
  return sim;
}

const SIM = working(70);
const INSPECTOR = inspectorOf(SIM);

describe('flags', () => {
  test('are ranges of tracks that have the same ones pending or invalid', () => {
    const { inspector, a } = desk();
    for (const [track, flags] of [
      [3, FLAG.M2_INV],
      [4, FLAG.M2_INV | FLAG.WRITTEN],
      [5, FLAG.M1_WP],
      [19, FLAG.M1_WP],
    ] as const)
      a.set('track.flags', track, flags);
    a.set('track.flags', 20, FLAG.M1_WP);
    a.set('track.flags', 7, FLAG.WRITTEN);
    expect(rows(inspector, 'flags', 'A')).toEqual([
      { volume: 'A:v0', tracks: '3-4', 'how many': '2', flags: 'M2_INV' },
      { volume: 'A:v0', tracks: '5', 'how many': '1', flags: 'M1_WP' },
      { volume: 'A:v0', tracks: '19', 'how many': '1', flags: 'M1_WP' },
      { volume: 'A:v1', tracks: '0', 'how many': '1', flags: 'M1_WP' },
    ]);
    expect(rows(inspector, 'flags', 'A:v1')).toHaveLength(1);
    expect(rows(inspector, 'flags', 'B-2')).toEqual([]);
  });

  test('are those of all tracks of a world', () => {
    const right = SIM.world.arrays.flatMap((array) =>
      array.config.volumes.flatMap(({ name, tracks }, v) =>
        Array.from({ length: tracks }, (_, t) => [
          `${array.config.name}:${name}:${t}`,
          flagNames(trackFlags(array, v, t)),
        ]),
      ),
    );
    const shown = rows(INSPECTOR, 'flags').flatMap(({ volume, tracks, flags }) => {
      const [from = 0, to = from] = tracks.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => [`${volume}:${from + i}`, flags]);
    });
    const marked = right.filter(([, flags]) => flags !== 'none');
    expect(marked.length).toBeGreaterThan(0);
    expect(shown).toEqual(marked);
  });
});

describe('a track', () => {
  test('is told with its flags, its lock and who waits for that', () => {
    const { inspector, a } = writing(1000);
    a.expect('cache', 'GET');
    a.receive('WRITE', { volume: 1, track: 5, span: 1 << 16 });
    a.set('track.flags', 25, FLAG.M2_INV);
    a.set('track.gen', 25, [7, 3]);
    a.set('lock.unacked', 25, 2);
    const is = Object.fromEntries(inspector.answer('look', { what: 'track', words: ['A:v1:5'] }).rows);
    expect(is).toMatchObject({
      track: 'A:v1:5 (record 25)',
      flags: '0x20 (M2_INV)',
      generation: '12884901895 (epoch 3, 7)',
      lock: 'A.data 4',
      'wait for the lock': 'A.data 3',
      'sends not acknowledged': '2',
      slot: 'not in cache',
      'sectors of the volume': '20 to 23',
      cylinder: '0 (record 2)',
    });
  });

  test('may be named by registers of the task', () => {
    const { inspector, task } = writing(3);
    const [[, name]] = inspector.answer('look', { what: 'track', words: ['v1:track'], task }).rows;
    expect(name).toBe('A:v1:5 (record 25)');
  });

  test('has its slot, if it is in cache', () => {
    const slot = rows(INSPECTOR, 'slots').find(({ dirty }) => dirty !== '0');
    const is = Object.fromEntries(INSPECTOR.answer('look', { what: 'track', words: [slot?.track ?? ''] }).rows);
    expect(is.slot).toBe(
      `${slot?.slot.split(' ')[1]}: ${slot?.held} sectors held, ${slot?.dirty} dirty, ${slot?.pins} pins`,
    );
  });
});

describe('slots', () => {
  test('are those that hold a track or are in use, with the sectors of their masks', () => {
    const { inspector, a } = desk();
    a.set('slot.volume', 1, 2);
    a.set('slot.track', 1, 5);
    a.set('slot.gen', 1, [4, 2]);
    a.set('slot.valid', 1, [0b1111, 0, 0, 1]);
    a.set('slot.dirty', 1, [0b0110, 0, 0, 0]);
    a.set('entry.pins', 1, 2);
    a.set('entry.granted', 4, 1);
    expect(rows(inspector, 'slots', 'A')).toEqual([
      expect.objectContaining({
        slot: 'A 1',
        pool: 'host',
        track: 'A:v1:5',
        held: '5',
        dirty: '2',
        pins: '2',
        granted: '',
      }),
      expect.objectContaining({ slot: 'A 4', pool: 'remote', track: '', granted: 'GRANTED' }),
    ]);
    expect(rows(inspector, 'slots', 'A:v1')).toHaveLength(1);
    expect(rows(inspector, 'slots', 'A:v0')).toEqual([]);
  });
});

describe('rings', () => {
  test('hold what was sent and not taken yet, the oldest with its fields', () => {
    const { inspector, a } = desk();
    a.receive('READ', { volume: 1, track: 2, span: 3 << 16 }, { ops: 0 });
    const all = rows(inspector, 'rings', 'A', 'all');
    expect(all.length).toBeGreaterThan(20);
    expect(rows(INSPECTOR, 'rings').length).toBeGreaterThan(0);
    for (const { messages, 'the oldest': oldest } of rows(INSPECTOR, 'rings')) {
      expect(Number(messages)).toBeGreaterThan(0);
      expect(oldest).toMatch(/^[A-Z_]+( \w+=\S+( \([^)]*\))?)*$/);
    }
  });

  test('of another director say what their receiver does not see yet', () => {
    const { inspector, a } = desk();
    const { machine } = a;
    const [data, cache] = [roleNumber('data'), roleNumber('cache')];
    const place = machine.memory.layout.rings.find(({ from, to }) => from === data && to === cache);
    if (!place) throw new Error('there is no such ring');
    machine.set('node', 'director', cache, 2);
    const ring = new Ring(machine.memory.m, place.base, place.capacity, DESCRIPTOR_WORDS);
    const before = rows(inspector, 'rings', 'A', 'all').find((row) => row.ring === 'A:data->cache')?.messages;
    expect(before).toBe('0');
    const push = (): void => {
      machine.memory.m[ring.claim() + D_HEAD] = KIND.GET;
    };
    push();
    push();
    const shown = (): string | undefined =>
      rows(inspector, 'rings', 'A').find((row) => row.ring === 'A:data->cache')?.messages;
    expect(shown()).toBe('0, 2 to come');
    ring.publish();
    push();
    expect(shown()).toBe('2, 1 to come');
    expect(rows(inspector, 'directors', 'A').find(({ role }) => role === 'A.cache')?.['messages wait']).toBe('2');
    // On one thread a message is there when it was pushed.
    machine.set('node', 'director', cache, 0);
    expect(shown()).toBe('3');
  });

  test('have as many messages as expressions count', () => {
    for (const { ring, messages } of rows(INSPECTOR, 'rings', 'all')) {
      const [array = '', name = ''] = ring.split(':');
      const [from, to] = name.split('->');
      const [role, , taskClass] = name.split(' ');
      const text = to === undefined ? `backlog(${array}, ${role}, ${taskClass})` : `ring(${array}, ${from}, ${to})`;
      expect(INSPECTOR.answer('evaluate', { text }).text).toBe(messages);
    }
  });
});

describe('pairs', () => {
  test('are told with their state, the other side, and what is owed', () => {
    const sim = newSim('tiny-pair', 1);
    sim.paired();
    sim.operator('A:data0', 'SUSPEND');
    sim.write('A:data0', 0);
    sim.write('A:data0', 8);
    sim.rest();
    const all = rows(inspectorOf(sim), 'pairs');
    expect(all.find(({ pair }) => pair === 'A:data0')).toMatchObject({
      state: 'PSUS',
      side: 'source',
      with: 'B:data0',
      epoch: String(sim.pair('A:data0').epoch),
      recipe: 'track-mirror',
      'owed tracks': '2',
    });
    expect(all.find(({ pair }) => pair === 'B:work0')).toMatchObject({ state: 'PAIR', session: 'open, agreed' });
    expect(all).toHaveLength(4);
  });
});

describe('locks', () => {
  test('are those that a task holds', () => {
    const { inspector, a } = writing(1000);
    a.expect('cache', 'GET');
    a.receive('WRITE', { volume: 1, track: 5, span: 1 << 16 });
    expect(rows(inspector, 'locks')).toEqual([
      expect.objectContaining({ track: 'A:v1:5', 'held by': 'A.data 4', in: 'on WRITE', 'wait for it': 'A.data 3' }),
    ]);
  });
});

describe('links', () => {
  test('are told with their credits', () => {
    const credits = SIM.world.arrays.map((array) => String(array.get('link', 'credits', 0)));
    expect(rows(INSPECTOR, 'links')).toEqual([
      expect.objectContaining({ link: 'A-B:0', up: 'yes', credits: credits[0] }),
      expect.objectContaining({ link: 'B-A:0', up: 'yes', credits: credits[1] }),
    ]);
  });

  test('without a wire are told as such', () => {
    expect(rows(desk().inspector, 'links', 'A')).toEqual([expect.objectContaining({ wire: 'none', up: '' })]);
  });
});

describe('journal groups', () => {
  test('are told with their numbers and how full they are', () => {
    const sim = newSim('tiny-journal', 1);
    sim.paired();
    const [{ name: arrayName, volumes }] = sim.world.arrays.map(({ config }) => config);
    const volume = volumes.find(({ journal }) => journal !== undefined)?.name ?? '';
    sim.write(`${arrayName}:${volume}`, 0);
    const array = sim.world.arrays[0];
    const [group] = rows(inspectorOf(sim), 'groups', arrayName);
    const last = array.memory.m[array.at('journal', 'last', 0)];
    const freed = array.memory.m[array.at('journal', 'freed', 0)];
    expect(last).toBeGreaterThan(0);
    expect(group).toMatchObject({
      newest: String(last),
      gone: String(freed),
      entries: `${last - freed} of ${array.config.dims.journals?.[0]?.records}`,
    });
  });

  test('there are none without journals', () => {
    expect(rows(desk().inspector, 'groups')).toEqual([]);
  });
});

describe('tasks', () => {
  test('are as many as are not free', () => {
    let busy = 0;
    for (const array of SIM.world.arrays)
      for (let t = 0; t < array.memory.layout.records.task; t++) if (array.get('task', 'state', t) !== 0) busy++;
    expect(busy).toBeGreaterThan(3);
    expect(rows(INSPECTOR, 'tasks')).toHaveLength(busy);
  });
});

describe('words that are missing or wrong', () => {
  test.each([
    ['track', [], 'track: it is "track ARRAY:VOLUME:TRACK", for example track A:v0:0'],
    ['track', ['A:v0'], 'track A:v0: it is "track ARRAY:VOLUME:TRACK"'],
    ['track', ['A:v0:20'], 'there is no track 20 of A:v0; it has 0 to 19'],
    ['track', ['A:v7:0'], 'there is no volume A:v7; array A has A:v0, A:v1'],
    ['track', ['v0:0'], '"v0" is a volume of which array? It is written ARRAY:VOLUME (A, B-2)'],
    ['slots', ['C'], 'there is no array C; there are A, B-2'],
    ['slots', ['A', 'B-2'], 'slots A B-2: it is "slots", "slots ARRAY" or "slots ARRAY:VOLUME", of A, B-2'],
    ['locks', ['A:v0'], 'locks A:v0: it is "locks" or "locks ARRAY", of A, B-2'],
    ['rings', ['every'], 'there is no array every; there are A, B-2'],
    ['nothing' as Look, [], `there is no table nothing; there are ${LOOKS.join(', ')}`],
  ] as const)('%s %j', (what, words, said) => {
    expect(() => desk().inspector.answer('look', { what, words })).toThrow(said);
  });

  test('every table is there, with and without power', () => {
    const d = desk();
    d.a.machine.powerOff();
    for (const what of LOOKS.filter((one) => one !== 'trace')) {
      const words = what === 'track' ? ['A:v0:3'] : [];
      expect(d.inspector.answer('look', { what, words }).columns.length).toBeGreaterThan(1);
    }
  });

  test('of a trace that nobody kept says so', () => {
    const { inspector } = desk();
    expect(() => inspector.answer('look', { what: 'trace', words: [] })).toThrow('no trace was kept here');
  });
});
