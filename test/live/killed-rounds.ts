/**
 * Rounds of a life that always ends with kill -9: a mirrored pair on `--state` is loaded, killed at a moment that a seed
 * chooses, started again, and must have all that it acknowledged, on both sides, without a copy of all.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { PlacementName } from '../../firmware/runtime/live/placement.js';
import { NbdClient } from '../adapters/channel/nbd-client.js';
import { WriteRecord } from './numbered-writer.js';
import { type Bench, endOf, eventually, PAIR, type ServeProcess, untilPaired } from './pair-harness.js';

const VOLUME_BYTES = 16 * 1024 * 1024;
const WRITES_MOST = 6000;
const DELAY_MOST_MS = 30;
const FLUSH = 3;

export interface KilledRound {
  readonly seed: number;
  /** Acknowledged in this round, and flushes among them. */
  readonly writes: number;
  readonly flushes: number;
  /** After the restart, until the pair said PAIR. */
  readonly sent_bytes: number;
  readonly volume_bytes: number;
  /** Names of the files of A's battery that the kill left. */
  readonly left: readonly string[];
}

/** A rig whose caches are so small that its logs become long within a round. */
async function smallRig(bench: Bench): Promise<string> {
  const profile = JSON.parse(readFileSync('hw-profiles/arrays/dmx.json', 'utf8')) as Record<string, unknown>;
  const small = { ...profile, host_slots: 64, remote_slots: 32, credits: 16 };
  writeFileSync(bench.file('small.json'), JSON.stringify(small));
  const path = await bench.rig(VOLUME_BYTES);
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll('"dmx"', '"./small.json"'));
  return path;
}

/** 0 … below, from a seed: two rounds of it are alike. */
function chosen(seed: number, which: number, below: number): number {
  let x = Math.imul(seed ^ Math.imul(which + 1, 0x9e3779b1), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) % below;
}

/** Errors: what is wrong, after the seed was told. */
export async function killedRounds(
  bench: Bench,
  placement: PlacementName,
  seeds: readonly number[],
  files: (folder: string) => string[],
  log: (line: string) => void,
): Promise<KilledRound[]> {
  const rig = await smallRig(bench);
  const record = new WriteRecord(1, VOLUME_BYTES);
  const start = (): Promise<ServeProcess> =>
    bench.serve(rig, ['--state', bench.file('state'), '--placement', placement]);
  const rounds: KilledRound[] = [];
  let served = await start();
  await untilPaired(served, 'A');
  for (const seed of seeds) {
    log(`${placement}, seed ${seed}`);
    const goal = 100 + chosen(seed, 0, WRITES_MOST);
    const writer = await bench.write(served.port('A'), record);
    const flusher = flushAgainAndAgain(served.port('A'));
    await eventually(
      `${goal} writes`,
      () => writer.writes,
      (writes) => writes >= goal,
    );
    await new Promise((resolve) => setTimeout(resolve, chosen(seed, 1, DELAY_MOST_MS)));
    served.signal('SIGKILL');
    await served.exit();
    await endOf(writer);
    expect(writer.errors).toEqual([]);
    const flushes = await flusher;
    const left = files(bench.file('state/A')).filter((name) => name.startsWith('battery'));
    served = await start();
    await untilPaired(served, 'A');
    const sent_bytes = await served.sentBytes('A');
    await record.check(served.port('A'), 'data0');
    await record.check(served.port('B'), 'data0');
    const round = { seed, writes: writer.writes, flushes, sent_bytes, volume_bytes: VOLUME_BYTES, left };
    log(`  ${JSON.stringify(round)}`);
    rounds.push(round);
    expect(sent_bytes, `seed ${seed}: bytes that A sent`).toBeLessThan(VOLUME_BYTES / 2);
    expect(await served.pair()).toMatchObject({ primary: PAIR, serves: 'A' });
  }
  return rounds;
}

/** Until the server goes; how many were answered, all of them well. */
async function flushAgainAndAgain(port: number): Promise<number> {
  const client = await NbdClient.attach(port, 'data0');
  let flushes = 0;
  try {
    for (;;) {
      const { errno } = await client.ask({ type: FLUSH });
      expect(errno).toBe(0);
      flushes += 1;
    }
  } catch (error) {
    if (!client.ended) throw error;
    return flushes;
  } finally {
    client.close();
  }
}
