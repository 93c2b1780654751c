/** Journal groups of a rig: what arrays are made of them, and what is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { driveEnds } from '../../../../firmware/runtime/machine/config.js';
import { loadRig } from '../../../../firmware/service/rig.js';
import { problemsOf, rigOf, shelf, shelfText } from './files.js';

const TEXT = shelfText('rigs', 'tiny-journal');

/** What is said of tiny-journal with some of its lines replaced; and the line of the first that was. */
function edited(...changes: readonly (readonly [from: string, to: string])[]): { line: number; problems: string[] } {
  const text = changes.reduce((all, [from, to]) => {
    expect(all).toContain(from);
    return all.replace(from, to);
  }, TEXT);
  const at = text.indexOf(changes[0][1]);
  return { line: text.slice(0, at).split('\n').length, problems: problemsOf({ 'rig.json': text }) };
}

const group = (more: object = {}): object => ({ name: 'orders', ...more });
const volume = (name: string, more: object = {}): object => ({ name, size_bytes: 8192, ...more });
const pair = (to: string, more: object = {}): object => ({
  pair: { to, recipe: 'journal-pull', group: 'orders', ...more },
});
const journal = (name: string, size_bytes: number, more: object = {}): object => ({
  name,
  size_bytes,
  group: 'orders',
  ...more,
});

interface Sides {
  readonly a?: object;
  readonly b?: object;
  readonly groups?: readonly object[];
  readonly size_bytes?: number;
}

/** A small rig of two arrays, one group and one pair. */
function small({ a, b, groups = [group()], size_bytes = 65_536 }: Sides): Record<string, unknown> {
  const array = (name: string, volumes: readonly object[]): object => ({
    name,
    profile: 'tiny-journal',
    volumes,
    journals: [journal('j', size_bytes)],
  });
  return {
    'rig.json': {
      arrays: [
        { ...array('A', [volume('a', pair('B:a'))]), ...a },
        { ...array('B', [volume('a')]), ...b },
      ],
      groups,
      links: [{ between: ['A', 'B'] }],
    },
  };
}

describe('a rig with a journal group', () => {
  it('gives each array the group with its journal volumes, drives of their own behind those of its volumes', () => {
    const [a, b] = loadRig('tiny-journal').arrays;
    expect(a.volumes.map(({ journal: j }) => j)).toEqual([0, 0, undefined]);
    expect(b.volumes.map(({ journal: j }) => j)).toEqual([0, 0]);
    expect([a, b].map(({ dims }) => dims.journals)).toEqual([
      [{ records: 32, windowSectors: 8, volumes: 2 }],
      [{ records: 32, windowSectors: 8, volumes: 1 }],
    ]);
    expect(a.journals).toEqual([
      {
        name: 'orders',
        volumes: [
          { name: 'jnl0', drive: 3, informationSectors: 2, dataSectors: 16 },
          { name: 'jnl1', drive: 4, informationSectors: 2, dataSectors: 16 },
        ],
        entriesPerRead: 8,
        interval_us: 5000,
        inflow_us: 50_000,
        reads: 2,
        restorers: 4,
        restoreDelay_us: 0,
      },
    ]);
    expect(b.journals?.[0]?.volumes).toEqual([{ name: 'jnl0', drive: 2, informationSectors: 4, dataSectors: 32 }]);
    expect([a, b].map((array) => driveEnds(array))).toEqual([
      [48, 32, 16, 18, 18],
      [48, 32, 36],
    ]);
  });

  it('has the figures of the schema where it says none', () => {
    const [{ journals, dims }] = loadRig('journal').arrays;
    expect(journals).toMatchObject([
      { entriesPerRead: 8, interval_us: 10_000, inflow_us: 2_000_000, reads: 2, restorers: 4, restoreDelay_us: 0 },
    ]);
    expect(dims.journals).toEqual([{ records: 32_768, windowSectors: 8192, volumes: 1 }]);
    expect(journals?.[0]?.volumes).toMatchObject([{ informationSectors: 4096, dataSectors: 131_072 }]);
    const schema = shelf('schema', 'rig.schema') as {
      properties: { groups: { items: { properties: Record<string, { default?: number }> } } };
    };
    const fields = schema.properties.groups.items.properties;
    const names = [
      'entries_per_read',
      'interval_us',
      'inflow_limit_us',
      'reads',
      'restorers',
      'restore_delay_us',
      'information_ratio',
    ];
    expect(names.map((name) => fields[name]?.default)).toEqual([8, 10_000, 2_000_000, 2, 4, 0, 32]);
  });

  it('numbers the groups of each array, without those that are elsewhere', () => {
    const rig = small({
      a: {
        volumes: [
          volume('a', pair('B:a', { group: 'second' })),
          volume('b', pair('B:b')),
          volume('c', pair('B:c', { group: 'second' })),
        ],
        journals: [journal('j', 65_536, { group: 'second' }), journal('k', 65_536)],
      },
      b: {
        volumes: [volume('a'), volume('b'), volume('c')],
        journals: [journal('k', 65_536), journal('j', 65_536, { group: 'second' })],
      },
      groups: [
        group({ name: 'nobodys' }),
        group({ reads: 1, restorers: 1 }),
        group({ name: 'second', reads: 1, restorers: 1 }),
      ],
    });
    const big = { ...shelf('arrays', 'tiny'), tasks: { host: 4, remote: 4, destage: 14, completion: 4 }, credits: 10 };
    const text = JSON.stringify(rig['rig.json']).replaceAll('"tiny-journal"', '"./big.json"');
    const { arrays } = rigOf({ 'rig.json': text, 'big.json': { ...big, remote_slots: 10 } });
    for (const array of arrays) {
      expect(array.journals?.map(({ name }) => name)).toEqual(['orders', 'second']);
      expect(array.volumes.map(({ journal: j }) => j)).toEqual([1, 0, 1]);
    }
    expect(arrays[0].journals?.map(({ volumes }) => volumes[0]?.drive)).toEqual([4, 3]);
  });

  it('divides a journal volume of any size as the ratio says, with whole windows, and wastes less than one', () => {
    const sizes = fc.integer({ min: 40, max: 5000 });
    const caches = fc.option(fc.integer({ min: 4, max: 30 }), { nil: undefined });
    fc.assert(
      fc.property(sizes, caches, fc.integer({ min: 1, max: 64 }), (sectors, cache, information_ratio) => {
        const cache_bytes = cache && { cache_bytes: cache * 512 };
        const groups = [group({ information_ratio, ...cache_bytes })];
        const loaded = (): ReturnType<typeof rigOf> => rigOf(small({ groups, size_bytes: sectors * 512 }));
        const needs = (data: number): number => data + Math.ceil(data / information_ratio);
        const window = cache === undefined ? 4 : cache - (cache % 4);
        if (needs(window) > sectors) {
          expect(loaded).toThrow(/size_bytes is \d+; it must be \d+ at least/);
          return;
        }
        const step = cache === undefined ? 4 : window;
        let most = step;
        while (needs(most + step) <= sectors) most += step;
        if (Math.ceil(most / information_ratio) < 2) {
          expect(loaded).toThrow(/room for 16 entries at least/);
          return;
        }
        const [{ dims, journals }] = loaded().arrays;
        const { windowSectors = 0, records } = dims.journals?.[0] ?? {};
        const { dataSectors = 0, informationSectors = 0 } = journals?.[0]?.volumes[0] ?? {};
        expect(windowSectors).toBe(cache === undefined ? dataSectors : window);
        expect(dataSectors % windowSectors).toBe(0);
        expect(informationSectors).toBe(Math.ceil(dataSectors / information_ratio));
        expect(dataSectors + informationSectors).toBeLessThanOrEqual(sectors);
        const more = cache === undefined ? 4 : windowSectors;
        expect(needs(dataSectors + more)).toBeGreaterThan(sectors);
        expect(records).toBe(informationSectors * 8);
      }),
      { numRuns: 60 },
    );
  });

  it('has 65536 records at most, however large its journal volumes are', () => {
    const [{ dims }] = rigOf(small({ size_bytes: 1 << 30, groups: [group({ cache_bytes: 1 << 16 })] })).arrays;
    expect(dims.journals?.[0]?.records).toBe(65_536);
  });
});

describe('a rig is refused, with the line and what would be right,', () => {
  it.each<[string, readonly (readonly [string, string])[], string]>([
    [
      'when a recipe that keeps a journal has no group',
      [['"recipe": "journal-pull", "group": "orders"', '"recipe": "journal-pull"']],
      'arrays[0].volumes[0].pair.group is missing; it must be one of "groups" of the rig (orders), as recipe journal-pull keeps a journal of a group',
    ],
    [
      'when a recipe that keeps none has one',
      [['"recipe": "journal-pull"', '"recipe": "track-mirror"']],
      'arrays[0].volumes[0].pair.group is "orders"; it must be absent: recipe track-mirror keeps no journal',
    ],
    [
      'when a pair names a group that there is not',
      [['"recipe": "journal-pull", "group": "orders"', '"recipe": "journal-pull", "group": "other"']],
      'arrays[0].volumes[0].pair.group is "other"; it must be one of "groups" of the rig: orders',
    ],
    [
      'when a journal volume does',
      [['"size_bytes": 9216, "group": "orders"', '"size_bytes": 9216, "group": "other"']],
      'arrays[0].journals[0].group is "other"; it must be one of "groups" of the rig: orders',
    ],
    [
      'when a journal volume is smaller than what the group has in cache',
      [['"size_bytes": 9216', '"size_bytes": 4096']],
      'arrays[0].journals[0].size_bytes is 4096; it must be 4608 at least: the 4096 bytes in cache, and the update information to it',
    ],
    [
      'when the other side has no journal volume of the group',
      [
        ['"pair": { "to": "B:data0"', '"pair": { "to":  "B:data0"'],
        ['"journals": [{ "name": "jnl0", "size_bytes": 18432, "group": "orders" }]', '"roles": {}'],
      ],
      'arrays[0].volumes[0].pair.group is "orders"; it must be a group with a journal volume in both arrays; B has none of orders',
    ],
    [
      'when a journal volume has the name of a volume',
      [['"name": "jnl0", "size_bytes": 9216', '"name": "local0", "size_bytes": 9216']],
      'arrays[0].journals[0].name is "local0"; it must be a name that no other volume here has, and arrays[0].volumes[2] has it',
    ],
    [
      'when less than a track is in cache',
      [['"cache_bytes": 4096', '"cache_bytes": 1536']],
      'groups[0].cache_bytes is 1536; it must be 2048 at least, a track of the arrays of its pairs',
    ],
    [
      'when a class of arrays has too few tasks for it',
      [['"profile": "tiny-journal"', '"profile": "tiny"']],
      'arrays[0].profile is "tiny"; it must be a class with tasks.destage of 13 at least, as group orders with 2 reads and 4 restorers; it has 2',
    ],
  ])('%s', (_, changes, right) => {
    const { line, problems } = edited(...changes);
    expect(problems[0]).toBe(`rig.json:${line}: ${right}`);
  });

  it('when pairs of a group go in different directions', () => {
    const b = { volumes: [volume('a'), volume('b', pair('A:b'))] };
    const a = { volumes: [volume('a', pair('B:a')), volume('b')] };
    expect(problemsOf(small({ a, b }))).toEqual([
      'rig.json:43: arrays[1].volumes[1].pair.group is "orders"; it must be a group whose pairs go from B to A; those of orders go from A to B, as arrays[0].volumes[0].pair does',
    ]);
  });

  it('when two groups have the same name', () => {
    expect(problemsOf(small({ groups: [group(), group()] }))[0]).toMatch(
      /^rig\.json:\d+: groups\[1\]\.name is "orders"; it must be a name that no other group here has, and groups\[0\] has it$/,
    );
  });

  it('when a journal volume is of a group that no pair here is of', () => {
    const journals = [journal('j', 65_536), journal('k', 65_536, { group: 'idle' })];
    expect(problemsOf(small({ a: { journals }, groups: [group(), group({ name: 'idle' })] }))[0]).toMatch(
      /^rig\.json:\d+: arrays\[0\]\.journals\[1\]\.group is "idle"; it must be a group with a pair of a volume of A; it has no pair$/,
    );
  });

  it('when a class of arrays has too few credits', () => {
    const own = { ...shelf('arrays', 'tiny-journal'), credits: 5 };
    const rig = JSON.stringify(small({})['rig.json'], null, 2).replace('"tiny-journal"', '"./own.json"');
    expect(problemsOf({ 'rig.json': rig, 'own.json': own })).toEqual([
      'rig.json:5: arrays[0].profile is "./own.json"; it must be a class with credits of 6 at least, as group orders with 2 reads; it has 5',
    ]);
  });

  it('when a class of arrays has fewer tasks for the other array than reads may have waiting', () => {
    const own = { ...shelf('arrays', 'tiny-journal'), tasks: { host: 4, remote: 3, destage: 13, completion: 4 } };
    const rig = JSON.stringify(small({})['rig.json'], null, 2).replace('"tiny-journal"', '"./own.json"');
    expect(problemsOf({ 'rig.json': rig, 'own.json': own })).toEqual([
      'rig.json:5: arrays[0].profile is "./own.json"; it must be a class with tasks.remote of 4 at least, as group orders with 2 reads; it has 3',
    ]);
  });

  it('when there is no room for as many entries as go over a link together', () => {
    const problems = problemsOf(
      small({ size_bytes: 4096, groups: [group({ information_ratio: 64, cache_bytes: 2048 })] }),
    );
    expect(problems[0]).toMatch(
      /^rig\.json:\d+: groups\[0\]\.information_ratio is 64; it must be less, or the journal volumes of A larger: room for 16 entries at least, as many go over a link together; there is room for 8$/,
    );
  });

  it('when a journal volume does not fit the drives of its array', () => {
    const size_bytes = 2 ** 40 - 2 ** 20;
    const problems = problemsOf(
      small({ a: { drive: 'hp-97560' }, size_bytes, groups: [group({ cache_bytes: 4096 })] }),
    );
    expect(problems[0]).toMatch(
      /^rig\.json:\d+: arrays\[0\]\.journals\[0\]\.size_bytes is \d+; it must be \d+ at most: its drive has no room for more$/,
    );
  });
});
