// A doorbell: 32 pending bits and one sleeper.
//
// Who calls it: any number of threads ring; one thread owns the bell and takes and parks.
// What always holds: no ring is lost. The ringer sets its bit and then looks at `parked`; the owner sets `parked` and
// then looks at the bits. All four are sequentially consistent, so at least one of the two sees the other.
// The object holds no state: any number of objects over the same memory are the same bell.
//
// In words from `base`, bits and parked each on a 64-byte line of its own:
//    0  pending bits
//   16  parked: 1 while the owner sleeps or is about to; who changes it from 1 to 0 owes the wake-up
//   17  parking number, the owner's alone: tells an old time-out from the present sleep

/** Words of memory that a doorbell takes. Memory of zeroes is a silent bell with its owner awake. */
export const DOORBELL_WORDS = 32;

const PARKED = 16;
const PARKING = 17;

export class Doorbell {
  private readonly words: Int32Array;
  private readonly pending: number;
  private readonly parked: number;
  private readonly parking: number;

  /**
   * Attaches to the doorbell at words[base]; changes nothing there. park and parkAsync need `words` to be over a
   * SharedArrayBuffer; ring and take do not. Make `base` a multiple of 16, for the cache lines.
   * @throws RangeError when the doorbell does not fit into `words`.
   */
  constructor(words: Int32Array, base: number) {
    if (!Number.isInteger(base) || base < 0 || base + DOORBELL_WORDS > words.length) {
      throw new RangeError(
        `doorbell base is ${base}: its ${DOORBELL_WORDS} words must lie within 0..${words.length} of the given memory`,
      );
    }
    this.words = words;
    this.pending = base;
    this.parked = base + PARKED;
    this.parking = base + PARKING;
  }

  /**
   * Any thread: sets pending bit `bit` (0..31) and wakes the owner if it is parked.
   * @returns true when this call ended a sleep (one about to begin counts).
   * @throws RangeError when bit is not 0..31.
   */
  ring(bit: number): boolean {
    if (bit >>> 0 !== bit || bit > 31) throw new RangeError(`doorbell bit is ${bit}: must be 0 to 31`);
    const words = this.words;
    Atomics.or(words, this.pending, 1 << bit);
    if (Atomics.compareExchange(words, this.parked, 1, 0) !== 1) return false;
    // All waiters, not one: a promise of parkAsync that its owner forgot waits too, and stands first in the queue.
    Atomics.notify(words, this.parked);
    return true;
  }

  /** Owner: takes and clears all pending bits. A signed 32-bit number: bit 31 makes it negative, 0 is none. */
  take(): number {
    // A load first: an owner that polls a silent bell does not take the line away from those who ring.
    return Atomics.load(this.words, this.pending) === 0 ? 0 : Atomics.exchange(this.words, this.pending, 0);
  }

  /**
   * Owner: sleeps until a bit is pending; returns at once when one is. Takes no bits. Blocks the thread, its event loop
   * included. Without a time-out, for ever. The time-out starts anew when a late wake-up for bits already taken comes
   * in between (at most one for each thread that rings).
   * @returns true when a bit is pending, false when the time ran out first.
   */
  park(timeout_ms: number = Number.POSITIVE_INFINITY): boolean {
    for (;;) {
      if (this.prepare()) return true;
      if (Atomics.wait(this.words, this.parked, 1, timeout_ms) === 'timed-out') return this.giveUp();
      // A ringer is slow between its bit and its look at `parked`: the bit may be taken, and this sleep a later one.
      if (this.rung()) return true;
    }
  }

  /**
   * Owner: the same without blocking, for a thread that also serves sockets. `true` when a bit is pending already,
   * else a promise of what park() would return. It does not keep Node alive: without a socket, timer or port that
   * does, the process ends with the promise unsettled. take() is allowed meanwhile. Keep to one unsettled promise: a
   * second call leaves the first one to settle with a later wake-up, its bits perhaps taken by then.
   */
  parkAsync(timeout_ms: number = Number.POSITIVE_INFINITY): Promise<boolean> | true {
    if (this.prepare()) return true;
    const parking = this.words[this.parking];
    const sleep = Atomics.waitAsync(this.words, this.parked, 1, timeout_ms);
    if (!sleep.async) {
      if (sleep.value === 'timed-out') return Promise.resolve(this.giveUp());
      return this.rung() ? true : this.parkAsync(timeout_ms);
    }
    return sleep.value.then((how) => {
      const latest = this.words[this.parking] === parking;
      // Only the latest parking may clear `parked`: an older one would make a sleeper deaf to its bell.
      if (how === 'timed-out') return latest ? this.giveUp() : this.rung();
      return this.rung() || !latest || this.parkAsync(timeout_ms);
    });
  }

  // Says "I sleep" before the last look at the bits; the other way round a ring between the two would be lost.
  private prepare(): boolean {
    const words = this.words;
    words[this.parking] = (words[this.parking] + 1) | 0;
    Atomics.store(words, this.parked, 1);
    if (!this.rung()) return false;
    Atomics.store(words, this.parked, 0);
    return true;
  }

  // After a time-out: says "awake" first, so that a ring from here on is found by the look at the bits, now or later.
  private giveUp(): boolean {
    Atomics.store(this.words, this.parked, 0);
    return this.rung();
  }

  private rung(): boolean {
    return Atomics.load(this.words, this.pending) !== 0;
  }
}
