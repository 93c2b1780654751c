/**
 * What is wrong with a drive, in words that whoever plans faults and the drive's port share: a drive that is lost, sectors
 * that cannot be read until they are written again; and of a modelled one, that it is slow, and that a write will tear. A
 * drive with nothing wrong costs one look at one word.
 */

/** Bit 0: the drive is lost; the rest, times two: sectors that cannot be read. */
const STATE = 0;
const LOST = 1;
const ONE_SECTOR = 2;
/** Times as slow as it should be; 0: it is not. */
const FACTOR = 1;
/** So much slower. */
const MORE_US = 2;
/** The next write of several sectors tears: part of it, of 2^16, + 1. */
const TORN = 3;
const MAP = 4;
const WHOLE = 0x1_0000;

export class DriveFaults {
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #sectors: number;

  static words(sectors: number): number {
    return MAP + Math.ceil(sectors / 32);
  }

  /** Memory of zeroes is a drive with nothing wrong. */
  constructor(m: Int32Array, at: number, sectors: number) {
    this.#m = m;
    this.#at = at;
    this.#sectors = sectors;
  }

  /** Every read and write fails. */
  get lost(): boolean {
    return ((this.#m[this.#at + STATE] as number) & LOST) !== 0;
  }

  set lost(lost: boolean) {
    if (lost) Atomics.or(this.#m, this.#at + STATE, LOST);
    else Atomics.and(this.#m, this.#at + STATE, ~LOST);
  }

  /** Nothing is wrong with it. */
  get healthy(): boolean {
    return this.#m[this.#at + STATE] === 0;
  }

  /** How many sectors cannot be read. */
  get unreadable(): number {
    return (this.#m[this.#at + STATE] as number) >>> 1;
  }

  /** Can all of these sectors be read? */
  reads(from: number, sectors: number): boolean {
    const state = this.#m[this.#at + STATE] as number;
    if (state === 0) return true;
    if ((state & LOST) !== 0) return false;
    for (let s = from; s < from + sectors; s++) if (this.#has(s)) return false;
    return true;
  }

  /** These sectors are to be written: true when the drive takes them, and they can be read from then on. */
  writes(from: number, sectors: number): boolean {
    const state = this.#m[this.#at + STATE] as number;
    if (state === 0) return true;
    if ((state & LOST) !== 0) return false;
    for (let s = from; s < from + sectors; s++) if (this.#has(s)) this.#mark(s, false);
    return true;
  }

  /** Each operation takes `factor` times its time and `more_us` more; 1 and 0: it is as it should be. */
  slow(factor: number, more_us: number): void {
    this.#m[this.#at + FACTOR] = factor;
    this.#m[this.#at + MORE_US] = more_us;
  }

  /** What an operation takes that should take `ns`. */
  slowed(ns: number): number {
    const factor = this.#m[this.#at + FACTOR] as number;
    return factor === 0 ? ns : ns * factor + (this.#m[this.#at + MORE_US] as number) * 1000;
  }

  /** The next write of several sectors ends with an error, after the first of them; `part`, below 2^16, decides how many. */
  tear(part: number): void {
    this.#m[this.#at + TORN] = 1 + part;
  }

  /** Sectors that land of a write: fewer than all once, when one was to tear. */
  lands(sectors: number): number {
    const torn = this.#m[this.#at + TORN] as number;
    if (torn === 0 || sectors < 2) return sectors;
    this.#m[this.#at + TORN] = 0;
    return 1 + Math.floor(((torn - 1) * (sectors - 1)) / WHOLE);
  }

  /** A latent error: these sectors cannot be read. Errors: RangeError for sectors that the drive does not have. */
  spoil(from: number, sectors: number): void {
    if (from < 0 || sectors < 0 || from + sectors > this.#sectors)
      throw new RangeError(`sectors ${from} to ${from + sectors - 1} of a drive that has ${this.#sectors}`);
    for (let s = from; s < from + sectors; s++) this.#mark(s, true);
  }

  /** An empty drive stands in its place: no sector can be read before it is written. */
  replace(): void {
    this.lost = false;
    this.#m.fill(0, this.#at + FACTOR, this.#at + MAP);
    this.spoil(0, this.#sectors);
  }

  /** Nothing is wrong with it any more. */
  mend(): void {
    this.#m.fill(0, this.#at, this.#at + DriveFaults.words(this.#sectors));
  }

  #has(sector: number): boolean {
    return (((this.#m[this.#at + MAP + (sector >> 5)] as number) >>> (sector & 31)) & 1) !== 0;
  }

  /** By atomic operations: who plans faults and who serves the drive may be two threads. */
  #mark(sector: number, unreadable: boolean): void {
    const at = this.#at + MAP + (sector >> 5);
    const bit = 1 << (sector & 31);
    const before = unreadable ? Atomics.or(this.#m, at, bit) : Atomics.and(this.#m, at, ~bit);
    if ((before & bit) === 0 && unreadable) Atomics.add(this.#m, this.#at + STATE, ONE_SECTOR);
    if ((before & bit) !== 0 && !unreadable) Atomics.sub(this.#m, this.#at + STATE, ONE_SECTOR);
  }
}
