/**
 * The receive buffers of an end: a track each, for the bytes of a write that arrives. Which are in use stands in words of
 * the simulated world, a bit each. One is free again when the remote role says RECEIVED, whichever wire that was.
 */
import type { Layout } from '../../../firmware/memory/layout.js';

const WORDS = 16;

export class ReceiveBuffers {
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #layout: Layout;

  static readonly words = WORDS;

  constructor(m: Int32Array, at: number, layout: Layout) {
    this.#m = m;
    this.#at = at;
    this.#layout = layout;
  }

  get inUse(): number {
    let n = 0;
    for (let i = 0; i < WORDS * 32; i++) n += this.#bit(i);
    return n;
  }

  /** Sector address of a buffer. Errors: RangeError when none is free: credits see to it that there is one. */
  take(): number {
    const { dims, receiveAt } = this.#layout;
    for (let i = 0; i < dims.credits; i++) {
      if (this.#bit(i) !== 0) continue;
      this.#m[this.#at + (i >> 5)] = (this.#m[this.#at + (i >> 5)] as number) | (1 << (i & 31));
      return receiveAt + i * dims.sectorsPerTrack;
    }
    throw new RangeError('a write came over the simulated wire for which no credit was given');
  }

  give(at: number): void {
    const i = (at - this.#layout.receiveAt) / this.#layout.dims.sectorsPerTrack;
    this.#m[this.#at + (i >> 5)] = (this.#m[this.#at + (i >> 5)] as number) & ~(1 << (i & 31));
  }

  /** The end lost power: none is in use. */
  forget(): void {
    this.#m.fill(0, this.#at, this.#at + WORDS);
  }

  #bit(i: number): number {
    return ((this.#m[this.#at + (i >> 5)] as number) >>> (i & 31)) & 1;
  }
}
