/**
 * What the persistent reservations of units may be, by what hosts sent and got. Commands that are under way together take
 * effect in some order, each at one moment between its beginning and its end: all states that such orders come to are kept,
 * until an answer tells that some of them are not so. None left: the array said what it cannot have done.
 */
import type { Reserving } from '../../../../adapters/channel/workload/scsi-cdbs.js';
import type { Region } from '../../../ports/schedule.js';
import {
  afterPowerLoss,
  apply,
  describe,
  holds,
  INITIATORS,
  keyOf,
  mayPass,
  STATE_BITS,
  typeOf,
} from './reservation.js';

/** Commands of a unit under way at once. */
const SLOTS = 4;
const STATES = 128;
/** Words of a unit. */
const COUNT = 0;
/** Every beginning and every end of a command counts one up. */
const VERSION = 1;
/** Power went in the middle of a command: nobody knows how far it came. */
const VAGUE = 2;
const FIRST_SLOT = 3;
/** Of a slot: host + 1, what it asked, its keys and initiator, the version when it began. */
const SLOT_WORDS = 4;
const FIRST_STATE = FIRST_SLOT + SLOTS * SLOT_WORDS;
const UNIT_WORDS = FIRST_STATE + STATES;

const STATE_MASK = (1 << STATE_BITS) - 1;
const RESULT_BITS = 2;
/** Beside a state, what the command of a slot came to in it; 0: it has not taken effect. */
const resultOf = (word: number, slot: number): number => (word >>> (STATE_BITS + slot * RESULT_BITS)) & 3;
const withResult = (word: number, slot: number, result: number): number =>
  (word & ~(3 << (STATE_BITS + slot * RESULT_BITS))) | (result << (STATE_BITS + slot * RESULT_BITS));

/** What the end of a command tells. */
export interface Ended {
  /** No order of the commands under way comes to this answer. */
  readonly isImpossible: boolean;
  /** The states before and after it, where nothing else was under way and they are known; else undefined. */
  readonly before?: number;
  readonly after?: number;
}

export class Reservations {
  readonly #m: Int32Array;
  readonly #at: number;

  static words(units: number): number {
    return units * UNIT_WORDS;
  }

  constructor(region: Region) {
    this.#m = region.m;
    this.#at = region.at;
  }

  /** As formatted: no unit has any. */
  format(unit: number): void {
    const at = this.#unit(unit);
    this.#m.fill(0, at, at + UNIT_WORDS);
    this.#m[at + COUNT] = 1;
  }

  isVague(unit: number): boolean {
    return this.#m[this.#unit(unit) + VAGUE] !== 0;
  }

  version(unit: number): number {
    return this.#m[this.#unit(unit) + VERSION];
  }

  /** PERSISTENT RESERVE OUT commands under way. */
  pending(unit: number): number {
    let n = 0;
    for (let s = 0; s < SLOTS; s++) if (this.#m[this.#slot(unit, s)] !== 0) n++;
    return n;
  }

  get pendingMost(): number {
    return SLOTS;
  }

  /** A host's command is under way. Errors: RangeError when as many are as there may be. */
  begin(unit: number, host: number, initiator: number, asked: Reserving): void {
    const m = this.#m;
    const slot = SLOT_NUMBERS.find((s) => m[this.#slot(unit, s)] === 0);
    if (slot === undefined) throw new RangeError(`unit ${unit}: more than ${SLOTS} commands for its reservations`);
    const at = this.#slot(unit, slot);
    m[this.#unit(unit) + VERSION] += 1;
    m[at] = host + 1;
    m[at + 1] = asked.action | (asked.type << 8) | (asked.isKept ? 1 << 16 : 0);
    m[at + 2] = asked.key | (asked.actionKey << 8) | (initiator << 16);
    m[at + 3] = this.version(unit);
  }

  /** It ended with this STATUS; 0: it was aborted, and may have taken effect or not. */
  end(unit: number, host: number, status: number): Ended {
    const m = this.#m;
    const slot = SLOT_NUMBERS.find((s) => m[this.#slot(unit, s)] === host + 1);
    if (slot === undefined) return { isImpossible: false };
    const wasAlone =
      this.pending(unit) === 1 && this.version(unit) === m[this.#slot(unit, slot) + 3] && this.#count(unit) === 1;
    const before = m[this.#unit(unit) + FIRST_STATE] & STATE_MASK;
    const left = new Set<number>();
    for (const word of this.#closure(unit))
      if (status === 0 || resultOf(word, slot) === status) left.add(withResult(word, slot, 0));
    m[this.#slot(unit, slot)] = 0;
    m[this.#unit(unit) + VERSION] += 1;
    if (this.isVague(unit)) return { isImpossible: false };
    if (left.size === 0) return { isImpossible: true };
    this.#set(unit, left);
    if (!wasAlone || left.size !== 1 || status === 0) return { isImpossible: false };
    return { isImpossible: false, before, after: m[this.#unit(unit) + FIRST_STATE] & STATE_MASK };
  }

  /** What a command of an initiator may meet now: bit 0: it may pass, bit 1: it may be kept away. */
  meets(unit: number, initiator: number, isWrite: boolean): number {
    if (this.isVague(unit)) return 3;
    let bits = 0;
    for (const word of this.#closure(unit)) bits |= mayPass(word & STATE_MASK, initiator, isWrite) ? 1 : 2;
    return bits;
  }

  /** Keys that the initiator may have now: one of them; `draw` says which. */
  someKey(unit: number, initiator: number, draw: number): number {
    const at = this.#unit(unit) + FIRST_STATE + (draw % this.#count(unit));
    return keyOf(this.#m[at], initiator);
  }

  /** One of the states that may be. */
  some(unit: number, draw: number): number {
    return this.#m[this.#unit(unit) + FIRST_STATE + (draw % this.#count(unit))] & STATE_MASK;
  }

  /** The array's power went: commands under way have taken effect or not, or in part. */
  losePower(unit: number): void {
    const m = this.#m;
    const states = new Set<number>();
    for (const word of this.#closure(unit)) states.add(afterPowerLoss(word & STATE_MASK));
    if (this.pending(unit) > 0) m[this.#unit(unit) + VAGUE] = 1;
    for (let s = 0; s < SLOTS; s++) m[this.#slot(unit, s)] = 0;
    m[this.#unit(unit) + VERSION] += 1;
    this.#set(unit, states);
  }

  /** Hosts read that it is this, APTPL aside, while nothing changed it. False: it cannot be. */
  isSo(unit: number, state: (isKept: boolean) => number): boolean {
    const m = this.#m;
    if (this.isVague(unit)) {
      this.#set(unit, new Set([state(true), state(false)]));
      m[this.#unit(unit) + VAGUE] = 0;
      return this.#isPlausible(state(false));
    }
    const [kept, lost] = [state(true), state(false)];
    const left = new Set([...this.#words(unit)].filter((word) => word === kept || word === lost));
    if (left.size === 0) return false;
    this.#set(unit, left);
    return true;
  }

  /** For people: what it may be. */
  describe(unit: number): string {
    return [...this.#closure(unit)].map((word) => describe(word & STATE_MASK)).join('; or ');
  }

  /** Whatever came of half a command: who holds a reservation is registered. */
  #isPlausible(state: number): boolean {
    const type = typeOf(state);
    return (
      type === 0 ||
      Array.from({ length: INITIATORS }, (_, i) => i).some((i) => holds(state, i) && keyOf(state, i) !== 0)
    );
  }

  /** All that may be when any of the commands under way have taken effect, in any order. */
  #closure(unit: number): Set<number> {
    const all = this.#words(unit);
    for (const word of all) {
      for (const slot of SLOT_NUMBERS) {
        const at = this.#slot(unit, slot);
        if (this.#m[at] === 0 || resultOf(word, slot) !== 0) continue;
        const { state, status } = apply(word & STATE_MASK, this.#m[at + 2] >>> 16, this.#asked(at));
        all.add(withResult((word & ~STATE_MASK) | state, slot, status));
      }
    }
    return all;
  }

  #asked(slot: number): Reserving {
    const what = this.#m[slot + 1];
    const keys = this.#m[slot + 2];
    return {
      action: what & 255,
      type: (what >> 8) & 255,
      isKept: what >> 16 !== 0,
      key: keys & 255,
      actionKey: (keys >> 8) & 255,
    };
  }

  #words(unit: number): Set<number> {
    const first = this.#unit(unit) + FIRST_STATE;
    return new Set(this.#m.subarray(first, first + this.#count(unit)));
  }

  #set(unit: number, words: ReadonlySet<number>): void {
    if (words.size > STATES) throw new RangeError(`unit ${unit}: its reservations may be in ${words.size} states`);
    let at = this.#unit(unit);
    this.#m[at + COUNT] = words.size;
    at += FIRST_STATE;
    for (const word of words) this.#m[at++] = word;
  }

  #count(unit: number): number {
    return this.#m[this.#unit(unit) + COUNT];
  }

  #slot(unit: number, slot: number): number {
    return this.#unit(unit) + FIRST_SLOT + slot * SLOT_WORDS;
  }

  #unit(unit: number): number {
    return this.#at + unit * UNIT_WORDS;
  }
}

const SLOT_NUMBERS: readonly number[] = Array.from({ length: SLOTS }, (_, s) => s);
