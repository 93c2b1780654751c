import fc from 'fast-check';
import { Ring, ringWords } from 'sharedarraybuffer-ring';
import { describe, expect, test } from 'vitest';
import { MAX_PARALLEL, SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import {
  attach,
  bellAt,
  copyMemory,
  type Dimensions,
  type Layout,
  layoutOf,
  losePower,
} from '../../../firmware/memory/layout.js';
import { TABLE_LIST } from '../../../firmware/memory/tables.js';
import { DESCRIPTOR_WORDS, KINDS, MICROCODED_ROLES, ROLES, roleNumber } from '../../../firmware/ports/messages.js';

const SMALL: Dimensions = {
  sectorsPerTrack: 4,
  tracks: [4, 20],
  hostSlots: 4,
  remoteSlots: 2,
  tasks: [4, 2, 2, 4],
  commands: 2,
  transferSectors: 32,
  credits: 2,
};

const some = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
const dimensions: fc.Arbitrary<Dimensions> = fc.record({
  sectorsPerTrack: some(128),
  tracks: fc.array(some(40), { minLength: 1, maxLength: 4 }),
  hostSlots: some(40),
  remoteSlots: some(20),
  tasks: fc.tuple(some(9), some(9), some(9), some(9)),
  commands: some(16),
  transferSectors: some(200),
  credits: some(8),
  journals: fc.option(
    fc.array(
      fc.record({
        records: some(5).map((sectors) => sectors * 8),
        windowSectors: fc.integer({ min: 128, max: 300 }),
        volumes: some(3),
      }),
      { maxLength: 3 },
    ),
    { nil: undefined },
  ),
});

interface Part {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly kept: 'battery' | 'volatile';
}

function partsOf(layout: Layout): Part[] {
  const { dims } = layout;
  const sectorWords = SECTOR_BYTES / 4;
  const sectors = (name: string, at: number, count: number, kept: Part['kept']): Part => ({
    name,
    from: at * sectorWords,
    to: (at + count) * sectorWords,
    kept,
  });
  const ring = (name: string, base: number, capacity: number): Part => ({
    name,
    from: base,
    to: base + ringWords(capacity, DESCRIPTOR_WORDS),
    kept: 'volatile',
  });
  return [
    ...TABLE_LIST.map((t) => ({
      name: t.name,
      from: layout.base[t.name],
      to: layout.base[t.name] + (layout.records[t.name] << t.shift),
      kept: t.spec.kept,
    })),
    ...layout.rings.map((r) => ring(`${ROLES[r.from]} → ${ROLES[r.to]}`, r.base, r.capacity)),
    ...layout.backlogs.map((b, i) => ring(`backlog ${i}`, b.base, b.capacity)),
    sectors('transfer buffers', layout.transferAt, dims.transferSectors, 'volatile'),
    sectors('receive buffers', layout.receiveAt, dims.credits * dims.sectorsPerTrack, 'volatile'),
    sectors('slots', layout.slotsAt, (dims.hostSlots + dims.remoteSlots) * dims.sectorsPerTrack, 'battery'),
    ...layout.buffersAt.map((at, j) =>
      sectors(`buffers of journal ${j}`, at, 4 * (dims.sectorsPerTrack + 2), 'volatile'),
    ),
    ...layout.windowsAt.map((at, j) => sectors(`window ${j}`, at, dims.journals?.[j]?.windowSectors ?? 0, 'battery')),
  ];
}

describe('the layout of an array of any size', () => {
  test('has all of its parts inside the memory, none over another', () => {
    fc.assert(
      fc.property(dimensions, (dims) => {
        const layout = layoutOf(dims);
        const parts = partsOf(layout).sort((a, b) => a.from - b.from || a.to - b.to);
        let end = 16;
        for (const part of parts) {
          expect(part.from, part.name).toBeGreaterThanOrEqual(end);
          expect(part.to, part.name).toBeGreaterThanOrEqual(part.from);
          end = part.to;
        }
        expect(end).toBe(layout.words);
        expect(layout.bytes).toBe(layout.words * 4);
      }),
    );
  });

  test('keeps exactly the battery parts over a power loss', () => {
    fc.assert(
      fc.property(dimensions, (dims) => {
        const layout = layoutOf(dims);
        for (const part of partsOf(layout)) {
          const lost = layout.volatile.filter(([from, to]) => from < part.to && part.from < to);
          if (part.kept === 'battery') expect(lost, part.name).toEqual([]);
          else
            expect(
              lost.some(([from, to]) => from <= part.from && part.to <= to),
              part.name,
            ).toBe(true);
        }
        // The doors, one for each director.
        expect(layout.volatile[0]).toEqual([0, bellAt(ROLES.length)]);
      }),
    );
  });

  test('has the same places for all else when it has no journal group as when nobody spoke of any', () => {
    fc.assert(
      fc.property(dimensions, ({ journals: _, ...dims }) => {
        expect({ ...layoutOf({ ...dims, journals: [] }), dims }).toEqual(layoutOf(dims));
        const { base } = layoutOf(dims);
        expect([base.update, base.slot]).toEqual([base.journal, base.journal]);
      }),
    );
  });

  test('is the same for the same dimensions: whoever attaches finds the same places', () => {
    expect(layoutOf(SMALL)).toEqual(layoutOf({ ...SMALL }));
  });

  test('has 64-bit fields at even words, and records that do not reach into the next', () => {
    const layout = layoutOf(SMALL);
    for (const t of TABLE_LIST) {
      const fields = [...t.fields.values()];
      const last = fields.at(-1);
      expect(layout.base[t.name] % 16, t.name).toBe(0);
      expect((last?.offset ?? 0) + (last?.words ?? 0), t.name).toBeLessThanOrEqual(1 << t.shift);
    }
    for (const [table, field] of [
      ['track', 'gen'],
      ['slot', 'gen'],
      ['pair', 'heard'],
    ] as const) {
      expect(TABLE_LIST.find((t) => t.name === table)?.fields.get(field)?.offset).toBe(0);
    }
  });
});

describe('a power loss', () => {
  test('clears volatile words and leaves slots, headers, tracks and pairs', () => {
    const layout = layoutOf(SMALL);
    const memory = attach(layout, new SharedArrayBuffer(layout.bytes));
    memory.m.fill(-1);
    losePower(memory);
    for (const part of partsOf(layout)) {
      const words = memory.m.subarray(part.from, part.to);
      expect(
        words.every((w) => w === (part.kept === 'battery' ? -1 : 0)),
        part.name,
      ).toBe(true);
    }
    expect(TABLE_LIST.filter((t) => t.spec.kept === 'battery').map((t) => t.name)).toEqual([
      'track',
      'format',
      'battery',
      'pair',
      'journal',
      'update',
      'image',
      'slot',
      'media',
      'pattern',
      'initiator',
      'registrant',
      'reservation',
      'transport_id',
    ]);
  });
});

describe('rings', () => {
  const layout = layoutOf(SMALL);
  const ringOf = (from: string, to: string): number =>
    layout.rings.find((r) => ROLES[r.from] === from && ROLES[r.to] === to)?.capacity ?? 0;
  const tasks = SMALL.tasks.reduce((a, b) => a + b, 0);

  test('are there for every kind and every sender, and for the answer', () => {
    for (const k of KINDS.slice(1)) {
      for (const from of k.from) {
        const to = k.handler && from === 'linkPort' ? k.handler : k.to;
        if (from === to && k.handler) continue;
        expect(ringOf(from, to), `${k.name} from ${from}`).toBeGreaterThan(0);
        if (k.reply) expect(ringOf(to, from), `${k.reply} to ${from}`).toBeGreaterThan(0);
      }
    }
  });

  test('hold what every task may have asked, beside all that has a bound', () => {
    for (const k of KINDS.slice(1)) {
      if (k.bound || k.isReply) continue;
      for (const from of k.from) {
        if (!MICROCODED_ROLES.includes(from)) continue;
        expect(ringOf(from, k.to), k.name).toBeGreaterThanOrEqual(tasks * MAX_PARALLEL);
        expect(ringOf(k.to, from), `${k.reply}`).toBeGreaterThanOrEqual(tasks * MAX_PARALLEL);
      }
    }
    expect(ringOf('data', 'cache')).toBeGreaterThanOrEqual(
      tasks * MAX_PARALLEL + 2 * (SMALL.hostSlots + SMALL.remoteSlots),
    );
  });

  test('have backlogs behind them that hold everything that can come in', () => {
    for (const role of MICROCODED_ROLES) {
      const n = roleNumber(role);
      const inbound = layout.rings.filter((r) => r.to === n).reduce((sum, r) => sum + r.capacity, 0);
      const backlogs = layout.backlogs.filter((b) => b.to === n);
      expect(backlogs.length).toBe(4);
      for (const b of backlogs) expect(b.capacity).toBeGreaterThanOrEqual(inbound);
    }
  });
});

/** Memory of SMALL in which words were written, and each ring had so many items. */
function usedMemory(words: readonly number[], items: readonly number[]) {
  const layout = layoutOf(SMALL);
  const memory = attach(layout, new SharedArrayBuffer(layout.bytes));
  const isRing = (word: number): boolean =>
    word >= (layout.rings[0]?.base ?? 0) && word < layout.transferAt * (SECTOR_BYTES / 4);
  for (const [i, word] of words.entries()) if (!isRing(word % layout.words)) memory.m[word % layout.words] = i + 1;
  for (const [i, { base, capacity }] of [...layout.rings, ...layout.backlogs].entries()) {
    const ring = new Ring(memory.m, base, capacity, DESCRIPTOR_WORDS);
    for (let n = (items[i % items.length] as number) % (2 * capacity); n > 0; n--) {
      const at = ring.claim();
      memory.m.fill(n, at, at + DESCRIPTOR_WORDS);
      if (n % 3 > 0) ring.releaseLocal(ring.availableLocal());
    }
  }
  return memory;
}

test('a copy has every word of its original, whatever stood there before', () => {
  const used = fc.tuple(
    fc.array(fc.nat(), { maxLength: 200 }),
    fc.array(fc.nat({ max: 3000 }), { minLength: 1, maxLength: 20 }),
  );
  fc.assert(
    fc.property(used, used, (one, other) => {
      const from = usedMemory(...one);
      const to = usedMemory(...other);
      copyMemory(to, from.m);
      expect(Buffer.compare(to.bytes, from.bytes)).toBe(0);
    }),
  );
});

describe('dimensions that do not fit', () => {
  test('are refused with their name, value and limit', () => {
    expect(() => layoutOf({ ...SMALL, sectorsPerTrack: 129 })).toThrow(
      "sectorsPerTrack is 129; 1 to 128 fit a slot's masks",
    );
    expect(() => layoutOf({ ...SMALL, sectorsPerTrack: 0 })).toThrow(RangeError);
    expect(() => layoutOf({ ...SMALL, sectorsPerTrack: 128, hostSlots: 40_000 })).toThrow(
      /^an array's memory is \d+ bytes; at most 2147483648/,
    );
  });

  test('of a journal group are refused with its number', () => {
    const journal = { records: 16, windowSectors: 4, volumes: 1 };
    const refused = (wrong: object) => () => layoutOf({ ...SMALL, journals: [journal, { ...journal, ...wrong }] });
    expect(refused({ records: 12 })).toThrow('records of journal group 1 is 12; a multiple of 8 fills sectors');
    expect(refused({ records: 0 })).toThrow('records of journal group 1 is 0');
    expect(refused({ windowSectors: 3 })).toThrow("windowSectors of journal group 1 is 3; a track's 4 must fit");
    expect(refused({ volumes: 0 })).toThrow('volumes of journal group 1 is 0; its data need one at least');
  });

  test('are found when memory of another layout is attached', () => {
    const layout = layoutOf(SMALL);
    expect(() => attach(layout, new SharedArrayBuffer(layout.bytes - 1))).toThrow(`its layout needs ${layout.bytes}`);
  });
});
