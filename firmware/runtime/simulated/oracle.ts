/**
 * The oracle: an independent model of what a host may read. It knows what hosts issued and what status they got, nothing
 * of the machine. For each block of an image (a volume, or a pair of volumes) it keeps the writes that may be its content:
 * a write is out once another write to the block was acknowledged that had been issued after the first one ended.
 * A write that never got its status (crash, error) may be in or out.
 *
 * Of a journal group's blocks it also keeps what ceased to be possible, and since when: the copy may still hold it, and the
 * prefix that it is must be told (prefix.ts).
 */
import type { Region } from '../../ports/schedule.js';

/** Writes that may be a block's content, kept with those that ceased to be while a read may still be under way. */
const ENTRIES = 128;
const KEPT = 24;
/** Entries of a rig for each of its blocks, where blocks are so many that few of them are ever written often. */
const ENTRIES_OF_MANY = 16;
const FEW_ENTRIES = 65_536;
const ENTRY_WORDS = 6;
const E_ID = 0;
const E_VALUE = 1;
const E_ISSUED = 2;
/** 0 while the write is under way. */
const E_ENDED = 3;
/** When it ceased to be possible; 0: it is possible. */
const E_GONE = 4;
/** Bit 0: it ended with good status; above, number of the block's next entry. */
const E_NEXT = 5;
const GOOD = 1;
const SEQUENCE = 0;
const LAST_ID = 1;
/** First entry that was given back, and how many were ever used. */
const FREED = 2;
const USED = 3;
/** Reads under way. */
const READS = 4;
/** 1: of a kept block something was forgotten for want of room, and a copy that still holds it cannot be judged. */
const FORGOT = 5;
const HEADER = 6;
/** The value of a write that is none: no sector has it. */
const NEVER = -3;
/** When zeroes came that nobody wrote. */
const FIRST_MOMENT = 1;

const entriesFor = (blocks: number): number =>
  Math.min(blocks * ENTRIES, Math.max(FEW_ENTRIES, blocks * ENTRIES_OF_MANY));

/**
 * A block has a word, the number of its first entry; 0: no write has touched it, it holds zeroes. So a block costs next to
 * nothing before it is written. Memory of zeroes is a rig that nobody wrote to.
 */
export class Oracle {
  readonly #m: Int32Array;
  readonly #at: number;
  /** Word address of entry 0, which is none. */
  readonly #entries: number;
  readonly #capacity: number;
  /** Blocks of journal groups: first and behind the last. */
  readonly #kept: readonly (readonly [from: number, to: number])[];

  static words(blocks: number): number {
    return HEADER + blocks + (1 + entriesFor(blocks)) * ENTRY_WORDS;
  }

  /** @param kept blocks, first and behind the last, whose history is asked for. */
  constructor(region: Region, blocks: number, kept: readonly (readonly [from: number, to: number])[] = []) {
    this.#m = region.m;
    this.#at = region.at;
    this.#entries = region.at + HEADER + blocks;
    this.#capacity = entriesFor(blocks);
    this.#kept = kept;
  }

  /** A moment, for issuing and ending. */
  moment(): number {
    const s = (this.#m[this.#at + SEQUENCE] as number) + 1;
    this.#m[this.#at + SEQUENCE] = s;
    return s + FIRST_MOMENT;
  }

  /** A read is under way: what may be read now, it may give although it was overwritten meanwhile. */
  reads(): void {
    this.#m[this.#at + READS] = (this.#m[this.#at + READS] as number) + 1;
  }

  /** It ended, or never will. */
  readEnded(): void {
    this.#m[this.#at + READS] = (this.#m[this.#at + READS] as number) - 1;
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
      this.#m[e + E_NEXT] = (this.#m[e + E_NEXT] as number) & ~GOOD;
    }
  }

  /** A write ended; with good status everything that ended before it was issued is overwritten. */
  ended(id: number, block: number, count: number, moment: number, good: boolean): void {
    const m = this.#m;
    for (let b = block; b < block + count; b++) {
      const first = this.#first(b);
      let issued = 0;
      for (let e = first; e !== 0; e = this.#next(e)) {
        if (m[e + E_ID] !== id) continue;
        m[e + E_ENDED] = moment;
        m[e + E_NEXT] = ((m[e + E_NEXT] as number) & ~GOOD) | (good ? GOOD : 0);
        issued = m[e + E_ISSUED] as number;
      }
      if (!good) continue;
      for (let e = first; e !== 0; e = this.#next(e)) {
        if (m[e + E_ID] === id || m[e + E_GONE] !== 0) continue;
        const ended = m[e + E_ENDED] as number;
        if (ended !== 0 && ended < issued) m[e + E_GONE] = moment;
      }
    }
  }

  /** A write ended that did nothing: no block ever held it. */
  undone(id: number, block: number, count: number): void {
    const m = this.#m;
    for (let b = block; b < block + count; b++) {
      for (let e = this.#first(b); e !== 0; e = this.#next(e)) {
        if (m[e + E_ID] !== id || m[e + E_ENDED] !== 0) continue;
        m[e + E_VALUE] = NEVER;
        m[e + E_ENDED] = FIRST_MOMENT;
        m[e + E_GONE] = FIRST_MOMENT;
      }
    }
  }

  /** Since that moment the block has held this and nothing else. */
  holdsOnly(block: number, value: number, since: number): boolean {
    const m = this.#m;
    const first = this.#first(block);
    if (first === 0) return value === 0;
    let is = false;
    for (let e = first; e !== 0; e = this.#next(e)) {
      const gone = m[e + E_GONE] as number;
      if (gone !== 0 && gone <= since) continue;
      if (m[e + E_VALUE] !== value) return false;
      is = true;
    }
    return is;
  }

  /** One of the values that the block may hold now; `draw` says which. */
  some(block: number, draw: number): number {
    const m = this.#m;
    const values: number[] = [];
    for (let e = this.#first(block); e !== 0; e = this.#next(e))
      if (m[e + E_GONE] === 0) values.push(m[e + E_VALUE] as number);
    return values[draw % Math.max(1, values.length)] ?? 0;
  }

  /** May a read that was issued at that moment return this value? */
  allows(block: number, value: number, since: number): boolean {
    const m = this.#m;
    const first = this.#first(block);
    if (first === 0) return value === 0;
    for (let e = first; e !== 0; e = this.#next(e)) {
      if (m[e + E_VALUE] !== value) continue;
      const gone = m[e + E_GONE] as number;
      if (gone === 0 || gone > since) return true;
    }
    return false;
  }

  /** No write has touched these blocks: they hold zeroes. */
  untouched(block: number, count: number): boolean {
    const first = this.#at + HEADER + block;
    for (let at = first; at < first + count; at++) if (this.#m[at] !== 0) return false;
    return true;
  }

  /** Is the block's content, as it may be now, a write that has its good status (or what no write has touched)? */
  acknowledged(block: number, value: number): boolean {
    const m = this.#m;
    const first = this.#first(block);
    let known = first === 0 && value === 0;
    for (let e = first; e !== 0; e = this.#next(e)) {
      if (m[e + E_VALUE] !== value || m[e + E_GONE] !== 0) continue;
      // Zeroes do not say which write they are: only if all that wrote them were acknowledged.
      if (((m[e + E_NEXT] as number) & GOOD) === 0) return false;
      known = true;
    }
    return known;
  }

  /** The block holds this and nothing else may be: after a takeover that an operator forced. */
  settle(block: number, value: number): void {
    const m = this.#m;
    const first = this.#first(block);
    if (first === 0 && value === 0) return;
    for (let e = first; e !== 0; ) {
      const next = this.#next(e);
      this.#setNext(e, m[this.#at + FREED] as number);
      m[this.#at + FREED] = this.#number(e);
      e = next;
    }
    m[this.#at + HEADER + block] = 0;
    this.#begin(block, value, this.moment());
  }

  /** The block may hold this beside what it may hold already. */
  allow(block: number, value: number): void {
    const id = this.newWrite();
    const moment = this.moment();
    this.issued(id, value, block, 1, moment);
    this.ended(id, block, 1, moment, false);
  }

  /** Were several writes of the block acknowledged of which any may be the last, by what hosts know of their order? */
  hasRivals(block: number): boolean {
    let rivals = 0;
    for (let e = this.#first(block); e !== 0; e = this.#next(e)) if (this.#isLast(e)) rivals++;
    return rivals > 1;
  }

  /** The side that serves holds this: if its write was acknowledged, all others that were are ordered before it. */
  ordered(block: number, value: number, moment: number): void {
    const m = this.#m;
    let last = 0;
    for (let e = this.#first(block); e !== 0; e = this.#next(e)) {
      if (m[e + E_VALUE] !== value || m[e + E_GONE] !== 0) continue;
      // Zeroes do not say which write they are.
      if (last !== 0 || !this.#isLast(e)) return;
      last = e;
    }
    if (last === 0) return;
    for (let e = this.#first(block); e !== 0; e = this.#next(e))
      if (e !== last && this.#isLast(e)) m[e + E_GONE] = moment;
  }

  /**
   * When the write of this value was issued, or the earliest that may be meant, if it was not overwritten before that moment:
   * no write which was acknowledged before is ordered behind it. −1: it was. Of a kept block.
   */
  issuedAt(block: number, value: number, moment: number): number {
    const m = this.#m;
    const first = this.#first(block);
    let issued = first === 0 && value === 0 ? 0 : -1;
    for (let e = first; e !== 0; e = this.#next(e)) {
      const gone = m[e + E_GONE] as number;
      if (m[e + E_VALUE] !== value || (gone !== 0 && gone <= moment)) continue;
      if (issued < 0 || (m[e + E_ISSUED] as number) < issued) issued = m[e + E_ISSUED] as number;
    }
    return issued;
  }

  /** Since when the block can hold this value no more; 0: it can, or never could. */
  goneAt(block: number, value: number): number {
    const m = this.#m;
    let last = 0;
    for (let e = this.#first(block); e !== 0; e = this.#next(e)) {
      if (m[e + E_VALUE] !== value) continue;
      const gone = m[e + E_GONE] as number;
      if (gone === 0) return 0;
      if (gone > last) last = gone;
    }
    return last;
  }

  /** What ceased to be possible before that moment is asked for no more, but by reads: while any is under way, nothing is forgotten. */
  forget(block: number, before: number): void {
    const m = this.#m;
    if (m[this.#at + READS] !== 0) return;
    let last = 0;
    for (let e = this.#first(block); e !== 0; ) {
      const next = this.#next(e);
      const gone = m[e + E_GONE] as number;
      if (last === 0 || gone === 0 || gone >= before) last = e;
      else {
        this.#setNext(last, (m[e + E_NEXT] as number) >>> 1);
        this.#setNext(e, m[this.#at + FREED] as number);
        m[this.#at + FREED] = this.#number(e);
      }
      e = next;
    }
  }

  /** Is all there that `issuedAt` was to keep? */
  get remembers(): boolean {
    return this.#m[this.#at + FORGOT] === 0;
  }

  /** Acknowledged, and nothing is known to be ordered behind it. */
  #isLast(entry: number): boolean {
    return this.#m[entry + E_GONE] === 0 && ((this.#m[entry + E_NEXT] as number) & GOOD) !== 0;
  }

  #isKept(block: number): boolean {
    return this.#kept.some(([from, to]) => block >= from && block < to);
  }

  /** What the block may hold now, for people. */
  possible(block: number): string {
    const m = this.#m;
    const first = this.#first(block);
    const out: string[] = first === 0 ? ['zeroes'] : [];
    for (let e = first; e !== 0; e = this.#next(e)) {
      if (m[e + E_GONE] === 0) out.push(m[e + E_VALUE] === 0 ? 'zeroes' : `write ${m[e + E_VALUE]}`);
    }
    return out.join(' or ');
  }

  /** Word address of a block's first entry; 0: nobody wrote to it. */
  #first(block: number): number {
    const number = this.#m[this.#at + HEADER + block] as number;
    return number === 0 ? 0 : this.#entries + number * ENTRY_WORDS;
  }

  #next(entry: number): number {
    const number = (this.#m[entry + E_NEXT] as number) >>> 1;
    return number === 0 ? 0 : this.#entries + number * ENTRY_WORDS;
  }

  #setNext(entry: number, number: number): void {
    this.#m[entry + E_NEXT] = ((this.#m[entry + E_NEXT] as number) & GOOD) | (number << 1);
  }

  #number(entry: number): number {
    return (entry - this.#entries) / ENTRY_WORDS;
  }

  /** The block's one entry: it held this from some moment on. */
  #begin(block: number, value: number, moment: number): number {
    const m = this.#m;
    const e = this.#allocate(block);
    m[this.#at + HEADER + block] = this.#number(e);
    m[e + E_ID] = value;
    m[e + E_VALUE] = value;
    m[e + E_ISSUED] = moment;
    m[e + E_ENDED] = moment;
    m[e + E_GONE] = 0;
    m[e + E_NEXT] = GOOD;
    return e;
  }

  get #hasRoom(): boolean {
    return this.#m[this.#at + FREED] !== 0 || (this.#m[this.#at + USED] as number) < this.#capacity;
  }

  #allocate(block: number): number {
    const m = this.#m;
    const freed = m[this.#at + FREED] as number;
    if (freed !== 0) {
      const e = this.#entries + freed * ENTRY_WORDS;
      m[this.#at + FREED] = (m[e + E_NEXT] as number) >>> 1;
      m[e + E_NEXT] = 0;
      return e;
    }
    const used = (m[this.#at + USED] as number) + 1;
    if (used > this.#capacity)
      throw new RangeError(
        `block ${block}: more than ${this.#capacity} writes may be the blocks' content: too many were never acknowledged`,
      );
    m[this.#at + USED] = used;
    return this.#entries + used * ENTRY_WORDS;
  }

  /** A place for one write more of a block. */
  #free(block: number): number {
    const m = this.#m;
    // What the block held before the first write: zeroes, since before any moment.
    let last = this.#first(block) || this.#begin(block, 0, FIRST_MOMENT);
    let best = 0;
    let used = 0;
    const isKept = this.#kept.length > 0 && this.#isKept(block);
    const isRead = isKept || m[this.#at + READS] !== 0;
    for (let e = last; e !== 0; e = this.#next(e)) {
      const gone = m[e + E_GONE] as number;
      if (gone !== 0 && !isRead) return e;
      if (gone !== 0 && (best === 0 || gone < (m[best + E_GONE] as number))) best = e;
      last = e;
      used++;
    }
    // A few that ceased to be possible stay, for reads that began before.
    if (best !== 0 && used >= KEPT && !isKept) return best;
    if (best !== 0 && (used >= ENTRIES || !this.#hasRoom)) {
      m[this.#at + FORGOT] = 1;
      return best;
    }
    if (used < ENTRIES) {
      const e = this.#allocate(block);
      this.#setNext(last, this.#number(e));
      return e;
    }
    if (best === 0)
      throw new RangeError(
        `block ${block} may hold more than ${ENTRIES} different writes: too many were never acknowledged`,
      );
    return best;
  }
}
