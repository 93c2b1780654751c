/**
 * Rounds of a disaster: two processes with an array each, a journal group of two volumes, a host with dependent writes, kill
 * -9 of the source at a moment that a seed chooses, takeover by force. What the target serves then is one prefix.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { FailoverView, GroupView, PairView } from '../../firmware/runtime/live/system.js';
import { DependentWriter } from './dependent-writer.js';
import { type Bench, eventually, linkPort, type ServeProcess } from './pair-harness.js';

export const VOLUMES = ['data0', 'data1'] as const;
/** That the writer uses: 1 MiB of each volume. */
export const BLOCKS = 256;
const WRITES_MOST = 1500;
const DELAY_MOST_MS = 40;

export interface JournalRound {
  readonly seed: number;
  readonly linkWasCut: boolean;
  /** Writes with good status when the source was killed. */
  readonly acknowledged: number;
  /** The newest entry in the target's journal that was seen before; the prefix that it served. */
  readonly stored: number;
  readonly served: number;
}

/** The package's rig `journal`, or another like it, with a link port of its own. @param more fields of its group. Its path. */
export async function journalRig(
  bench: Bench,
  more: Readonly<Record<string, unknown>> = {},
  name = 'journal',
): Promise<string> {
  const rig = JSON.parse(readFileSync(`hw-profiles/rigs/${name}.json`, 'utf8')) as Record<string, unknown>;
  const link = { between: ['A', 'B'], port: await linkPort(), secret_file: 'link.secret' };
  const path = bench.file('journal-rig.json');
  const groups = [{ name: 'orders', ...more }];
  writeFileSync(path, JSON.stringify({ ...rig, groups, links: [link], $schema: undefined }));
  return path;
}

/** Waits until the pairs of the group are in PAIR, as this process sees them. */
export async function untilGroup(at: ServeProcess, holds: (group: GroupView) => boolean): Promise<GroupView> {
  return eventually('the group', () => groupAt(at), holds);
}

export async function groupAt(at: ServeProcess): Promise<GroupView> {
  const { group } = await at.pair();
  if (!group) throw new Error('the pair is in no journal group');
  return group;
}

export const newWriter = (): DependentWriter => new DependentWriter(VOLUMES, BLOCKS);

/** Waits for so many more writes with good status. */
export async function furtherWrites(writer: DependentWriter, count: number): Promise<void> {
  const goal = writer.acknowledged + count;
  await eventually(
    `write ${goal}`,
    () => ({ acknowledged: writer.acknowledged, errors: writer.errors }),
    ({ acknowledged }) => acknowledged >= goal,
  );
}

/** Errors: what is wrong; the round that it was has been told. */
export async function journalRound(
  bench: Bench,
  rig: string,
  seed: number,
  linkWasCut: boolean,
): Promise<JournalRound> {
  const serve = (array: string) => bench.serve(rig, ['--only', array, '--placement', 'fused']);
  const [a, b] = await Promise.all([serve('A'), serve('B')]);
  try {
    await untilGroup(a, ({ state }) => state === 'PAIR');
    const writer = newWriter();
    await writer.start(a.port('A'));
    await furtherWrites(writer, 1 + chosen(seed, 0, WRITES_MOST));
    if (linkWasCut) {
      await bench.told('link down A-B');
      await furtherWrites(writer, 1 + chosen(seed, 1, WRITES_MOST));
      await bench.told('link up A-B');
    }
    // As soon as anything has come: the prefix must not be empty.
    const { stored } = await untilGroup(b, (group) => (group.stored ?? 0) > 0);
    await new Promise((resolve) => setTimeout(resolve, chosen(seed, 2, DELAY_MOST_MS)));
    a.signal('SIGKILL');
    await a.exit();
    await writer.ended;
    expect(writer.errors).toEqual([]);
    const told = (await bench.told('pair failover A:data0 --force')) as FailoverView;
    expect(told).toEqual({ pair: 'A:data0', serves: 'B', group: { name: 'orders', pairs: ['A:data0', 'A:data1'] } });
    const served = await writer.prefixAt(b.port('B'));
    const round = { seed, linkWasCut, acknowledged: writer.acknowledged, stored: stored ?? 0, served };
    // Entries have the numbers of the writes: all were written in PAIR, by one host.
    expect(served, JSON.stringify(round)).toBeGreaterThanOrEqual(round.stored);
    expect(await bench.told('pairs')).toMatchObject(
      VOLUMES.map((name): Partial<PairView> => ({ primary: `A:${name}`, state: 'SSWS', serves: 'B' })),
    );
    // Hosts go on there, behind it.
    writer.issued = served;
    await writer.start(b.port('B'));
    await furtherWrites(writer, 20);
    await writer.stop();
    expect(await writer.prefixAt(b.port('B'))).toBe(writer.acknowledged);
    return round;
  } finally {
    for (const process of [a, b]) process.signal('SIGKILL');
    await Promise.all([a.exit(), b.exit()]);
  }
}

/** 0 … below, from a seed. */
export function chosen(seed: number, which: number, below: number): number {
  let x = Math.imul(seed ^ Math.imul(which + 1, 0x9e37_79b1), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return ((x ^ (x >>> 16)) >>> 0) % below;
}
