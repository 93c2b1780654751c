/**
 * The line of an open workload, in words: the next request, and when it comes, whether or not a host is free. A closed one's
 * hosts bring their requests themselves; of its line only the end is used.
 */
import { readTime, writeTime } from '../../../memory/time.js';
import type { Region } from '../../../ports/schedule.js';
import type { Source } from './generator.js';

const UNTIL = 0;
const NEXT_AT = 2;
/** 1: the next request waits for a host; 2: there is no next one. */
const STATE = 4;
const COMES = 0;
const WAITS = 1;
const NO_MORE = 2;
const OP = 5;
const AT = 6;
const SECTORS = 7;

export class Line {
  static readonly words = 8;
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #source: Source;

  constructor({ m, at }: Region, source: Source) {
    this.#m = m;
    this.#at = at;
    this.#source = source;
  }

  /** No request comes from `until_ns` on. */
  begin(now_ns: number, until_ns: number): void {
    writeTime(this.#m, this.#at + UNTIL, until_ns);
    writeTime(this.#m, this.#at + NEXT_AT, now_ns);
  }

  get until_ns(): number {
    return readTime(this.#m, this.#at + UNTIL);
  }

  /** When the next request comes, or came. */
  get next_ns(): number {
    return readTime(this.#m, this.#at + NEXT_AT);
  }

  get op(): number {
    return this.#get(OP);
  }

  /** Sector in the space. */
  get at(): number {
    return this.#get(AT);
  }

  get sectors(): number {
    return this.#get(SECTORS);
  }

  get isOver(): boolean {
    return this.#get(STATE) === NO_MORE;
  }

  /** Has the next request come, and found no host? */
  get isWaiting(): boolean {
    return this.#get(STATE) === WAITS;
  }

  wait(isWaiting: boolean): void {
    this.#m[this.#at + STATE] = isWaiting ? WAITS : COMES;
  }

  /** The next request, and when it comes. */
  draw(): void {
    const source = this.#source;
    const m = this.#m;
    const more = source.next();
    const arrives = this.next_ns + source.gap_ns;
    if (!more || arrives >= this.until_ns) {
      m[this.#at + STATE] = NO_MORE;
      return;
    }
    writeTime(m, this.#at + NEXT_AT, arrives);
    m[this.#at + OP] = source.op;
    m[this.#at + AT] = source.at;
    m[this.#at + SECTORS] = source.sectors;
  }

  #get(word: number): number {
    return this.#m[this.#at + word] as number;
  }
}
