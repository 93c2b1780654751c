/**
 * Which sectors of an array's drives were written and not synced, in the order in which they were first: each with the serial
 * number of its last write, and where what it held before its first one is kept. Looked up by sector, as a write or a sync
 * may be of many. It also knows which sectors were never written: they hold zeroes, and their memory need not be looked at.
 */
import type { Region } from '../../../firmware/ports/schedule.js';

const COUNT = 0;
const SERIAL = 1;
const LIST = 2;
const ENTRY_WORDS = 3;
/** Sector << 1 | WAS_BLANK. */
const SECTOR = 0;
const WRITTEN = 1;
/** Place of the sector as it was, less the entry's number: so that memory of zeroes gives each entry a place of its own. */
const KEPT = 2;
/** It was never written before, and nothing is kept of it. */
const WAS_BLANK = 1;
/** By sector: number of its entry + 1; or one of these. */
const BLANK = 0;
const SYNCED = -1;

/** What `place` and `wrote` say of a sector of which nothing is kept. */
export const NOT_KEPT = -1;
/** What `place` says of a sector that was never written before. */
export const ZEROES = -2;

export class Unsynced {
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #sectors: number;
  readonly #places: number;

  static words(sectors: number): number {
    return LIST + sectors * (ENTRY_WORDS + 1);
  }

  constructor({ m, at }: Region, sectors: number) {
    this.#m = m;
    this.#at = at;
    this.#sectors = sectors;
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
    return (this.#m[this.#entry(i) + SECTOR] as number) >> 1;
  }

  /** It was never written, nor filled: it holds zeroes. */
  isBlank(sector: number): boolean {
    return this.#m[this.#places + sector] === BLANK;
  }

  /** Where, in sectors, what a power loss may bring back of a sector is kept; NOT_KEPT: it is synced. ZEROES. */
  place(sector: number): number {
    const i = (this.#m[this.#places + sector] as number) - 1;
    return i < 0 ? NOT_KEPT : this.placeOf(i);
  }

  /** The same of the i-th. */
  placeOf(i: number): number {
    const e = this.#entry(i);
    return (this.#m[e + SECTOR] as number) & WAS_BLANK ? ZEROES : (this.#m[e + KEPT] as number) + i;
  }

  /** A sector is about to be written: where the caller keeps what it holds now, in sectors; NOT_KEPT: it need not be kept. */
  wrote(sector: number): number {
    const m = this.#m;
    const serial = (this.serial + 1) | 0;
    m[this.#at + SERIAL] = serial;
    const place = m[this.#places + sector] as number;
    if (place > 0) {
      m[this.#entry(place - 1) + WRITTEN] = serial;
      return NOT_KEPT;
    }
    const i = this.count;
    const e = this.#entry(i);
    m[this.#at + COUNT] = i + 1;
    m[this.#places + sector] = i + 1;
    m[e + SECTOR] = (sector << 1) | (place === BLANK ? WAS_BLANK : 0);
    m[e + WRITTEN] = serial;
    return place === BLANK ? NOT_KEPT : (m[e + KEPT] as number) + i;
  }

  /** Takes out the sectors from `from` to before `to` that were not written after `serial`. */
  sync(serial: number, from: number, to: number): void {
    const m = this.#m;
    let left = 0;
    const { count } = this;
    for (let i = 0; i < count; i++) {
      const e = this.#entry(i);
      const sector = (m[e + SECTOR] as number) >> 1;
      const written = m[e + WRITTEN] as number;
      if (sector >= from && sector < to && ((written - serial) | 0) <= 0) {
        m[this.#places + sector] = SYNCED;
        continue;
      }
      if (left !== i) this.#move(i, left);
      left++;
    }
    m[this.#at + COUNT] = left;
  }

  /** The two change their places, so that each place stays that of one entry. */
  #move(i: number, to: number): void {
    const m = this.#m;
    const e = this.#entry(i);
    const f = this.#entry(to);
    const place = (m[e + KEPT] as number) + i;
    m[e + KEPT] = (m[f + KEPT] as number) + to - i;
    m[f + KEPT] = place - to;
    m[f + SECTOR] = m[e + SECTOR] as number;
    m[f + WRITTEN] = m[e + WRITTEN] as number;
    m[this.#places + ((m[f + SECTOR] as number) >> 1)] = to + 1;
  }

  /** The sectors from `from` to before `to` are filled with what nobody wrote; what was kept of them is asked of the caller. */
  filled(from: number, to: number, keep: (place: number) => void): void {
    const m = this.#m;
    for (let sector = from; sector < to; sector++) {
      const i = (m[this.#places + sector] as number) - 1;
      if (i < 0) {
        m[this.#places + sector] = SYNCED;
        continue;
      }
      const e = this.#entry(i);
      m[e + SECTOR] = sector << 1;
      keep((m[e + KEPT] as number) + i);
    }
  }

  /** None is unsynced any more. */
  clear(): void {
    for (let i = 0; i < this.count; i++) this.#m[this.#places + this.sector(i)] = SYNCED;
    this.#m[this.#at + COUNT] = 0;
  }

  /** No sector was ever written. */
  empty(): void {
    this.#m[this.#at + COUNT] = 0;
    this.#m.fill(BLANK, this.#places, this.#places + this.#sectors);
  }

  #entry(i: number): number {
    return this.#at + LIST + i * ENTRY_WORDS;
  }
}
