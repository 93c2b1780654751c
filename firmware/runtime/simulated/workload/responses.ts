/**
 * Response times of a workload, in words: how many, their sum, the greatest, and a histogram, of reads and of writes. A
 * bucket is at most 1/16 of its times wide.
 */
import { COMMAND_OP } from '../../../memory/constants.js';
import { readTime, writeTime } from '../../../memory/time.js';
import type { Region } from '../../../ports/schedule.js';

const FINE = 16;
const FINE_BITS = 4;
const BUCKETS = FINE * (32 - FINE_BITS + 1);
const COUNT = 0;
const MOST = 1;
const SUM = 2;
const HISTOGRAM = 4;
const KIND_WORDS = HISTOGRAM + BUCKETS;

export interface ResponseTimes {
  readonly count: number;
  readonly mean_us: number;
  /** So many lasted no longer, to 1/16. */
  readonly p50_us: number;
  readonly p99_us: number;
  readonly max_us: number;
}

export class Responses {
  static readonly words = 2 * KIND_WORDS;
  readonly #m: Int32Array;
  readonly #at: number;

  constructor(region: Region) {
    this.#m = region.m;
    this.#at = region.at;
  }

  record(op: number, ns: number): void {
    const m = this.#m;
    const at = this.#of(op);
    const us = Math.min(Math.floor(ns / 1000), 0x7fff_ffff);
    m[at + COUNT] = (m[at + COUNT] as number) + 1;
    if (us > (m[at + MOST] as number)) m[at + MOST] = us;
    writeTime(m, at + SUM, readTime(m, at + SUM) + us);
    const bucket = at + HISTOGRAM + bucketOf(us);
    m[bucket] = (m[bucket] as number) + 1;
  }

  times(op: number): ResponseTimes {
    const at = this.#of(op);
    const count = this.#m[at + COUNT] as number;
    return {
      count,
      mean_us: count === 0 ? 0 : Math.round(readTime(this.#m, at + SUM) / count),
      p50_us: this.#quantile(at, 50),
      p99_us: this.#quantile(at, 99),
      max_us: this.#m[at + MOST] as number,
    };
  }

  /** Smallest bound that so many per cent do not exceed. */
  #quantile(at: number, percent: number): number {
    const m = this.#m;
    let left = Math.ceil(((m[at + COUNT] as number) * percent) / 100);
    if (left === 0) return 0;
    let bucket = 0;
    for (; ; bucket++) {
      left -= m[at + HISTOGRAM + bucket] as number;
      if (left <= 0) break;
    }
    return Math.min(topOf(bucket), m[at + MOST] as number);
  }

  #of(op: number): number {
    return this.#at + (op === COMMAND_OP.OP_READ ? 0 : KIND_WORDS);
  }
}

/** Below 16 each time has a bucket of its own; above, each doubling has sixteen. */
export function bucketOf(us: number): number {
  if (us < FINE) return us;
  const shift = 31 - Math.clz32(us) - FINE_BITS;
  return (shift << FINE_BITS) + (us >>> shift);
}

/** Longest time of a bucket. */
export function topOf(bucket: number): number {
  if (bucket < FINE) return bucket;
  const shift = (bucket >>> FINE_BITS) - 1;
  return (FINE + (bucket & (FINE - 1)) + 1) * (1 << shift) - 1;
}
