/**
 * Unit attentions that hosts must hear, and may hear (SAM-5, 5.14): of each path, a nexus and a unit. What raises one is over
 * at some moment and began at another: in between the host may hear of it, afterwards it must, before any other answer, each
 * once, in order.
 */
import { SENSE } from '../../../memory/scsi.js';
import type { Region } from '../../../ports/schedule.js';

/** Those that there are here; the place is the number of a bit. */
const CODES: readonly number[] = [
  SENSE.POWER_ON,
  SENSE.UNIT_RESET,
  SENSE.RESERVATIONS_PREEMPTED,
  SENSE.RESERVATIONS_RELEASED,
  SENSE.REGISTRATIONS_PREEMPTED,
  SENSE.COMMANDS_CLEARED,
];
/** Words of a path: bits of codes that may be raised just now, that were heard meanwhile, that may still be heard. */
const RAISING = 0;
const HEARD = 1;
const LATE = 2;
/** How many must be heard, and of each the code, the moment when it began to be raised, and when that was over. */
const COUNT = 3;
const FIRST = 4;
const MOST = 6;
const ENTRY = 3;
const PATH_WORDS = FIRST + MOST * ENTRY;

const isReset = (code: number): boolean => code === SENSE.POWER_ON || code === SENSE.UNIT_RESET;

export class Attentions {
  readonly #m: Int32Array;
  readonly #at: number;

  static words(paths: number): number {
    return paths * PATH_WORDS;
  }

  constructor(region: Region) {
    this.#m = region.m;
    this.#at = region.at;
  }

  /** A session began: it hears of a power on, and of nothing before. */
  fresh(path: number, moment: number): void {
    const at = this.#path(path);
    this.#m.fill(0, at, at + PATH_WORDS);
    this.#add(path, SENSE.POWER_ON, moment, moment);
  }

  /** Something is under way that may raise it. */
  raising(path: number, code: number): void {
    const at = this.#path(path);
    // A reset is all there is to hear, but for one before it.
    if (isReset(code)) this.#forgetOthers(path);
    this.#m[at + RAISING] |= bitOf(code);
    this.#m[at + HEARD] &= ~bitOf(code);
  }

  /** It is over, since `began`; did it raise it? Undefined: nobody can tell. `still`: something else may. */
  raised(path: number, code: number, began: number, moment: number, did: boolean | undefined, still: boolean): void {
    const m = this.#m;
    const at = this.#path(path);
    const bit = bitOf(code);
    const wasHeard = (m[at + HEARD] & bit) !== 0;
    if (!still) m[at + RAISING] &= ~bit;
    if (did === false) return;
    if (isReset(code)) this.#forgetOthers(path);
    const isResetting = !isReset(code) && (m[at + RAISING] & bitOf(SENSE.UNIT_RESET)) !== 0;
    if (did && !wasHeard && !still && !isResetting) this.#add(path, code, began, moment);
    else m[at + LATE] |= bit;
  }

  /** A host heard it; what is wrong with that. */
  heard(path: number, code: number): string | undefined {
    const m = this.#m;
    const at = this.#path(path);
    const bit = bitOf(code);
    const place = this.#find(path, code);
    m[at + HEARD] |= bit & m[at + RAISING];
    if (place < 0) {
      if (((m[at + RAISING] | m[at + LATE]) & bit) === 0) return 'nothing raised it';
      if ((m[at + RAISING] & bit) === 0) m[at + LATE] &= ~bit;
      return undefined;
    }
    const entry = this.#entry(path, place);
    for (let i = 0; i < place; i++) {
      const before = this.#entry(path, i);
      if (m[before + 2] < m[entry + 1]) return `${hexOf(m[before])} was raised before it, and was not told`;
    }
    this.#remove(path, place);
    return undefined;
  }

  /** Of a command that went out at that moment and had another answer: the attention that it should have been told; 0: none. */
  owed(path: number, since: number, resetsOnly: boolean): number {
    for (let i = 0; i < this.#m[this.#path(path) + COUNT]; i++) {
      const entry = this.#entry(path, i);
      const code = this.#m[entry];
      if (this.#m[entry + 2] < since && (!resetsOnly || isReset(code))) return code;
    }
    return 0;
  }

  #find(path: number, code: number): number {
    for (let i = 0; i < this.#m[this.#path(path) + COUNT]; i++) if (this.#m[this.#entry(path, i)] === code) return i;
    return -1;
  }

  #add(path: number, code: number, began: number, moment: number): void {
    const m = this.#m;
    const at = this.#path(path);
    // One that waits already is not told twice; which of the two it is, nobody can tell.
    if (this.#find(path, code) >= 0) return;
    if (m[at + COUNT] === MOST) throw new RangeError(`path ${path}: more than ${MOST} unit attentions wait`);
    const entry = this.#entry(path, m[at + COUNT]);
    m[at + COUNT] += 1;
    m[entry] = code;
    m[entry + 1] = began;
    m[entry + 2] = moment;
  }

  #remove(path: number, place: number): void {
    const m = this.#m;
    const at = this.#path(path);
    const last = m[at + COUNT] - 1;
    m.copyWithin(this.#entry(path, place), this.#entry(path, place + 1), this.#entry(path, last + 1));
    m[at + COUNT] = last;
  }

  /** They may be heard, as they may have been before the reset. */
  #forgetOthers(path: number): void {
    const m = this.#m;
    for (let i = m[this.#path(path) + COUNT] - 1; i >= 0; i--) {
      const code = m[this.#entry(path, i)];
      if (isReset(code)) continue;
      this.#remove(path, i);
      m[this.#path(path) + LATE] |= bitOf(code);
    }
  }

  #entry(path: number, place: number): number {
    return this.#path(path) + FIRST + place * ENTRY;
  }

  #path(path: number): number {
    return this.#at + path * PATH_WORDS;
  }
}

function bitOf(code: number): number {
  const place = CODES.indexOf(code);
  return place < 0 ? 0 : 1 << place;
}

/** `2a/05`. */
export const hexOf = (sense: number): string => {
  const hex = (n: number): string => (n & 255).toString(16).padStart(2, '0');
  return `${hex(sense >> 8)}/${hex(sense)}`;
};
