/**
 * Which arrays each link of a rig joins, and how each of the two numbers its wires: an array's trunk to the other one, how
 * often the link was joined, and the link's number within the trunk (`TRUNK_SHIFT`). Outside, links have the numbers of the rig.
 */
import { LINKS_MAX, TRUNK_SHIFT, TRUNKS_MAX } from '../../../firmware/memory/constants.js';

/** Positions of two arrays in the rig, in its order. */
export type Between = readonly [number, number];

/** The number of each link within its trunk: it counts those before it between the same two arrays. */
export const numbersInTrunks = (links: readonly { readonly between: Between }[]): number[] =>
  links.map(({ between: [a, b] }, i) => links.slice(0, i).filter(({ between }) => is(between, a, b)).length);

const is = (between: Between, a: number, b: number): boolean => between.includes(a) && between.includes(b);

export class LinkPlaces {
  /** By link, two each. */
  readonly #arrays: Int8Array;
  /** Trunk and number of a link as an end writes them into a wire's number; by link, two each. */
  readonly #names: Int32Array;
  /** By array, trunk and number within it: the link; −1: none. */
  readonly #links: Int8Array;

  /**
   * @param trunks by array: `ArrayConfig.trunks`.
   * Errors: RangeError for more links between two arrays than a trunk has.
   */
  constructor(links: readonly { readonly between: Between }[], trunks: readonly (readonly number[] | undefined)[]) {
    this.#arrays = Int8Array.from(links.flatMap(({ between }) => between));
    this.#names = new Int32Array(links.length * 2);
    this.#links = new Int8Array(trunks.length * TRUNKS_MAX * LINKS_MAX).fill(-1);
    for (const [link, number] of numbersInTrunks(links).entries()) {
      if (number >= LINKS_MAX) throw new RangeError(`more than ${LINKS_MAX} links are between two simulated arrays`);
      for (let side = 0; side < 2; side++) {
        const array = this.array(link, side);
        // An array that says nothing of trunks has one.
        const trunk = Math.max(0, trunks[array]?.indexOf(this.array(link, 1 - side)) ?? 0);
        this.#names[link * 2 + side] = (trunk << TRUNK_SHIFT) | number;
        this.#links[(array * TRUNKS_MAX + trunk) * LINKS_MAX + number] = link;
      }
    }
  }

  /** The array at an end (0 or 1) of a link. */
  array(link: number, side: number): number {
    return this.#arrays[link * 2 + side] as number;
  }

  /** Which end of a link an array is; −1: none. */
  side(link: number, array: number): number {
    return this.#arrays[link * 2] === array ? 0 : this.#arrays[link * 2 + 1] === array ? 1 : -1;
  }

  /** How an end of a link calls its wire, when it was joined so many times. */
  wire(link: number, side: number, times: number): number {
    return (this.#names[link * 2 + side] as number) + times * LINKS_MAX;
  }

  /** The link of a wire that an array names; −1: it has none there. */
  link(array: number, wire: number): number {
    const trunk = wire >>> TRUNK_SHIFT;
    if (trunk >= TRUNKS_MAX) return -1;
    return this.#links[(array * TRUNKS_MAX + trunk) * LINKS_MAX + (wire & (LINKS_MAX - 1))] as number;
  }
}
