/**
 * Which parts of the transfer buffer memory are taken: first fit over a bitmap of 4 KiB units. The lowest free units go
 * first, because a small working set stays in the processor's cache; for a request of one unit that is one look at the
 * word where the last search ended.
 */

/** Sectors of a unit: what is given out starts and ends at one. */
export const UNIT_SECTORS = 8;

export class TransferMemory {
  readonly units: number;
  /** Bit set: the unit is taken. The last word's bits past the end are set for good. */
  private readonly taken: Int32Array;
  /** No word before this one has a free unit. */
  private lowest = 0;
  private used = 0;

  /** @param sectors size of the memory; what is left of its last unit is not used. */
  constructor(sectors: number) {
    this.units = Math.floor(sectors / UNIT_SECTORS);
    this.taken = new Int32Array((this.units + 31) >>> 5);
    if (this.units & 31) this.taken[this.taken.length - 1] = -1 << (this.units & 31);
  }

  get unitsFree(): number {
    return this.units - this.used;
  }

  /** First unit of a run of `count` free units, now taken; -1 when there is none. */
  allocate(count: number): number {
    const first = count === 1 ? this.findOne() : this.findRun(count);
    if (first < 0) return -1;
    this.used += count;
    for (let unit = first; unit < first + count; unit++) this.taken[unit >>> 5] |= 1 << (unit & 31);
    return first;
  }

  /** Errors: RangeError when one of the units is not taken; nothing is changed then. */
  release(first: number, count: number): void {
    for (let unit = first; unit < first + count; unit++) {
      const taken = unit >= 0 && unit < this.units && (this.taken[unit >>> 5] & (1 << (unit & 31))) !== 0;
      if (!taken) throw new RangeError(`transfer unit ${unit} is not taken: it cannot be given back`);
    }
    for (let unit = first; unit < first + count; unit++) this.taken[unit >>> 5] &= ~(1 << (unit & 31));
    this.used -= count;
    const word = first >>> 5;
    if (word < this.lowest) this.lowest = word;
  }

  private findOne(): number {
    const taken = this.taken;
    for (let word = this.lowest; word < taken.length; word++) {
      const free = ~taken[word];
      if (free === 0) continue;
      this.lowest = word;
      return (word << 5) + 31 - Math.clz32(free & -free);
    }
    this.lowest = taken.length;
    return -1;
  }

  private findRun(count: number): number {
    if (count > this.units - this.used) return -1;
    const taken = this.taken;
    let start = this.lowest << 5;
    let unit = start;
    while (unit < this.units) {
      const word = taken[unit >>> 5];
      if ((unit & 31) === 0 && (word === 0 || word === -1)) {
        unit += 32;
        if (word === -1) start = unit;
      } else {
        const free = (word & (1 << (unit & 31))) === 0;
        unit += 1;
        if (!free) start = unit;
      }
      if (unit - start >= count) return start;
    }
    return -1;
  }
}
