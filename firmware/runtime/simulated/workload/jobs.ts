/**
 * Jobs, in words: a job is a request that is under way, or a host of a closed workload, with its request or without. And
 * which host of which array works for which job. There are so many jobs that each finds a host at whichever array serves.
 */
import { readTime, writeTime } from '../../../memory/time.js';
import type { Region } from '../../../ports/schedule.js';
import type { ArrayConfig } from '../../machine/array.js';
import type { World } from '../world.js';
import { hostsOf, type SimRig } from '../world-plan.js';

/** Words of a job. */
export const JOB = {
  /** Number of its work + 1; 0: nobody has it. */
  WORK: 0,
  OP: 1,
  /** Sector in the space of the work. */
  AT: 2,
  SECTORS: 3,
  /** Sectors that had their status. */
  DONE: 4,
  /** Sectors of the command that is under way. */
  PART: 5,
  TRIES: 6,
  /** Mark of its write: the number in the chain. */
  MARK: 7,
  /** 1: it has a request. */
  BUSY: 10,
} as const;
const ARRIVED = 8;
const JOB_WORDS = 12;

export class Jobs {
  readonly count: number;
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #rig: SimRig;
  /** By array, where the words of its hosts begin: number of the host's job + 1. */
  readonly #hostsAt: readonly number[];

  static words(rig: SimRig): number {
    return jobsOf(rig) * JOB_WORDS + hostsBefore(rig).total;
  }

  constructor(rig: SimRig, { m, at }: Region) {
    this.count = jobsOf(rig);
    this.#m = m;
    this.#at = at;
    this.#rig = rig;
    this.#hostsAt = hostsBefore(rig).starts.map((n) => at + this.count * JOB_WORDS + n);
  }

  get(job: number, word: number): number {
    return this.#m[this.#job(job) + word] as number;
  }

  set(job: number, word: number, value: number): void {
    this.#m[this.#job(job) + word] = value;
  }

  /** When its request came. */
  arrived_ns(job: number): number {
    return readTime(this.#m, this.#job(job) + ARRIVED);
  }

  work(job: number): number {
    return this.get(job, JOB.WORK) - 1;
  }

  /** One that nobody has; −1: there is none. */
  free(): number {
    for (let job = 0; job < this.count; job++) if (this.get(job, JOB.WORK) === 0) return job;
    return -1;
  }

  give(job: number, work: number): void {
    this.#m.fill(0, this.#job(job), this.#job(job) + JOB_WORDS);
    this.set(job, JOB.WORK, work + 1);
  }

  release(job: number): void {
    this.set(job, JOB.WORK, 0);
  }

  /** It has a request from now on. */
  take(job: number, op: number, at: number, sectors: number, arrived_ns: number): void {
    this.set(job, JOB.OP, op);
    this.set(job, JOB.AT, at);
    this.set(job, JOB.SECTORS, sectors);
    this.set(job, JOB.DONE, 0);
    this.set(job, JOB.TRIES, 0);
    this.set(job, JOB.BUSY, 1);
    writeTime(this.#m, this.#job(job) + ARRIVED, arrived_ns);
  }

  /** A host of an array that does nothing, for any job; −1: there is none. */
  freeHost(world: World, array: number): number {
    const hosts = world.hosts[array];
    const at = this.#hostsAt[array] as number;
    const all = hostsOf(this.#rig.arrays[array] as ArrayConfig);
    for (let h = 0; h < all; h++) if (this.#m[at + h] === 0 && !hosts?.busy(h)) return h;
    return -1;
  }

  /** From now on the host works for the job. */
  employ(array: number, host: number, job: number): void {
    this.#m[(this.#hostsAt[array] as number) + host] = job + 1;
  }

  /** The host works for nobody any more; for which job it did, −1: for none. */
  dismiss(array: number, host: number): number {
    const at = (this.#hostsAt[array] as number) + host;
    const job = (this.#m[at] as number) - 1;
    this.#m[at] = 0;
    return job;
  }

  #job(job: number): number {
    return this.#at + job * JOB_WORDS;
  }
}

const jobsOf = (rig: SimRig): number => Math.min(...rig.arrays.map(hostsOf));

function hostsBefore(rig: SimRig): { starts: number[]; total: number } {
  const starts: number[] = [];
  let total = 0;
  for (const array of rig.arrays) {
    starts.push(total);
    total += hostsOf(array);
  }
  return { starts, total };
}
