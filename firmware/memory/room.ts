/**
 * Room of which parts are taken now and given back at times that are known by then, the earlier taken the earlier. In
 * words of a region; times are whole nanoseconds.
 */
import { readTime, writeTime } from './time.js';

const FIRST = 0;
const COUNT = 1;
const TABLE = 2;
/** Time (two words) at which it is given back; amount. */
const ENTRY_WORDS = 4;
const AMOUNT = 2;

export class Room {
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #capacity: number;

  static words(capacity: number): number {
    return TABLE + capacity * ENTRY_WORDS;
  }

  /** @param capacity parts that may be taken at once; one more waits as if there were no room. */
  constructor(m: Int32Array, at: number, capacity: number) {
    this.#m = m;
    this.#at = at;
    this.#capacity = capacity;
  }

  /**
   * When, not before `from_ns`, there is room for so much of `most`. What is larger than all of it waits until everything
   * is given back. What is given back until then is forgotten: the next call is for the same time or a later one.
   */
  wait_ns(from_ns: number, amount: number, most: number): number {
    const m = this.#m;
    let time = from_ns;
    while (this.#count > 0) {
      const back = readTime(m, this.#entry(0));
      if (back > time) {
        let taken = 0;
        for (let i = 0; i < this.#count; i++) taken += m[this.#entry(i) + AMOUNT] as number;
        if (taken + amount <= most && this.#count < this.#capacity) break;
        time = back;
      }
      m[this.#at + FIRST] = ((m[this.#at + FIRST] as number) + 1) % this.#capacity;
      m[this.#at + COUNT] = this.#count - 1;
    }
    return time;
  }

  /** After `wait_ns`, for which there was room; given back not before what was taken earlier. */
  take(back_ns: number, amount: number): void {
    const entry = this.#entry(this.#count);
    writeTime(this.#m, entry, back_ns);
    this.#m[entry + AMOUNT] = amount;
    this.#m[this.#at + COUNT] = this.#count + 1;
  }

  forget(): void {
    this.#m[this.#at + COUNT] = 0;
  }

  get #count(): number {
    return this.#m[this.#at + COUNT] as number;
  }

  #entry(i: number): number {
    return this.#at + TABLE + (((this.#m[this.#at + FIRST] as number) + i) % this.#capacity) * ENTRY_WORDS;
  }
}
