/** The workloads that come with arraylab. `Workload.source` says where the figures are from. */
import type { SizeShare, Stream, Where, Workload } from './description.js';

/** 4096 bytes, the unit in which sizes are given. */
const BLOCK = 8;
const of = (blocks: number): readonly SizeShare[] => [{ sectors: blocks * BLOCK, share: 1000 }];
const UNIFORM: Where = { kind: 'uniform' };
const SEQUENTIAL: Where = { kind: 'sequential' };
const hot = (from: number): Where => ({ kind: 'hot', from, size: 5 });

/** 4, 8, 16, 32 and 64 KB. */
const RUNS: readonly SizeShare[] = [
  { sectors: BLOCK, share: 400 },
  { sectors: 2 * BLOCK, share: 240 },
  { sectors: 4 * BLOCK, share: 200 },
  { sectors: 8 * BLOCK, share: 80 },
  { sectors: 16 * BLOCK, share: 80 },
];

const stream = (
  name: string,
  share: number,
  reads: number,
  where: Where = UNIFORM,
  sizes: readonly SizeShare[] = of(1),
  unit = 0,
): Stream => ({ name, share, reads, sizes, where, unit });

export const OLTP: Workload = {
  name: 'oltp',
  help: '8 KB at random, 70 % reads, as transactions on a database make them',
  source: 'general knowledge; uncalibrated',
  units: [100],
  streams: [stream('pages', 1000, 700, UNIFORM, of(2))],
  arrivals: { kind: 'open', rate_per_s: 500 },
};

/** Storage Performance Council, SPC-1: application storage units of 45, 45 and 10 %, eight streams; 39.4 % reads, 8.01 KB in the mean. */
export const SPC_1: Workload = {
  name: 'spc-1',
  help: 'as SPC-1: three units of 45, 45 and 10 %, eight streams with hot regions and sequential runs',
  source:
    'SPC-1 specification: streams, shares, sizes and rate were read there; its walk within a hot region is not modelled',
  units: [45, 45, 10],
  streams: [
    stream('ASU1-1', 35, 500, UNIFORM),
    stream('ASU1-2', 281, 500, hot(15)),
    stream('ASU1-3', 70, 1000, SEQUENTIAL, RUNS),
    stream('ASU1-4', 210, 500, hot(70)),
    stream('ASU2-1', 18, 300, UNIFORM, of(1), 1),
    stream('ASU2-2', 70, 300, hot(47), of(1), 1),
    stream('ASU2-3', 35, 1000, SEQUENTIAL, RUNS, 1),
    stream('ASU3-1', 281, 0, SEQUENTIAL, RUNS, 2),
  ],
  // 50 I/O per second are one business scaling unit; ten of them.
  arrivals: { kind: 'open', rate_per_s: 500 },
};

export const SEQUENTIAL_RUNS: Workload = {
  name: 'sequential',
  help: '64 KB behind 64 KB: one stream reads the first half, one writes the second',
  source: 'general knowledge; uncalibrated',
  units: [50, 50],
  streams: [stream('read', 500, 1000, SEQUENTIAL, of(16)), stream('write', 500, 0, SEQUENTIAL, of(16), 1)],
  arrivals: { kind: 'closed', hosts: 4, think_us: 1000 },
};

export const MAINFRAME: Workload = {
  name: 'mainframe',
  help: 'records of 4 KB at random, three reads to a write',
  source: 'general knowledge: records of 4 KB, read to write 3; uncalibrated',
  units: [100],
  streams: [stream('records', 1000, 750)],
  arrivals: { kind: 'closed', hosts: 8, think_us: 2000 },
};

export const TPC_C: Workload = {
  name: 'tpc-c',
  help: '8 KB at random, 63 % reads, as TPC-C has them',
  source: 'general knowledge: 63 to 37; uncalibrated',
  units: [100],
  streams: [stream('pages', 1000, 630, UNIFORM, of(2))],
  arrivals: { kind: 'open', rate_per_s: 500 },
};

/** Of the queue's mean in the traces, 1.7 to 8.9, the middle is the burst's. */
export const CELLO: Workload = {
  name: 'cello',
  help: '8 KB in bursts, 57 % writes, as the file server of the cello traces had them',
  source: 'Ruemmler & Wilkes: 57 % writes, mean queue 1.7 to 8.9; size and rate are uncalibrated',
  units: [100],
  streams: [stream('files', 1000, 430, UNIFORM, of(2))],
  arrivals: { kind: 'open', rate_per_s: 100, burst: 5 },
};

export const DEPENDENT_WRITES: Workload = {
  name: 'dependent-writes',
  help: 'chains of writes, each issued when the one before has its status, as logs of databases do',
  source: 'the definition of dependent writes; size and pace are uncalibrated',
  units: [100],
  streams: [{ name: 'log', share: 1000, reads: 0, sizes: [{ sectors: 2, share: 1000 }], where: SEQUENTIAL, unit: 0 }],
  arrivals: { kind: 'dependent', hosts: 4, think_us: 100 },
};

export const WORKLOADS: readonly Workload[] = [OLTP, SPC_1, SEQUENTIAL_RUNS, MAINFRAME, TPC_C, CELLO, DEPENDENT_WRITES];
