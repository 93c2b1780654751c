/**
 * The receive buffers of an array: a track each, for the bytes of writes that the other array sends. One is taken when a
 * write is announced, and free again when the remote role says RECEIVED, whichever wire that was.
 */
import type { Layout } from '../../../firmware/memory/layout.js';

export class ReceiveBuffers {
  readonly #at: number;
  readonly #sectors: number;
  readonly #used: Uint8Array;
  /** Numbers of the free ones: the last that came free is the first taken, as its memory is still in a processor's cache. */
  readonly #free: Int32Array;
  #count: number;

  constructor(layout: Layout) {
    const { credits, sectorsPerTrack } = layout.dims;
    this.#at = layout.receiveAt;
    this.#sectors = sectorsPerTrack;
    this.#used = new Uint8Array(credits);
    this.#free = Int32Array.from({ length: credits }, (_, i) => credits - 1 - i);
    this.#count = credits;
  }

  get free(): number {
    return this.#count;
  }

  /** Sector address of a buffer; -1 when none is free. */
  take(): number {
    if (this.#count === 0) return -1;
    this.#count -= 1;
    const i = this.#free[this.#count];
    this.#used[i] = 1;
    return this.#at + i * this.#sectors;
  }

  /** Errors: RangeError when no buffer is in use there: a machine check. */
  give(at: number): void {
    const i = (at - this.#at) / this.#sectors;
    if (this.#used[i] !== 1) throw new RangeError(`link port: no receive buffer is in use at sector ${at}`);
    this.#used[i] = 0;
    this.#free[this.#count] = i;
    this.#count += 1;
  }
}
