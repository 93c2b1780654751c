/**
 * The event queue: a binary heap in memory, ordered by (time, order of adding). Virtual time is the time of the event
 * that was taken last.
 */
import { readTime, writeTime } from '../../memory/time.js';
import type { Region, Schedule } from '../../ports/schedule.js';

const EVENT_WORDS = 8;
const NOW = 0;
const COUNT = 2;
const SERIAL = 3;
const HEAP = 8;

export class Events implements Schedule {
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #capacity: number;
  /** The event that `take` took. */
  event = 0;
  a = 0;
  b = 0;
  c = 0;

  static words(capacity: number): number {
    return HEAP + (capacity + 1) * EVENT_WORDS;
  }

  constructor(region: Region, capacity: number) {
    this.#m = region.m;
    this.#at = region.at;
    this.#capacity = capacity;
  }

  now_ns(): number {
    return readTime(this.#m, this.#at + NOW);
  }

  /** Only forwards. */
  advance(to_ns: number): void {
    if (to_ns > this.now_ns()) writeTime(this.#m, this.#at + NOW, to_ns);
  }

  get size(): number {
    return this.#m[this.#at + COUNT] as number;
  }

  /** Time of the earliest event; Infinity when there is none. */
  get next_ns(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : readTime(this.#m, this.#at + HEAP);
  }

  at(time_ns: number, event: number, a: number, b: number, c: number): void {
    const m = this.#m;
    const n = this.size;
    if (n >= this.#capacity)
      throw new RangeError(`more than ${this.#capacity} events wait: a model adds them faster than they happen`);
    const spare = this.#entry(this.#capacity);
    writeTime(this.#m, spare, time_ns);
    m[spare + 2] = m[this.#at + SERIAL] as number;
    m[this.#at + SERIAL] = ((m[this.#at + SERIAL] as number) + 1) | 0;
    m[spare + 3] = event;
    m[spare + 4] = a;
    m[spare + 5] = b;
    m[spare + 6] = c;
    this.#rise(n);
    m[this.#at + COUNT] = n + 1;
  }

  /** Those of one kind do not happen any more. */
  drop(event: number): void {
    const spare = this.#entry(this.#capacity);
    let kept = 0;
    for (let i = 0; i < this.size; i++) {
      if (this.#m[this.#entry(i) + 3] === event) continue;
      this.#copy(this.#entry(i), spare);
      this.#rise(kept++);
    }
    this.#m[this.#at + COUNT] = kept;
  }

  /** What is in the spare entry goes from a free one at the end of the heap to where it belongs. */
  #rise(from: number): void {
    const spare = this.#entry(this.#capacity);
    let i = from;
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (!this.#before(spare, this.#entry(up))) break;
      this.#copy(this.#entry(up), this.#entry(i));
      i = up;
    }
    this.#copy(spare, this.#entry(i));
  }

  /** Takes the earliest event: its fields are in this object, and it is its time. */
  take(): void {
    const m = this.#m;
    const first = this.#at + HEAP;
    this.advance(readTime(m, first));
    this.event = m[first + 3] as number;
    this.a = m[first + 4] as number;
    this.b = m[first + 5] as number;
    this.c = m[first + 6] as number;
    const n = this.size - 1;
    m[this.#at + COUNT] = n;
    const end = first + n * EVENT_WORDS;
    let at = first;
    // Below the entry at first + x are those one and two entries behind first + 2 x.
    for (;;) {
      let down = 2 * at - first + EVENT_WORDS;
      if (down >= end) break;
      if (down + EVENT_WORDS < end && this.#before(down + EVENT_WORDS, down)) down += EVENT_WORDS;
      if (!this.#before(down, end)) break;
      this.#copy(down, at);
      at = down;
    }
    this.#copy(end, at);
  }

  /** Word by word, all that it has: for so few the built-in copy is slower. */
  #copy(from: number, to: number): void {
    const m = this.#m;
    m[to] = m[from] as number;
    m[to + 1] = m[from + 1] as number;
    m[to + 2] = m[from + 2] as number;
    m[to + 3] = m[from + 3] as number;
    m[to + 4] = m[from + 4] as number;
    m[to + 5] = m[from + 5] as number;
    m[to + 6] = m[from + 6] as number;
  }

  #entry(i: number): number {
    return this.#at + HEAP + i * EVENT_WORDS;
  }

  #before(x: number, y: number): boolean {
    const m = this.#m;
    const high = (m[x + 1] as number) - (m[y + 1] as number);
    if (high !== 0) return high < 0;
    const low = ((m[x] as number) >>> 0) - ((m[y] as number) >>> 0);
    if (low !== 0) return low < 0;
    return (((m[x + 2] as number) - (m[y + 2] as number)) | 0) < 0;
  }
}
