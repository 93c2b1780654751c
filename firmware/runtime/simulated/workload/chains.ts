/**
 * Dependent writes: chains in which each write is issued when the one before has its status. A write bears its number, in
 * the mark of its sectors. So a copy tells by itself whether it is a prefix: where it holds write n, it holds each write
 * before it, or what was written over that one. Each chain has places of its own, and goes round them.
 *
 * Checked whenever a takeover would be promised, of the copy that would serve: over all volumes of which that holds
 * together; of a journal group, when it is taken over. A copy taken over without a promise begins anew: what it held before counts no more.
 */
import { MARK_AT } from '../../../../adapters/channel/workload/hosts.js';
import { PAIR_MODE, PAIR_ROLE, PAIR_STATE } from '../../../memory/constants.js';
import type { Region } from '../../../ports/schedule.js';
import type { ArrayMachine } from '../../machine/array.js';
import type { Watched } from '../checks.js';
import { otherSide, type SimImage } from '../images.js';
import { pairOf, sectorWords, slotMap } from '../inspect.js';
import type { Space } from './space.js';

/** Chains of a workload at most; a mark has the chain's number in its upper eight bits, the write's in the lower. */
export const CHAINS_MAX = 32;
const NUMBER_BITS = 24;
const NUMBERS = 1 << NUMBER_BITS;
/** Places of a chain at most: a look at a copy reads them all. */
const PLACES_MOST = 256;

const ISSUED = 0;
const ACKED = 1;
/** Writes before this one are not looked for. */
const FROM = 2;
const CHAIN_WORDS = 4;
/** A sector whose copy cannot be read just now. */
const NOT_KNOWN = -1;

export const markOf = (chain: number, number: number): number => chain * NUMBERS + number;
const chainOf = (mark: number): number => mark >>> NUMBER_BITS;
const numberOf = (mark: number): number => mark & (NUMBERS - 1);

export class Chains {
  static readonly words = CHAINS_MAX * CHAIN_WORDS;
  /** Of each write. */
  readonly sectors: number;
  readonly #sim: Watched;
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #space: Space;
  readonly #chains: number;
  readonly #places: number;
  /** From one place of a chain to the next, in sectors. */
  readonly #spacing: number;
  readonly #stride: number;

  /** Errors: RangeError for more chains, or volumes that are too small or not made of whole writes. */
  constructor(sim: Watched, region: Region, space: Space, chains: number, sectors: number) {
    this.#sim = sim;
    this.#m = region.m;
    this.#at = region.at;
    this.#space = space;
    this.#chains = chains;
    this.sectors = sectors;
    const all = Math.floor(space.sectors / sectors / chains);
    this.#places = Math.min(all, PLACES_MOST);
    this.#spacing = Math.floor(all / this.#places) * sectors;
    this.#stride = Math.max(1, Math.floor((this.#places * 5) / 8));
    while (divisor(this.#stride, this.#places) !== 1) this.#stride++;
    const odd = space.places.find((p) => p.sectors % sectors !== 0);
    if (chains > CHAINS_MAX || this.#places < 2 || odd)
      throw new RangeError(
        `${chains} chains of dependent writes of ${sectors} sectors on ${space.sectors} sectors: at most ${CHAINS_MAX} chains, two places for each, and volumes of whole writes are wanted`,
      );
  }

  format(): void {
    this.#m.fill(0, this.#at, this.#at + Chains.words);
    for (let c = 0; c < this.#chains; c++) this.#set(c, FROM, 1);
  }

  /** The write with this mark is issued, for the first time or again; where it goes, in the space. */
  issue(mark: number): number {
    this.#set(chainOf(mark), ISSUED, numberOf(mark));
    return this.#place(chainOf(mark), numberOf(mark));
  }

  acknowledged(mark: number): void {
    this.#set(chainOf(mark), ACKED, numberOf(mark));
  }

  /** Now, at the copies that operators may rely on. */
  check(): void {
    const sides = this.#sim.images.map((_, i) => this.#promising(i));
    for (let array = 0; array < this.#sim.rig.arrays.length; array++) {
      if (sides.includes(array)) this.#checkAt(array, (image) => sides[image] === array);
    }
  }

  handedOver(image: number, to: number, promised: boolean): void {
    if (!this.#space.places.some((p) => p.image === image)) return;
    if (promised) this.#checkAt(to, (i) => i === image);
    else for (let c = 0; c < this.#chains; c++) this.#set(c, FROM, this.#get(c, ISSUED) + 1);
  }

  /** An array becomes the source of these images, which it had in PAIR, all together. */
  groupTaken(images: readonly number[], to: number): void {
    if (this.#space.places.some((p) => images.includes(p.image))) this.#checkAt(to, (i) => images.includes(i));
  }

  /** The array that would take an image over, if that were promised to lose nothing; −1: it is not. */
  #promising(index: number): number {
    const image = this.#sim.images[index] as SimImage;
    // Between two entries of a journal that are restored, its copy is none: nobody reads it before a takeover.
    if (!image.paired || this.#sim.groups.some(({ images }) => images.includes(index))) return -1;
    const serves = this.#sim.authority(index);
    const other = otherSide(image, serves);
    const [near, far] = [serves, other].map((a) =>
      pairOf(this.#sim.world.arrays[a] as ArrayMachine, image.volumes[a] as number),
    );
    if (!near || !far || near.role !== PAIR_ROLE.SOURCE || near.state !== PAIR_STATE.PAIR) return -1;
    const knows = far.role === PAIR_ROLE.TARGET && far.known === near.identity && !far.stale;
    return knows && (near.mode & PAIR_MODE.POINT_IN_TIME) === 0 ? other : -1;
  }

  #checkAt(array: number, has: (image: number) => boolean): void {
    const map = slotMap(this.#sim.world.arrays[array] as ArrayMachine);
    for (let c = 0; c < this.#chains; c++) {
      const found = new Int32Array(this.#places * this.sectors).fill(NOT_KNOWN);
      let last = this.#get(c, FROM) - 1;
      for (let n = 0; n < this.#places; n++) {
        this.#space.find(this.#place(c, n), this.sectors);
        const { image, lba } = this.#space;
        if (!has(image)) continue;
        for (let s = 0; s < this.sectors; s++) {
          const number = this.#numberAt(array, image, lba + s, c, map);
          found[this.#index(n) * this.sectors + s] = number;
          if (number > last) last = number;
        }
      }
      this.#checkPrefix(array, c, last, found);
    }
  }

  /** @param last the newest write that is there; `found` by place and sector: numbers of the writes. */
  #checkPrefix(array: number, c: number, last: number, found: Int32Array): void {
    const name = this.#sim.rig.arrays[array]?.name;
    const say = (text: string): void => this.#sim.violate(`dependent writes, chain ${c}: ${name} holds ${text}`);
    const issued = this.#get(c, ISSUED);
    if (last > issued) say(`write ${last}, and ${issued} was the last that was issued`);
    const oldest = Math.max(this.#get(c, FROM), last - this.#places + 1);
    for (let n = last; n >= oldest; n--) {
      // The last one may be there in part while it has no status.
      if (n === last && n > this.#get(c, ACKED)) continue;
      for (let s = 0; s < this.sectors; s++) {
        const number = found[this.#index(n) * this.sectors + s] as number;
        if (number === n || number === NOT_KNOWN) continue;
        this.#space.find(this.#place(c, n), this.sectors);
        const { place, lba } = this.#space;
        say(
          `write ${last} and not write ${n}, which had its status before ${n + 1} was issued: ${this.#space.places[place]?.name} block ${lba + s} has ${number === 0 ? 'none' : `write ${number}`}`,
        );
        return;
      }
    }
  }

  /** Number of the chain's write that a sector of a copy holds; 0: none. */
  #numberAt(array: number, index: number, lba: number, chain: number, map: Int32Array): number {
    const image = this.#sim.images[index] as SimImage;
    const volume = image.volumes[array] as number;
    const words = sectorWords(this.#sim.world, array, volume, lba, map);
    if (words === undefined) return NOT_KNOWN;
    const mark = words[MARK_AT] as number;
    return chainOf(mark) === chain ? numberOf(mark) : 0;
  }

  /** Where write n of a chain goes, in the space. */
  #place(chain: number, n: number): number {
    return this.#index(n) * this.#chains * this.#spacing + chain * this.#spacing;
  }

  /** Neighbours in the chain are none on the volumes. */
  #index(n: number): number {
    return (n * this.#stride) % this.#places;
  }

  #get(chain: number, word: number): number {
    return this.#m[this.#at + chain * CHAIN_WORDS + word] as number;
  }

  #set(chain: number, word: number, value: number): void {
    this.#m[this.#at + chain * CHAIN_WORDS + word] = value;
  }
}

/** Greatest number that divides both. */
function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
