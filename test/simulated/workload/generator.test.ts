/** What generators make, against the figures of the descriptions' sources; tolerances are four standard errors. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMAND_OP } from '../../../firmware/memory/constants.js';
import { checkWorkload, type Workload } from '../../../firmware/runtime/simulated/workload/description.js';
import { Generator } from '../../../firmware/runtime/simulated/workload/generator.js';
import {
  CELLO,
  MAINFRAME,
  OLTP,
  SEQUENTIAL_RUNS,
  SPC_1,
  TPC_C,
  WORKLOADS,
} from '../../../firmware/runtime/simulated/workload/workloads.js';

const N = 200_000;
/** 1 GiB. */
const SECTORS = 2_097_152;

interface Request {
  readonly stream: number;
  readonly isRead: boolean;
  readonly at: number;
  readonly sectors: number;
  readonly gap_ns: number;
}

function make(workload: Workload, n = N, seed = 1, sectors = SECTORS): Request[] {
  const generator = new Generator({ m: new Int32Array(Generator.words), at: 0 }, workload, sectors);
  generator.seed(seed, 1000);
  return Array.from({ length: n }, () => {
    generator.next();
    const { stream, op, at, gap_ns } = generator;
    return { stream, isRead: op === COMMAND_OP.OP_READ, at, sectors: generator.sectors, gap_ns };
  });
}

const share = <T>(all: readonly T[], of: (x: T) => boolean): number => all.filter(of).length / all.length;
const mean = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0) / all.length;
const error = (p: number, n: number): number => 4 * Math.sqrt((p * (1 - p)) / n) + 1e-9;

/** Share of the reads and mean of the sizes (KB) of a workload, and the sizes' standard deviation. */
function expectFigures(workload: Workload, reads: number, kilobytes: number, deviation: number): void {
  const requests = make(workload);
  expect(Math.abs(share(requests, (r) => r.isRead) - reads)).toBeLessThan(error(reads, N));
  expect(Math.abs(mean(requests.map((r) => r.sectors / 2)) - kilobytes)).toBeLessThan(
    (4 * deviation) / Math.sqrt(N) + 1e-9,
  );
}

describe('SPC-1', () => {
  // The published checks; sizes have a standard deviation of about 12 KB. 0.0005: as the checks are rounded.
  test('reads are 39.4 %, and requests have 8.01 KB in the mean', () => {
    const requests = make(SPC_1);
    expect(Math.abs(share(requests, (r) => r.isRead) - 0.394)).toBeLessThan(error(0.394, N) + 0.0005);
    expect(Math.abs(mean(requests.map((r) => r.sectors / 2)) - 8.01)).toBeLessThan((4 * 12) / Math.sqrt(N) + 0.005);
  });

  test('each stream has its share, and its share of reads', () => {
    const published: readonly (readonly [number, number])[] = [
      [0.035, 0.5],
      [0.281, 0.5],
      [0.07, 1],
      [0.21, 0.5],
      [0.018, 0.3],
      [0.07, 0.3],
      [0.035, 1],
      [0.281, 0],
    ];
    const requests = make(SPC_1);
    for (const [stream, [part, reads]] of published.entries()) {
      const of = requests.filter((r) => r.stream === stream);
      expect(Math.abs(of.length / N - part)).toBeLessThan(error(part, N));
      expect(Math.abs(share(of, (r) => r.isRead) - reads)).toBeLessThan(error(reads, of.length));
    }
  });

  test('hot regions are 5 % of their unit, at 15, 70 and 47 %, and all of each is used', () => {
    const requests = make(SPC_1);
    for (const [stream, unitFrom, unit, from] of [
      [1, 0, 0.45, 0.15],
      [3, 0, 0.45, 0.7],
      [5, 0.45, 0.45, 0.47],
    ] as const) {
      const ats = requests.filter((r) => r.stream === stream).map((r) => r.at / SECTORS);
      const low = unitFrom + unit * from;
      const high = low + unit * 0.05;
      const slack = 16 / SECTORS; // places are multiples of 4 KB
      expect(Math.min(...ats)).toBeGreaterThan(low - slack);
      expect(Math.max(...ats)).toBeLessThan(high + slack);
      expect(Math.min(...ats)).toBeLessThan(low + unit * 0.0005);
      expect(Math.max(...ats)).toBeGreaterThan(high - unit * 0.0005);
    }
  });

  test('sequential streams go on where they were, and begin again at the end of their unit', () => {
    const requests = make(SPC_1).filter((r) => r.stream === 7);
    let wraps = 0;
    for (const [i, r] of requests.entries()) {
      const before = requests[i - 1];
      if (!before || r.at === before.at + before.sectors) continue;
      wraps++;
      expect(r.at).toBe(requests[0].at);
      expect(before.at + before.sectors).toBeGreaterThan(SECTORS - 128);
    }
    expect(requests[0].at).toBeGreaterThanOrEqual(Math.floor(SECTORS * 0.9) - 8);
    expect(wraps).toBeGreaterThan(0);
  });

  test('sizes of sequential requests are 4, 8, 16, 32 and 64 KB at 40, 24, 20, 8 and 8 %', () => {
    const sizes = make(SPC_1)
      .filter((r) => r.stream === 7)
      .map((r) => r.sectors / 2);
    for (const [kb, part] of [
      [4, 0.4],
      [8, 0.24],
      [16, 0.2],
      [32, 0.08],
      [64, 0.08],
    ])
      expect(Math.abs(share(sizes, (s) => s === kb) - part)).toBeLessThan(error(part, sizes.length));
  });
});

test('OLTP: 70 % reads of 8 KB', () => expectFigures(OLTP, 0.7, 8, 0));
test('mainframe: records of 4 KB, three reads to a write', () => expectFigures(MAINFRAME, 0.75, 4, 0));
test('TPC-C: 63 % reads of 8 KB', () => expectFigures(TPC_C, 0.63, 8, 0));
test('cello: 57 % writes', () => expectFigures(CELLO, 0.43, 8, 0));
test('sequential: as many reads as writes, of 64 KB', () => expectFigures(SEQUENTIAL_RUNS, 0.5, 64, 0));

test('requests of an open workload come at its rate, exponentially distributed', () => {
  const gaps = make(OLTP).map((r) => r.gap_ns / 1e9);
  expect(Math.abs(mean(gaps) * 500 - 1)).toBeLessThan(4 / Math.sqrt(N));
  expect(Math.abs(share(gaps, (g) => g * 500 > 1) - Math.exp(-1))).toBeLessThan(error(Math.exp(-1), N));
});

test('bursts: five requests come together in the mean, and the rate is the same', () => {
  const gaps = make(CELLO).map((r) => r.gap_ns / 1e9);
  expect(Math.abs(share(gaps, (g) => g === 0) - 0.8)).toBeLessThan(error(0.8, N));
  // Gaps have a second moment of 2 · burst / rate²: a standard deviation of 3 means.
  expect(Math.abs(mean(gaps) * 100 - 1)).toBeLessThan((4 * 3) / Math.sqrt(N));
});

test('its words are all its state: a copy of them goes on with the same requests', () => {
  fc.assert(
    fc.property(fc.constantFrom(...WORKLOADS), fc.nat(), fc.integer({ min: 0, max: 200 }), (workload, seed, n) => {
      const m = new Int32Array(Generator.words);
      const one = new Generator({ m, at: 0 }, workload, SECTORS);
      one.seed(seed, 1000);
      for (let i = 0; i < n; i++) one.next();
      const other = new Generator({ m: m.slice(), at: 0 }, workload, SECTORS);
      for (let i = 0; i < 50; i++) {
        one.next();
        other.next();
        expect([other.op, other.at, other.sectors, other.gap_ns]).toEqual([one.op, one.at, one.sectors, one.gap_ns]);
      }
    }),
    { numRuns: 50 },
  );
});

test('every request lies in the space, whatever its size', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...WORKLOADS),
      fc.nat(),
      fc.integer({ min: 2_048, max: 20_000 }),
      (w, seed, sectors) => {
        for (const r of make(w, 300, seed, sectors)) {
          expect(r.at).toBeGreaterThanOrEqual(0);
          expect(r.at + r.sectors).toBeLessThanOrEqual(sectors);
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('volumes that are too small are refused, with the stream and what it has', () => {
  expect(() => make(SPC_1, 1, 1, 200)).toThrow(
    'workload spc-1: stream ASU1-2 has requests of 8 sectors, and its part of the volumes has 0: the volumes, 200 sectors together, are too small',
  );
});

describe('a description is checked', () => {
  const wrong =
    (change: Partial<Workload>): (() => void) =>
    () =>
      checkWorkload({ ...OLTP, ...change });

  test('those that come with it are right', () => {
    for (const workload of WORKLOADS) expect(() => checkWorkload(workload)).not.toThrow();
  });

  test('shares that are not 1000 together, units that are not 100 %', () => {
    const [stream] = OLTP.streams;
    expect(wrong({ streams: [{ ...stream, share: 900 }] })).toThrow(
      'workload oltp: the sum of the shares of streams is 900; 1000 is wanted',
    );
    const sizes = [
      { sectors: 8, share: 1200 },
      { sectors: 16, share: -200 },
    ];
    expect(wrong({ streams: [{ ...stream, sizes }] })).toThrow(
      'workload oltp: streams pages: share of 8 sectors is 1200; a whole number from 1 to 1000 is wanted',
    );
    expect(wrong({ units: [50, 49] })).toThrow('workload oltp: the sum of units is 99; 100 is wanted');
  });

  test('a stream of a unit that is not there, a rate of nothing', () => {
    const [stream] = OLTP.streams;
    expect(wrong({ streams: [{ ...stream, unit: 1 }] })).toThrow(
      'streams pages: unit is 1; a whole number from 0 to 0',
    );
    expect(wrong({ arrivals: { kind: 'open', rate_per_s: 0 } })).toThrow('rate_per_s is 0');
  });

  test('dependent writes of several sizes', () => {
    expect(wrong({ arrivals: { kind: 'dependent', hosts: 1, think_us: 0 } })).toThrow(
      'one stream of writes of one size',
    );
  });
});
