/**
 * Workloads at work: each request becomes commands of a host of whichever array serves the volume. A request that finds all
 * hosts busy waits for one; who gets no good status, or finds nobody who serves, tries again 1 ms later, as hosts do. A
 * response time lasts from a request's arrival to its good status. All state is words, but what does not change during a
 * run: descriptions and spaces.
 */
import { COMMAND_OP, RESULT } from '../../../memory/constants.js';
import { readTime, writeTime } from '../../../memory/time.js';
import { EVENT, type Region } from '../../../ports/schedule.js';
import type { ArrayConfig } from '../../machine/array.js';
import type { Watched } from '../checks.js';
import type { SimImage } from '../images.js';
import { hostsOf, type SimRig, WORKLOAD_STREAM } from '../world-plan.js';
import { Chains, markOf } from './chains.js';
import { checkWorkload, largest, type Workload } from './description.js';
import { Generator, type Source } from './generator.js';
import { Responses, type ResponseTimes } from './responses.js';
import { Space } from './space.js';
import { type Trace, TraceSource } from './trace.js';

/** Workloads of a run that may be at work, or have a result. */
export const WORKS = 4;
const RETRY_US = 1000;
/** Answers that are not OK, or looks at arrays that do not serve, until a host gives a request up. */
const TRIES_MOST = 10_000;

/** Words of all. */
const BEGUN = 0;
const HEADER = 4;
/** Words of a work. */
const UNTIL = 0;
/** 1: the next request waits for a host; 2: there is no next one. */
const STATE = 2;
const WAITS = 1;
const NO_MORE = 2;
const NEXT_AT = 4;
const FAILED = 6;
const JOBS_LEFT = 7;
const N_OP = 8;
const N_AT = 9;
const N_SECTORS = 10;
const GENERATOR = 12;
const RESPONSES = GENERATOR + Generator.words;
const WORK_WORDS = RESPONSES + Responses.words;
/** Words of a job: a request that is under way, or a host of a closed workload. */
const J_WORK = 0;
const J_OP = 1;
const J_AT = 2;
const J_SECTORS = 3;
const J_DONE = 4;
const J_PART = 5;
const J_TRIES = 6;
/** Number of the write in its chain. */
const J_NUMBER = 7;
const J_ARRIVED = 8;
/** 1: it has a request. */
const J_BUSY = 10;
const JOB_WORDS = 12;

export interface WorkResult {
  readonly name: string;
  readonly reads: ResponseTimes;
  /** And syncs and trims, which traces have. */
  readonly writes: ResponseTimes;
  /** Requests that a host gave up. */
  readonly failed: number;
}

/** What work needs of the simulation around it. */
export interface Workplace extends Watched {
  readonly seed: number;
  frozen(image: number): boolean;
  orphaned(image: number): boolean;
  isBooted(array: number): boolean;
  volume(name: string): { array: number; volume: number; image: number };
  /** A host begins a command. */
  begin(array: number, host: number, op: number, volume: number, lba: number, sectors: number, mark: number): number;
}

/** What does not change while it runs. */
export interface Plan {
  readonly name: string;
  readonly space: Space;
  readonly workload?: Workload;
  readonly trace?: Trace;
  /** Jobs that bring a request each when they had their status; 0: open. */
  readonly hosts: number;
  readonly dependent: boolean;
}

interface Running extends Plan {
  readonly source: Source;
  readonly responses: Responses;
  readonly chains: Chains | undefined;
}

export interface WorkOptions {
  /** `A:data0`: in a row they are the space that is worked on. */
  readonly volumes: readonly string[];
  /** So long, in virtual time; requests that came before are finished. */
  readonly us: number;
}

export class Work {
  /** Handed on when a snapshot is attached. */
  readonly plans: Plan[];
  readonly #sim: Workplace;
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #jobs: number;
  readonly #hostsAt: readonly number[];
  readonly #jobsAt: number;
  readonly #running: Running[] = [];

  static words(rig: SimRig): number {
    return HEADER + WORKS * (WORK_WORDS + Chains.words) + jobsOf(rig) * JOB_WORDS + hostsBefore(rig).total;
  }

  constructor(sim: Workplace, region: Region, plans: Plan[] = []) {
    this.#sim = sim;
    this.#m = region.m;
    this.#at = region.at;
    this.#jobs = jobsOf(sim.rig);
    this.#jobsAt = region.at + HEADER + WORKS * (WORK_WORDS + Chains.words);
    const hostsAt = this.#jobsAt + this.#jobs * JOB_WORDS;
    this.#hostsAt = hostsBefore(sim.rig).starts.map((n) => hostsAt + n);
    this.plans = plans;
    for (const [w, plan] of plans.entries()) this.#running[w] = this.#attach(w, plan);
  }

  /** Errors: RangeError of what the rig cannot hold. */
  start(workload: Workload, { volumes, us }: WorkOptions): void {
    checkWorkload(workload);
    const { arrivals } = workload;
    const space = this.#space(volumes, largest(workload), `workload ${workload.name}`);
    if (arrivals.kind !== 'open' && arrivals.hosts > this.#jobs)
      throw new RangeError(
        `workload ${workload.name}: hosts is ${arrivals.hosts}; rig ${this.#sim.rig.name} has room for ${this.#jobs}`,
      );
    this.#begin(
      {
        name: workload.name,
        space,
        workload,
        hosts: arrivals.kind === 'open' ? 0 : arrivals.hosts,
        dependent: arrivals.kind === 'dependent',
      },
      this.#now() + us * 1000,
    );
  }

  /** A trace from its beginning to its end: at its own times, or `closed` one request when the one before has its status. */
  replay(trace: Trace, volumes: readonly string[], closed: boolean): void {
    const space = this.#space(volumes, 1, `trace ${trace.name}`);
    trace.check(
      volumes,
      space.places.map(({ sectors }) => sectors),
    );
    this.#begin({ name: trace.name, space, trace, hosts: closed ? 1 : 0, dependent: false }, Number.MAX_SAFE_INTEGER);
  }

  /** Every request that has come is finished, and none is to come. */
  get idle(): boolean {
    for (let w = 0; w < this.#count; w++) if (!this.#isOver(w)) return false;
    return true;
  }

  results(): WorkResult[] {
    return this.#numbers().map((w) => {
      const { name, responses } = this.#running[w] as Running;
      return {
        name,
        reads: responses.times(COMMAND_OP.OP_READ),
        writes: responses.times(COMMAND_OP.OP_WRITE),
        failed: this.#get(w, FAILED),
      };
    });
  }

  /** EVENT.WORK */
  event(w: number, job: number): void {
    if (job === 0) this.#arrivals(w);
    else this.#turn(job - 1);
  }

  /** A command got its status; false: it is none of a workload's. */
  ended(array: number, host: number): boolean {
    const at = (this.#hostsAt[array] as number) + host;
    const job = (this.#m[at] as number) - 1;
    if (job < 0) return false;
    this.#m[at] = 0;
    const j = this.#job(job);
    const status = this.#sim.world.hosts[array]?.look(host).status;
    if (status !== RESULT.OK) this.#again(job);
    else {
      this.#m[j + J_DONE] = (this.#m[j + J_DONE] as number) + (this.#m[j + J_PART] as number);
      if ((this.#m[j + J_DONE] as number) < (this.#m[j + J_SECTORS] as number)) this.#issue(job);
      else this.#answered(job);
    }
    this.#resume();
    return true;
  }

  /** Power went: a command will never end. False: it is none of a workload's. */
  died(array: number, host: number): boolean {
    const at = (this.#hostsAt[array] as number) + host;
    const job = (this.#m[at] as number) - 1;
    if (job < 0) return false;
    this.#m[at] = 0;
    this.#again(job);
    return true;
  }

  /** The copies of dependent writes, as a takeover would find them now, are prefixes. */
  check(): void {
    for (const w of this.#numbers()) this.#running[w]?.chains?.check();
  }

  /** An array serves an image from now on, which has all that was promised, or not. */
  handedOver(image: number, to: number, promised: boolean): void {
    for (const w of this.#numbers()) this.#running[w]?.chains?.handedOver(image, to, promised);
  }

  groupTaken(images: readonly number[], to: number): void {
    for (const w of this.#numbers()) this.#running[w]?.chains?.groupTaken(images, to);
  }

  #attach(w: number, plan: Plan): Running {
    const at = this.#work(w);
    const m = this.#m;
    const { workload, trace, space } = plan;
    const region = { m, at: at + GENERATOR };
    const source = trace
      ? new TraceSource(region, trace, space)
      : new Generator(region, workload as Workload, space.sectors);
    const chains = plan.dependent
      ? new Chains(
          this.#sim,
          { m, at: this.#at + HEADER + WORKS * WORK_WORDS + w * Chains.words },
          space,
          plan.hosts,
          largest(workload as Workload),
        )
      : undefined;
    return { ...plan, source, responses: new Responses({ m, at: at + RESPONSES }), chains };
  }

  #begin(plan: Plan, until_ns: number): void {
    const m = this.#m;
    const begun = m[this.#at + BEGUN] as number;
    const w = begun < WORKS ? begun : this.#numbers().find((i) => this.#isOver(i));
    if (w === undefined) throw new RangeError(`${plan.name}: ${WORKS} workloads are at work already; that is the most`);
    m.fill(0, this.#work(w), this.#work(w) + WORK_WORDS);
    this.plans[w] = plan;
    const running = this.#attach(w, plan);
    this.#running[w] = running;
    writeTime(m, this.#work(w) + UNTIL, until_ns);
    if (running.source instanceof Generator) running.source.seed(this.#sim.seed, WORKLOAD_STREAM + begun);
    m[this.#at + BEGUN] = begun + 1;
    running.chains?.format();
    writeTime(m, this.#work(w) + NEXT_AT, this.#now());
    if (plan.hosts === 0) {
      this.#draw(w);
      this.#arrivals(w);
      return;
    }
    for (let h = 0; h < plan.hosts; h++) {
      const job = this.#freeJob();
      if (job < 0) throw new RangeError(`${plan.name}: other workloads have the rig's hosts`);
      const j = this.#job(job);
      m.fill(0, j, j + JOB_WORDS);
      m[j + J_WORK] = w + 1;
      if (plan.dependent) m[j + J_NUMBER] = markOf(h, 0);
      this.#set(w, JOBS_LEFT, this.#get(w, JOBS_LEFT) + 1);
      this.#wake(w, job, h * 1000);
    }
  }

  /** @param most sectors of a request that must be one command; a trace's may be several. */
  #space(volumes: readonly string[], most: number, who: string): Space {
    const { rig, images } = this.#sim;
    if (volumes.length === 0) throw new RangeError(`${who}: it has no volumes`);
    const space = new Space(
      volumes.map((name) => {
        const { image } = this.#sim.volume(name);
        return { name, image, sectors: (images[image] as SimImage).blocks };
      }),
    );
    const least = Math.min(...this.#sim.world.hosts.map(({ sectorsMost }) => sectorsMost));
    if (most > least)
      throw new RangeError(
        `${who} has requests of ${most} sectors; a host's command has ${least} at most on rig ${rig.name} (its transfer_bytes / commands)`,
      );
    if (most > space.least)
      throw new RangeError(`${who} has requests of ${most} sectors, and a volume has ${space.least}: it is too small`);
    return space;
  }

  /** Requests that have come get hosts, as long as there are some; an event brings the next that comes. */
  #arrivals(w: number): void {
    const at = this.#work(w);
    const m = this.#m;
    while (m[at + STATE] !== NO_MORE) {
      const arrives = readTime(m, at + NEXT_AT);
      if (arrives > this.#now()) {
        m[at + STATE] = 0;
        this.#sim.world.events.at(arrives, EVENT.WORK, w, 0, 0);
        return;
      }
      const job = this.#freeJob();
      if (job < 0) {
        m[at + STATE] = WAITS;
        return;
      }
      const j = this.#job(job);
      m.fill(0, j, j + JOB_WORDS);
      m[j + J_WORK] = w + 1;
      this.#set(w, JOBS_LEFT, this.#get(w, JOBS_LEFT) + 1);
      this.#take(job, m[at + N_OP] as number, m[at + N_AT] as number, m[at + N_SECTORS] as number, arrives);
      this.#draw(w);
      this.#issue(job);
    }
  }

  /** Works whose requests wait for a host go on. */
  #resume(): void {
    for (let w = 0; w < this.#count; w++) if (this.#get(w, STATE) === WAITS) this.#arrivals(w);
  }

  /** The next request of an open work, and when it comes. */
  #draw(w: number): void {
    const { source } = this.#running[w] as Running;
    const at = this.#work(w);
    const m = this.#m;
    const more = source.next();
    const arrives = readTime(m, at + NEXT_AT) + source.gap_ns;
    if (!more || arrives >= readTime(m, at + UNTIL)) {
      m[at + STATE] = NO_MORE;
      return;
    }
    writeTime(m, at + NEXT_AT, arrives);
    m[at + N_OP] = source.op;
    m[at + N_AT] = source.at;
    m[at + N_SECTORS] = source.sectors;
  }

  #take(job: number, op: number, at: number, sectors: number, arrived: number): void {
    const j = this.#job(job);
    const m = this.#m;
    m[j + J_OP] = op;
    m[j + J_AT] = at;
    m[j + J_SECTORS] = sectors;
    m[j + J_DONE] = 0;
    m[j + J_TRIES] = 0;
    m[j + J_BUSY] = 1;
    writeTime(m, j + J_ARRIVED, arrived);
  }

  /** A job's time has come: to try again, or, of a closed work, for its next request. */
  #turn(job: number): void {
    const m = this.#m;
    const j = this.#job(job);
    if (m[j + J_BUSY] !== 0) {
      this.#issue(job);
      this.#resume();
      return;
    }
    const w = (m[j + J_WORK] as number) - 1;
    const { source, chains } = this.#running[w] as Running;
    if (this.#now() >= readTime(m, this.#work(w) + UNTIL) || (!chains && !source.next())) {
      this.#free(job);
      return;
    }
    if (chains) {
      const mark = (m[j + J_NUMBER] as number) + 1;
      m[j + J_NUMBER] = mark;
      this.#take(job, COMMAND_OP.OP_WRITE, chains.issue(mark), chains.sectors, this.#now());
    } else this.#take(job, source.op, source.at, source.sectors, this.#now());
    this.#issue(job);
  }

  /** The next command of a job's request, at the array that serves. */
  #issue(job: number): void {
    const m = this.#m;
    const j = this.#job(job);
    const { space } = this.#running[(m[j + J_WORK] as number) - 1] as Running;
    const { world } = this.#sim;
    const op = m[j + J_OP] as number;
    const done = m[j + J_DONE] as number;
    space.find(m[j + J_AT] as number, m[j + J_SECTORS] as number);
    const { image, lba } = space;
    const array = this.#sim.authority(image);
    const closed =
      !world.powered(array) ||
      !this.#sim.isBooted(array) ||
      this.#sim.frozen(image) ||
      (op !== COMMAND_OP.OP_READ && this.#sim.orphaned(image));
    const host = closed ? -1 : this.#freeHost(array);
    if (host < 0) {
      this.#again(job);
      return;
    }
    const part = Math.min((m[j + J_SECTORS] as number) - done, world.hosts[array]?.sectorsMost ?? 0);
    m[j + J_PART] = part;
    m[(this.#hostsAt[array] as number) + host] = job + 1;
    const { volumes } = this.#sim.images[image] as SimImage;
    this.#sim.begin(array, host, op, volumes[array] as number, lba + done, part, m[j + J_NUMBER] as number);
  }

  #answered(job: number): void {
    const m = this.#m;
    const j = this.#job(job);
    const w = (m[j + J_WORK] as number) - 1;
    const { responses, chains, hosts } = this.#running[w] as Running;
    responses.record(m[j + J_OP] as number, this.#now() - readTime(m, j + J_ARRIVED));
    m[j + J_BUSY] = 0;
    chains?.acknowledged(m[j + J_NUMBER] as number);
    if (hosts === 0) this.#free(job);
    else this.#wake(w, job, this.#think_ns(w));
  }

  /** Later, unless time is over or too often tried; a chain never goes on without its write. */
  #again(job: number): void {
    const m = this.#m;
    const j = this.#job(job);
    const w = (m[j + J_WORK] as number) - 1;
    const tries = (m[j + J_TRIES] as number) + 1;
    m[j + J_TRIES] = tries;
    const isOver = this.#now() >= readTime(m, this.#work(w) + UNTIL);
    if (!isOver && tries < TRIES_MOST) {
      this.#wake(w, job, RETRY_US * 1000);
      return;
    }
    this.#set(w, FAILED, this.#get(w, FAILED) + 1);
    m[j + J_BUSY] = 0;
    const { hosts, chains } = this.#running[w] as Running;
    if (hosts === 0 || chains) this.#free(job);
    else this.#wake(w, job, this.#think_ns(w));
  }

  #think_ns(w: number): number {
    const { source } = this.#running[w] as Running;
    return source instanceof Generator ? source.think_ns() : 0;
  }

  #wake(w: number, job: number, in_ns: number): void {
    this.#sim.world.events.at(this.#now() + in_ns, EVENT.WORK, w, job + 1, 0);
  }

  #free(job: number): void {
    const j = this.#job(job);
    const w = (this.#m[j + J_WORK] as number) - 1;
    this.#m[j + J_WORK] = 0;
    this.#set(w, JOBS_LEFT, this.#get(w, JOBS_LEFT) - 1);
  }

  /** Those that were begun, as far as they are kept. */
  get #count(): number {
    return Math.min(this.#m[this.#at + BEGUN] as number, WORKS);
  }

  #numbers(): number[] {
    return Array.from({ length: this.#count }, (_, w) => w);
  }

  #isOver(w: number): boolean {
    if (this.#get(w, JOBS_LEFT) !== 0) return false;
    return (this.plans[w]?.hosts ?? 0) > 0 || this.#get(w, STATE) === NO_MORE;
  }

  #freeJob(): number {
    for (let job = 0; job < this.#jobs; job++) if (this.#m[this.#job(job) + J_WORK] === 0) return job;
    return -1;
  }

  #freeHost(array: number): number {
    const hosts = this.#sim.world.hosts[array];
    const at = this.#hostsAt[array] as number;
    const all = hostsOf(this.#sim.rig.arrays[array] as ArrayConfig);
    for (let h = 0; h < all; h++) if (this.#m[at + h] === 0 && !hosts?.busy(h)) return h;
    return -1;
  }

  #now(): number {
    return this.#sim.world.events.now_ns();
  }

  #work(w: number): number {
    return this.#at + HEADER + w * WORK_WORDS;
  }

  #job(job: number): number {
    return this.#jobsAt + job * JOB_WORDS;
  }

  #get(w: number, word: number): number {
    return this.#m[this.#work(w) + word] as number;
  }

  #set(w: number, word: number, value: number): void {
    this.#m[this.#work(w) + word] = value;
  }
}

/** Requests under way at once: so many that each finds a host at whichever array serves. */
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
