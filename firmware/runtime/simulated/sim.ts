/**
 * A world with hosts, faults and the oracle: what `arraylab sim`, the scenarios and the storm run on. The oracle knows
 * what a host and a peer can see; for the invariants of the flags it also looks at the tables.
 */
import { TORN } from '../../../adapters/channel/workload/hosts.js';
import { COMMAND_OP, PAIR_ROLE, PAIR_STATE, RESULT } from '../../memory/constants.js';
import { KIND } from '../../ports/messages.js';
import { EVENT } from '../../ports/schedule.js';
import type { ArrayConfig, ArrayMachine, Images } from '../machine/array.js';
import { checkAtRest, checkDrives, checkFlags, type Watched, whatIsStuck } from './checks.js';
import { imagesOf, type SimImage } from './images.js';
import { blockValue, pairOf, roleName, slotMap, stateName, trackFlags, valueName } from './inspect.js';
import { Oracle } from './oracle.js';
import { type Watcher, World } from './world.js';
import { type Buffers, hostsOf, makeBuffers, type SimRig } from './world-plan.js';

/** Words of the script's own state, before the oracle's. */
const SCRIPT_WORDS = 64;
/** Virtual time (µs) until which hosts work by themselves. */
const AUTO_UNTIL = 0;
const WRITES_DONE = 1;
const READS_DONE = 2;
const REFUSED_DONE = 3;
/** Chance that a host's command is a read, of 16. */
const READS_OF_16 = 4;
const BOOTED = 5;
/** Sectors of a host's command at most. */
const SECTORS_MOST = 6;
/** By image: who serves hosts, since when, frozen for a takeover, was it PAIR when that was asked. */
const AUTHORITY = 8;
const SINCE = 16;
const FROZEN = 24;
const WAS_PAIR = 32;
/** Answers to operator commands: result, a, b; by token − FIRST_TOKEN. */
const ANSWERS = 40;
const TAKEOVER_TOKEN = 100;
const OPERATOR_TOKEN = 50;
const NO_ANSWER = -1;

export interface Violation {
  readonly text: string;
  readonly time_us: number;
}

/** What hosts do by themselves. */
export interface Load {
  /** Chance of a read, of 16. */
  readonly readsOf16?: number;
  /** Array whose hosts work; −1: all. */
  readonly only?: number;
  readonly sectorsMost?: number;
}

export class Sim implements Watcher, Watched {
  readonly rig: SimRig;
  readonly codes: Images;
  readonly images: readonly SimImage[];
  readonly seed: number;
  readonly violations: Violation[] = [];
  world: World;
  oracle: Oracle;
  readonly #words: number;
  /** Steps between looks at all tracks: a look costs as much as there are blocks. */
  readonly #checkEvery: number;
  #m: Int32Array;
  #at: number;

  /** A new world from a seed; its arrays have power and boot. */
  constructor(rig: SimRig, codes: Images, seed: number, buffers?: Buffers) {
    this.rig = rig;
    this.codes = codes;
    this.seed = seed;
    this.images = imagesOf(rig.arrays);
    const blocks = this.images.reduce((n, i) => n + i.blocks, 0);
    this.#checkEvery = Math.max(1024, blocks * 16);
    this.#words = SCRIPT_WORDS + Oracle.words(blocks);
    this.world = this.#attach(buffers ?? makeBuffers(rig, this.#words));
    this.#m = this.world.extra.m;
    this.#at = this.world.extra.at;
    this.oracle = new Oracle({ m: this.#m, at: this.#at + SCRIPT_WORDS });
    if (buffers) return;
    this.world.create(seed);
    this.oracle.format(blocks);
    for (const [i, image] of this.images.entries()) this.#set(AUTHORITY + i, image.source);
    this.#set(READS_OF_16, 6);
    this.#set(ANSWERS, NO_ANSWER);
    for (let a = 0; a < rig.arrays.length; a++) this.world.powerOn(a);
  }

  /** Throws every object of the machine away and attaches anew to the memory. */
  reattach(): void {
    this.world = this.#attach(this.world.buffers);
    this.#m = this.world.extra.m;
    this.#at = this.world.extra.at;
    this.oracle = new Oracle({ m: this.#m, at: this.#at + SCRIPT_WORDS });
  }

  snapshot(): Buffers {
    const copy = (b: SharedArrayBuffer): SharedArrayBuffer => {
      const c = new SharedArrayBuffer(b.byteLength);
      new Uint8Array(c).set(new Uint8Array(b));
      return c;
    };
    const { world, arrays, drives, transit } = this.world.buffers;
    return {
      world: copy(world),
      arrays: arrays.map(copy),
      drives: drives.map((d) => ({ current: copy(d.current), stable: copy(d.stable) })),
      transit: copy(transit),
    };
  }

  /** A sim that goes on from a snapshot (which it uses up). */
  static restore(from: Sim, snapshot: Buffers): Sim {
    return new Sim(from.rig, from.codes, from.seed, snapshot);
  }

  get time_us(): number {
    return Math.floor(this.world.events.now_ns() / 1000);
  }

  get writes(): number {
    return this.#get(WRITES_DONE);
  }

  get reads(): number {
    return this.#get(READS_DONE);
  }

  get refused(): number {
    return this.#get(REFUSED_DONE);
  }

  // ── running

  /** Steps until the condition holds; a violation when it never does. */
  until(what: string, condition: () => boolean, most = 2_000_000): void {
    const end = this.#run(condition, most);
    if (end === 'rest' && !condition())
      this.violate(`nothing will ever happen again, and still not: ${what}${whatIsStuck(this)}`);
    if (end === 'limit') this.violate(`after ${most} steps still not: ${what}${whatIsStuck(this)}`);
  }

  /** Until nothing is under way and nothing is to come. */
  rest(most = 5_000_000): void {
    if (this.#run(() => false, most) === 'limit')
      this.violate(`after ${most} steps there is still no rest${whatIsStuck(this)}`);
  }

  #run(condition: () => boolean, most: number): 'held' | 'rest' | 'limit' {
    for (let i = 1; i <= most; i++) {
      if (this.violations.length > 0 || condition()) return 'held';
      if (!this.world.step()) return 'rest';
      if (i % this.#checkEvery === 0) checkFlags(this);
    }
    return 'limit';
  }

  /** Lets so much virtual time pass. */
  wait_us(us: number): void {
    const to = this.world.events.now_ns() + us * 1000;
    this.world.events.at(to, EVENT.NONE, 0, 0, 0);
    this.until(`${us} µs pass`, () => this.world.events.now_ns() >= to, Number.MAX_SAFE_INTEGER);
  }

  /** Hosts work by themselves for so long; faults of a plan come meanwhile. */
  load_us(us: number, { readsOf16 = 6, only = -1, sectorsMost = 6 }: Load = {}): void {
    this.#set(AUTO_UNTIL, this.time_us + us);
    this.#set(READS_OF_16, readsOf16);
    this.#set(SECTORS_MOST, sectorsMost);
    for (const [a, array] of this.rig.arrays.entries()) {
      if (only >= 0 && a !== only) continue;
      for (let h = 0; h < hostsOf(array); h++)
        this.world.events.at(this.world.events.now_ns() + h * 1000, EVENT.HOST, a, h, 0);
    }
  }

  // ── hosts

  volume(name: string): { array: number; volume: number; image: number } {
    const [arrayName, volumeName] = name.split(':');
    const array = this.rig.arrays.findIndex((a) => a.name === arrayName);
    const volume = this.rig.arrays[array]?.volumes.findIndex((v) => v.name === volumeName) ?? -1;
    if (volume < 0) throw new RangeError(`no volume ${name} in rig ${this.rig.name}`);
    return { array, volume, image: this.#imageAt(array, volume) };
  }

  /** A host of the array begins a command; the id of the write, 0 for a read. */
  start(host: number, op: number, name: string, lba: number, sectors: number): number {
    const { array, volume, image } = this.volume(name);
    return this.#start(array, host, op, volume, image, lba, sectors);
  }

  /** Writes and waits for the status. */
  write(name: string, lba: number, sectors = 1, host = 0): { id: number; status: number } {
    const id = this.start(host, COMMAND_OP.OP_WRITE, name, lba, sectors);
    const { array } = this.volume(name);
    this.until(`the write to ${name} ends`, () => !this.world.hosts[array]?.busy(host));
    return { id, status: this.world.hosts[array]?.look(host).status ?? -1 };
  }

  /** Reads, checked by the oracle, and says which writes the sectors hold. */
  read(name: string, lba: number, sectors = 1, host = 0): { status: number; values: number[] } {
    this.start(host, COMMAND_OP.OP_READ, name, lba, sectors);
    const { array } = this.volume(name);
    this.until(`the read of ${name} ends`, () => !this.world.hosts[array]?.busy(host));
    const hosts = this.world.hosts[array];
    return {
      status: hosts?.look(host).status ?? -1,
      values: Array.from({ length: sectors }, (_, i) => hosts?.value(host, i) ?? TORN),
    };
  }

  // ── faults and operators

  crash(name: string, afterOps = 0): void {
    this.world.losePower(this.#array(name), afterOps);
  }

  powerOn(name: string): void {
    const a = this.#array(name);
    this.world.powerOn(a);
    this.until(`array ${name} boots`, () => this.#booted(a));
  }

  /** Until every array that has power is booted and every source is in PAIR. */
  paired(): void {
    this.until('all pairs are in PAIR', () => this.allPaired());
  }

  allPaired(): boolean {
    for (const image of this.images) {
      if (!image.paired) continue;
      const sides = image.volumes.map((v, a) => pairOf(this.#machine(a), v));
      if (sides.every((s) => s.state === PAIR_STATE.SMPL)) continue;
      if (sides.filter((s) => s.role === PAIR_ROLE.SOURCE && s.state === PAIR_STATE.PAIR).length !== 1) return false;
      if (sides.filter((s) => s.role === PAIR_ROLE.TARGET && s.state === PAIR_STATE.PAIR).length !== 1) return false;
    }
    return true;
  }

  pair(name: string): { state: string; role: string; epoch: number } {
    const { array, volume } = this.volume(name);
    const p = pairOf(this.#machine(array), volume);
    return { state: stateName(p.state), role: roleName(p.role), epoch: p.epoch };
  }

  flags(name: string, track: number): number {
    const { array, volume } = this.volume(name);
    return trackFlags(this.#machine(array), volume, track);
  }

  /** An operator command at an array; its result. */
  operator(name: string, kind: 'FAILOVER' | 'CREATE', force = false): { result: number; a: number; b: number } {
    const { array, volume, image } = this.volume(name);
    this.#set(ANSWERS, NO_ANSWER);
    if (kind === 'FAILOVER') this.takeover(array, image, force);
    else this.world.ask(array, KIND.CREATE, OPERATOR_TOKEN, volume);
    this.until(`${kind} ${name} is answered`, () => this.#get(ANSWERS) !== NO_ANSWER);
    return { result: this.#get(ANSWERS), a: this.#get(ANSWERS + 1), b: this.#get(ANSWERS + 2) };
  }

  /** The array shall serve the image; its hosts stop until that is decided. */
  takeover(array: number, image: number, force: boolean): void {
    const volume = this.images[image]?.volumes[array] as number;
    const other = this.#get(AUTHORITY + image);
    this.#set(FROZEN + image, array + 1);
    this.#set(
      WAS_PAIR + image,
      pairOf(this.#machine(other), this.images[image]?.volumes[other] as number).state === PAIR_STATE.PAIR ? 1 : 0,
    );
    this.world.ask(array, KIND.FAILOVER, TAKEOVER_TOKEN + image, volume, force ? 1 : 0);
  }

  frozen(image: number): boolean {
    return this.#get(FROZEN + image) !== 0;
  }

  authority(image: number): number {
    return this.#get(AUTHORITY + image);
  }

  booted(array: number): void {
    this.#set(BOOTED, this.#get(BOOTED) | (1 << array));
  }

  isBooted(array: number): boolean {
    return this.#booted(array);
  }

  // ── what the world reports

  ended(array: number, host: number): void {
    const hosts = this.world.hosts[array];
    if (!hosts) return;
    const v = hosts.look(host);
    this.world.note((array << 24) | (host << 16) | v.status, v.id);
    const index = this.#imageAt(array, v.volume);
    const image = this.images[index] as SimImage;
    const current = this.authority(index) === array && v.issued > this.#get(SINCE + index);
    const moment = this.oracle.moment();
    if (v.op === COMMAND_OP.OP_READ) {
      this.#set(READS_DONE, this.reads + 1);
      for (let i = 0; current && v.status === RESULT.OK && i < v.sectors; i++) {
        const block = image.firstBlock + v.lba + i;
        if (this.oracle.allows(block, hosts.value(host, i), v.issued)) continue;
        this.violate(
          `a read of ${image.name} block ${v.lba + i} gave ${valueName(hosts.value(host, i))}; it may hold ${this.oracle.possible(block)}`,
        );
      }
    } else {
      const good = v.status === RESULT.OK;
      this.#set(good ? WRITES_DONE : REFUSED_DONE, this.#get(good ? WRITES_DONE : REFUSED_DONE) + 1);
      if (current) this.oracle.ended(v.id, image.firstBlock + v.lba, v.sectors, moment, good);
      else if (
        good &&
        this.#get(FROZEN + index) === array + 1 &&
        pairOf(this.#machine(array), v.volume).role === PAIR_ROLE.SOURCE
      ) {
        // It took over just now, and its answer to the operator is on its way.
        this.#count(array, host, index);
        this.oracle.ended(v.id, image.firstBlock + v.lba, v.sectors, this.oracle.moment(), true);
      } else if (good && v.issued < 0 && pairOf(this.#machine(array), v.volume).role === PAIR_ROLE.TARGET) {
        this.violate(`${image.name}: the write-disabled side ${this.rig.arrays[array]?.name} took a host write`);
      }
    }
    if (this.time_us < this.#get(AUTO_UNTIL))
      this.world.events.at(
        this.world.events.now_ns() + this.world.chance.below(200) * 1000,
        EVENT.HOST,
        array,
        host,
        0,
      );
  }

  done(_array: number, token: number, result: number, a: number, b: number): void {
    this.#set(ANSWERS, result);
    this.#set(ANSWERS + 1, a);
    this.#set(ANSWERS + 2, b);
    if (token < TAKEOVER_TOKEN) return;
    const index = token - TAKEOVER_TOKEN;
    this.#set(FROZEN + index, 0);
    const to = _array;
    const from = this.authority(index);
    if (result !== RESULT.OK || from === to) return;
    this.#handOver(index, from, to);
  }

  fault(array: number, text: string): void {
    this.violate(`array ${this.rig.arrays[array]?.name}: ${text}`);
  }

  event(event: number, a: number, b: number): void {
    if (event === EVENT.HOST) this.#hostActs(a, b);
    else if (event === EVENT.FAULT) this.onFault(a, b);
  }

  /** What a fault of the plan does: set by whoever made the plan. */
  onFault: (number: number, argument: number) => void = () => {};

  powerLost(array: number): void {
    this.#set(BOOTED, this.#get(BOOTED) & ~(1 << array));
    checkFlags(this);
    checkDrives(this, array);
    for (const [i] of this.images.entries()) {
      if (this.#get(FROZEN + i) !== array + 1) continue;
      // The operator's command dies with the array, answered or not: whether it took over stands in its battery memory.
      this.#set(FROZEN + i, 0);
      const from = this.authority(i);
      const volume = this.images[i]?.volumes[array] as number;
      if (from !== array && pairOf(this.#machine(array), volume).role === PAIR_ROLE.SOURCE)
        this.#handOver(i, from, array);
    }
    if (this.#get(ANSWERS) === NO_ANSWER) this.#set(ANSWERS, RESULT.NOT_READY);
    const hosts = this.world.hosts[array];
    const config = this.rig.arrays[array];
    if (!hosts || !config) return;
    for (let h = 0; h < hostsOf(config); h++) {
      if (!hosts.busy(h)) continue;
      this.#withdraw(array, h, this.oracle.moment());
      hosts.die(h);
      if (this.time_us < this.#get(AUTO_UNTIL))
        this.world.events.at(this.world.events.now_ns() + 1_000_000, EVENT.HOST, array, h, 0);
    }
  }

  /** A scenario's own expectation. */
  expect(holds: boolean, text: string): void {
    if (!holds) this.violate(`expected: ${text}`);
  }

  violate(text: string): void {
    if (this.violations.length < 20) this.violations.push({ text, time_us: this.time_us });
  }

  /** At rest with everything mended: nothing is owed, held, or different. */
  checkAtRest(): void {
    checkAtRest(this);
  }

  // ── inside

  #attach(buffers: Buffers): World {
    const world = new World(this.rig, buffers, this.codes, this, this.#words);
    for (const [a, hosts] of world.hosts.entries())
      hosts.firstBlockOf = (volume) => this.images[this.#imageAt(a, volume)]?.firstBlock ?? 0;
    return world;
  }

  /** A host does its next command, or looks again later. */
  #hostActs(array: number, host: number): void {
    const { world } = this;
    if (this.time_us >= this.#get(AUTO_UNTIL)) return;
    const hosts = world.hosts[array];
    if (!hosts || hosts.busy(host)) return;
    if (!world.powered(array) || !this.#booted(array)) {
      world.events.at(world.events.now_ns() + 500_000, EVENT.HOST, array, host, 0);
      return;
    }
    const volumes = this.rig.arrays[array]?.volumes.length ?? 0;
    const volume = world.chance.below(volumes);
    const index = this.#imageAt(array, volume);
    const image = this.images[index] as SimImage;
    const serves = this.authority(index) === array;
    const draw = world.chance.below(16);
    const op =
      draw < this.#get(READS_OF_16) ? COMMAND_OP.OP_READ : draw === 15 ? COMMAND_OP.OP_ZERO : COMMAND_OP.OP_WRITE;
    // A write to the side that does not serve is tried now and then: it must be refused.
    const target = pairOf(this.#machine(array), volume).role === PAIR_ROLE.TARGET;
    const probes = !serves && target && op === COMMAND_OP.OP_WRITE && world.chance.below(8) === 0;
    if (this.frozen(index) || (!serves && !probes && op !== COMMAND_OP.OP_READ)) {
      world.events.at(world.events.now_ns() + 1_000_000, EVENT.HOST, array, host, 0);
      return;
    }
    const sectors = 1 + world.chance.below(Math.min(image.blocks, this.#get(SECTORS_MOST)));
    const lba = world.chance.below(image.blocks - sectors + 1);
    this.#start(array, host, op, volume, index, lba, sectors);
  }

  #start(array: number, host: number, op: number, volume: number, index: number, lba: number, sectors: number): number {
    const image = this.images[index] as SimImage;
    if (this.world.hosts[array]?.busy(host))
      throw new RangeError(`host ${host} of array ${this.rig.arrays[array]?.name} has a command under way`);
    const serves = this.authority(index) === array;
    let issued = this.oracle.moment();
    let id = 0;
    if (op !== COMMAND_OP.OP_READ) {
      id = this.oracle.newWrite();
      if (serves) this.oracle.issued(id, op === COMMAND_OP.OP_WRITE ? id : 0, image.firstBlock + lba, sectors, issued);
      else issued = -issued; // a probe: the oracle does not count it
    }
    this.world.hosts[array]?.start(host, op, volume, lba, sectors, id, issued, image.firstBlock);
    return id;
  }

  /**
   * A write that began when the side did not serve, or before it last ceased to, counts from now on: it waited in the
   * array, and the side serves now.
   */
  #count(array: number, host: number, index: number): void {
    const hosts = this.world.hosts[array];
    const v = hosts?.look(host);
    if (!hosts || !v || v.op === COMMAND_OP.OP_READ) return;
    const moment = this.oracle.moment();
    hosts.issuedAt(host, moment);
    this.oracle.issued(
      v.id,
      v.op === COMMAND_OP.OP_WRITE ? v.id : 0,
      (this.images[index]?.firstBlock ?? 0) + v.lba,
      v.sectors,
      moment,
    );
  }

  /** A host's write will get no status that counts: it is in or out from now on. */
  #withdraw(array: number, host: number, moment: number): void {
    const v = this.world.hosts[array]?.look(host);
    if (!v || v.op === COMMAND_OP.OP_READ) return;
    const index = this.#imageAt(array, v.volume);
    if (this.authority(index) !== array || v.issued <= this.#get(SINCE + index)) return;
    this.oracle.ended(v.id, (this.images[index]?.firstBlock ?? 0) + v.lba, v.sectors, moment, false);
  }

  /** The image is served by another array from now on. What it may hold depends on what the pair promised. */
  #handOver(index: number, from: number, to: number): void {
    const image = this.images[index] as SimImage;
    const old = pairOf(this.#machine(from), image.volumes[from] as number);
    const config = this.rig.arrays[from];
    const moment = this.oracle.moment();
    for (let h = 0; config && h < hostsOf(config); h++) {
      const v = this.world.hosts[from]?.look(h);
      if (v?.busy && this.#imageAt(from, v.volume) === index) this.#withdraw(from, h, moment);
    }
    const map = slotMap(this.#machine(to));
    const oldMap = slotMap(this.#machine(from));
    const promised =
      this.#get(WAS_PAIR + index) !== 0 && (old.state === PAIR_STATE.PAIR || old.role === PAIR_ROLE.TARGET);
    const tried = (): void => {
      const hosts = this.world.hosts[to];
      for (let h = 0; h < hostsOf(this.rig.arrays[to] as ArrayConfig); h++) {
        if (hosts?.look(h).busy && this.#imageAt(to, hosts.view.volume) === index) this.#count(to, h, index);
      }
    };
    if (promised) tried();
    for (let lba = 0; lba < image.blocks; lba++) {
      const block = image.firstBlock + lba;
      const value = blockValue(this.world, to, image.volumes[to] as number, lba, block, map);
      if (value === TORN)
        this.violate(`${image.name} block ${lba} at ${this.rig.arrays[to]?.name} is torn after a takeover`);
      else if (!promised) this.oracle.settle(block, value);
      else if (!this.oracle.allows(block, value, Number.MAX_SAFE_INTEGER)) {
        this.violate(
          `takeover of ${image.name} in PAIR: block ${lba} holds ${valueName(value)}; it may hold ${this.oracle.possible(block)}`,
        );
      } else {
        // The primary's order: of two acknowledged writes that were under way together, the one that came last there.
        const last = blockValue(this.world, from, image.volumes[from] as number, lba, block, oldMap);
        if (last !== value && this.oracle.acknowledged(block, last) && this.oracle.acknowledged(block, value)) {
          this.violate(
            `takeover of ${image.name} in PAIR: block ${lba} holds ${valueName(value)}; the primary ordered ${valueName(last)} after it`,
          );
        }
      }
    }
    this.#set(AUTHORITY + index, to);
    this.#set(SINCE + index, moment);
    if (!promised) tried();
  }

  #imageAt(array: number, volume: number): number {
    return this.images.findIndex((i) => i.volumes[array] === volume);
  }

  #machine(array: number): ArrayMachine {
    return this.world.arrays[array] as ArrayMachine;
  }

  #array(name: string): number {
    const a = this.rig.arrays.findIndex((x) => x.name === name);
    if (a < 0) throw new RangeError(`no array ${name} in rig ${this.rig.name}`);
    return a;
  }

  #booted(array: number): boolean {
    return (this.#get(BOOTED) & (1 << array)) !== 0;
  }

  #get(word: number): number {
    return this.#m[this.#at + word] as number;
  }

  #set(word: number, value: number): void {
    this.#m[this.#at + word] = value;
  }
}
