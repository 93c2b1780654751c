/**
 * Volumes in two journal groups with two other arrays (rigs `journal-cascade` and `journal-multi-target`): A → B → C, and
 * A → B with A → C; each array a process of its own.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PairView, VolumeView } from '../../firmware/runtime/live/system.js';
import type { StatusView } from '../../firmware/service/http/views.js';
import { NbdClient } from '../adapters/channel/nbd-client.js';
import { TIMEOUT_MS } from './clients.js';
import { DependentWriter } from './dependent-writer.js';
import { furtherWrites } from './journal-rounds.js';
import { Bench, eventually, linkPort, type ServeProcess } from './pair-harness.js';

const VOLUMES = ['data0', 'data1'] as const;
const VOLUME_BYTES = 4 * 1024 * 1024;
const JOURNAL_BYTES = 8 * 1024 * 1024;
/** Pairs of the rig that are made, and not kept for later. */
const MADE = 4;
/** That the writer uses of each volume. */
const BLOCKS = 256;

interface RigText {
  readonly arrays: readonly {
    readonly volumes: readonly { size_bytes: number }[];
    readonly journals: readonly { size_bytes: number }[];
  }[];
  readonly links: readonly { readonly between: readonly string[] }[];
  readonly groups: readonly { readonly name: string }[];
}

let bench: Bench;
let rig: string;
let at: Record<string, ServeProcess>;
let writer: DependentWriter;

beforeEach(() => {
  bench = new Bench();
  writer = new DependentWriter(VOLUMES, BLOCKS);
});
afterEach(() => bench.close(), TIMEOUT_MS);

/** The package's rig of that name, smaller, in three processes whose pairs are in PAIR, and a host that writes to A. */
async function serveAll(name: string): Promise<void> {
  const { arrays, links, groups } = JSON.parse(readFileSync(`hw-profiles/rigs/${name}.json`, 'utf8')) as RigText;
  for (const array of arrays) {
    for (const volume of array.volumes) volume.size_bytes = VOLUME_BYTES;
    for (const journal of array.journals) journal.size_bytes = JOURNAL_BYTES;
  }
  const joined = await Promise.all(
    links.map(async ({ between }) => ({
      between,
      port: await linkPort(),
      secret_file: `${between.join('-')}.secret`,
    })),
  );
  rig = bench.file(`${name}.json`);
  writeFileSync(rig, JSON.stringify({ arrays, links: joined, groups: groups.map((group) => ({ name: group.name })) }));
  const names = ['A', 'B', 'C'];
  const served = await Promise.all(names.map((only) => bench.serve(rig, ['--only', only, '--placement', 'fused'])));
  at = Object.fromEntries(names.map((array, i) => [array, served[i]]));
  await untilAll(({ state }) => state === 'PAIR');
  await writer.start(at.A.port('A'));
  await furtherWrites(writer, 300);
}

const pairs = async (): Promise<PairView[]> => (await bench.told('pairs')) as PairView[];
const untilAll = (holds: (pair: PairView) => boolean): Promise<PairView[]> =>
  eventually('all pairs', pairs, (views) => {
    const made = views.filter(({ state }) => state !== 'SMPL');
    return made.length === MADE && made.every(holds);
  });
const untilPair = (name: string, holds: (pair: PairView) => boolean): Promise<PairView[]> =>
  eventually(`pair ${name}`, pairs, (views) => views.some((view) => view.primary === name && holds(view)));

/** All that the source of each group has is on its target's volumes. */
const isRestored = ({ group }: PairView): boolean => group?.state === 'PAIR' && group.restored === group.written;

/** The process of an array dies. */
async function kill(array: string): Promise<void> {
  at[array].signal('SIGKILL');
  await at[array].exit();
}

/** Hosts, and who counts for them, see the volumes that the rig names, and nothing else. */
async function hasNoFurtherVolumes(array: string): Promise<void> {
  const { arrays } = (await bench.told('status')) as StatusView;
  expect(arrays.find(({ name }) => name === array)?.volumes).toEqual([...VOLUMES]);
  const volumes = ((await bench.told('volumes')) as VolumeView[]).map(({ volume }) => volume);
  expect(volumes.filter((volume) => volume.startsWith(`${array}:`))).toEqual(VOLUMES.map((v) => `${array}:${v}`));
  await expect(NbdClient.attach(at[array].port(array), 'data0@C')).rejects.toThrow();
  expect((await bench.ctl(`drive lose ${array}:data0@C`)).stderr).toContain('it must be "ARRAY:VOLUME"');
}

describe('a cascade', () => {
  test('is two pairs of B, which take over one after the other with a prefix of the writes', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await serveAll('journal-cascade');
    expect((await pairs()).map(({ primary, secondary, serves }) => [primary, secondary, serves])).toEqual([
      ['A:data0', 'B:data0', 'A'],
      ['A:data1', 'B:data1', 'A'],
      ['B:data0', 'C:data0', null],
      ['B:data1', 'C:data1', null],
    ]);
    await hasNoFurtherVolumes('B');
    expect(Object.keys((await bench.told('tracks B:data0')) as object)).toEqual(['volume', 'tracks', 'B', 'A', 'C']);
    await furtherWrites(writer, 300);
    await kill('A');
    await writer.ended;
    expect(await bench.told('pair failover A:data0 --force')).toMatchObject({ pair: 'A:data0', serves: 'B' });
    writer.issued = await writer.prefixAt(at.B.port('B'));
    expect(writer.issued).toBeGreaterThan(0);
    await writer.start(at.B.port('B'));
    await furtherWrites(writer, 300);
    await writer.stop();
    await untilPair('B:data0', (pair) => pair.serves === 'B' && isRestored(pair));
    await kill('B');
    expect(await bench.told('pair failover B:data1@C --force')).toMatchObject({ pair: 'B:data1', serves: 'C' });
    expect(await writer.prefixAt(at.C.port('C'))).toBe(writer.acknowledged);
  });
});

describe('two targets', () => {
  test('are pairs that are called by the array of their other side, each with its own link and state', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await serveAll('journal-multi-target');
    expect((await pairs()).map(({ primary, secondary, state }) => [primary, secondary, state])).toEqual([
      ['A:data0@B', 'B:data0', 'PAIR'],
      ['A:data0@C', 'C:data0', 'PAIR'],
      ['A:data1@B', 'B:data1', 'PAIR'],
      ['A:data1@C', 'C:data1', 'PAIR'],
      ['B:data0', 'C:data0', 'SMPL'],
      ['B:data1', 'C:data1', 'SMPL'],
    ]);
    await hasNoFurtherVolumes('A');
    expect((await bench.ctl('pair suspend A:data0')).stderr).toContain(
      'A:data0 is the primary of several pairs; say which: A:data0@B, A:data0@C',
    );
    await bench.told('link down A-C');
    await furtherWrites(writer, 300);
    await untilPair('A:data0@C', ({ state }) => state === 'PSUE');
    expect((await pairs()).find(({ primary }) => primary === 'A:data0@B')?.state).toBe('PAIR');
    await bench.told('link up A-C');
    await untilAll(({ state }) => state === 'PAIR');
    expect(await bench.told('pair suspend A:data1@B')).toMatchObject({ pair: 'A:data1@B', state: 'PSUS' });
    await furtherWrites(writer, 300);
    const states = (await pairs()).slice(0, MADE).map(({ primary, state }) => `${primary} ${state}`);
    expect(states).toEqual(['A:data0@B PSUS', 'A:data0@C PAIR', 'A:data1@B PSUS', 'A:data1@C PAIR']);
    await bench.told('pair resume A:data0@B');
    await untilAll(({ state }) => state === 'PAIR');
    await furtherWrites(writer, 300);
    expect(writer.errors).toEqual([]);
    await kill('A');
    await writer.ended;
    expect(await bench.told('pair failover A:data0@B --force')).toMatchObject({ pair: 'A:data0@B', serves: 'B' });
    writer.issued = await writer.prefixAt(at.B.port('B'));
    expect(writer.issued).toBeGreaterThan(0);

    // The pair that stands by between B and C is made: C is in it, and no longer in that with A.
    for (const volume of VOLUMES) await bench.told(`pair create B:${volume}`);
    await untilPair('B:data0', ({ state, group }) => state === 'PAIR' && group?.state === 'PAIR');
    const sides = (await pairs()).flatMap(({ primary, sides: { C } }) =>
      C ? [`${primary} ${C.role} ${C.state}`] : [],
    );
    expect(sides).toEqual(['A:data0@C none SMPL', 'A:data1@C none SMPL', 'B:data0 target PAIR', 'B:data1 target PAIR']);
    expect(Object.keys((await bench.told('tracks C:data0')) as object)).toEqual(['volume', 'tracks', 'C', 'B']);
    await writer.start(at.B.port('B'));
    await furtherWrites(writer, 300);
    await writer.stop();
    await untilPair('B:data0', isRestored);
    await kill('B');
    expect(await bench.told('pair failover B:data0 --force')).toMatchObject({ pair: 'B:data0', serves: 'C' });
    expect(await writer.prefixAt(at.C.port('C'))).toBe(writer.acknowledged);
  });
});
