/**
 * Where two traces part: for each director the first record that says another thing. How long something took, in time or in
 * micro-operations, is no difference by itself, but is told; nor is the place of code that stands elsewhere in another image.
 */
import type { Image } from '../../firmware/engine/image.js';
import { R_DATA, R_HEAD, R_PC } from '../../firmware/memory/trace-ring.js';
import type { ReadRing, TraceFile } from '../../firmware/service/dump/trace-file.js';
import { alignment } from './alignment.js';
import { RingEvents, type TraceEvent } from './events.js';

/** Of GIVES_UP: how many micro-operations. */
const OPERATIONS = R_DATA + 1 - R_HEAD;
const PC = R_PC - R_HEAD;

export interface DirectorDiff {
  /** `A.dd1`. */
  readonly director: string;
  /** Records that say the same, before the first that does not; and of each side how many there are. */
  readonly same: number;
  readonly counts: readonly [number, number];
  /** Records at the beginning that one side has not any more. */
  readonly unknown: number;
  /** The last that were the same, as the first trace has them. */
  readonly before: readonly TraceEvent[];
  /** The first that differ; undefined: that trace has no more. Both undefined: there is no difference. */
  readonly first: readonly [TraceEvent | undefined, TraceEvent | undefined];
  /** Before that: the first that is of another time, or of other micro-operations. */
  readonly time?: readonly [TraceEvent, TraceEvent];
  readonly pace?: readonly [TraceEvent, TraceEvent];
}

export const isDifferent = ({ first: [a, b] }: DirectorDiff): boolean => a !== undefined || b !== undefined;

/**
 * By director, those that differ first, in the order in which they do. @param context records before a difference.
 * Errors: RangeError for traces of which no director is in both.
 */
export function diffTraces(a: TraceFile, b: TraceFile, context: number): DirectorDiff[] {
  const others = new Map(b.rings.map((ring) => [nameOf(b, ring), ring]));
  const aligned = new Aligned();
  const diffs = a.rings.flatMap((ring) => {
    const other = others.get(nameOf(a, ring));
    return other ? [diffRing(nameOf(a, ring), [a, ring], [b, other], aligned, context)] : [];
  });
  if (diffs.length === 0)
    throw new RangeError(`${a.name} is of rig ${a.head.rig} and ${b.name} of ${b.head.rig}: no director is in both`);
  const isBoth = a.head.isOrdered && b.head.isOrdered;
  return [...diffs].sort((x, y) => placeOf(x, isBoth) - placeOf(y, isBoth));
}

const nameOf = ({ head }: TraceFile, { array, director }: ReadRing): string =>
  `${head.arrays[array]?.name}.${director}`;

/** Where in its run a difference is; behind all, where there is none. */
function placeOf({ first: [a, b] }: DirectorDiff, isOrdered: boolean): number {
  const of = (e: TraceEvent | undefined): number =>
    e === undefined ? Infinity : isOrdered ? e.number >>> 0 : e.time_ns;
  return Math.min(of(a), of(b), Number.MAX_SAFE_INTEGER);
}

type Side = readonly [TraceFile, ReadRing];

function diffRing(director: string, left: Side, right: Side, aligned: Aligned, context: number): DirectorDiff {
  const [xs, ys] = [new RingEvents(...left), new RingEvents(...right)];
  const unknown = Math.max(left[1].lost, right[1].lost);
  // Where one has lost more of the beginning than the other.
  skip(xs, unknown - left[1].lost);
  skip(ys, unknown - right[1].lost);
  let same = 0;
  let before: TraceEvent[] = [];
  let time: readonly [TraceEvent, TraceEvent] | undefined;
  let pace: readonly [TraceEvent, TraceEvent] | undefined;
  let first: DirectorDiff['first'] = [next(xs), next(ys)];
  for (; ; same++) {
    const [x, y] = first;
    if (x === undefined || y === undefined || !aligned.isSame(x, y)) break;
    if (x.time_ns !== y.time_ns) time ??= [x, y];
    if (x.words[OPERATIONS] !== y.words[OPERATIONS]) pace ??= [x, y];
    before = context === 0 ? [] : [...before.slice(1 - context), x].slice(-context);
    first = [next(xs), next(ys)];
  }
  const counts = [xs.count, ys.count] as const;
  return { director, same, unknown, counts, before, first, ...(time && { time }), ...(pace && { pace }) };
}

const next = (events: RingEvents): TraceEvent | undefined => (events.head ? events.take() : undefined);

function skip(events: RingEvents, count: number): void {
  for (let i = 0; i < count && events.head; i++) events.take();
}

/** Compares events of two images, instruction by instruction. */
class Aligned {
  readonly #places = new Map<Image, Map<Image, Int32Array>>();

  isSame(x: TraceEvent, y: TraceEvent): boolean {
    for (let w = 0; w < x.words.length; w++) {
      if (w === PC ? this.#isSamePlace(x, y) : x.words[w] === y.words[w]) continue;
      if (w === OPERATIONS && (x.what === 'GIVES_UP' || isChange(x))) continue;
      if (w === OPERATIONS + 1 && isChange(x)) continue;
      return false;
    }
    return true;
  }

  #isSamePlace({ words: x, image: a, starts }: TraceEvent, { words: y, image: b, starts: other }: TraceEvent): boolean {
    // Whatever the first instruction of a handler is.
    if (starts !== undefined && starts === other) return true;
    const [from, to] = [x[PC] as number, y[PC] as number];
    if (from < 0 || to < 0 || a === undefined || b === undefined || a.crc === b.crc) return from === to;
    return this.#placesOf(a, b)[from] === to;
  }

  #placesOf(a: Image, b: Image): Int32Array {
    const of = this.#places.get(a) ?? new Map<Image, Int32Array>();
    this.#places.set(a, of);
    const places = of.get(b) ?? alignment(a, b);
    of.set(b, places);
    return places;
  }
}

/** Of microcode: images of two trees are others. */
const isChange = ({ what, text }: TraceEvent): boolean => what === 'MARK' && text?.startsWith('goes on') === true;
