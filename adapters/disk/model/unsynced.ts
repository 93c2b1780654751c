/**
 * Which sectors of an array's drives were written and not synced, in the order in which they were first: each with the serial
 * number of its last write. Looked up by sector, as a write or a sync may be of many.
 */
import type { Region } from '../../../firmware/ports/schedule.js';

const COUNT = 0;
const SERIAL = 1;
const LIST = 2;
const ENTRY_WORDS = 2;

export class Unsynced {
  readonly #m: Int32Array;
  readonly #at: number;
  /** By sector: number of its entry + 1; 0: it is synced. */
  readonly #places: number;

  static words(sectors: number): number {
    return LIST + sectors * (ENTRY_WORDS + 1);
  }

  constructor({ m, at }: Region, sectors: number) {
    this.#m = m;
    this.#at = at;
    this.#places = at + LIST + sectors * ENTRY_WORDS;
  }

  get count(): number {
    return this.#m[this.#at + COUNT] as number;
  }

  /** Number of the last write: a sync makes stable what is not later. */
  get serial(): number {
    return this.#m[this.#at + SERIAL] as number;
  }

  sector(i: number): number {
    return this.#m[this.#at + LIST + i * ENTRY_WORDS] as number;
  }

  wrote(sector: number): void {
    const m = this.#m;
    const serial = (this.serial + 1) | 0;
    m[this.#at + SERIAL] = serial;
    let i = (m[this.#places + sector] as number) - 1;
    if (i < 0) {
      i = this.count;
      m[this.#at + COUNT] = i + 1;
      m[this.#places + sector] = i + 1;
      m[this.#at + LIST + i * ENTRY_WORDS] = sector;
    }
    m[this.#at + LIST + i * ENTRY_WORDS + 1] = serial;
  }

  /** Takes out the sectors from `from` to before `to` that were not written after `serial`, and tells of each. */
  sync(serial: number, from: number, to: number, stable: (sector: number) => void): void {
    const m = this.#m;
    let left = 0;
    for (let i = 0; i < this.count; i++) {
      const e = this.#at + LIST + i * ENTRY_WORDS;
      const sector = m[e] as number;
      const written = m[e + 1] as number;
      if (sector >= from && sector < to && ((written - serial) | 0) <= 0) {
        m[this.#places + sector] = 0;
        stable(sector);
        continue;
      }
      if (left !== i) {
        m[this.#at + LIST + left * ENTRY_WORDS] = sector;
        m[this.#at + LIST + left * ENTRY_WORDS + 1] = written;
        m[this.#places + sector] = left + 1;
      }
      left++;
    }
    m[this.#at + COUNT] = left;
  }

  clear(): void {
    for (let i = 0; i < this.count; i++) this.#m[this.#places + this.sector(i)] = 0;
    this.#m[this.#at + COUNT] = 0;
  }
}
