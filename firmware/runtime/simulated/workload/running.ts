/** What works on what: a workload or a trace, on the space of its volumes, attached to the words of its state. */
import { COMMAND_OP } from '../../../memory/constants.js';
import type { Watched } from '../checks.js';
import type { SimImage } from '../images.js';
import { Chains } from './chains.js';
import { checkWorkload, largest, type Workload } from './description.js';
import { Generator, type Source } from './generator.js';
import { Line } from './line.js';
import { Responses, type ResponseTimes } from './responses.js';
import { Space } from './space.js';
import { type Trace, TraceSource } from './trace.js';

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

export interface WorkOptions {
  /** `A:data0`: in a row they are the space that is worked on. */
  readonly volumes: readonly string[];
  /** So long, in virtual time; requests that came before are finished. */
  readonly us: number;
}

const FAILED = Line.words;
const JOBS_LEFT = FAILED + 1;
const GENERATOR = FAILED + 4;
const RESPONSES = GENERATOR + Generator.words;

/** A plan at work. */
export class Running {
  static readonly words = RESPONSES + Responses.words;
  readonly plan: Plan;
  readonly line: Line;
  readonly source: Source;
  readonly responses: Responses;
  readonly chains: Chains | undefined;
  readonly #m: Int32Array;
  readonly #at: number;

  /** @param at of its words, `chainsAt` of its chains. Errors: RangeError of what the volumes are too small for. */
  constructor(sim: Watched, m: Int32Array, at: number, chainsAt: number, plan: Plan) {
    const { workload, trace, space, hosts } = plan;
    const region = { m, at: at + GENERATOR };
    this.plan = plan;
    this.#m = m;
    this.#at = at;
    this.source = trace
      ? new TraceSource(region, trace, space)
      : new Generator(region, workload as Workload, space.sectors);
    this.line = new Line({ m, at }, this.source);
    this.responses = new Responses({ m, at: at + RESPONSES });
    this.chains = plan.dependent
      ? new Chains(sim, { m, at: chainsAt }, space, hosts, largest(workload as Workload))
      : undefined;
  }

  get failed(): number {
    return this.#m[this.#at + FAILED] as number;
  }

  set failed(requests: number) {
    this.#m[this.#at + FAILED] = requests;
  }

  /** Jobs that it has. */
  get jobs(): number {
    return this.#m[this.#at + JOBS_LEFT] as number;
  }

  set jobs(jobs: number) {
    this.#m[this.#at + JOBS_LEFT] = jobs;
  }

  /** Every request that came is finished, and none is to come. */
  get isOver(): boolean {
    return this.jobs === 0 && (this.plan.hosts > 0 || this.line.isOver);
  }

  get result(): WorkResult {
    const { plan, responses, failed } = this;
    return {
      name: plan.name,
      reads: responses.times(COMMAND_OP.OP_READ),
      writes: responses.times(COMMAND_OP.OP_WRITE),
      failed,
    };
  }

  think_ns(): number {
    return this.source instanceof Generator ? this.source.think_ns() : 0;
  }
}

/** @param room for so many hosts of a closed workload. Errors: RangeError of what the rig cannot hold. */
export function planOf(sim: Workplace, workload: Workload, volumes: readonly string[], room: number): Plan {
  checkWorkload(workload);
  const { name, arrivals } = workload;
  const space = spaceOf(sim, volumes, largest(workload), `workload ${name}`);
  const hosts = arrivals.kind === 'open' ? 0 : arrivals.hosts;
  if (hosts > room)
    throw new RangeError(`workload ${name}: hosts is ${hosts}; rig ${sim.rig.name} has room for ${room}`);
  return { name, space, workload, hosts, dependent: arrivals.kind === 'dependent' };
}

/**
 * @param most sectors of a request that must be one command; a trace's may be several. Errors: RangeError of what the rig
 * cannot hold.
 */
export function spaceOf(sim: Workplace, volumes: readonly string[], most: number, who: string): Space {
  const { rig, images } = sim;
  if (volumes.length === 0) throw new RangeError(`${who}: it has no volumes`);
  const space = new Space(
    volumes.map((name) => {
      const { image } = sim.volume(name);
      return { name, image, sectors: (images[image] as SimImage).blocks };
    }),
  );
  const least = Math.min(...sim.world.hosts.map(({ sectorsMost }) => sectorsMost));
  if (most > least)
    throw new RangeError(
      `${who} has requests of ${most} sectors; a host's command has ${least} at most on rig ${rig.name} (its transfer_bytes / commands)`,
    );
  if (most > space.least)
    throw new RangeError(`${who} has requests of ${most} sectors, and a volume has ${space.least}: it is too small`);
  return space;
}

/** Would the array take a command for an image now? */
export const isServed = (sim: Workplace, array: number, image: number, op: number): boolean =>
  sim.world.powered(array) &&
  sim.isBooted(array) &&
  !sim.frozen(image) &&
  (op === COMMAND_OP.OP_READ || !sim.orphaned(image));
