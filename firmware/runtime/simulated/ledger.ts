/**
 * What hosts issued and got, written into the oracle; and who serves each image. The oracle counts only what goes to the
 * side that serves. When an operator lets the other side serve, what it may hold depends on what the pair promised.
 */
import { SCSI_OP } from '../../../adapters/channel/workload/scsi-cdbs.js';
import { leftNothing } from '../../../adapters/channel/workload/scsi-hosts.js';
import { COMMAND_OP, PAIR_MODE, PAIR_ROLE, PAIR_STATE, RESULT } from '../../memory/constants.js';
import type { Region } from '../../ports/schedule.js';
import type { ArrayConfig } from '../machine/array.js';
import type { Watched } from './checks.js';
import { COPIES_WORDS, Copies } from './copies.js';
import { GroupTakeovers } from './group-takeovers.js';
import { otherSide, type SimImage } from './images.js';
import { blockValue, pairOf, valueName } from './inspect.js';
import { checkCompared } from './scsi/compared.js';
import { hostsOf } from './world-plan.js';

export const IMAGES_MAX = 8;
/**
 * By image: who serves hosts; the moment since when; array (+ 1) that is asked to take over; was it PAIR when that was
 * asked; was it PAIR when the array that serves was replaced (0: it was not replaced since it serves); was the takeover
 * asked for with force. Behind them, what the copies need.
 */
const AUTHORITY = 0;
const SINCE = IMAGES_MAX;
const ASKED = 2 * IMAGES_MAX;
const WAS_PAIR = 3 * IMAGES_MAX;
const REPLACED = 4 * IMAGES_MAX;
const IN_PAIR = 1;
const NOT_IN_PAIR = 2;
const FORCED = 5 * IMAGES_MAX;
const COPIES = 6 * IMAGES_MAX;
const GROUPS = COPIES + COPIES_WORDS * IMAGES_MAX;
export const LEDGER_WORDS = GROUPS + GroupTakeovers.words;

/** What blocks hold when a command has changed them. */
const valueAfter = (op: number, id: number): number =>
  op === COMMAND_OP.OP_ZERO || op === COMMAND_OP.OP_TRIM ? 0 : id;

export class Ledger {
  readonly #sim: Watched;
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #copies: Copies;
  readonly #groups: GroupTakeovers;

  constructor(sim: Watched, region: Region) {
    if (sim.images.length > IMAGES_MAX)
      throw new RangeError(`rig ${sim.rig.name} has ${sim.images.length} images; at most ${IMAGES_MAX} fit`);
    this.#sim = sim;
    this.#m = region.m;
    this.#at = region.at;
    this.#copies = new Copies(sim, { m: region.m, at: region.at + COPIES });
    this.#groups = new GroupTakeovers(sim, { m: region.m, at: region.at + GROUPS });
  }

  format(): void {
    for (const [i, image] of this.#sim.images.entries()) this.#set(AUTHORITY + i, image.source);
  }

  /** An operator told one of the arrays something about the image, or was answered. */
  told(image: number): void {
    this.#copies.told(image);
  }

  /** Before each step. */
  watch(): void {
    if (this.#groups.watching) this.#groups.watch();
  }

  authority(image: number): number {
    return this.#get(AUTHORITY + image);
  }

  /** An operator asked for a takeover, which is not decided yet: hosts of the image wait. */
  undecided(image: number): boolean {
    return this.#get(ASKED + image) !== 0;
  }

  imageAt(array: number, volume: number): number {
    const home = this.#sim.rig.arrays[array]?.volumes[volume]?.of ?? volume;
    return this.#sim.images.findIndex((i) => i.volumes[array] === home);
  }

  /** A host begins a command; the id of its write, 0 for a read. */
  begin(array: number, host: number, op: number, volume: number, lba: number, sectors: number, mark = 0): number {
    const { world, oracle, rig } = this.#sim;
    const hosts = world.hosts[array];
    if (!hosts || hosts.busy(host))
      throw new RangeError(`host ${host} of array ${rig.arrays[array]?.name} has a command under way`);
    const index = this.imageAt(array, volume);
    const { firstBlock } = this.#image(index);
    let issued = oracle.moment();
    let id = 0;
    this.#copies.look(index, this.authority(index));
    if (op !== COMMAND_OP.OP_READ) {
      id = oracle.newWrite();
      if (this.authority(index) === array) oracle.issued(id, valueAfter(op, id), firstBlock + lba, sectors, issued);
      else issued = -issued; // tried at the side that does not serve: the oracle does not count it
    } else oracle.reads();
    hosts.start(host, op, volume, lba, sectors, id, issued, firstBlock, mark);
    return id;
  }

  /** A command got its status. */
  ended(array: number, host: number): void {
    const { world, oracle } = this.#sim;
    const hosts = world.hosts[array];
    if (!hosts) return;
    const v = hosts.look(host);
    const index = this.imageAt(array, v.volume);
    const image = this.#image(index);
    const counts = this.authority(index) === array && v.issued > this.#get(SINCE + index);
    const good = v.status === RESULT.OK;
    const moment = oracle.moment();
    if (v.op === COMMAND_OP.OP_READ) {
      oracle.readEnded();
      for (let i = 0; counts && good && i < v.sectors; i++) {
        const block = image.firstBlock + v.lba + i;
        if (oracle.allows(block, hosts.value(host, i), v.issued)) continue;
        this.#sim.violate(
          `a read of ${image.name} block ${v.lba + i} gave ${valueName(hosts.value(host, i))}; it may hold ${oracle.possible(block)}`,
        );
      }
      return;
    }
    if (counts && leftNothing(v.status)) oracle.undone(v.id, image.firstBlock + v.lba, v.sectors);
    if (counts && v.op === SCSI_OP.COMPARE_WRITE) checkCompared(this.#sim, array, host, image.firstBlock + v.lba);
    if (counts && !leftNothing(v.status)) {
      oracle.ended(v.id, image.firstBlock + v.lba, v.sectors, moment, good);
      if (good) this.#copies.acknowledged(index, array, v.lba, v.sectors, v.issued);
      if (good && this.#isGrouped(index)) this.#ordered(array, index, v.lba, v.sectors, moment);
      // PAIR was left while a takeover was asked for, and this may be on one side only.
      if (good && image.paired && this.#pair(array, index).state !== PAIR_STATE.PAIR) this.#set(WAS_PAIR + index, 0);
    }
    if (counts || !good) return;
    const { role } = this.#pair(array, index);
    if (this.#get(ASKED + index) === array + 1 && role === PAIR_ROLE.SOURCE) {
      // It took over just now, and its answer to the operator is on its way.
      this.#count(array, host, index);
      oracle.ended(v.id, image.firstBlock + v.lba, v.sectors, oracle.moment(), true);
      this.#copies.hasOne(index);
    } else if (v.issued < 0 && role === PAIR_ROLE.TARGET) {
      this.#sim.violate(
        `${image.name}: the write-disabled side ${this.#sim.rig.arrays[array]?.name} took a host write`,
      );
    }
  }

  /** An operator asks an array to take over: all of a journal group. */
  asked(image: number, array: number, force: boolean): void {
    for (const i of this.#groups.together(image, array)) {
      this.#copies.told(i);
      this.#set(ASKED + i, array + 1);
      this.#set(FORCED + i, force ? 1 : 0);
      this.#set(WAS_PAIR + i, this.#pair(this.authority(i), i).state === PAIR_STATE.PAIR ? 1 : 0);
    }
    this.#groups.asked(image, array);
  }

  /** It answered. */
  answered(image: number, array: number, result: number): void {
    this.#groups.answered(image, array);
    const together = this.#groups.together(image, array);
    // A group changes sides as one: what power interrupted in the middle goes on when it is back.
    const isTaken =
      result === RESULT.OK &&
      (!this.#isGrouped(image) || together.some((i) => this.#pair(array, i).role === PAIR_ROLE.SOURCE));
    for (const i of together) {
      this.#copies.told(i);
      this.#set(ASKED + i, 0);
      // An array that was replaced and is told to serve all the same: its zeroes are the data from now on.
      if (isTaken && (this.authority(i) !== array || this.orphaned(i))) this.#handOver(i, this.authority(i), array);
    }
  }

  /**
   * Another array is about to stand in the place of this one, which has lost power: what only it had is lost, but what
   * `kept` says of a block.
   */
  replaced(array: number, kept: (image: number, lba: number) => number = () => 0): void {
    for (const [i, image] of this.#sim.images.entries()) {
      if (!image.sides.includes(array)) continue;
      if (this.authority(i) !== array || this.orphaned(i)) {
        this.#copies.hasOne(i);
        if (this.orphaned(i)) this.#set(REPLACED + i, NOT_IN_PAIR);
        continue;
      }
      const { state } = this.#pair(array, i);
      if (!image.paired || state === PAIR_STATE.SMPL) {
        for (let b = 0; b < image.blocks; b++) this.#sim.oracle.settle(image.firstBlock + b, kept(i, b));
        continue;
      }
      const other = otherSide(image, array);
      const isWhole = state === PAIR_STATE.PAIR || this.#copies.isWhole(i, array, other);
      this.#set(REPLACED + i, isWhole ? IN_PAIR : NOT_IN_PAIR);
      // It had taken over, and the other side never heard of it: that one goes on, unless a list on a drive knows better.
      const isListed = (this.#pair(array, i).mode & PAIR_MODE.LISTED) !== 0;
      if (!isListed && this.#pair(other, i).role === PAIR_ROLE.SOURCE) this.#handOver(i, array, other);
    }
  }

  /** An array that lost its battery memory has booted: what its lists say must be so. */
  recalled(array: number): void {
    for (const [i, image] of this.#sim.images.entries()) {
      if (!image.paired || !this.orphaned(i) || this.authority(i) !== array) continue;
      const { role, state, identity } = this.#pair(array, i);
      const there = otherSide(image, array);
      const other = this.#pair(there, i);
      if (state === PAIR_STATE.PAIR && other.known === identity && !other.stale) this.#set(REPLACED + i, IN_PAIR);
      // No host had written since it took over.
      if (role !== PAIR_ROLE.SOURCE && other.role === PAIR_ROLE.SOURCE) this.#handOver(i, array, there);
    }
  }

  /** The array that serves the image was replaced: an operator must let the other side serve. */
  orphaned(image: number): boolean {
    return this.#get(REPLACED + image) !== 0;
  }

  /** An array lost power: its hosts' commands never end, and neither does what an operator asked of it. */
  powerLost(array: number): void {
    for (let i = 0; i < this.#sim.images.length; i++) {
      if (this.#get(ASKED + i) !== array + 1) continue;
      // Whether it took over before its answer was lost stands in its battery memory.
      const hasTaken = this.#groups.together(i, array).some((one) => this.#pair(array, one).role === PAIR_ROLE.SOURCE);
      this.answered(i, array, hasTaken ? RESULT.OK : RESULT.NOT_READY);
    }
    for (let h = 0; h < hostsOf(this.#sim.rig.arrays[array] as ArrayConfig); h++) {
      const hosts = this.#sim.world.hosts[array];
      if (!hosts?.busy(h)) continue;
      if (hosts.look(h).op === COMMAND_OP.OP_READ) this.#sim.oracle.readEnded();
      else this.#withdraw(array, h, this.#sim.oracle.moment());
    }
  }

  /** Of writes that were under way together, the one that the primary has is ordered last: its copy must have them so, too. */
  #ordered(array: number, index: number, lba: number, sectors: number, moment: number): void {
    const { oracle, world } = this.#sim;
    const { firstBlock, volumes } = this.#image(index);
    for (let b = lba; b < lba + sectors; b++) {
      if (!oracle.hasRivals(firstBlock + b)) continue;
      const value = blockValue(world, array, volumes[array] as number, b, firstBlock + b);
      oracle.ordered(firstBlock + b, value, moment);
    }
  }

  /**
   * A write that began when the side did not serve, or before it last ceased to, counts from now on: it waited in the
   * array, and the side serves now.
   */
  #count(array: number, host: number, index: number): void {
    const { oracle } = this.#sim;
    const hosts = this.#sim.world.hosts[array];
    const v = hosts?.look(host);
    if (!hosts || !v || v.op === COMMAND_OP.OP_READ) return;
    const moment = oracle.moment();
    hosts.issuedAt(host, moment);
    oracle.issued(v.id, valueAfter(v.op, v.id), this.#image(index).firstBlock + v.lba, v.sectors, moment);
  }

  /** A host's write will get no status that counts: it is in or out from now on. */
  #withdraw(array: number, host: number, moment: number): void {
    const v = this.#sim.world.hosts[array]?.look(host);
    if (!v || v.op === COMMAND_OP.OP_READ) return;
    const index = this.imageAt(array, v.volume);
    if (this.authority(index) !== array || v.issued <= this.#get(SINCE + index)) return;
    this.#sim.oracle.ended(v.id, this.#image(index).firstBlock + v.lba, v.sectors, moment, false);
  }

  /** Hosts of the image that have a command under way at an array. */
  #atWork(array: number, index: number, what: (host: number) => void): void {
    const hosts = this.#sim.world.hosts[array];
    for (let h = 0; h < hostsOf(this.#sim.rig.arrays[array] as ArrayConfig); h++) {
      if (hosts?.look(h).busy && this.imageAt(array, hosts.view.volume) === index) what(h);
    }
  }

  #handOver(index: number, from: number, to: number): void {
    const { oracle } = this.#sim;
    const moment = oracle.moment();
    this.#atWork(from, index, (h) => this.#withdraw(from, h, moment));
    const old = this.#pair(from, index);
    const replaced = this.#get(REPLACED + index);
    // Of a journal group what is still under way may be lost, if the takeover was forced: `GroupTakeovers` looks at what is there.
    const isOrdered = this.#isGrouped(index) && (replaced !== 0 || this.#get(FORCED + index) !== 0);
    const promised = isOrdered
      ? false
      : replaced
        ? replaced === IN_PAIR && from !== to
        : this.#get(FORCED + index) === 0 ||
          this.#copies.isWhole(index, from, to) ||
          (this.#get(WAS_PAIR + index) !== 0 &&
            this.#pair(to, index).known === old.identity &&
            !this.#pair(to, index).stale &&
            (old.state === PAIR_STATE.PAIR || old.role === PAIR_ROLE.TARGET));
    // What was tried at the new side counts from now on; without a promise, only beside what it is found to hold.
    if (promised) this.#atWork(to, index, (h) => this.#count(to, h, index));
    this.#copies.handedOver(index, from, to, promised, this.orphaned(index));
    this.#sim.handedOver?.(index, to, promised);
    this.#set(AUTHORITY + index, to);
    this.#set(SINCE + index, moment);
    this.#set(REPLACED + index, 0);
    if (promised) return;
    this.#copies.hasOne(index);
    this.#atWork(to, index, (h) => this.#count(to, h, index));
  }

  #isGrouped(index: number): boolean {
    return this.#sim.groups.some(({ images }) => images.includes(index));
  }

  #image(index: number): SimImage {
    return this.#sim.images[index] as SimImage;
  }

  #pair(array: number, index: number): ReturnType<typeof pairOf> {
    const machine = this.#sim.world.arrays[array];
    if (!machine) throw new RangeError(`there is no array ${array}`);
    return pairOf(machine, this.#image(index).volumes[array] as number);
  }

  #get(word: number): number {
    return this.#m[this.#at + word] as number;
  }

  #set(word: number, value: number): void {
    this.#m[this.#at + word] = value;
  }
}
