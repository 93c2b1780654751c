/**
 * A drive's buffer: segments, each of them neighbouring sectors from `start` to before `end`, in words of a region. The
 * one that was used longest ago makes room.
 */
import type { Region } from '../../../firmware/ports/schedule.js';

export const SEGMENTS_MAX = 16;
const CLOCK = 0;
const TABLE = 2;
const SEGMENT_WORDS = 4;
const START = 0;
const END = 1;
/** When it was used last. */
const USED = 2;

export const NO_SEGMENT = -1;

export class Segments {
  static readonly words = TABLE + SEGMENTS_MAX * SEGMENT_WORDS;
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #count: number;
  readonly #most: number;
  /** The first one that writes may take, and the first that reads may not. */
  readonly #writesFrom: number;
  readonly #readsTo: number;

  /** @param most sectors of a segment. @param separate the last one is for writes alone. */
  constructor({ m, at }: Region, count: number, most: number, separate: boolean) {
    this.#m = m;
    this.#at = at;
    this.#count = count;
    this.#most = most;
    this.#writesFrom = separate ? count - 1 : 0;
    this.#readsTo = separate ? count - 1 : count;
  }

  /** The segment that has this sector. */
  find(lba: number): number {
    for (let i = 0; i < this.#count; i++) {
      if (lba < this.end(i) && lba >= this.start(i)) {
        this.#use(i);
        return i;
      }
    }
    return NO_SEGMENT;
  }

  start(segment: number): number {
    return this.#m[this.#segment(segment) + START] as number;
  }

  end(segment: number): number {
    return this.#m[this.#segment(segment) + END] as number;
  }

  /** The segment goes on to before `end`; what no longer fits goes at its front. */
  extend(segment: number, end: number): void {
    const s = this.#segment(segment);
    this.#m[s + END] = end;
    if (end - (this.#m[s + START] as number) > this.#most) this.#m[s + START] = end - this.#most;
  }

  /** A segment for what is read from the platter; NO_SEGMENT if all are for writes. */
  takeForRead(lba: number): number {
    return this.#take(0, this.#readsTo, lba);
  }

  /** Sectors are written: no segment has old ones of them, and one has these. */
  write(lba: number, sectors: number): void {
    this.#drop(lba, lba + sectors);
    for (let i = this.#writesFrom; i < this.#count; i++) {
      if (this.end(i) !== lba || this.start(i) === lba) continue;
      this.#use(i);
      this.extend(i, lba + sectors);
      return;
    }
    const segment = this.#take(this.#writesFrom, this.#count, lba);
    if (segment !== NO_SEGMENT) this.extend(segment, lba + sectors);
  }

  forget(): void {
    this.#m.fill(0, this.#at, this.#at + Segments.words);
  }

  /** Nothing of these stays; of a segment around them, what is before them does. */
  #drop(from: number, to: number): void {
    for (let i = 0; i < this.#count; i++) {
      const s = this.#segment(i);
      if (this.start(i) >= to || this.end(i) <= from) continue;
      if (this.start(i) < from) this.#m[s + END] = from;
      else if (this.end(i) > to) this.#m[s + START] = to;
      else this.#m[s + END] = this.#m[s + START] as number;
    }
  }

  #take(from: number, to: number, lba: number): number {
    let oldest = NO_SEGMENT;
    for (let i = from; i < to; i++) {
      if (oldest === NO_SEGMENT || this.#used(i) < this.#used(oldest)) oldest = i;
    }
    if (oldest === NO_SEGMENT) return NO_SEGMENT;
    const s = this.#segment(oldest);
    this.#m[s + START] = lba;
    this.#m[s + END] = lba;
    this.#use(oldest);
    return oldest;
  }

  #use(segment: number): void {
    const clock = ((this.#m[this.#at + CLOCK] as number) + 1) | 0;
    this.#m[this.#at + CLOCK] = clock;
    this.#m[this.#segment(segment) + USED] = clock;
  }

  /** How long ago it was used, as a number that is smaller the longer ago; the clock may have gone round. */
  #used(segment: number): number {
    return ((this.#m[this.#segment(segment) + USED] as number) - (this.#m[this.#at + CLOCK] as number)) | 0;
  }

  #segment(segment: number): number {
    return this.#at + TABLE + segment * SEGMENT_WORDS;
  }
}
