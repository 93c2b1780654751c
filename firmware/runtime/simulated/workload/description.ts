/** What hosts do, as data: streams of requests, what each is like, and when they come. */

/** A size of requests, and how many of 1000 have it. */
export interface SizeShare {
  readonly sectors: number;
  readonly share: number;
}

/**
 * Where a stream's requests go within its unit: anywhere; into a region of it, both in per cent of the unit; one behind
 * the other, from the beginning again at the end.
 */
export type Where =
  | { readonly kind: 'uniform' }
  | { readonly kind: 'hot'; readonly from: number; readonly size: number }
  | { readonly kind: 'sequential' };

export interface Stream {
  readonly name: string;
  /** Of 1000 requests of the workload. */
  readonly share: number;
  /** Of 1000 requests of the stream. */
  readonly reads: number;
  readonly sizes: readonly SizeShare[];
  readonly where: Where;
  /** Number of the unit that it works on. */
  readonly unit: number;
}

/**
 * When requests come. Open: at a rate, with exponentially distributed times between them, whether or not the ones before
 * have their status; `burst`: so many together in the mean. Closed: each of so many hosts issues one when the one before
 * has its status and `think_us` have passed, exponentially distributed, too. Dependent: as closed, and each host's writes
 * are a chain: they bear numbers, and a copy that holds one of them must hold all before it.
 */
export type Arrivals =
  | { readonly kind: 'open'; readonly rate_per_s: number; readonly burst?: number }
  | { readonly kind: 'closed'; readonly hosts: number; readonly think_us: number }
  | { readonly kind: 'dependent'; readonly hosts: number; readonly think_us: number };

export interface Workload {
  readonly name: string;
  readonly help: string;
  /** Where its figures come from; "uncalibrated" where from nowhere. */
  readonly source: string;
  /** The volumes in a row are cut into units of so many per cent. */
  readonly units: readonly number[];
  readonly streams: readonly Stream[];
  readonly arrivals: Arrivals;
}

const ALL = 1000;
/** Streams of a workload at most: each has a word of state. */
export const STREAMS_MAX = 16;
/** Hosts of closed and dependent arrivals at most. */
const HOSTS_MAX = 127;

/** Errors: RangeError that names the workload, the field, its value, and what would be right. */
export function checkWorkload(w: Workload): void {
  const wrong = (what: string, value: unknown, right: string): never => {
    throw new RangeError(`workload ${w.name}: ${what} is ${JSON.stringify(value)}; ${right} is wanted`);
  };
  const whole = (what: string, value: number, least: number, most: number): void => {
    if (!Number.isSafeInteger(value) || value < least || value > most)
      wrong(what, value, `a whole number from ${least} to ${most}`);
  };
  const sum = (what: string, shares: readonly number[], all: number): void => {
    const is = shares.reduce((a, b) => a + b, 0);
    if (is !== all) wrong(`the sum of ${what}`, is, String(all));
  };
  for (const [i, share] of w.units.entries()) whole(`units[${i}]`, share, 1, 100);
  sum('units', w.units, 100);
  if (w.streams.length < 1 || w.streams.length > STREAMS_MAX)
    wrong('the number of streams', w.streams.length, `1 to ${STREAMS_MAX}`);
  for (const s of w.streams) {
    whole(`streams ${s.name}: share`, s.share, 1, ALL);
    whole(`streams ${s.name}: reads`, s.reads, 0, ALL);
    whole(`streams ${s.name}: unit`, s.unit, 0, w.units.length - 1);
    for (const size of s.sizes) {
      whole(`streams ${s.name}: sectors`, size.sectors, 1, 4096);
      whole(`streams ${s.name}: share of ${size.sectors} sectors`, size.share, 1, ALL);
    }
    sum(`the shares of sizes of ${s.name}`, shares(s.sizes), ALL);
    if (s.where.kind === 'hot') {
      whole(`streams ${s.name}: size of the region`, s.where.size, 1, 100);
      whole(`streams ${s.name}: from of the region`, s.where.from, 0, 100 - s.where.size);
    }
  }
  sum('the shares of streams', shares(w.streams), ALL);
  const a = w.arrivals;
  if (a.kind === 'open') {
    whole('rate_per_s', a.rate_per_s, 1, 10_000_000);
    whole('burst', a.burst ?? 1, 1, 1000);
    return;
  }
  whole('hosts', a.hosts, 1, HOSTS_MAX);
  whole('think_us', a.think_us, 0, 1_000_000_000);
  const [one, ...more] = w.streams;
  if (a.kind === 'dependent' && (more.length > 0 || one?.reads !== 0 || one.sizes.length !== 1))
    wrong('streams of dependent arrivals', w.streams.length, 'one stream of writes of one size');
}

const shares = (all: readonly { readonly share: number }[]): number[] => all.map(({ share }) => share);

/** Largest request, in sectors. */
export const largest = (w: Workload): number =>
  Math.max(...w.streams.flatMap(({ sizes }) => sizes.map(({ sectors }) => sectors)));
