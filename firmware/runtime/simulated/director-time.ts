/**
 * How long directors take in virtual time. A step of a director (up to its next touch of a ring) takes the cycles of its
 * instructions; until then it makes no other, and who was idle and hears from it hears it then. Who was at work may see
 * it so much earlier. Without times of an array, its directors take none.
 *
 * Bits are those of the world: array × roles + role. All state is in words of a region.
 */
import { readTime, writeTime } from '../../memory/time.js';
import { KIND, ROLES } from '../../ports/messages.js';
import { EVENT, type Region, type Schedule } from '../../ports/schedule.js';

export interface DirectorTimes {
  readonly clock_mhz: number;
  /** Of an instruction that the instruction table counts one cycle. */
  readonly cycles_per_instruction: number;
  /** Of the channel for each host command, apart from its microcode: what the host's protocol takes. Absent: 0. */
  readonly command_us?: number;
}

const NODES = ROLES.length;
/** Directors that are in the middle of a step, a bit each. */
const OCCUPIED = 0;
/** By bit, until when. */
const FREE = 2;

export class Directors {
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #schedule: Schedule;
  /** By array. */
  readonly #cycle_ns: readonly number[];
  readonly #command_ns: readonly number[];

  static words(arrays: number): number {
    return FREE + arrays * NODES * 2;
  }

  constructor({ m, at }: Region, times: readonly (DirectorTimes | undefined)[], schedule: Schedule) {
    this.#m = m;
    this.#at = at;
    this.#schedule = schedule;
    this.#cycle_ns = times.map((t) => (t ? (1000 * t.cycles_per_instruction) / t.clock_mhz : 0));
    this.#command_ns = times.map((t) => Math.round((t?.command_us ?? 0) * 1000));
  }

  get occupied(): number {
    return this.#m[this.#at + OCCUPIED] as number;
  }

  isTimed(array: number): boolean {
    return this.#cycle_ns[array] !== 0;
  }

  /** A step is done that took so many cycles and a message of this kind (0: none); these bits wait until it is over. */
  occupy(array: number, bits: number, cycles: number, kind: number): void {
    const took =
      cycles * (this.#cycle_ns[array] as number) + (kind === KIND.COMMAND ? (this.#command_ns[array] as number) : 0);
    const ns = Math.round(took);
    if (ns === 0) return;
    const end = this.#schedule.now_ns() + ns;
    for (let left = bits; left !== 0; left &= left - 1) {
      const free = this.#free(31 - Math.clz32(left & -left));
      if (readTime(this.#m, free) < end) writeTime(this.#m, free, end);
    }
    this.#m[this.#at + OCCUPIED] = this.occupied | bits;
    this.#schedule.at(end, EVENT.DIRECTOR, bits, 0, 0);
  }

  /** A step is over (EVENT.DIRECTOR): those of its bits that wait for no other go on. */
  over(bits: number): void {
    const now = this.#schedule.now_ns();
    for (let left = bits; left !== 0; left &= left - 1) {
      const bit = 31 - Math.clz32(left & -left);
      if (readTime(this.#m, this.#free(bit)) <= now) this.#m[this.#at + OCCUPIED] = this.occupied & ~(1 << bit);
    }
  }

  losePower(array: number): void {
    const bits = ((1 << NODES) - 1) << (array * NODES);
    this.#m[this.#at + OCCUPIED] = this.occupied & ~bits;
    this.#m.fill(0, this.#free(array * NODES), this.#free((array + 1) * NODES));
  }

  #free(bit: number): number {
    return this.#at + FREE + bit * 2;
  }
}
