/** What is told of a journal group: read from tables, against entries that the test keeps itself. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { journalFigures } from '../../../../firmware/runtime/live/journal-figures.js';
import { groupsOf, inOrder, toldWith, withGroups } from '../../../../firmware/runtime/live/journal-groups.js';
import type { LiveRig } from '../../../../firmware/runtime/live/live-rig.js';
import type { JournalFigures, PairView } from '../../../../firmware/runtime/live/system.js';
import { path } from '../../../harness/path.js';

const SECTOR_BYTES = 512;
const SHIP_ZERO = 1;
const RECORDS = 24;
const NOW_NS = 9_000_000_000_000;

interface Entry {
  readonly age_ns: number;
  readonly sectors: number;
  readonly isZero: boolean;
  readonly isVoid: boolean;
}

const wide = (n: number): [number, number] => [n | 0, Math.floor(n / 2 ** 32)];

/** The figures of a group that has these entries, the newest one last. */
function figuresOf(entries: readonly Entry[], last: number, freed: number, restored: number): JournalFigures {
  const p = path('data', {
    volumes: [{ tracks: 4, pair: 'source', journal: 0 }],
    journals: [{ records: RECORDS, volumes: [{ drive: 1, informationSectors: 3, dataSectors: 64 }] }],
  });
  const numbers = { last, freed, restored, tail: 5000, head: 4990 };
  for (const [field, value] of Object.entries(numbers)) p.set(`journal.${field}`, 0, wide(value));
  for (const [i, { age_ns, sectors, isZero, isVoid }] of entries.entries()) {
    const number = last - entries.length + 1 + i;
    const record = number % RECORDS;
    p.set('update.number', record, wide(isVoid ? 1 : number));
    p.set('update.time', record, wide(NOW_NS - age_ns));
    p.set('update.span', record, sectors << 16);
    p.set('update.flags', record, isZero ? SHIP_ZERO : 0);
  }
  return journalFigures(p.machine, NOW_NS)[0];
}

const anEntry = fc.record({
  age_ns: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  sectors: fc.integer({ min: 1, max: 128 }),
  isZero: fc.boolean(),
  isVoid: fc.boolean(),
});

test('the lag is that of the entries which exist and are not restored, also of those that became marks', () => {
  fc.assert(
    fc.property(
      fc.array(anEntry, { maxLength: RECORDS }),
      fc.integer({ min: 100, max: 2 ** 40 }),
      fc.nat(RECORDS),
      fc.nat(RECORDS),
      (entries, last, kept, left) => {
        const freed = last - Math.min(kept, entries.length);
        const restored = last - Math.min(left, entries.length);
        const { lag, entries: held } = figuresOf(entries, last, freed, restored);
        const waiting = entries.slice(entries.length - (last - restored)).filter((e) => !e.isVoid);
        expect(held).toBe(last - freed);
        expect(lag).toEqual({
          writes: waiting.length,
          bytes: waiting.reduce((sum, { sectors, isZero }) => sum + (isZero ? 0 : sectors * SECTOR_BYTES), 0),
          seconds: Math.max(0, ...waiting.map(({ age_ns }) => age_ns)) / 1e9,
        });
      },
    ),
    { numRuns: 40 },
  );
});

test('the fill of a journal is what is kept, of the room on its journal volumes', () => {
  const seen = figuresOf([], 100, 90, 95);
  expect(seen).toMatchObject({ entries: 10, mostEntries: RECORDS, bytes: 10 * 512, mostBytes: 64 * 512 });
});

const RIG = {
  name: 'r',
  links: [{ between: [0, 1] }],
  arrays: ['A', 'B'].map((name, array) => ({
    name,
    journals: [{ name: 'orders' }],
    volumes: [0, 1, 2].map((v) => ({
      name: `data${v}`,
      ...(v < 2 && { journal: 0 }),
      pair: { peer: v, role: array === 0 ? 'source' : 'target', recipe: 0, mode: 0, simplex: false },
    })),
  })),
} as unknown as LiveRig;

const side = (role: 'source' | 'target') => ({ state: 'PAIR', role, serves: role === 'source', epoch: 1 }) as const;
const views = (target: 'A' | 'B'): PairView[] =>
  [0, 1, 2].map((v) => ({
    primary: `A:data${v}`,
    secondary: `B:data${v}`,
    mode: 'journal',
    domino: false,
    state: v === 1 ? 'COPY' : 'PAIR',
    owedTracks: 0,
    owedBytes: 0,
    serves: target === 'A' ? 'B' : 'A',
    sides: { A: side(target === 'A' ? 'target' : 'source'), B: side(target === 'B' ? 'target' : 'source') },
  }));

const journal = (last: number): JournalFigures => ({
  group: 'orders',
  last,
  sent: last - 1,
  restored: last - 10,
  entries: 4,
  mostEntries: 8,
  bytes: 512,
  mostBytes: 4096,
  lag: { writes: last, bytes: 1, seconds: 1 },
});

test('pairs of volumes with the same journal are one group, and a command for one is for the others', () => {
  expect(groupsOf(RIG).map(({ name, pairs }) => [name, pairs.map((p) => p.primary)])).toEqual([
    ['orders', ['A:data0', 'A:data1']],
  ]);
  const all = withGroups(RIG, views('B'), () => undefined);
  expect(toldWith('A:data1', all)).toEqual({ name: 'orders', pairs: ['A:data0', 'A:data1'] });
  expect(toldWith('A:data2', all)).toBeUndefined();
  const deleted = all.map((view) => (view.primary === 'A:data0' ? { ...view, state: 'SMPL' as const } : view));
  expect(toldWith('A:data1', deleted)).toBeUndefined();
});

test.each([
  ['B', { written: 70, sent: 69, stored: 50, restored: 40, lag: { writes: 70 } }],
  ['A', { written: 70, sent: 69, stored: 50, restored: 40, lag: { writes: 70 } }],
] as const)('what is written is the number of the source, what is stored that of the target %s', (target, right) => {
  const journals: Record<string, JournalFigures[]> = { [target]: [journal(50)] };
  journals[target === 'A' ? 'B' : 'A'] = [journal(70)];
  const [first, second, third] = withGroups(RIG, views(target), (array) => journals[array]);
  expect(first.group).toMatchObject({ name: 'orders', state: 'COPY', ...right });
  expect(second.group).toEqual(first.group);
  expect(third.group).toBeUndefined();
});

test('of an array that is not here no number is told', () => {
  const [{ group }] = withGroups(RIG, views('B'), (array) => (array === 'B' ? [journal(50)] : undefined));
  expect(group).toMatchObject({ written: null, sent: null, stored: 50, restored: 40, lag: null });
  expect(Object.keys(group?.journals ?? {})).toEqual(['B']);
});

test('numbers that were read one after the other never say that more was stored than sent, or restored than stored', () => {
  const number = fc.option(fc.nat(50));
  fc.assert(
    fc.property(fc.record({ written: number, sent: number, stored: number, restored: number }), (numbers) => {
      const { written, sent, stored, restored } = inOrder(numbers);
      const known = [written, sent, stored, restored].filter((n) => n !== null);
      expect(known).toEqual([...known].sort((a, b) => b - a));
      expect(Object.values({ written, sent, stored, restored }).map((n) => n === null)).toEqual(
        Object.values(numbers).map((n) => n === null),
      );
    }),
  );
});
