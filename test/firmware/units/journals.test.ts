import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BatteryMarks, batteryTables, slotBytes } from '../../../firmware/memory/battery-marks.js';
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { attach } from '../../../firmware/memory/layout.js';
import { Journals, ROOM } from '../../../firmware/units/journals.js';
import { copyMarked } from '../../harness/battery.js';
import { type Path, path, span } from '../../harness/path.js';
import { program } from '../../harness/program.js';

const RECORDS = 16;
const WINDOW = 16;
const TRACK = 4;
const GROUP = 1;
/** Another group before the one that is looked at, so that nothing of it begins at 0. */
const OPTIONS = {
  sectorsPerTrack: TRACK,
  volumes: [{ tracks: 4, pair: 'source', journal: GROUP }],
  journals: [
    { records: 8, windowSectors: 4, volumes: [{ drive: 1, informationSectors: 1, dataSectors: 12 }] },
    {
      records: RECORDS,
      windowSectors: WINDOW,
      volumes: [
        { drive: 2, informationSectors: 1, dataSectors: 16 },
        { drive: 3, informationSectors: 3, dataSectors: 32 },
      ],
    },
  ],
} as const;

/** Of each sector of the two regions, in order: drive and sector. */
const INFORMATION = [
  [2, 0],
  [3, 0],
  [3, 1],
  [3, 2],
];
const DATA = [...Array.from({ length: 16 }, (_, s) => [2, 1 + s]), ...Array.from({ length: 32 }, (_, s) => [3, 3 + s])];

const pair = (value: number): [number, number] => [value | 0, Math.floor(value / 2 ** 32)];

/** The rules as the group's description has them, on lists of everything that ever was. */
class Model {
  /** By position: the byte that was written there. */
  readonly written = new Map<number, number>();
  tail: number;
  head: number;
  spilled: number;
  last: number;
  freed: number;

  constructor(start: number, number: number) {
    this.tail = start;
    this.head = start;
    this.spilled = start;
    this.last = number;
    this.freed = number;
  }

  /** The first place from the tail on of which no two sectors are in different pieces of a window's size. */
  place(sectors: number): number {
    let place = this.tail;
    while (Math.floor(place / WINDOW) !== Math.floor((place + sectors - 1) / WINDOW)) place++;
    return place;
  }

  room(sectors: number): number {
    const end = this.place(sectors) + sectors;
    if (this.last - this.freed === RECORDS || end - this.head > DATA.length) return ROOM.JOURNAL;
    // What is not on the journal volumes yet and is kept must have its place in the window to itself.
    const places = new Set<number>();
    for (let p = Math.max(this.head, this.spilled); p < end; p++) {
      if (places.has(p % WINDOW)) return ROOM.MEMORY;
      places.add(p % WINDOW);
    }
    return ROOM.FITS;
  }
}

const fresh = (model: Model, p: Path = path('data', OPTIONS)): Path => {
  for (const field of ['tail', 'head', 'spilled', 'last', 'freed'] as const) {
    p.set(`journal.${field}`, GROUP, pair(model[field]));
  }
  return p;
};

const byteAt = (p: Path, sector: number): number => p.machine.memory.bytes[sector * SECTOR_BYTES + 511] as number;

function checkPlaces(p: Path, model: Model): void {
  const { journals } = p.node;
  const { layout, m } = p.machine.memory;
  const windowAt = layout.windowsAt[GROUP] as number;
  const kept = new Set<number>();
  for (const position of [...model.written.keys()].filter((w) => w >= model.tail - 3 * WINDOW)) {
    const at = model.tail - position > WINDOW ? -1 : windowAt + (position % WINDOW);
    expect(journals.at(GROUP, position)).toBe(at);
    if (at >= 0) expect(byteAt(p, at)).toBe(model.written.get(position));
    journals.drive(GROUP, position, 0);
    expect([m[0], m[1]]).toEqual(DATA[position % DATA.length]);
    expect(journals.run(GROUP, position)).toBe(WINDOW - (position % WINDOW));
    if (at >= 0 && position >= model.head) kept.add(at);
  }
  const pieces = journals.kept(GROUP).flatMap(([at, sectors]) => Array.from({ length: sectors }, (_, s) => at + s));
  expect(new Set(pieces)).toEqual(new Set([...pieces, ...kept]));
  expect(pieces.length).toBe(Math.min(WINDOW, model.tail - model.head));
}

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ op: fc.constant('write'), n: fc.integer({ min: 1, max: TRACK }) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('free'), n: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('spill'), n: fc.integer({ min: 1, max: 20 }) }) },
);

describe('the journal unit', () => {
  const starts = fc.constantFrom(0, 5, 2 ** 32 - 7, 2 ** 32 * 3 - 40, 2 ** 45 + 3);
  test('gives places, room and addresses as a list of all that was ever written has them, also over 2^32', () => {
    let seen = 0;
    fc.assert(
      fc.property(starts, starts, fc.array(step, { minLength: 60, maxLength: 150 }), (start, number, steps) => {
        const model = new Model(start, number);
        const p = fresh(model);
        const { journals } = p.node;
        /** Behind the data of each entry that is kept. */
        const ends: number[] = [];
        for (const { op, n } of steps) {
          if (op === 'spill') {
            model.spilled = Math.min(model.tail, Math.max(model.spilled, model.head) + n);
          } else if (op === 'free') {
            for (const end of ends.splice(0, n)) {
              model.head = end;
              model.freed += 1;
            }
          } else {
            const room = model.room(n);
            seen |= 1 << room;
            expect(journals.room(GROUP, n)).toBe(room);
            if (room !== ROOM.FITS) continue;
            const byte = 1 + (model.last % 250);
            const place = journals.reserve(GROUP, n);
            expect(place).toBe(model.place(n));
            p.fill(p.transferAt, n, byte);
            journals.data(GROUP, place, p.transferAt, n);
            for (let s = 0; s < n; s++) model.written.set(place + s, byte);
            model.tail = place + n;
            model.last += 1;
            ends.push(model.tail);
            expect(p.words('journal.tail', GROUP)).toEqual(pair(model.tail));
            p.set('journal.last', GROUP, pair(model.last));
          }
          p.set('journal.head', GROUP, pair(model.head));
          p.set('journal.freed', GROUP, pair(model.freed));
          p.set('journal.spilled', GROUP, pair(model.spilled));
        }
        checkPlaces(p, model);
      }),
      { numRuns: 100 },
    );
    expect(seen).toBe(7);
  });

  test('finds the record of a number, its sector in memory, and where that stands on the journal volumes', () => {
    const p = path('data', OPTIONS);
    const { layout, m } = p.machine.memory;
    const { journals } = p.node;
    for (const number of [0, 1, 7, 8, 15, 16, 17, 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 9]) {
      const record = Number(BigInt(number) % 16n);
      expect(journals.find(GROUP, number)).toBe(8 + record);
      const sector = journals.information(GROUP, number);
      expect(sector * 128 + (record % 8) * 16).toBe(layout.base.update + (8 + record) * 16);
      journals.home(GROUP, number, 0);
      expect([m[0], m[1]]).toEqual(INFORMATION[Math.floor(record / 8)]);
    }
  });

  test('learns all of a piece of update information but its number, which peek tells', () => {
    const p = path('data', OPTIONS);
    const { m } = p.machine.memory;
    const at = p.transferAt + 1;
    for (let i = 0; i < 256; i++) m[at * 128 + i] = 1000 + i;
    p.node.journals.peek(at, 9, 0);
    expect([m[0], m[1]]).toEqual([1144, 1145]);
    p.set('update.number', 11, [7, 8]);
    p.node.journals.learn(11, at, 9);
    expect(p.words('update.number', 11)).toEqual([7, 8]);
    const first = p.machine.at('update', 'gen', 11);
    expect([...m.subarray(first, first + 14)]).toEqual(Array.from({ length: 14 }, (_, i) => 1146 + i));
    expect(p.words('update.number', 12)).toEqual([0, 0]);
  });

  test('marks all that it changes in battery memory', () => {
    const { memory } = path('data', OPTIONS).machine;
    const { layout } = memory;
    const copy = attach(layout, new SharedArrayBuffer(layout.bytes));
    copy.m.set(memory.m);
    const marks = new BatteryMarks(layout);
    const journals = new Journals(memory, marks);
    const from = layout.transferAt;
    for (const [n, sectors] of [4, 3, 1, 2, 4, 4, 4].entries()) {
      memory.m.fill(n + 1, from * 128, (from + TRACK) * 128);
      journals.data(GROUP, journals.reserve(GROUP, sectors), from, sectors);
      journals.learn(8 + n, from, n);
      copyMarked(marks, memory.m, copy.m);
      for (const [first, end] of [batteryTables(layout), slotBytes(layout)]) {
        expect(copy.m.subarray(first, end)).toEqual(memory.m.subarray(first, end));
      }
    }
  });
});

describe('an instruction of the journal unit', () => {
  const run = (body: string, registers: readonly number[], p = program(body, 'data', OPTIONS)): number[] => {
    fresh(new Model(2 ** 32 + 14, 2 ** 32 + 5), p);
    p.fill(p.transferAt, 4, 0x5a);
    return p.go(registers);
  };

  test('takes its operands from registers and pairs, and answers in them', () => {
    const start = pair(2 ** 32 + 14);
    const body = [
      'jnl.room r0, r8, r9',
      'jnl.reserve r2, r8, r9',
      'jnl.drive r4, r8, r2',
      'jnl.run r1, r8, r2',
      'jnl.at r6, r8, r2',
    ].join('\n    ');
    const p = program(`    ${body}`, 'data', OPTIONS);
    const r = run(body, [0, 0, 0, 0, 0, 0, 0, 0, GROUP, span(1, 3)], p);
    const windowAt = p.machine.memory.layout.windowsAt[GROUP] as number;
    expect(r.slice(0, 7)).toEqual([0, 16, ...pair(2 ** 32 + 16), 3, 3 + ((2 ** 32 + 16) % 48) - 16, windowAt]);
    expect(p.words('journal.tail', GROUP)).toEqual(pair(2 ** 32 + 19));
    const put = program('    jnl.data r2, r8, r6, r9', 'data', OPTIONS);
    const at = put.machine.memory.layout.windowsAt[GROUP] as number;
    run('', [0, 0, ...start, 0, 0, put.transferAt, 0, GROUP, span(7, 2)], put);
    expect([13, 14, 15].map((s) => byteAt(put, at + s))).toEqual([0, 0x5a, 0x5a]);
    expect([-1, 0].map((s) => byteAt(put, at + s))).toEqual([0, 0]);
  });

  test('of update information does so, too', () => {
    const body = '    jnl.find r0, r8, r2\n    jnl.info r1, r8, r2\n    jnl.home r4, r8, r2\n    jnl.peek r6, r9, r10';
    const p = program(`${body}\n    jnl.learn r11, r9, r10`, 'data', OPTIONS);
    const { layout, m } = p.machine.memory;
    for (let i = 0; i < 128; i++) m[p.transferAt * 128 + i] = i;
    const r = p.go([0, 0, ...pair(2 ** 32 + 9), 0, 0, 0, 0, GROUP, p.transferAt, 2, 8]);
    expect(r.slice(0, 8)).toEqual([8 + 9, layout.base.update / 128 + 2, ...pair(2 ** 32 + 9), 3, 0, 32, 33]);
    expect(p.words('update.number', 8)).toEqual([0, 0]);
    expect(p.words('update.gen', 8)).toEqual([34, 35]);
  });

  test('is a fault with a group or a record that there is not, or data that go over an edge', () => {
    const at = (registers: readonly number[], body: string): (() => void) => {
      return () => run(body, registers, program(`    ${body}`, 'data', OPTIONS));
    };
    expect(at([2], 'jnl.room r1, r0, r1')).toThrow('there is no journal 2 (data, task');
    expect(at([-1], 'jnl.at r1, r0, r2')).toThrow('there is no journal -1');
    expect(at([24], 'jnl.learn r0, r1, r1')).toThrow('there is no update 24');
    const data = 'jnl.data r2, r0, r4, r5';
    expect(at([GROUP, 0, 14, 0, 0, span(0, 3)], data)).toThrow('3 sectors at 14 go over an edge of the journal');
    expect(at([GROUP, 0, 0, 0, 0, span(0, 129)], data)).toThrow('129 sectors at once into a journal');
  });
});
