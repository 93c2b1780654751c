/**
 * Workloads at work: each request becomes commands of a host of whichever array serves the volume. A request that finds all
 * hosts busy waits for one; who gets no good status, or finds nobody who serves, tries again 1 ms later, as hosts do. A
 * response time lasts from a request's arrival to its good status. All state is words, but what does not change during a
 * run: descriptions and spaces. Open requests stand in a `Line`, `Jobs` are what hosts do, `Chains` look at dependent writes.
 */
import { COMMAND_OP, RESULT } from '../../../memory/constants.js';
import { EVENT, type Region } from '../../../ports/schedule.js';
import type { SimImage } from '../images.js';
import { type SimRig, WORKLOAD_STREAM } from '../world-plan.js';
import { Chains, markOf } from './chains.js';
import type { Workload } from './description.js';
import { Generator } from './generator.js';
import { JOB, Jobs } from './jobs.js';
import {
  isServed,
  type Plan,
  planOf,
  Running,
  spaceOf,
  type WorkOptions,
  type Workplace,
  type WorkResult,
} from './running.js';
import type { Trace } from './trace.js';

/** Workloads of a run that may be at work, or have a result. */
const WORKS = 4;
const RETRY_NS = 1_000_000;
/** Answers that are not OK, or looks at arrays that do not serve, until a host gives a request up. */
const TRIES_MOST = 10_000;

/** Words of all. */
const BEGUN = 0;
const HEADER = 4;
const CHAINS = HEADER + WORKS * Running.words;
const JOBS = CHAINS + WORKS * Chains.words;

export class Work {
  /** Handed on when a snapshot is attached. */
  readonly plans: Plan[];
  readonly #sim: Workplace;
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #jobs: Jobs;
  readonly #running: Running[] = [];

  static words(rig: SimRig): number {
    return JOBS + Jobs.words(rig);
  }

  constructor(sim: Workplace, region: Region, plans: Plan[] = []) {
    this.#sim = sim;
    this.#m = region.m;
    this.#at = region.at;
    this.#jobs = new Jobs(sim.rig, { m: region.m, at: region.at + JOBS });
    this.plans = plans;
    for (const [w, plan] of plans.entries()) this.#running[w] = this.#attach(w, plan);
  }

  /** Errors: RangeError of what the rig cannot hold. */
  start(workload: Workload, { volumes, us }: WorkOptions): void {
    const plan = planOf(this.#sim, workload, volumes, this.#jobs.count);
    this.#begin(plan, this.#now() + us * 1000);
  }

  /** A trace from its beginning to its end: at its own times, or `closed` one request when the one before has its status. */
  replay(trace: Trace, volumes: readonly string[], closed: boolean): void {
    const space = spaceOf(this.#sim, volumes, 1, `trace ${trace.name}`);
    trace.check(
      volumes,
      space.places.map(({ sectors }) => sectors),
    );
    this.#begin({ name: trace.name, space, trace, hosts: closed ? 1 : 0, dependent: false }, Number.MAX_SAFE_INTEGER);
  }

  /** Every request that has come is finished, and none is to come. */
  get idle(): boolean {
    for (let w = 0; w < this.#count; w++) if (!this.#of(w).isOver) return false;
    return true;
  }

  results(): WorkResult[] {
    return this.#begun().map((w) => this.#of(w).result);
  }

  /** EVENT.WORK */
  event(w: number, job: number): void {
    if (job === 0) this.#arrivals(w);
    else this.#turn(job - 1);
  }

  /** A command got its status; false: it is none of a workload's. */
  ended(array: number, host: number): boolean {
    const job = this.#jobs.dismiss(array, host);
    if (job < 0) return false;
    const status = this.#sim.world.hosts[array]?.look(host).status;
    if (status !== RESULT.OK) this.#again(job);
    else {
      const done = this.#jobs.get(job, JOB.DONE) + this.#jobs.get(job, JOB.PART);
      this.#jobs.set(job, JOB.DONE, done);
      if (done < this.#jobs.get(job, JOB.SECTORS)) this.#issue(job);
      else this.#answered(job);
    }
    this.#resume();
    return true;
  }

  /** Power went: a command will never end. False: it is none of a workload's. */
  died(array: number, host: number): boolean {
    const job = this.#jobs.dismiss(array, host);
    if (job < 0) return false;
    this.#again(job);
    if (this.#jobs.work(job) < 0) this.#resumeSoon();
    return true;
  }

  /** The copies of dependent writes, as a takeover would find them now, are prefixes. */
  check(): void {
    for (const w of this.#begun()) this.#of(w).chains?.check();
  }

  /** An array serves an image from now on, which has all that was promised, or not. */
  handedOver(image: number, to: number, promised: boolean): void {
    for (const w of this.#begun()) this.#of(w).chains?.handedOver(image, to, promised);
  }

  groupTaken(images: readonly number[], to: number): void {
    for (const w of this.#begun()) this.#of(w).chains?.groupTaken(images, to);
  }

  #attach(w: number, plan: Plan): Running {
    return new Running(this.#sim, this.#m, this.#words(w), this.#at + CHAINS + w * Chains.words, plan);
  }

  #begin(plan: Plan, until_ns: number): void {
    const m = this.#m;
    const begun = m[this.#at + BEGUN] as number;
    const w = begun < WORKS ? begun : this.#begun().find((i) => this.#of(i).isOver);
    if (w === undefined) throw new RangeError(`${plan.name}: ${WORKS} workloads are at work already; that is the most`);
    m.fill(0, this.#words(w), this.#words(w) + Running.words);
    this.plans[w] = plan;
    const running = this.#attach(w, plan);
    this.#running[w] = running;
    const { source, line, chains } = running;
    if (source instanceof Generator) source.seed(this.#sim.seed, WORKLOAD_STREAM + begun);
    m[this.#at + BEGUN] = begun + 1;
    chains?.format();
    line.begin(this.#now(), until_ns);
    if (plan.hosts === 0) {
      line.draw();
      this.#arrivals(w);
      return;
    }
    for (let h = 0; h < plan.hosts; h++) {
      const job = this.#hire(w);
      if (job < 0) throw new RangeError(`${plan.name}: other workloads have the rig's hosts`);
      if (plan.dependent) this.#jobs.set(job, JOB.MARK, markOf(h, 0));
      this.#wake(w, job, h * 1000);
    }
  }

  /** Requests that have come get hosts, as long as there are some; an event brings the next that comes. */
  #arrivals(w: number): void {
    const { line } = this.#of(w);
    while (!line.isOver) {
      const arrives = line.next_ns;
      if (arrives > this.#now()) {
        line.wait(false);
        this.#sim.world.events.at(arrives, EVENT.WORK, w, 0, 0);
        return;
      }
      const job = this.#hire(w);
      if (job < 0) {
        line.wait(true);
        return;
      }
      this.#jobs.take(job, line.op, line.at, line.sectors, arrives);
      line.draw();
      this.#issue(job);
    }
  }

  /** Works whose requests wait for a host go on. */
  #resume(): void {
    for (let w = 0; w < this.#count; w++) if (this.#of(w).line.isWaiting) this.#arrivals(w);
  }

  /** The same, when all that goes with the power is gone. */
  #resumeSoon(): void {
    for (let w = 0; w < this.#count; w++) {
      const { line } = this.#of(w);
      if (!line.isWaiting) continue;
      line.wait(false);
      this.#sim.world.events.at(this.#now(), EVENT.WORK, w, 0, 0);
    }
  }

  /** A job's time has come: to try again, or, of a closed work, for its next request. */
  #turn(job: number): void {
    const jobs = this.#jobs;
    if (jobs.get(job, JOB.BUSY) !== 0) {
      this.#issue(job);
      this.#resume();
      return;
    }
    const { source, chains, line } = this.#of(jobs.work(job));
    if (this.#now() >= line.until_ns || (!chains && !source.next())) {
      this.#release(job);
      this.#resume();
      return;
    }
    if (chains) {
      const mark = jobs.get(job, JOB.MARK) + 1;
      jobs.set(job, JOB.MARK, mark);
      jobs.take(job, COMMAND_OP.OP_WRITE, chains.issue(mark), chains.sectors, this.#now());
    } else jobs.take(job, source.op, source.at, source.sectors, this.#now());
    this.#issue(job);
  }

  /** The next command of a job's request, at the array that serves. */
  #issue(job: number): void {
    const jobs = this.#jobs;
    const { space } = this.#of(jobs.work(job)).plan;
    const { world } = this.#sim;
    const op = jobs.get(job, JOB.OP);
    const done = jobs.get(job, JOB.DONE);
    const sectors = jobs.get(job, JOB.SECTORS);
    space.find(jobs.get(job, JOB.AT), sectors);
    const { image, lba } = space;
    const array = this.#sim.authority(image);
    const host = isServed(this.#sim, array, image, op) ? jobs.freeHost(world, array) : -1;
    if (host < 0) {
      this.#again(job);
      return;
    }
    const part = Math.min(sectors - done, world.hosts[array]?.sectorsMost ?? 0);
    jobs.set(job, JOB.PART, part);
    jobs.employ(array, host, job);
    const { volumes } = this.#sim.images[image] as SimImage;
    this.#sim.begin(array, host, op, volumes[array] as number, lba + done, part, jobs.get(job, JOB.MARK));
  }

  #answered(job: number): void {
    const jobs = this.#jobs;
    const w = jobs.work(job);
    const running = this.#of(w);
    running.responses.record(jobs.get(job, JOB.OP), this.#now() - jobs.arrived_ns(job));
    jobs.set(job, JOB.BUSY, 0);
    running.chains?.acknowledged(jobs.get(job, JOB.MARK));
    if (running.plan.hosts === 0) this.#release(job);
    else this.#wake(w, job, running.think_ns());
  }

  /** Later, unless time is over or too often tried; a chain never goes on without its write. */
  #again(job: number): void {
    const jobs = this.#jobs;
    const w = jobs.work(job);
    const running = this.#of(w);
    const tries = jobs.get(job, JOB.TRIES) + 1;
    jobs.set(job, JOB.TRIES, tries);
    if (this.#now() < running.line.until_ns && tries < TRIES_MOST) {
      this.#wake(w, job, RETRY_NS);
      return;
    }
    running.failed++;
    jobs.set(job, JOB.BUSY, 0);
    if (running.plan.hosts === 0 || running.chains) this.#release(job);
    else this.#wake(w, job, running.think_ns());
  }

  #wake(w: number, job: number, in_ns: number): void {
    this.#sim.world.events.at(this.#now() + in_ns, EVENT.WORK, w, job + 1, 0);
  }

  /** A job for a work; −1: others have them all. */
  #hire(w: number): number {
    const job = this.#jobs.free();
    if (job < 0) return job;
    this.#jobs.give(job, w);
    this.#of(w).jobs++;
    return job;
  }

  #release(job: number): void {
    this.#of(this.#jobs.work(job)).jobs--;
    this.#jobs.release(job);
  }

  /** Those that were begun, as far as they are kept. */
  get #count(): number {
    return Math.min(this.#m[this.#at + BEGUN] as number, WORKS);
  }

  #begun(): number[] {
    return Array.from({ length: this.#count }, (_, w) => w);
  }

  #of(w: number): Running {
    return this.#running[w] as Running;
  }

  #now(): number {
    return this.#sim.world.events.now_ns();
  }

  #words(w: number): number {
    return this.#at + HEADER + w * Running.words;
  }
}
