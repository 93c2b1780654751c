/**
 * Writes that a drive has reported and that are not on its platter yet, in the order in which they get there, in words
 * of a region.
 */
import { readTime, writeTime } from '../../../firmware/memory/time.js';
import type { Region } from '../../../firmware/ports/schedule.js';

const WRITES_MAX = 16;
const FIRST = 0;
const COUNT = 1;
const TABLE = 2;
/** Time (two words) at which it is on the platter; sectors. */
const ENTRY_WORDS = 4;
const SECTORS = 2;

export class WriteBuffer {
  static readonly words = TABLE + WRITES_MAX * ENTRY_WORDS;
  readonly #m: Int32Array;
  readonly #at: number;

  constructor({ m, at }: Region) {
    this.#m = m;
    this.#at = at;
  }

  /** When, not before `from`, there is room for so many sectors beside what is not on the platter yet. */
  room(from: number, sectors: number, most: number): number {
    const m = this.#m;
    let time = from;
    while (this.#count > 0) {
      const first = this.#entry(0);
      if (readTime(m, first) > time) {
        let held = 0;
        for (let i = 0; i < this.#count; i++) held += m[this.#entry(i) + SECTORS] as number;
        if (held + sectors <= most && this.#count < WRITES_MAX) break;
        time = readTime(m, first);
      }
      m[this.#at + FIRST] = ((m[this.#at + FIRST] as number) + 1) % WRITES_MAX;
      m[this.#at + COUNT] = this.#count - 1;
    }
    return time;
  }

  /** After `room`. */
  add(onPlatter_ns: number, sectors: number): void {
    const entry = this.#entry(this.#count);
    writeTime(this.#m, entry, onPlatter_ns);
    this.#m[entry + SECTORS] = sectors;
    this.#m[this.#at + COUNT] = this.#count + 1;
  }

  forget(): void {
    this.#m.fill(0, this.#at, this.#at + WriteBuffer.words);
  }

  get #count(): number {
    return this.#m[this.#at + COUNT] as number;
  }

  #entry(i: number): number {
    return this.#at + TABLE + (((this.#m[this.#at + FIRST] as number) + i) % WRITES_MAX) * ENTRY_WORDS;
  }
}
