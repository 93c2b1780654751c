/**
 * Takeovers of journal groups. All volumes of a group are taken over together; of an array that had the group in PAIR, what
 * it holds in the moment in which it becomes the source must be a prefix, with force and without (systems.md). So while one
 * is asked for, this looks before every step.
 */
import { PAIR_ROLE, PAIR_STATE } from '../../memory/constants.js';
import type { Region } from '../../ports/schedule.js';
import type { ArrayMachine } from '../machine/array.js';
import type { SimGroup } from './groups.js';
import type { SimPair } from './images.js';
import { type PairSide, pairOf } from './inspect.js';
import { checkPrefix } from './prefix.js';
import type { Watched } from './watched.js';

export const GROUPS_MAX = 4;
/** Groups that are asked for. */
const ASKED = 0;
const HEADER = 1;
/** By group: array (+ 1) that is asked to take it over; 1: all its pairs were in PAIR there when they last were targets. */
const BY = 0;
const WHOLE = 1;
const GROUP_WORDS = 2;

export class GroupTakeovers {
  static readonly words = HEADER + GROUPS_MAX * GROUP_WORDS;
  readonly #sim: Watched;
  readonly #m: Int32Array;
  readonly #at: number;

  /** Errors: RangeError for more groups than fit. */
  constructor(sim: Watched, region: Region) {
    if (sim.groups.length > GROUPS_MAX)
      throw new RangeError(
        `rig ${sim.rig.name} has ${sim.groups.length} journal groups; at most ${GROUPS_MAX} fit a simulation`,
      );
    this.#sim = sim;
    this.#m = region.m;
    this.#at = region.at;
  }

  /** All images that an array takes over with this one. */
  together(image: number, array: number): readonly number[] {
    return this.#sim.groups[this.#groupOf(image, array)]?.images ?? [image];
  }

  asked(image: number, array: number): void {
    const g = this.#groupOf(image, array);
    if (g < 0) return;
    if (this.#get(g, BY) === 0) this.#m[this.#at + ASKED] = (this.#m[this.#at + ASKED] as number) + 1;
    this.#set(g, BY, array + 1);
    this.#set(g, WHOLE, 0);
    this.#look(g);
  }

  /** Is a look before every step wanted? */
  get watching(): boolean {
    return this.#m[this.#at + ASKED] !== 0;
  }

  watch(): void {
    for (const g of this.#sim.groups.keys()) if (this.#get(g, BY) !== 0) this.#look(g);
  }

  answered(image: number, array: number): void {
    const g = this.#groupOf(image, array);
    if (g < 0 || this.#get(g, BY) === 0) return;
    this.#look(g);
    this.#set(g, BY, 0);
    this.#m[this.#at + ASKED] = (this.#m[this.#at + ASKED] as number) - 1;
  }

  #look(g: number): void {
    const group = this.#sim.groups[g] as SimGroup;
    const array = this.#get(g, BY) - 1;
    const sides = group.pairs.map((pair) => this.#side(array, pair));
    if (sides.every(({ role }) => role === PAIR_ROLE.TARGET)) {
      this.#set(g, WHOLE, sides.every(({ state }) => state === PAIR_STATE.PAIR) ? 1 : 0);
      return;
    }
    if (this.#get(g, WHOLE) === 0 || sides.every(({ role }) => role !== PAIR_ROLE.SOURCE)) return;
    this.#set(g, WHOLE, 0);
    checkPrefix(this.#sim, group, array);
    this.#sim.groupTaken?.(group, array);
  }

  /** The group by which an array has the image of another one, or gives it to that. */
  #groupOf(image: number, array: number): number {
    const volume = this.#sim.images[image]?.volumes[array];
    return this.#sim.groups.findIndex(({ pairs }) =>
      pairs.some((pair) => pair.image === image && pair.records[array] === volume),
    );
  }

  #side(array: number, { records }: SimPair): PairSide {
    return pairOf(this.#sim.world.arrays[array] as ArrayMachine, records[array] as number);
  }

  #get(g: number, word: number): number {
    return this.#m[this.#at + HEADER + g * GROUP_WORDS + word] as number;
  }

  #set(g: number, word: number, value: number): void {
    this.#m[this.#at + HEADER + g * GROUP_WORDS + word] = value;
  }
}
