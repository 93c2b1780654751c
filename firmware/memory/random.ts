/**
 * Chance from a seed: sfc32 (Chris Doty-Humphrey's PractRand), whole numbers only, its four words of state in memory. A
 * generator of its own for each consumer, so that one consumer more does not reshuffle the rest.
 */
export const RANDOM_WORDS = 4;

export class Random {
  readonly #m: Int32Array;
  readonly #at: number;

  constructor(m: Int32Array, at: number) {
    this.#m = m;
    this.#at = at;
  }

  /** `stream` tells consumers of one seed apart. */
  seed(seed: number, stream: number): void {
    const m = this.#m;
    m[this.#at] = seed | 0;
    m[this.#at + 1] = stream | 0;
    m[this.#at + 2] = Math.floor(seed / 0x1_0000_0000) | 0;
    m[this.#at + 3] = 1;
    for (let i = 0; i < 15; i++) this.next();
  }

  /** 32 bits, as a signed number. */
  next(): number {
    const m = this.#m;
    const at = this.#at;
    const a = m[at] as number;
    const b = m[at + 1] as number;
    const c = m[at + 2] as number;
    const counter = m[at + 3] as number;
    const result = (((a + b) | 0) + counter) | 0;
    m[at + 3] = (counter + 1) | 0;
    m[at] = b ^ (b >>> 9);
    m[at + 1] = (c + (c << 3)) | 0;
    m[at + 2] = (((c << 21) | (c >>> 11)) + result) | 0;
    return result;
  }

  /** 0 … n − 1; n at most 2^31. The bias of the multiplication is below n / 2^32. */
  below(n: number): number {
    return Math.floor(((this.next() >>> 0) * n) / 0x1_0000_0000);
  }

  /** True in `of` out of `outOf` cases. */
  chance(of: number, outOf: number): boolean {
    return this.below(outOf) < of;
  }
}
