/** What becomes of each planned fault, in words of the world: a record for each, and its own generator of chance. */
import { Random } from '../../../memory/random.js';
import { readTime, writeTime } from '../../../memory/time.js';
import type { Region } from '../../../ports/schedule.js';

export const STATE = {
  /** Its time, or its state, has not come. */
  ARMED: 0,
  /** It has come, and the fault strikes as soon as it can. */
  DUE: 1,
  /** It lasts. */
  ACTIVE: 2,
  DONE: 3,
  /** It has come, and could not strike: it is tried again while anything happens. */
  AGAIN: 4,
} as const;

const WORDS = 16;
const STATE_AT = 0;
/** How often the condition began to hold, or the label was reached. */
const SEEN = 1;
/** Did it hold at the last look? */
const HELD = 2;
/** How often it struck. */
const STRUCK = 3;
/** When it struck first. */
const FIRST = 4;
const RANDOM = 6;
/** When it ends; 0: that is open. Of one that could not strike: when it is tried again. */
const END = 10;
const TRIES = 12;

export class FaultRecord {
  readonly #m: Int32Array;
  readonly #at: number;
  readonly chance: Random;

  static words(faults: number): number {
    return faults * WORDS;
  }

  constructor({ m, at }: Region, number: number) {
    this.#m = m;
    this.#at = at + number * WORDS;
    this.chance = new Random(m, this.#at + RANDOM);
  }

  get state(): number {
    return this.#m[this.#at + STATE_AT] as number;
  }

  set state(state: number) {
    this.#m[this.#at + STATE_AT] = state;
  }

  get struck(): number {
    return this.#m[this.#at + STRUCK] as number;
  }

  get first_ns(): number {
    return readTime(this.#m, this.#at + FIRST);
  }

  get end_ns(): number {
    return readTime(this.#m, this.#at + END);
  }

  set end_ns(time_ns: number) {
    writeTime(this.#m, this.#at + END, time_ns);
  }

  /** Counts, and says how often before. */
  try(): number {
    const before = this.#m[this.#at + TRIES] as number;
    this.#m[this.#at + TRIES] = before + 1;
    return before;
  }

  strike(now_ns: number): void {
    if (this.struck === 0) writeTime(this.#m, this.#at + FIRST, now_ns);
    this.#m[this.#at + STRUCK] = this.struck + 1;
  }

  /** A look at its condition: true when it began to hold for the n-th time. */
  begins(holds: boolean, nth: number): boolean {
    const began = holds && this.#m[this.#at + HELD] === 0;
    this.#m[this.#at + HELD] = holds ? 1 : 0;
    return began && this.passes(nth);
  }

  /** Counts; true at the n-th time. */
  passes(nth: number): boolean {
    const seen = (this.#m[this.#at + SEEN] as number) + 1;
    this.#m[this.#at + SEEN] = seen;
    return seen === nth;
  }
}

/** For its stream of chance and the trace: of the text alone, so that one fault less does not reshuffle the rest. */
export function hashOf(text: string, copy: number): number {
  let hash = 0x811c9dc5 ^ copy;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash ^ (hash >>> 15);
}
