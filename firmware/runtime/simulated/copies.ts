/**
 * Where an acknowledged write must be: what "stored" and "domino" promise, looked at when the status comes; and whether a
 * domino pair still keeps its promise of two copies, for whoever takes it over.
 */
import { TORN } from '../../../adapters/channel/workload/hosts.js';
import { PAIR_MODE, PAIR_ROLE, PAIR_STATE } from '../../memory/constants.js';
import type { Region } from '../../ports/schedule.js';
import type { ArrayMachine } from '../machine/array.js';
import type { Watched } from './checks.js';
import { otherSide, type SimImage } from './images.js';
import {
  blockValue,
  onDrive,
  onStableDrive,
  type PairSide,
  pairOf,
  slotMap,
  UNREADABLE,
  underneath,
  valueName,
} from './inspect.js';

/** Words of an image. */
export const COPIES_WORDS = 2;
/** Of a domino pair: the last moment at which a write may have begun for one copy. */
const ALONE = 0;
/** Was such a write acknowledged since the pair was last in PAIR? */
const ONE_COPY = 1;

export class Copies {
  readonly #sim: Watched;
  readonly #m: Int32Array;
  readonly #at: number;

  constructor(sim: Watched, region: Region) {
    this.#sim = sim;
    this.#m = region.m;
    this.#at = region.at;
  }

  /** A write that began at the moment `issued` has its good status from the array that serves. */
  acknowledged(index: number, array: number, lba: number, sectors: number, issued: number): void {
    const image = this.#image(index);
    if (!image.paired || (this.#modeOf(index) & (PAIR_MODE.STORED | PAIR_MODE.DOMINO)) === 0) return;
    const source = this.#pair(array, index);
    const other = otherSide(image, array);
    const target = this.#pair(other, index);
    const knows = target.known === source.identity && !target.stale;
    if (source.mode & PAIR_MODE.STORED && source.state === PAIR_STATE.PAIR && target.role === PAIR_ROLE.TARGET && knows)
      this.#check(index, array, lba, sectors, 'the drive of ', (b, block) => {
        const { world } = this.#sim;
        const volume = image.volumes[other] as number;
        // Written and lost since: the drive cannot tell.
        const now = onDrive(world, other, volume, b, block);
        return now === UNREADABLE ? now : onStableDrive(world, other, volume, b, block);
      });
    if ((source.mode & PAIR_MODE.DOMINO) === 0) return;
    this.look(index, array);
    if (issued <= this.#get(index, ALONE)) this.hasOne(index);
    else if (knows) {
      const map = slotMap(this.#sim.world.arrays[other] as ArrayMachine);
      this.#check(index, array, lba, sectors, '', (b, block) =>
        blockValue(this.#sim.world, other, image.volumes[other] as number, b, block, map),
      );
    }
  }

  /** An operator told one of the arrays something, or was answered: one may serve alone from now on. */
  told(index: number): void {
    this.#set(index, ALONE, this.#sim.oracle.moment());
  }

  /** Does the array that serves do so alone; has the other one everything again? */
  look(index: number, serves: number): void {
    if ((this.#modeOf(index) & PAIR_MODE.DOMINO) === 0) return;
    const { state, identity } = this.#pair(serves, index);
    if (state === PAIR_STATE.SMPL || state === PAIR_STATE.SSWS) this.told(index);
    const other = this.#pair(otherSide(this.#image(index), serves), index);
    if (state === PAIR_STATE.PAIR && other.known === identity && !other.stale) this.#set(index, ONE_COPY, 0);
  }

  /** A write was acknowledged, or may have been, that one copy has; or the other copy is lost. */
  hasOne(index: number): void {
    this.#set(index, ONE_COPY, 1);
  }

  /** A domino pair promises in every state what others promise in PAIR, while no write is acknowledged for one copy. */
  isWhole(index: number, from: number, to: number): boolean {
    this.look(index, from);
    const source = this.#pair(from, index);
    if ((source.mode & PAIR_MODE.DOMINO) === 0 || this.#get(index, ONE_COPY) !== 0) return false;
    const target = this.#pair(to, index);
    return target.known === source.identity && !target.stale;
  }

  /**
   * An array takes over, from one whose own copy may be lost. With a promise: every acknowledged write is there, in the
   * primary's order. Without: what is there is what may be.
   */
  handedOver(index: number, from: number, to: number, promised: boolean, isLost: boolean): void {
    const { world, oracle, rig } = this.#sim;
    const image = this.#image(index);
    const maps = world.arrays.map(slotMap);
    const held = (array: number, lba: number): number =>
      blockValue(world, array, image.volumes[array] as number, lba, image.firstBlock + lba, maps[array]);
    for (let lba = 0; lba < image.blocks; lba++) {
      const block = image.firstBlock + lba;
      const value = held(to, lba);
      const say = (what: string): void =>
        this.#sim.violate(`takeover of ${image.name} by ${rig.arrays[to]?.name}: block ${lba} ${what}`);
      if (value === UNREADABLE) {
        const found = promised ? TORN : underneath(world, to, image.volumes[to] as number, lba, block);
        if (found !== TORN) oracle.allow(block, found);
        continue;
      }
      if (value === TORN) say('is torn');
      else if (!promised) oracle.settle(block, value);
      else if (!oracle.allows(block, value, Number.MAX_SAFE_INTEGER))
        say(`holds ${valueName(value)}; it may hold ${oracle.possible(block)}`);
      else {
        // Of two acknowledged writes that were under way together, the one that the primary has last, if it is still there.
        const last = isLost ? value : held(from, lba);
        if (last === UNREADABLE) continue;
        const both = oracle.acknowledged(block, last) && oracle.acknowledged(block, value);
        if (last !== value && both) say(`holds ${valueName(value)}; the primary ordered ${valueName(last)} after it`);
      }
    }
  }

  /** The other array has, in the place that `held` looks at, what a host may read now. */
  #check(
    index: number,
    array: number,
    lba: number,
    sectors: number,
    place: string,
    held: (lba: number, block: number) => number,
  ): void {
    const { oracle, rig } = this.#sim;
    const { name, firstBlock } = this.#image(index);
    const other = rig.arrays[otherSide(this.#image(index), array)];
    for (let b = lba; b < lba + sectors; b++) {
      const value = held(b, firstBlock + b);
      if (value === UNREADABLE || oracle.allows(firstBlock + b, value, Number.MAX_SAFE_INTEGER)) continue;
      this.#sim.violate(
        `${name} block ${b} has its status, and ${place}${other?.name} holds ${valueName(value)}; it may hold ${oracle.possible(firstBlock + b)}`,
      );
      return;
    }
  }

  /** As the rig has it: no pair's changes while it runs. 0: no pair. */
  #modeOf(index: number): number {
    const { source, volumes } = this.#image(index);
    return this.#sim.rig.arrays[source]?.volumes[volumes[source] as number]?.pair?.mode ?? 0;
  }

  #image(index: number): SimImage {
    return this.#sim.images[index] as SimImage;
  }

  #pair(array: number, index: number): PairSide {
    return pairOf(this.#sim.world.arrays[array] as ArrayMachine, this.#image(index).volumes[array] as number);
  }

  #get(index: number, word: number): number {
    return this.#m[this.#at + index * COPIES_WORDS + word] as number;
  }

  #set(index: number, word: number, value: number): void {
    this.#m[this.#at + index * COPIES_WORDS + word] = value;
  }
}
