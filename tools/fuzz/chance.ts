/** Chance of one input: from the seed, the target's name and the input's number, and from nothing else. */
import { RANDOM_WORDS, Random } from '../../firmware/memory/random.js';

/** Where arithmetic of 32 bits and of smaller fields turns over. */
const BOUNDARIES = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x1ff, 0x200, 0xfff, 0x1000, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0xff_ffff,
  0x100_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fe00, 0xffff_fffe, 0xffff_ffff,
];

export class Chance {
  readonly #random = new Random(new Int32Array(RANDOM_WORDS), 0);

  constructor(seed: number, target: string, input: number) {
    // The upper half of the generator's 64 bits of seed tells targets apart.
    let salt = 0;
    for (const c of target) salt = (salt * 31 + c.charCodeAt(0)) % 0x10_0000;
    this.#random.seed((seed >>> 0) + salt * 0x1_0000_0000, input);
  }

  /** 0 … n − 1. */
  below(n: number): number {
    return this.#random.below(n);
  }

  /** Both ends with it. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True in one out of so many cases. */
  oneOf(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  /** The more often it stands there, the likelier; a list of pairs. */
  weighed<T>(list: readonly (readonly [weight: number, T])[]): T {
    let left = this.below(list.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, one] of list) {
      left -= weight;
      if (left < 0) return one;
    }
    return list[0][1];
  }

  /** 32 bits without sign, of those at which something may turn over; or next to what was there. */
  word(was = 0): number {
    const kind = this.below(4);
    if (kind === 0) return (was + this.between(-2, 2)) >>> 0;
    if (kind === 1) return this.#random.next() >>> 0;
    return this.pick(BOUNDARIES);
  }

  byte(): number {
    return this.below(256);
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    for (let i = 0; i < count; i++) bytes[i] = this.below(256);
    return bytes;
  }
}
