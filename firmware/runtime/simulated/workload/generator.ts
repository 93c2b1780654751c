/**
 * Requests of a workload, one after the other: a function of the description, the space, and the words of its state. Nothing
 * else, so that a copy of the memory goes on with the same requests.
 */
import { COMMAND_OP } from '../../../memory/constants.js';
import { RANDOM_WORDS, Random } from '../../../memory/random.js';
import type { Region } from '../../../ports/schedule.js';
import { STREAMS_MAX, type Stream, type Workload } from './description.js';
import { EXPONENTIAL_ONE, exponential } from './exponential.js';

/** What requests come from: a workload or a trace. */
export interface Source {
  /** Time since the request before; 0 where the pace is not the source's. */
  readonly gap_ns: number;
  readonly op: number;
  /** Sector in the space. */
  readonly at: number;
  readonly sectors: number;
  /** Makes the next request; false: there is none. */
  next(): boolean;
}

/** Requests begin at multiples of so many sectors, or of their size if that is smaller. */
const ALIGN = 8;
const CURSORS = RANDOM_WORDS;

interface Extent {
  readonly from: number;
  readonly sectors: number;
  readonly align: number;
}

export class Generator implements Source {
  static readonly words = RANDOM_WORDS + STREAMS_MAX;
  gap_ns = 0;
  op = 0;
  at = 0;
  sectors = 0;
  /** Number of the stream that the request is of. */
  stream = 0;
  readonly #workload: Workload;
  readonly #extents: readonly Extent[];
  readonly #random: Random;
  readonly #m: Int32Array;
  readonly #cursors: number;
  /** Mean time between two arrivals, of which each brings `#burst` requests in the mean. */
  readonly #gap_ns: number;
  readonly #burst: number;

  /**
   * @param sectors of the space. Errors: RangeError when a stream's requests do not fit into its part of it.
   */
  constructor(region: Region, workload: Workload, sectors: number) {
    const { arrivals } = workload;
    this.#workload = workload;
    this.#m = region.m;
    this.#cursors = region.at + CURSORS;
    this.#random = new Random(region.m, region.at);
    this.#extents = workload.streams.map((s) => extentOf(workload, s, sectors));
    this.#burst = arrivals.kind === 'open' ? (arrivals.burst ?? 1) : 1;
    this.#gap_ns = arrivals.kind === 'open' ? (1e9 * this.#burst) / arrivals.rate_per_s : arrivals.think_us * 1000;
  }

  /** Its first state, of memory that may hold anything. */
  seed(seed: number, stream: number): void {
    this.#m.fill(0, this.#cursors, this.#cursors + STREAMS_MAX);
    this.#random.seed(seed, stream);
  }

  next(): boolean {
    const random = this.#random;
    if (this.#workload.arrivals.kind === 'open') this.gap_ns = this.think_ns();
    this.stream = pick(this.#workload.streams, random.below(1000));
    const { reads, sizes, where } = this.#workload.streams[this.stream] as Stream;
    this.op = random.below(1000) < reads ? COMMAND_OP.OP_READ : COMMAND_OP.OP_WRITE;
    this.sectors = sizes[sizes.length === 1 ? 0 : pick(sizes, random.below(1000))]?.sectors as number;
    const extent = this.#extents[this.stream] as Extent;
    if (where.kind !== 'sequential') {
      const places = Math.floor((extent.sectors - this.sectors) / extent.align) + 1;
      this.at = extent.from + random.below(places) * extent.align;
      return true;
    }
    const cursor = this.#cursors + this.stream;
    let at = this.#m[cursor] as number;
    if (at + this.sectors > extent.sectors) at = 0;
    this.at = extent.from + at;
    this.#m[cursor] = at + this.sectors;
    return true;
  }

  /** A time between two arrivals, or to think. */
  think_ns(): number {
    if (this.#gap_ns === 0 || (this.#burst > 1 && this.#random.below(this.#burst) > 0)) return 0;
    return Math.floor((this.#gap_ns * exponential(this.#random.next())) / EXPONENTIAL_ONE);
  }
}

/** Number of the share that `draw`, of 1000, falls into. */
function pick(shares: readonly { readonly share: number }[], draw: number): number {
  let i = 0;
  for (let left = draw - (shares[0]?.share as number); left >= 0; left -= shares[i]?.share as number) i++;
  return i;
}

/** The part of the space that a stream works on. */
function extentOf(workload: Workload, stream: Stream, sectors: number): Extent {
  const part = (of: number, per: number): number => Math.floor((of * per) / 100 / ALIGN) * ALIGN;
  const before = workload.units.slice(0, stream.unit).reduce((a, b) => a + b, 0);
  const unitFrom = part(sectors, before);
  const unit = part(sectors, before + (workload.units[stream.unit] as number)) - unitFrom;
  const { where } = stream;
  const from = unitFrom + (where.kind === 'hot' ? part(unit, where.from) : 0);
  const size = where.kind === 'hot' ? part(unit, where.size) : unit;
  const most = Math.max(...stream.sizes.map((s) => s.sectors));
  const least = Math.min(...stream.sizes.map((s) => s.sectors));
  if (most > size)
    throw new RangeError(
      `workload ${workload.name}: stream ${stream.name} has requests of ${most} sectors, and its part of the volumes has ${size}: the volumes, ${sectors} sectors together, are too small`,
    );
  return { from, sectors: size, align: Math.min(ALIGN, least) };
}
