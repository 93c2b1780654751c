/**
 * A world with hosts, faults and the oracle: what `arraylab sim`, the scenarios and the storm run on. The oracle knows
 * what a host and a peer can see; for the invariants of the flags it also looks at the tables.
 */
import { TORN } from '../../../adapters/channel/workload/hosts.js';
import { COMMAND_OP, IMAGE_PART, PAIR_ROLE, PAIR_STATE, RESULT } from '../../memory/constants.js';
import { copyMemory } from '../../memory/layout.js';
import { KIND, type Role, roleNumber } from '../../ports/messages.js';
import { EVENT } from '../../ports/schedule.js';
import type { ArrayConfig, ArrayMachine, Images } from '../machine/array.js';
import type { PlannedFault } from '../machine/faults/plan.js';
import { checkAtRest, checkDrives, checkFlags, checkLists, type Watched, whatIsStuck } from './checks.js';
import { planFaults, SimFaults } from './faults/faults.js';
import { blocksOf, groupsOf, type SimGroup } from './groups.js';
import { imagesOf, otherSide, pairsNow, type SimImage } from './images.js';
import { onDrive, pairOf, roleName, stateName, trackFlags } from './inspect.js';
import { LEDGER_WORDS, Ledger } from './ledger.js';
import { Oracle } from './oracle.js';
import { forgetOld } from './prefix.js';
import type { Probe } from './probe.js';
import { ScsiLoad } from './scsi/scsi-load.js';
import type { Workload } from './workload/description.js';
import type { Plan, WorkOptions, WorkResult } from './workload/running.js';
import type { Trace } from './workload/trace.js';
import { Work } from './workload/work.js';
import { type Watcher, World } from './world.js';
import { type Buffers, hostsOf, makeBuffers, type SimRig, volumesOf } from './world-plan.js';

/** Words of the script's own state, before the ledger's and the oracle's. */
const SCRIPT_WORDS = 16;
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
/** Chance that a write is a trim of whole tracks instead, of 16. */
const TRIMS_OF_16 = 7;
/** Answers to operator commands: result, a, b; by token − FIRST_TOKEN. */
const ANSWERS = 8;
/** Likewise of the last command for images. */
const IMAGED = 11;
const TAKEOVER_TOKEN = 100;
const OPERATOR_TOKEN = 50;
/** Of images: answers that nobody waits for, and the last. */
const UNHEARD_TOKEN = 48;
const IMAGE_TOKEN = 49;
const NO_ANSWER = -1;

/** What is waited for; a number: that virtual time (ns). */
export type Condition = (() => boolean) | number;

/** What an operator may tell an array of a pair. */
export type PairCommand = 'FAILOVER' | 'CREATE' | 'SUSPEND' | 'RESUME' | 'DELETE' | 'SWAP';

/** Sectors of a block, FBA 512 and FBA 4096. */
export type BlockSectors = 1 | 8;

export interface Violation {
  readonly text: string;
  readonly time_us: number;
}

/** What a sim has that stands over its memory, and what it has found. */
export interface SimParts {
  readonly world: World;
  readonly oracle: Oracle;
  readonly faults: SimFaults;
  readonly violations: Violation[];
  readonly ledger: Ledger;
  readonly work: Work;
  readonly scsi: ScsiLoad;
}

/** What hosts do by themselves. */
export interface Load {
  /** Chance of a read, of 16. */
  readonly readsOf16?: number;
  /** Array whose hosts work; −1: all. */
  readonly only?: number;
  readonly sectorsMost?: number;
  /** Chance that a write is a trim of whole tracks instead, of 16. */
  readonly trimsOf16?: number;
}

/** As live: so often is looked whether microcode may be changed, and so long waited each time (virtual time). */
const CHANGE_ROUNDS = 10;
const CHANGE_ROUND_US = 2000;

export class Sim implements Watcher, Watched {
  readonly rig: SimRig;
  readonly codes: Images;
  /** What `changeMicrocode` changes them for. */
  readonly others: Images;
  readonly images: readonly SimImage[];
  readonly groups: readonly SimGroup[];
  readonly seed: number;
  violations: Violation[] = [];
  /** Called at the first violation, when it is: for dumps, and whoever wants to look. */
  onViolation: ((text: string) => void) | undefined;
  /** Steps of the whole run at most: for microcode that may never come to rest. */
  stepsMost = Number.MAX_SAFE_INTEGER;
  world: World;
  oracle: Oracle;
  faults: SimFaults;
  /** What SCSI hosts do that no others do. */
  scsi: ScsiLoad;
  #ledger: Ledger;
  #work: Work;
  #probe: Probe | undefined;
  readonly #words: number;
  readonly #faultsAt: number;
  readonly #scsiAt: number;
  /** Steps between looks at all tracks: a look costs as much as there are blocks. */
  readonly #checkEvery: number;
  /** Steps until the next one. */
  #untilLook = 0;
  #m: Int32Array;
  #at: number;

  /** A new world from a seed; its arrays have power and boot. Errors: RangeError for a fault that the rig cannot have. */
  constructor(
    rig: SimRig,
    codes: Images,
    seed: number,
    buffers?: Buffers,
    others: Images = codes,
    plans: readonly Plan[] = [],
    faults: readonly string[] = [],
  ) {
    const faultPlans = planFaults(faults, rig, codes);
    this.rig = rig;
    this.codes = codes;
    this.others = others;
    this.seed = seed;
    this.images = imagesOf(rig.arrays);
    this.groups = groupsOf(rig.arrays, this.images);
    const blocks = this.images.reduce((n, i) => n + i.blocks, 0);
    this.#checkEvery = Math.max(1024, blocks * 16);
    this.#faultsAt = SCRIPT_WORDS + LEDGER_WORDS + Work.words(rig) + Oracle.words(blocks);
    this.#scsiAt = this.#faultsAt + SimFaults.words(faultPlans);
    this.#words = this.#scsiAt + ScsiLoad.words(rig);
    this.world = this.#attach(buffers ?? makeBuffers(rig, this.#words));
    this.#m = this.world.extra.m;
    this.#at = this.world.extra.at;
    this.#ledger = new Ledger(this, { m: this.#m, at: this.#at + SCRIPT_WORDS });
    this.#work = this.#newWork(plans);
    this.oracle = this.#newOracle();
    this.faults = this.#newFaults(faultPlans);
    this.scsi = this.#newScsi();
    if (buffers) return;
    this.world.create(seed);
    this.#ledger.format();
    this.scsi.format();
    this.#set(READS_OF_16, 6);
    this.#set(ANSWERS, NO_ANSWER);
    for (let a = 0; a < rig.arrays.length; a++) this.world.powerOn(a);
    this.faults.begin(seed);
  }

  /** Throws every object of the machine away and attaches anew to the memory. */
  reattach(): void {
    this.world = this.#attach(this.world.buffers);
    this.#attachParts();
  }

  #attachParts(): void {
    this.#m = this.world.extra.m;
    this.#at = this.world.extra.at;
    this.#ledger = new Ledger(this, { m: this.#m, at: this.#at + SCRIPT_WORDS });
    this.#work = this.#newWork(this.#work.plans);
    this.oracle = this.#newOracle();
    this.faults = this.#newFaults(this.faults.plans);
    this.scsi = this.#newScsi();
  }

  /** Looks on from now on. */
  get probe(): Probe | undefined {
    return this.#probe;
  }

  set probe(probe: Probe | undefined) {
    this.#probe = probe;
    this.world.probe = probe;
  }

  /** What is taken out, and put back by `exchange`, when a debugger shows another moment of this run. */
  get parts(): SimParts {
    const { world, oracle, faults, violations, scsi } = this;
    return { world, oracle, faults, violations, scsi, ledger: this.#ledger, work: this.#work };
  }

  /** Other parts of the same run stand in the place of those of now: over memory of another moment. */
  exchange({ world, oracle, faults, violations, ledger, work, scsi }: SimParts): void {
    this.world = world;
    world.probe = this.#probe;
    this.oracle = oracle;
    this.faults = faults;
    this.scsi = scsi;
    this.violations = violations;
    this.#ledger = ledger;
    this.#work = work;
    this.#m = world.extra.m;
    this.#at = world.extra.at;
  }

  /** The same over other memory, which is of this run. */
  over(buffers: Buffers): void {
    this.world = this.#attach(buffers);
    this.violations = [];
    this.#attachParts();
  }

  #newFaults(plans: readonly PlannedFault[]): SimFaults {
    const faults = new SimFaults(this, { m: this.#m, at: this.#at + this.#faultsAt }, plans);
    faults.attach();
    return faults;
  }

  #newScsi(): ScsiLoad {
    return new ScsiLoad(this, { m: this.#m, at: this.#at + this.#scsiAt });
  }

  #newWork(plans: readonly Plan[]): Work {
    return new Work(this, { m: this.#m, at: this.#at + SCRIPT_WORDS + LEDGER_WORDS }, [...plans]);
  }

  #newOracle(): Oracle {
    const blocks = this.images.reduce((n, i) => n + i.blocks, 0);
    const at = this.#at + SCRIPT_WORDS + LEDGER_WORDS + Work.words(this.rig);
    return new Oracle({ m: this.#m, at }, blocks, blocksOf(this.groups, this.images));
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
      drives: drives.map((d) => ({ current: copy(d.current), kept: copy(d.kept) })),
      transit: copy(transit),
    };
  }

  /** A sim that goes on from a snapshot (which it uses up). */
  static restore(from: Sim, snapshot: Buffers): Sim {
    const faults = from.faults.plans.map(({ text }) => text);
    return new Sim(from.rig, from.codes, from.seed, snapshot, from.others, from.#work.plans, faults);
  }

  /** Back to a snapshot of this sim, which stays good for more. */
  rewind(snapshot: Buffers): void {
    const put = (to: SharedArrayBuffer, from: SharedArrayBuffer): void => new Int32Array(to).set(new Int32Array(from));
    const { world, drives, transit } = this.world.buffers;
    put(world, snapshot.world);
    put(transit, snapshot.transit);
    for (const [i, array] of this.world.arrays.entries())
      copyMemory(array.memory, new Int32Array(snapshot.arrays[i] as SharedArrayBuffer));
    for (const [i, drive] of drives.entries()) {
      put(drive.current, snapshot.drives[i]?.current as SharedArrayBuffer);
      put(drive.kept, snapshot.drives[i]?.kept as SharedArrayBuffer);
    }
    this.violations.length = 0;
    this.faults.attach();
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
  until(what: string, condition: Condition, most = 2_000_000): void {
    const end = this.#run(condition, most);
    if (end === 'rest' && !this.#holds(condition))
      this.violate(`nothing will ever happen again, and still not: ${what}${whatIsStuck(this)}`);
    if (end === 'limit') this.violate(`after ${most} steps still not: ${what}${whatIsStuck(this)}`);
  }

  /** Until nothing is under way and nothing is to come. */
  rest(most = 5_000_000): void {
    if (this.#run(() => false, most) === 'limit')
      this.violate(`after ${most} steps there is still no rest${whatIsStuck(this)}`);
  }

  #holds(condition: Condition): boolean {
    return typeof condition === 'number' ? this.world.events.now_ns() >= condition : condition();
  }

  #run(condition: Condition, limit: number): 'held' | 'rest' | 'limit' {
    const most = Math.min(limit, this.stepsMost - this.world.steps);
    this.beginLooks();
    this.#probe?.scriptWaits();
    const end = this.#steps(condition, most);
    this.#probe?.scriptGoesOn();
    return end;
  }

  #steps(condition: Condition, most: number): 'held' | 'rest' | 'limit' {
    for (let left = most; left > 0; left--) {
      if (this.violations.length > 0 || this.#holds(condition)) return 'held';
      if (!this.advance()) return 'rest';
    }
    return 'limit';
  }

  /** The next look at all tracks is a whole interval away. */
  beginLooks(): void {
    this.#untilLook = this.#checkEvery;
  }

  /** A step, and what is looked at after it. False: nothing will ever happen again. */
  advance(): boolean {
    if (!this.world.step()) return this.#probe?.rests() ?? false;
    this.#ledger.watch();
    if (--this.#untilLook <= 0) {
      this.#look();
      this.#untilLook = this.#checkEvery;
    }
    if (this.#probe !== undefined) this.#probe.stepped();
    return true;
  }

  /** Steps until the next look; part of a moment of a run, which memory does not have. */
  get untilLook(): number {
    return this.#untilLook;
  }

  set untilLook(steps: number) {
    this.#untilLook = steps;
  }

  #look(): void {
    checkFlags(this);
    this.#work.check();
    for (const group of this.groups) forgetOld(this, group);
  }

  /** Lets so much virtual time pass. */
  wait_us(us: number): void {
    const to = this.world.events.now_ns() + us * 1000;
    const { events } = this.world;
    events.at(to, EVENT.NONE, 0, 0, 0);
    this.until(`${us} µs pass`, to, Number.MAX_SAFE_INTEGER);
  }

  /** Hosts work by themselves for so long; faults of a plan come meanwhile. */
  load_us(us: number, { readsOf16 = 6, only = -1, sectorsMost = 6, trimsOf16 = 0 }: Load = {}): void {
    this.#set(AUTO_UNTIL, this.time_us + us);
    this.#set(READS_OF_16, readsOf16);
    this.#set(SECTORS_MOST, sectorsMost);
    this.#set(TRIMS_OF_16, trimsOf16);
    for (const [a, array] of this.rig.arrays.entries()) {
      if (only >= 0 && a !== only) continue;
      for (let h = 0; h < hostsOf(array); h++)
        this.world.events.at(this.world.events.now_ns() + h * 1000, EVENT.HOST, a, h, 0);
    }
  }

  /** Hosts work as described (`workload/`), for so long; other things may happen meanwhile. Errors: RangeError of what the rig cannot hold. */
  workload(workload: Workload, options: WorkOptions): void {
    this.#work.start(workload, options);
  }

  /** A trace is replayed, on volumes that stand for its devices. */
  replay(trace: Trace, volumes: readonly string[], closed = false): void {
    this.#work.replay(trace, volumes, closed);
  }

  /** Until all that workloads and traces ask for is finished. */
  worked(): void {
    const isDone = (): boolean => this.#work.idle;
    // What a fault holds up for ever, as a director that hangs does, goes on when faults are over.
    if (this.faults.plans.length > 0 && this.#run(isDone, Number.MAX_SAFE_INTEGER) === 'rest') this.faults.endAll();
    this.until('workloads are finished', isDone, Number.MAX_SAFE_INTEGER);
  }

  /** Response times, of each workload of the run. */
  get responses(): WorkResult[] {
    return this.#work.results();
  }

  // ── hosts

  volume(name: string): { array: number; volume: number; image: number } {
    const [arrayName, volumeName] = name.split(':');
    const array = this.rig.arrays.findIndex((a) => a.name === arrayName);
    const volume = this.rig.arrays[array]?.volumes.findIndex((v) => v.name === volumeName) ?? -1;
    if (volume < 0) throw new RangeError(`no volume ${name} in rig ${this.rig.name}`);
    return { array, volume, image: this.#ledger.imageAt(array, volume) };
  }

  /** The other volume of a pair, as `B:data0`. */
  otherSide(name: string): string {
    const { array, image } = this.volume(name);
    const { volumes } = this.images[image] as SimImage;
    const there = otherSide(this.images[image] as SimImage, array);
    const other = this.rig.arrays[there];
    return `${other?.name}:${other?.volumes[volumes[there] as number]?.name}`;
  }

  /** A host of the array begins a command; the id of the write, 0 for a read. */
  start(host: number, op: number, name: string, lba: number, sectors: number): number {
    const { array, volume } = this.volume(name);
    return this.#ledger.begin(array, host, op, volume, lba, sectors);
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

  /** Another array, as formatted, stands in its place, without power: what was in its memory and on its drives is lost. */
  replace(name: string): void {
    const a = this.#array(name);
    this.world.losePower(a);
    this.#ledger.replaced(a);
    this.world.replace(a);
    this.scsi.oracle.formatted(a);
  }

  /** Power goes and the battery with it: its cache and its tables are lost, what was synced to its drives stays. */
  loseBattery(name: string): void {
    const a = this.#array(name);
    this.world.losePower(a);
    this.#ledger.replaced(a, (index, lba) => {
      const { volumes, firstBlock } = this.images[index] as SimImage;
      return onDrive(this.world, a, volumes[a] as number, lba, firstBlock + lba);
    });
    this.world.loseBattery(a);
    this.scsi.oracle.formatted(a);
  }

  /** A latent error: these sectors of a volume cannot be read from its drive until they are written again. */
  spoil(name: string, lba: number, sectors = 1): void {
    const { array, volume } = this.volume(name);
    const place = this.rig.arrays[array]?.volumes[volume];
    if (place) this.world.drives[array]?.faults[place.drive]?.spoil(place.driveBase + lba, sectors);
  }

  /** A parity error of the cache slot of a track: its bytes are lost. False: no slot has it, or somebody uses the slot just now. */
  spoilSlot(name: string, track: number): boolean {
    const { array, volume } = this.volume(name);
    return this.spoilSlotOf(array, volume, track);
  }

  spoilSlotOf(array: number, volume: number, track: number): boolean {
    const slots = this.#machine(array).nodes.find(({ role }) => role === roleNumber('cache'))?.slots;
    const slot = slots?.find(volume, track) ?? -1;
    return slot >= 0 && slots?.spoil(slot) === true;
  }

  /** The drive of a volume is lost: every read and write fails. */
  loseDrive(name: string): void {
    const { array, volume } = this.volume(name);
    const faults = this.world.drives[array]?.faults[this.rig.arrays[array]?.volumes[volume]?.drive ?? -1];
    if (faults) faults.lost = true;
  }

  /** An empty drive stands in the place of a volume's, and its array, which has power, is told. */
  replaceDrive(name: string): void {
    const { array, volume } = this.volume(name);
    this.newDrive(array, this.rig.arrays[array]?.volumes[volume]?.drive ?? 0);
  }

  newDrive(array: number, drive: number): void {
    this.world.drives[array]?.replace(drive);
    this.world.ask(array, KIND.DRIVE_NEW, OPERATOR_TOKEN, drive);
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
    for (const { sides: arrays, records } of pairsNow(this.world.arrays, this.images)) {
      const sides = arrays.map((a) => pairOf(this.#machine(a), records[a] as number));
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
  operator(name: string, kind: PairCommand, force = false): { result: number; a: number; b: number } {
    const { array, volume, image } = this.volume(name);
    this.#set(ANSWERS, NO_ANSWER);
    this.#ledger.told(image);
    if (kind === 'FAILOVER' || kind === 'SWAP') this.takeover(array, image, force, kind);
    else this.world.ask(array, KIND[kind], OPERATOR_TOKEN, volume, force ? 1 : 0);
    this.until(`${kind} ${name} is answered`, () => this.#get(ANSWERS) !== NO_ANSWER);
    return { result: this.#get(ANSWERS), a: this.#get(ANSWERS + 1), b: this.#get(ANSWERS + 2) };
  }

  /** An operator asks for images of volumes of a group's target, as [volume, the one that gets it]; `imaged` says how it ended. */
  tellImages(pairs: readonly (readonly [string, string])[], at: number, isTime = false): void {
    this.#set(IMAGED, NO_ANSWER);
    for (const [i, [from, to]] of pairs.entries()) {
      const { array, volume } = this.volume(from);
      const isLast = i === pairs.length - 1;
      const part =
        (i === 0 ? IMAGE_PART.IMAGE_FIRST : 0) |
        (isLast ? IMAGE_PART.IMAGE_LAST : 0) |
        (isTime ? IMAGE_PART.IMAGE_AT_TIME : 0);
      const words = [volume, this.volume(to).volume, at | 0, Math.floor(at / 0x1_0000_0000), part];
      this.world.ask(array, KIND.IMAGE, isLast ? IMAGE_TOKEN : UNHEARD_TOKEN, ...words);
    }
  }

  /** The answer to `tellImages`, with the entry in its two words; undefined: there is none yet. */
  get imaged(): { result: number; number: number } | undefined {
    if (this.#get(IMAGED) === NO_ANSWER) return undefined;
    const number = (this.#get(IMAGED + 1) >>> 0) + this.#get(IMAGED + 2) * 0x1_0000_0000;
    return { result: this.#get(IMAGED), number };
  }

  /** An operator gives a volume free that got a part of an image; the result. */
  release(name: string): number {
    const { array, volume } = this.volume(name);
    this.#set(ANSWERS, NO_ANSWER);
    this.world.ask(array, KIND.RELEASE, OPERATOR_TOKEN, volume);
    this.until(`RELEASE ${name} is answered`, () => this.#get(ANSWERS) !== NO_ANSWER);
    return this.#get(ANSWERS);
  }

  /** A format change, asked for at an array; its result. */
  format(name: string, block: BlockSectors): { result: number; a: number; b: number } {
    const { array, volume } = this.volume(name);
    this.#set(ANSWERS, NO_ANSWER);
    this.world.ask(array, KIND.FORMAT, OPERATOR_TOKEN, volume, block);
    this.until(`FORMAT ${name} is answered`, () => this.#get(ANSWERS) !== NO_ANSWER);
    return { result: this.#get(ANSWERS), a: this.#get(ANSWERS + 1), b: this.#get(ANSWERS + 2) };
  }

  /** The array shall serve the image; its hosts stop until that is decided. */
  takeover(array: number, image: number, force: boolean, kind: 'FAILOVER' | 'SWAP' = 'FAILOVER'): void {
    this.#ledger.asked(image, array, force);
    this.world.ask(
      array,
      KIND[kind],
      TAKEOVER_TOKEN + image,
      this.images[image]?.volumes[array] as number,
      force ? 1 : 0,
    );
  }

  /** The same of a format change, whose answer is not waited for. */
  tellFormat(array: number, volume: number, block: BlockSectors): void {
    this.world.ask(array, KIND.FORMAT, OPERATOR_TOKEN, volume, block);
  }

  /** An operator tells an array something, and does not wait for its answer. */
  tell(array: number, kind: PairCommand, volume: number, force = false): void {
    this.#ledger.told(this.#ledger.imageAt(array, volume));
    this.world.ask(array, KIND[kind], OPERATOR_TOKEN, volume, force ? 1 : 0);
  }

  frozen(image: number): boolean {
    return this.#ledger.undecided(image);
  }

  /** The array that serves the image was replaced since: an operator must let the other side serve. */
  orphaned(image: number): boolean {
    return this.#ledger.orphaned(image);
  }

  authority(image: number): number {
    return this.#ledger.authority(image);
  }

  booted(array: number): void {
    this.#set(BOOTED, this.#get(BOOTED) | (1 << array));
    this.#ledger.recalled(array);
  }

  /** The array's SCSI hosts have their sessions. */
  connected(array: number): void {
    this.scsi.oracle.connected(array);
    this.booted(array);
  }

  began(array: number, host: number): void {
    this.scsi.oracle.began(array, host);
  }

  attended(array: number, host: number, sense: number): void {
    this.world.note((array << 24) | (host << 16) | 0xff, sense);
    this.scsi.oracle.attended(array, host, sense);
  }

  managed(array: number, nexus: number, code: number): void {
    this.scsi.oracle.managed(array, nexus, code);
  }

  isBooted(array: number): boolean {
    return this.#booted(array);
  }

  // ── what the world reports

  ended(array: number, host: number): void {
    const { op, status, id } = this.world.hosts[array]?.look(host) ?? { op: 0, status: 0, id: 0 };
    this.world.note((array << 24) | (host << 16) | status, id);
    if (this.scsi.oracle.ended(array, host)) {
      if (this.time_us < this.#get(AUTO_UNTIL)) this.#actIn(this.world.scsiChance.below(200), array, host);
      return;
    }
    const counter = op === COMMAND_OP.OP_READ ? READS_DONE : status === RESULT.OK ? WRITES_DONE : REFUSED_DONE;
    this.#set(counter, this.#get(counter) + 1);
    this.#ledger.ended(array, host);
    if (this.#work.ended(array, host)) return;
    // Who was refused tries again later, as hosts do; at the pace of good answers, too many writes would be in or out.
    const pause_us = status === RESULT.OK ? 200 : 1000;
    if (this.time_us < this.#get(AUTO_UNTIL)) this.#actIn(this.world.chance.below(pause_us), array, host);
  }

  done(array: number, token: number, result: number, a: number, b: number): void {
    if (token === UNHEARD_TOKEN) return;
    const to = token === IMAGE_TOKEN ? IMAGED : ANSWERS;
    this.#set(to, result);
    this.#set(to + 1, a);
    this.#set(to + 2, b);
    if (token === IMAGE_TOKEN) return;
    for (const image of this.images.keys()) this.#ledger.told(image);
    if (token >= TAKEOVER_TOKEN) this.#ledger.answered(token - TAKEOVER_TOKEN, array, result);
  }

  fault(array: number, text: string): void {
    this.violate(`array ${this.rig.arrays[array]?.name}: ${text}`);
  }

  event(event: number, a: number, b: number): void {
    if (event === EVENT.HOST) this.#hostActs(a, b);
    else if (event === EVENT.WORK) this.#work.event(a, b);
    else if (event === EVENT.FAULT) this.onFault(a, b);
    else if (event === EVENT.INJECT) this.faults.event(a, b);
  }

  reached(array: number, role: number, instruction: number): void {
    this.faults.reached(array, role, instruction);
  }

  /** What a fault of the plan does: set by whoever made the plan. */
  onFault: (number: number, argument: number) => void = () => {};

  powerLost(array: number): void {
    this.#set(BOOTED, this.#get(BOOTED) & ~(1 << array));
    this.#look();
    checkDrives(this, array);
    checkLists(this, array);
    this.#ledger.powerLost(array);
    this.scsi.oracle.powerLost(array);
    for (const word of [ANSWERS, IMAGED]) if (this.#get(word) === NO_ANSWER) this.#set(word, RESULT.NOT_READY);
    this.#disconnect(array);
  }

  /** The director of its host port died: hosts hear nothing of what is under way, and connect again after the next power on. */
  frontLost(array: number): void {
    this.#set(BOOTED, this.#get(BOOTED) & ~(1 << array));
    this.#disconnect(array);
  }

  #disconnect(array: number): void {
    const hosts = this.world.hosts[array];
    const config = this.rig.arrays[array];
    if (!hosts || !config) return;
    hosts.disconnected();
    for (let h = 0; h < hostsOf(config); h++) {
      if (!hosts.busy(h)) continue;
      hosts.die(h);
      if (this.#work.died(array, h)) continue;
      if (this.time_us < this.#get(AUTO_UNTIL)) this.#actIn(1000, array, h);
    }
  }

  /** A host of a workload begins a command. */
  begin(array: number, host: number, op: number, volume: number, lba: number, sectors: number, mark: number): number {
    return this.#ledger.begin(array, host, op, volume, lba, sectors, mark);
  }

  handedOver(image: number, to: number, promised: boolean): void {
    this.#work.handedOver(image, to, promised);
  }

  groupTaken(group: SimGroup, by: number): void {
    this.#work.groupTaken(group.images, by);
  }

  /** A scenario's own expectation. */
  expect(holds: boolean, text: string): void {
    if (!holds) this.violate(`expected: ${text}`);
  }

  violate(text: string): void {
    if (this.violations.length < 20) this.violations.push({ text, time_us: this.time_us });
    if (this.violations.length === 1) this.onViolation?.(text);
    this.#probe?.violation(text);
  }

  /**
   * A role of an array goes on with its other image (`Scenario.others`), or back, while everything else works. False: its
   * tasks do not leave code that changes.
   */
  changeMicrocode(arrayName: string, role: Role): boolean {
    const array = this.rig.arrays.findIndex(({ name }) => name === arrayName);
    const { events } = this.world;
    for (let round = 0; round < CHANGE_ROUNDS; round++) {
      const isDone = this.world.changeMicrocode(array, role, round === 0 ? 'role' : 'front');
      this.faults.attach();
      if (isDone) return true;
      const change = this.world.microcodeChange(array, role);
      const end = events.now_ns() + CHANGE_ROUND_US * 1000;
      events.at(end, EVENT.NONE, 0, 0, 0);
      const isOver = (): boolean => this.world.events.now_ns() >= end || change.stuck === undefined;
      this.until(`role ${role} leaves what changes`, isOver, Number.MAX_SAFE_INTEGER);
      if (this.violations.length > 0) return false;
    }
    return this.world.changeMicrocode(array, role, 'nothing');
  }

  /** At rest with everything mended: nothing is owed, held, or different. */
  checkAtRest(): void {
    checkAtRest(this);
    this.#work.check();
  }

  // ── inside

  #attach(buffers: Buffers): World {
    const world = new World(this.rig, buffers, this.codes, this, this.#words, this.others);
    world.probe = this.#probe;
    for (const [a, hosts] of world.hosts.entries())
      hosts.firstBlockOf = (volume) => this.images[this.#ledger.imageAt(a, volume)]?.firstBlock ?? 0;
    return world;
  }

  /** A host does its next command, or looks again later. */
  #hostActs(array: number, host: number): void {
    const { world } = this;
    if (this.time_us >= this.#get(AUTO_UNTIL)) return;
    const hosts = world.hosts[array];
    if (!hosts || hosts.busy(host)) return;
    if (!world.powered(array) || !this.#booted(array)) {
      this.#actIn(500, array, host);
      return;
    }
    if (this.scsi.acts(array, host, (image) => this.frozen(image) || this.orphaned(image))) return;
    const volume = world.chance.below(volumesOf(this.rig.arrays[array] as ArrayConfig));
    const index = this.#ledger.imageAt(array, volume);
    const image = this.images[index] as SimImage;
    const serves = this.authority(index) === array;
    const draw = world.chance.below(16);
    const op =
      draw < this.#get(READS_OF_16) ? COMMAND_OP.OP_READ : draw === 15 ? COMMAND_OP.OP_ZERO : COMMAND_OP.OP_WRITE;
    // A write to the side that does not serve is tried now and then: it must be refused.
    const target = pairOf(this.#machine(array), volume).role === PAIR_ROLE.TARGET;
    const probes = !serves && target && op === COMMAND_OP.OP_WRITE && world.chance.below(8) === 0;
    const waits = this.frozen(index) || (this.orphaned(index) && op !== COMMAND_OP.OP_READ);
    if (waits || (!serves && !probes && op !== COMMAND_OP.OP_READ)) {
      this.#actIn(1000, array, host);
      return;
    }
    const sectors = 1 + world.chance.below(Math.min(image.blocks, this.#get(SECTORS_MOST)));
    const lba = world.chance.below(image.blocks - sectors + 1);
    // Some hosts do not heed the size of a block: they must be refused.
    const align = this.#machine(array).get('volume', 'align', volume);
    const heeds = align > 0 && world.chance.below(8) > 0;
    const first = heeds ? lba & ~align : lba;
    const trims = op === COMMAND_OP.OP_READ ? 0 : this.#get(TRIMS_OF_16);
    if (trims > 0 && world.trims.chance(trims, 16)) {
      const { sectorsPerTrack } = (this.rig.arrays[array] as ArrayConfig).dims;
      const tracks = 1 + world.trims.below(3);
      const from = world.trims.below(Math.ceil(image.blocks / sectorsPerTrack)) * sectorsPerTrack;
      const all = Math.min(tracks * sectorsPerTrack, image.blocks - from, world.hosts[array]?.sectorsMost ?? 0);
      this.#ledger.begin(array, host, COMMAND_OP.OP_TRIM, volume, from, all);
      return;
    }
    this.#ledger.begin(array, host, op, volume, first, heeds ? (lba + sectors - first + align) & ~align : sectors);
  }

  #actIn(us: number, array: number, host: number): void {
    this.world.events.at(this.world.events.now_ns() + us * 1000, EVENT.HOST, array, host, 0);
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
