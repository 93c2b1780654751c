/**
 * The NBD front against others: our array, nbdkit's memory plugin and qemu-nbd on a file in memory, driven by fio's NBD
 * engine. Servers are measured in turn, round by round, so that whatever else the machine does falls on all of them.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { guardSignals, isInstalled, type Peer, startArray, startNbdkit, startQemuNbd } from './nbd-peers.js';

export interface BenchOptions {
  /** Rounds over all servers, for each case. */
  readonly rounds?: number;
  /** Seconds that fio runs in each round. */
  readonly seconds?: number;
  readonly rig?: string;
  readonly volume?: string;
  readonly volumeBytes?: number;
  /** Only cases whose name holds this. */
  readonly only?: string;
  /** Told of each round, and of servers that are not installed. */
  readonly log?: (line: string) => void;
}

export interface BenchRow {
  readonly name: string;
  /** Median requests per second by server; `arraylab` is ours. */
  readonly iops: Readonly<Record<string, number>>;
  /** Ours divided by each other's. */
  readonly ratios: Readonly<Record<string, number>>;
}

interface Case {
  readonly name: string;
  readonly rw: 'randread' | 'randwrite';
  readonly block_KiB: number;
  readonly depth: number;
}

const CASES: readonly Case[] = (
  [
    [4, 32],
    [4, 1],
    [64, 8],
  ] as const
).flatMap(([block_KiB, depth]) =>
  (['randread', 'randwrite'] as const).map((rw) => ({
    name: `${rw} ${block_KiB} KiB, depth ${depth}`,
    rw,
    block_KiB,
    depth,
  })),
);

const run = promisify(execFile);
const MiB = 1024 * 1024;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Requests per second of one fio run. */
async function fio(uri: string, args: readonly string[]): Promise<number> {
  const always = ['--name=bench', '--ioengine=nbd', `--uri=${uri}`, '--output-format=json', '--randrepeat=1'];
  const { stdout } = await run('fio', [...always, ...args], { maxBuffer: 64 * MiB });
  // fio prints its notes before the report.
  const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as {
    jobs: { read: { iops: number }; write: { iops: number } }[];
  };
  const job = report.jobs[0];
  return job.read.iops + job.write.iops;
}

async function startAll(options: BenchOptions, bytes: number, volume: string): Promise<Peer[]> {
  const peers: Peer[] = [];
  try {
    peers.push(await startArray(options.rig));
    for (const [command, start] of [
      ['nbdkit', () => startNbdkit(bytes)],
      ['qemu-nbd', () => startQemuNbd(bytes, volume)],
    ] as const) {
      if (isInstalled(command)) peers.push(await start());
      else options.log?.(`${command} is not installed: left out`);
    }
    return peers;
  } catch (error) {
    await Promise.all(peers.map((p) => p.stop()));
    throw error;
  }
}

/** Errors: when fio is not installed, or a server does not start. */
export async function benchNbd(options: BenchOptions = {}): Promise<BenchRow[]> {
  const { rounds = 5, seconds = 3, volume = 'data0', volumeBytes = 256 * MiB, only = '', log } = options;
  if (!isInstalled('fio')) throw new Error('fio is not installed: nothing can be measured');
  const unguard = guardSignals();
  const peers = await startAll(options, volumeBytes, volume);
  try {
    const size = `--size=${volumeBytes}`;
    for (const peer of peers) await fio(peer.uri(volume), ['--rw=write', '--bs=256k', '--iodepth=4', size]);
    const rows: BenchRow[] = [];
    for (const c of CASES.filter(({ name }) => name.includes(only))) {
      const samples = new Map(peers.map((peer) => [peer.name, [] as number[]]));
      const how = [`--rw=${c.rw}`, `--bs=${c.block_KiB}k`, `--iodepth=${c.depth}`, size];
      for (let round = 1; round <= rounds; round++) {
        const seen: string[] = [];
        for (const peer of peers) {
          const iops = await fio(peer.uri(volume), [...how, '--time_based', `--runtime=${seconds}`]);
          samples.get(peer.name)?.push(iops);
          seen.push(`${peer.name} ${Math.round(iops)}`);
        }
        log?.(`${c.name}, round ${round}: ${seen.join(', ')}`);
      }
      const iops = Object.fromEntries([...samples].map(([name, values]) => [name, Math.round(median(values))]));
      const others = peers.slice(1).map(({ name }) => [name, iops.arraylab / iops[name]] as const);
      rows.push({ name: c.name, iops, ratios: Object.fromEntries(others) });
    }
    return rows;
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
    unguard();
  }
}
