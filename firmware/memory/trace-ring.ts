/**
 * The trace of a director: records of one cache line each in a ring of its own memory, the oldest overwritten. One thread
 * writes, and never waits; others may read meanwhile, and get whole records only.
 *
 * Words of the ring: how many records were ever written (in 2^32 before and after the low word is stored, and the low word),
 * how many fit; then the records. A record's first word is its number, and while it is written no number at all. Who reads
 * copies a record between two looks at that word; what was overwritten meanwhile is among the oldest and is left out.
 *
 * The ring is no memory of an array: it is in no snapshot, and nothing that runs reads it.
 */

/** Words of a record: sixteen, of which the last ten say what happened (engine/recorder.ts). */
export const RECORD_WORDS = 16;
/** Number: counts all that is written with the same order, from 1 on, modulo 2^32 without 0. */
export const R_NUMBER = 0;
/** Nanoseconds of the director's clock, low word first. */
export const R_TIME = 1;
/** What happened, bits 0–7; role, 8–15; kind of message, 16–23; the other role, 24–31. */
export const R_HEAD = 3;
/** Token of the task: incarnation << 12 | number. 0: none. */
export const R_TASK = 4;
/** Instruction; -1: none. */
export const R_PC = 5;
export const R_DATA = 6;
export const DATA_WORDS = 10;

const TIMES_BEFORE = 0;
const WRITTEN = 1;
const TIMES_AFTER = 2;
const CAPACITY = 3;
const HEADER_WORDS = 16;
const BUSY = 0;
const LOW = 0x1_0000_0000;

/** Numbers of records, shared by rings that one thread writes: so it is known in which order they were written. */
export interface Order {
  next: number;
}

/** Records of a ring at most. */
export const RECORDS_MAX = 1 << 24;

/** Errors: RangeError for a number of records that is no power of two, or too large. */
export function makeTraceRing(records: number): SharedArrayBuffer {
  if (records < 2 || records > RECORDS_MAX || (records & (records - 1)) !== 0)
    throw new RangeError(`a ring of ${records} records; a power of two from 2 to ${RECORDS_MAX} is wanted`);
  const buffer = new SharedArrayBuffer((HEADER_WORDS + records * RECORD_WORDS) * 4);
  new Int32Array(buffer)[CAPACITY] = records;
  return buffer;
}

/** The writer's side. */
export class TraceRing {
  readonly words: Int32Array;
  /** Called whenever all of the ring was written anew. */
  onFull: (() => void) | undefined;
  readonly #mask: number;
  readonly #order: Order;
  #written: number;
  #at = 0;

  /** @param order absent: its own, which goes on where the last writer of the ring ended. */
  constructor(buffer: SharedArrayBuffer, order?: Order) {
    this.words = new Int32Array(buffer);
    this.#mask = (this.words[CAPACITY] as number) - 1;
    this.#written = writtenOf(this.words);
    this.#order = order ?? { next: (this.#written + 1) | 0 || 1 };
  }

  get written(): number {
    return this.#written;
  }

  /** Records that fit. */
  get capacity(): number {
    return this.#mask + 1;
  }

  /** Word index of the next record, whose words other than the first the caller stores; `end` follows. */
  begin(): number {
    const at = HEADER_WORDS + (this.#written & this.#mask) * RECORD_WORDS;
    // An exchange: no word of the record may be seen before it.
    Atomics.exchange(this.words, at, BUSY);
    this.#at = at;
    return at;
  }

  end(): void {
    const { words } = this;
    const order = this.#order;
    Atomics.store(words, this.#at + R_NUMBER, order.next);
    order.next = (order.next + 1) | 0 || 1;
    const written = this.#written + 1;
    this.#written = written;
    if (written % LOW === 0) Atomics.store(words, TIMES_BEFORE, written / LOW);
    Atomics.store(words, WRITTEN, written | 0);
    if (written % LOW === 0) Atomics.store(words, TIMES_AFTER, written / LOW);
    if ((written & this.#mask) === 0 && this.onFull !== undefined) this.onFull();
  }
}

/** What a ring held at one moment. */
export interface TraceRecords {
  /** RECORD_WORDS each, oldest first. */
  readonly words: Int32Array;
  /** Records that were ever written, up to and with the last of these. */
  readonly written: number;
}

/** How many records were ever written to a ring. */
export function writtenOf(words: Int32Array): number {
  for (;;) {
    const times = Atomics.load(words, TIMES_AFTER);
    const low = Atomics.load(words, WRITTEN) >>> 0;
    if (Atomics.load(words, TIMES_BEFORE) === times) return times * LOW + low;
  }
}

/**
 * Whole records of a ring, also while it is written: the longest row of them up to the newest at the time of the call.
 * @param written how many records there were then.
 */
export function readTraceRing(words: Int32Array, written = writtenOf(words)): TraceRecords {
  const capacity = words[CAPACITY] as number;
  const count = Math.min(written, capacity);
  const out = new Int32Array(count * RECORD_WORDS);
  // From the newest back: the oldest are overwritten first.
  let first = count;
  let after = 0;
  for (let i = count - 1; i >= 0; i--) {
    const at = HEADER_WORDS + ((written - count + i) % capacity) * RECORD_WORDS;
    const number = Atomics.load(words, at);
    // Loads that nothing may reorder: the second look at the number comes after them.
    for (let w = 1; w < RECORD_WORDS; w++) out[i * RECORD_WORDS + w] = Atomics.load(words, at + w);
    if (number === BUSY || Atomics.load(words, at) !== number) break;
    // One that is newer than its successor took the place of an old one.
    if (first < count && ((after - number) | 0) <= 0) break;
    out[i * RECORD_WORDS] = number;
    after = number;
    first = i;
  }
  // Where all were overwritten meanwhile, newer ones stand in their places, and follow each other too.
  const overwritten = Math.min(count, Math.max(first, writtenOf(words) - capacity - (written - count)));
  return { words: out.slice(overwritten * RECORD_WORDS), written };
}
