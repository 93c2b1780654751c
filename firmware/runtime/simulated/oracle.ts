/**
 * The oracle: an independent model of what a host may read. It knows what hosts issued and what status they got, nothing
 * of the machine. For each block of an image (a volume, or a pair of volumes) it keeps the writes that may be its content:
 * a write is out once another write to the block was acknowledged that had been issued after the first one ended.
 * A write that never got its status (crash, error) may be in or out.
 */
import type { Region } from '../../ports/schedule.js';

/** Writes that may be a block's content, kept with those that ceased to be while a read may still be under way. */
const ENTRIES = 128;
const ENTRY_WORDS = 6;
const KEPT = 12;
const E_ID = 0;
const E_VALUE = 1;
const E_ISSUED = 2;
/** 0 while the write is under way. */
const E_ENDED = 3;
/** When it ceased to be possible; 0: it is possible. */
const E_GONE = 4;
/** 1: it ended with good status. */
const E_GOOD = 5;
const SEQUENCE = 0;
const LAST_ID = 1;
const HEADER = 4;
/** A block's words: how many entries were ever used, then the entries. */
const BLOCK_WORDS = 1 + ENTRIES * ENTRY_WORDS;

export class Oracle {
  readonly #m: Int32Array;
  readonly #at: number;

  static words(blocks: number): number {
    return HEADER + blocks * BLOCK_WORDS;
  }

  constructor(region: Region) {
    this.#m = region.m;
    this.#at = region.at;
  }

  /** Never-written blocks read as zeroes: a write 0 that ended before all others. */
  format(blocks: number): void {
    for (let b = 0; b < blocks; b++) this.settle(b, 0);
  }

  /** A moment, for issuing and ending. */
  moment(): number {
    const s = (this.#m[this.#at + SEQUENCE] as number) + 1;
    this.#m[this.#at + SEQUENCE] = s;
    return s;
  }

  newWrite(): number {
    const id = (this.#m[this.#at + LAST_ID] as number) + 1;
    this.#m[this.#at + LAST_ID] = id;
    return id;
  }

  /** A write of `value` (its id, or 0 for zeroes) to blocks is under way. */
  issued(id: number, value: number, block: number, count: number, moment: number): void {
    for (let b = block; b < block + count; b++) {
      const e = this.#free(b);
      this.#m[e + E_ID] = id;
      this.#m[e + E_VALUE] = value;
      this.#m[e + E_ISSUED] = moment;
      this.#m[e + E_ENDED] = 0;
      this.#m[e + E_GONE] = 0;
      this.#m[e + E_GOOD] = 0;
    }
  }

  /** A write ended; with good status everything that ended before it was issued is overwritten. */
  ended(id: number, block: number, count: number, moment: number, good: boolean): void {
    const m = this.#m;
    for (let b = block; b < block + count; b++) {
      const first = this.#block(b);
      const used = m[first - 1] as number;
      let issued = 0;
      for (let i = 0; i < used; i++) {
        const e = first + i * ENTRY_WORDS;
        if (m[e + E_ID] !== id) continue;
        m[e + E_ENDED] = moment;
        m[e + E_GOOD] = good ? 1 : 0;
        issued = m[e + E_ISSUED] as number;
      }
      if (!good) continue;
      for (let i = 0; i < used; i++) {
        const e = first + i * ENTRY_WORDS;
        if (m[e + E_ID] === id || m[e + E_GONE] !== 0) continue;
        const ended = m[e + E_ENDED] as number;
        if (ended !== 0 && ended < issued) m[e + E_GONE] = moment;
      }
    }
  }

  /** May a read that was issued at that moment return this value? */
  allows(block: number, value: number, since: number): boolean {
    const m = this.#m;
    const first = this.#block(block);
    const used = m[first - 1] as number;
    for (let i = 0; i < used; i++) {
      const e = first + i * ENTRY_WORDS;
      if (m[e + E_VALUE] !== value) continue;
      const gone = m[e + E_GONE] as number;
      if (gone === 0 || gone > since) return true;
    }
    return false;
  }

  /** Is the block's content, as it may be now, a write that has its good status (or what no write has touched)? */
  acknowledged(block: number, value: number): boolean {
    const m = this.#m;
    let known = false;
    const first = this.#block(block);
    const used = m[first - 1] as number;
    for (let i = 0; i < used; i++) {
      const e = first + i * ENTRY_WORDS;
      if (m[e + E_VALUE] !== value || m[e + E_GONE] !== 0) continue;
      // Zeroes do not say which write they are: only if all that wrote them were acknowledged.
      if (m[e + E_GOOD] === 0) return false;
      known = true;
    }
    return known;
  }

  /** The block holds this and nothing else may be: after a takeover that an operator forced. */
  settle(block: number, value: number): void {
    const first = this.#block(block);
    this.#m.fill(0, first, first + ENTRIES * ENTRY_WORDS);
    this.#m[first - 1] = 1;
    const moment = this.moment();
    this.#m[first + E_ID] = value;
    this.#m[first + E_VALUE] = value;
    this.#m[first + E_ISSUED] = moment;
    this.#m[first + E_ENDED] = moment;
    this.#m[first + E_GOOD] = 1;
  }

  /** The block may hold this beside what it may hold already. */
  allow(block: number, value: number): void {
    const id = this.newWrite();
    const moment = this.moment();
    this.issued(id, value, block, 1, moment);
    this.ended(id, block, 1, moment, false);
  }

  /** What the block may hold now, for people. */
  possible(block: number): string {
    const m = this.#m;
    const first = this.#block(block);
    const used = m[first - 1] as number;
    const out: string[] = [];
    for (let i = 0; i < used; i++) {
      const e = first + i * ENTRY_WORDS;
      if (m[e + E_GONE] === 0) out.push(m[e + E_VALUE] === 0 ? 'zeroes' : `write ${m[e + E_VALUE]}`);
    }
    return out.join(' or ');
  }

  #block(block: number): number {
    return this.#at + HEADER + block * BLOCK_WORDS + 1;
  }

  #free(block: number): number {
    const m = this.#m;
    const first = this.#block(block);
    const used = m[first - 1] as number;
    let best = -1;
    for (let i = 0; i < used; i++) {
      const e = first + i * ENTRY_WORDS;
      const gone = m[e + E_GONE] as number;
      if (gone !== 0 && (best < 0 || gone < (m[best + E_GONE] as number))) best = e;
    }
    // A few that ceased to be possible stay, for reads that began before.
    if (best >= 0 && used >= KEPT) return best;
    if (used < ENTRIES) {
      m[first - 1] = used + 1;
      return first + used * ENTRY_WORDS;
    }
    if (best < 0)
      throw new RangeError(
        `block ${block} may hold more than ${ENTRIES} different writes: too many were never acknowledged`,
      );
    return best;
  }
}
