/**
 * The NBD front against others: our array, nbdkit's memory plugin and qemu-nbd on a file in memory, driven by fio's NBD
 * engine. Servers are measured in turn, round by round, so that whatever else the machine does falls on all of them.
 */
import { isInstalled, outputOf } from './children.js';
import { type Figure, median, type Target } from './figures.js';
import { type Peer, startArray, startNbdkit, startQemuNbd } from './nbd-peers.js';

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

interface Case {
  readonly name: string;
  readonly rw: 'randread' | 'randwrite';
  readonly block_KiB: number;
  readonly depth: number;
  readonly targets: readonly Target[];
}

interface Setting {
  readonly rounds: number;
  readonly seconds: number;
  readonly volume: string;
  /** The volume's size, as fio is told of it. */
  readonly size: string;
  readonly log: BenchOptions['log'];
}

const AT_DEPTH_32: readonly Target[] = [
  { peer: 'nbdkit', least: 1 },
  { peer: 'qemu-nbd', least: 1.5 },
];
const CASES: readonly Case[] = (
  [
    [4, 32, AT_DEPTH_32],
    [4, 1, [{ peer: 'nbdkit', least: 0.8 }]],
    [64, 8, [{ peer: 'nbdkit', least: 0.6 }]],
  ] as const
).flatMap(([block_KiB, depth, targets]) =>
  (['randread', 'randwrite'] as const).map((rw) => ({
    name: `${rw} ${block_KiB} KiB, depth ${depth}`,
    rw,
    block_KiB,
    depth,
    targets,
  })),
);

const MiB = 1024 * 1024;

/** Requests per second of one fio run. */
async function fio(uri: string, args: readonly string[]): Promise<number> {
  const always = ['--name=bench', '--ioengine=nbd', `--uri=${uri}`, '--output-format=json', '--randrepeat=1'];
  const stdout = await outputOf('fio', 'fio', [...always, ...args]);
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

/** What each server does in each round of a case; rounds are in the same order for all. */
async function measure(c: Case, peers: readonly Peer[], { rounds, seconds, volume, size, log }: Setting) {
  const samples: Record<string, number[]> = Object.fromEntries(peers.map(({ name }) => [name, []]));
  const how = [`--rw=${c.rw}`, `--bs=${c.block_KiB}k`, `--iodepth=${c.depth}`, size];
  for (let round = 1; round <= rounds; round++) {
    for (const peer of peers) {
      samples[peer.name].push(await fio(peer.uri(volume), [...how, '--time_based', `--runtime=${seconds}`]));
    }
    const seen = Object.entries(samples).map(([name, values]) => `${name} ${Math.round(values[round - 1])}`);
    log?.(`${c.name}, round ${round}: ${seen.join(', ')}`);
  }
  return samples;
}

/** Medians; a ratio is the median of the rounds' ratios, since what else the machine does is alike within a round. */
function figureOf({ name, targets }: Case, { arraylab: ours, ...others }: Record<string, number[]>): Figure {
  const each = Object.entries(others);
  return {
    name,
    unit: 'requests/s',
    value: Math.round(median(ours)),
    peers: Object.fromEntries(each.map(([peer, values]) => [peer, Math.round(median(values))])),
    ratios: Object.fromEntries(each.map(([peer, values]) => [peer, median(values.map((v, i) => ours[i] / v))])),
    targets,
  };
}

/** Errors: when fio is not installed, or a server does not start. */
export async function benchNbd(options: BenchOptions = {}): Promise<Figure[]> {
  const { rounds = 5, seconds = 3, volume = 'data0', volumeBytes = 256 * MiB, only = '', log } = options;
  if (!isInstalled('fio')) throw new Error('fio is not installed: nothing can be measured');
  const peers = await startAll(options, volumeBytes, volume);
  try {
    const size = `--size=${volumeBytes}`;
    for (const peer of peers) await fio(peer.uri(volume), ['--rw=write', '--bs=256k', '--iodepth=4', size]);
    const figures: Figure[] = [];
    for (const c of CASES.filter(({ name }) => name.includes(only))) {
      figures.push(figureOf(c, await measure(c, peers, { rounds, seconds, volume, size, log })));
    }
    return figures;
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
  }
}
