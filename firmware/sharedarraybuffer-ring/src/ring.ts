// A single-producer single-consumer ring of fixed-size items over shared memory.
//
// Who calls it: exactly one producer (claim, publish) and one consumer (the rest), on two threads or on one.
// What always holds, counters being u32 that only grow and wrap:
//   head <= private tail <= head + capacity, and published tail <= private tail.
//   Each word is written by one side only, so no compare-exchange is needed anywhere.
//   The object holds no state: any number of objects over the same memory are the same ring.
//
// Header, in words from `base`; one 64-byte line for each writer-reader pattern, so that neither side's private
// stores take away the line that the other one polls:
//    0  head            written by the consumer, read by the producer
//   16  published tail  written by the producer, read by the consumer
//   32  private tail    the producer's alone (the consumer's too when it lives on the same thread)
//   33  head as seen    the producer's last look at head; never ahead of it
//   48  the items

/** Words before the first item: head, published tail and private tail, each on a 64-byte cache line of its own. */
export const RING_HEADER_WORDS = 48;

const PUBLISHED_TAIL = 16;
const PRIVATE_TAIL = 32;
const HEAD_SEEN = 33;

// 2 GiB: word indices and byte offsets of a larger ring would leave what V8 keeps as a small integer.
const MAX_WORDS = 0x2000_0000;

/**
 * Words of memory that a ring takes, header included.
 * @throws RangeError when capacity is no power of two, itemWords is less than 1, or the ring would pass 2 GiB.
 */
export function ringWords(capacity: number, itemWords: number): number {
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_WORDS || (capacity & (capacity - 1)) !== 0) {
    throw new RangeError(`ring capacity is ${capacity}: must be a power of two from 1 to ${MAX_WORDS} (1, 2, 4, ...)`);
  }
  if (!Number.isInteger(itemWords) || itemWords < 1) {
    throw new RangeError(`ring itemWords is ${itemWords}: must be a whole number of 32-bit words, 1 or more`);
  }
  const words = RING_HEADER_WORDS + capacity * itemWords;
  if (words > MAX_WORDS) {
    throw new RangeError(
      `ring of capacity ${capacity} x itemWords ${itemWords} takes ${words} words: must be at most ${MAX_WORDS} (2 GiB)`,
    );
  }
  return words;
}

export class Ring {
  readonly capacity: number;
  readonly itemWords: number;
  private readonly words: Int32Array;
  private readonly mask: number;
  private readonly head: number;
  private readonly publishedTail: number;
  private readonly privateTail: number;
  private readonly headSeen: number;
  private readonly items: number;

  /**
   * Attaches to the ring at words[base]; changes nothing there. Memory of zeroes is an empty ring.
   * Make `base` a multiple of 16, or the cache lines of the header are shared with the neighbours (slower, not wrong).
   * @throws RangeError when the shape is wrong (see ringWords) or the ring does not fit into `words`.
   */
  constructor(words: Int32Array, base: number, capacity: number, itemWords: number) {
    const size = ringWords(capacity, itemWords);
    if (!Number.isInteger(base) || base < 0 || base + size > words.length) {
      throw new RangeError(
        `ring base is ${base}: a ring of ${size} words must lie within 0..${words.length} of the given memory`,
      );
    }
    this.capacity = capacity;
    this.itemWords = itemWords;
    this.words = words;
    this.mask = capacity - 1;
    this.head = base;
    this.publishedTail = base + PUBLISHED_TAIL;
    this.privateTail = base + PRIVATE_TAIL;
    this.headSeen = base + HEAD_SEEN;
    this.items = base + RING_HEADER_WORDS;
  }

  /**
   * Producer: takes the next item and returns its word index, or -1 when the ring is full. The caller fills all of
   * words[index .. index + itemWords): what stands there is left from an older item. Nobody on another thread sees it
   * before publish().
   */
  claim(): number {
    const words = this.words;
    const tail = words[this.privateTail];
    // The true head is looked at only when the remembered one says full: the consumer keeps its cache line meanwhile,
    // and V8 calls out of line for an Atomics.load. An old head can only make the ring look fuller than it is.
    if ((tail - words[this.headSeen]) >>> 0 >= this.capacity && !this.lookAtHead(tail)) return -1;
    words[this.privateTail] = (tail + 1) | 0;
    return this.items + Math.imul(tail & this.mask, this.itemWords);
  }

  /**
   * Producer: makes every claimed item visible to a consumer on another thread, by one atomic store.
   * @returns true when the published tail moved; only then is a doorbell worth ringing.
   */
  publish(): boolean {
    const words = this.words;
    const tail = words[this.privateTail];
    if (words[this.publishedTail] === tail) return false;
    Atomics.store(words, this.publishedTail, tail);
    return true;
  }

  /** Consumer on another thread than the producer's: how many published items wait. */
  available(): number {
    const n = (Atomics.load(this.words, this.publishedTail) - this.words[this.head]) | 0;
    // A local consumer may have passed the published tail before the consumer moved to another thread.
    return n > 0 ? n : 0;
  }

  /** Consumer on the producer's own thread: how many claimed items wait, published or not. Plain loads. */
  availableLocal(): number {
    return (this.words[this.privateTail] - this.words[this.head]) | 0;
  }

  /** Consumer: word index of the i-th oldest item, 0 <= i < available() or availableLocal(). Not checked. */
  at(i: number): number {
    return this.items + Math.imul((this.words[this.head] + i) & this.mask, this.itemWords);
  }

  /**
   * Consumer: gives the n oldest items back to a producer on another thread, by one atomic store. Their words must not
   * be read after this.
   * @throws RangeError when n is more than available(); nothing is changed then.
   */
  release(n: number): void {
    const available = this.available();
    if (n >>> 0 !== n || n > available) throw badRelease('release', n, available);
    Atomics.store(this.words, this.head, (this.words[this.head] + n) | 0);
  }

  /**
   * The same with a plain store, for a consumer on the producer's own thread.
   * @throws RangeError when n is more than availableLocal(); nothing is changed then.
   */
  releaseLocal(n: number): void {
    const available = this.availableLocal();
    if (n >>> 0 !== n || n > available) throw badRelease('releaseLocal', n, available);
    this.words[this.head] = (this.words[this.head] + n) | 0;
  }

  /** Empties the ring, claimed items included, as memory of zeroes would be. Both sides must stand still. */
  reset(): void {
    const words = this.words;
    words[this.headSeen] = 0;
    words[this.privateTail] = 0;
    Atomics.store(words, this.publishedTail, 0);
    Atomics.store(words, this.head, 0);
  }

  /**
   * Memory of zeroes again, if it was that when the ring began: the header, and the items that were claimed since. Costs as
   * much as these are, not as much as there is room for. Both sides must stand still.
   */
  clear(): void {
    this.words.fill(0, this.head, this.head + this.usedWords);
  }

  /** Words from `base` on that may be other than zero: the header, and the items that were claimed since the ring began. */
  get usedWords(): number {
    return RING_HEADER_WORDS + Math.min(this.words[this.privateTail] >>> 0, this.capacity) * this.itemWords;
  }

  // Atomic, so that what the consumer read from an item was read before the producer writes over it.
  private lookAtHead(tail: number): boolean {
    const head = Atomics.load(this.words, this.head);
    this.words[this.headSeen] = head;
    return (tail - head) >>> 0 < this.capacity;
  }
}

function badRelease(method: string, n: number, available: number): RangeError {
  return new RangeError(`ring ${method}(${n}): must be a whole number from 0 to the ${available} items that wait`);
}
