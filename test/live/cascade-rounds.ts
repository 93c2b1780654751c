/**
 * Rounds of a disaster that takes two sites: the package's rig `journal-cascade`, each array a process of its own, a host with
 * dependent writes at A, kill -9 of A and of B at moments that a seed chooses, takeover by force at C. What C serves then is
 * one prefix over both volumes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { FailoverView, GroupView, PairView } from '../../firmware/runtime/live/system.js';
import { chosen, furtherWrites, newWriter, VOLUMES } from './journal-rounds.js';
import { type Bench, eventually, linkPort, type ServeProcess } from './pair-harness.js';

const WRITES_MOST = 1000;
const DELAY_MOST_MS = 40;
/** What seeds choose. */
const OF = { writes: 0, whileCut: 1, firstKill: 2, secondKill: 3, order: 4 };

/** A link of the cascade, or none. */
export type Cut = 'A-B' | 'B-C' | null;

export interface CascadeRound {
  readonly seed: number;
  /** The link that was cut, and had come back. */
  readonly cut: Cut;
  readonly killedFirst: 'A' | 'B';
  /** Writes with good status when A was killed. */
  readonly acknowledged: number;
  /** The newest entry in C's journal that was seen before; the prefix that C served. */
  readonly stored: number;
  readonly served: number;
}

/** A rig of the package with link ports of its own. Its path. */
export async function rigOfThree(bench: Bench, name: string): Promise<string> {
  const rig = JSON.parse(readFileSync(`hw-profiles/rigs/${name}.json`, 'utf8')) as {
    readonly links: readonly { readonly between: readonly string[] }[];
  };
  const links = [];
  for (const { between } of rig.links) links.push({ between, port: await linkPort(), secret_file: 'link.secret' });
  const path = bench.file(`${name}.json`);
  writeFileSync(path, JSON.stringify({ ...rig, links, $schema: undefined }));
  return path;
}

/** A, B and C, each in a process of its own. */
export function serveThree(bench: Bench, rig: string, more: readonly string[] = []): Promise<ServeProcess[]> {
  return Promise.all(
    ['A', 'B', 'C'].map((only) => bench.serve(rig, ['--only', only, '--placement', 'fused', ...more])),
  );
}

/** Waits until the journal group of this pair is as it should be, as this process sees it. */
export async function untilGroupOf(
  at: ServeProcess,
  pair: string,
  holds: (group: GroupView) => boolean,
): Promise<GroupView> {
  return eventually(
    `the group of ${pair}`,
    async () => {
      const { group } = await at.pair(pair);
      if (!group) throw new Error(`${pair} is in no journal group`);
      return group;
    },
    holds,
  );
}

/** Errors: what is wrong; the round that it was has been told. */
export async function cascadeRound(bench: Bench, rig: string, seed: number, cut: Cut): Promise<CascadeRound> {
  const [a, b, c] = await serveThree(bench, rig);
  try {
    await Promise.all([
      untilGroupOf(a, 'A:data0', ({ state }) => state === 'PAIR'),
      untilGroupOf(b, 'B:data0', ({ state }) => state === 'PAIR'),
    ]);
    const writer = newWriter();
    await writer.start(a.port('A'));
    await furtherWrites(writer, 1 + chosen(seed, OF.writes, WRITES_MOST));
    if (cut !== null) {
      await bench.told(`link down ${cut}`);
      await furtherWrites(writer, 1 + chosen(seed, OF.whileCut, WRITES_MOST));
      await bench.told(`link up ${cut}`);
    }
    // As soon as anything has come to C: the prefix must not be empty.
    const { stored } = await untilGroupOf(c, 'B:data0', (group) => (group.stored ?? 0) > 0);
    const killedFirst: CascadeRound['killedFirst'] = chosen(seed, OF.order, 2) === 0 ? 'A' : 'B';
    const [first, second] = killedFirst === 'A' ? [a, b] : [b, a];
    await later(chosen(seed, OF.firstKill, DELAY_MOST_MS));
    first.signal('SIGKILL');
    await later(chosen(seed, OF.secondKill, DELAY_MOST_MS));
    second.signal('SIGKILL');
    await Promise.all([a.exit(), b.exit()]);
    await writer.ended;
    expect(writer.errors).toEqual([]);
    const told = (await bench.told('pair failover B:data0 --force')) as FailoverView;
    expect(told).toEqual({ pair: 'B:data0', serves: 'C', group: { name: 'far', pairs: ['B:data0', 'B:data1'] } });
    const served = await writer.prefixAt(c.port('C'));
    const round = { seed, cut, killedFirst, acknowledged: writer.acknowledged, stored: stored ?? 0, served };
    // Entries have the numbers of the writes in B's journal, too: all were written and handed on in PAIR, by one host.
    expect(served, JSON.stringify(round)).toBeGreaterThanOrEqual(round.stored);
    expect(await bench.told('pairs')).toMatchObject(
      VOLUMES.map((name): Partial<PairView> => ({ primary: `B:${name}`, state: 'SSWS', serves: 'C' })),
    );
    // Hosts go on there, behind it.
    writer.issued = served;
    await writer.start(c.port('C'));
    await furtherWrites(writer, 20);
    await writer.stop();
    expect(await writer.prefixAt(c.port('C'))).toBe(writer.acknowledged);
    return round;
  } finally {
    for (const process of [a, b, c]) process.signal('SIGKILL');
    await Promise.all([a.exit(), b.exit(), c.exit()]);
  }
}

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
