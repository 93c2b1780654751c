/**
 * What SCSI hosts do beside reading and writing: by themselves, as a share of their commands, or as a script tells them. A
 * host is a command of an initiator: each initiator has several, and one nexus at each array.
 */
import { RESERVE_OUT, type Reserving, SCSI_OP } from '../../../../adapters/channel/workload/scsi-cdbs.js';
import type { Random } from '../../../memory/random.js';
import { TASK_MANAGEMENT } from '../../../memory/scsi.js';
import type { Region } from '../../../ports/schedule.js';
import type { Watched } from '../watched.js';
import { hostsOf, type SimRig } from '../world-plan.js';
import { keyOf, TYPES, typeOf } from './reservation.js';
import { ScsiOracle } from './scsi-oracle.js';

/** Chance, of 16, that what a host does next is one of these. */
const SHARE = 0;
const OWN_WORDS = 1;
/** PERSISTENT RESERVE OUT commands of a unit at once: more of them may be in more orders than anybody can tell apart. */
const RESERVING_MOST = 2;
/** Keys: 1 to this. */
const KEYS = 4;
const NO_KEY = 0;

/** What a script sees of a sim. */
export interface ScsiScript extends Watched {
  volume(name: string): { array: number; volume: number; image: number };
  until(what: string, condition: () => boolean): void;
  /** A host begins a command of data; the id of the write. */
  begin(array: number, host: number, op: number, volume: number, lba: number, sectors: number, mark: number): number;
}

/** As `SCSI_OP.RESERVE_OUT` needs it; what is left out is 0 or false. */
export type Asked = Pick<Reserving, 'action'> & Partial<Reserving>;

export class ScsiLoad {
  readonly oracle: ScsiOracle;
  readonly #sim: ScsiScript;
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #isThere: boolean;

  static words(rig: SimRig): number {
    return rig.arrays.some(({ scsi }) => scsi) ? OWN_WORDS + ScsiOracle.words(rig) : 0;
  }

  constructor(sim: ScsiScript, region: Region) {
    this.#sim = sim;
    this.#m = region.m;
    this.#at = region.at;
    this.#isThere = ScsiLoad.words(sim.rig) > 0;
    this.oracle = new ScsiOracle(sim, { m: region.m, at: region.at + OWN_WORDS });
  }

  format(): void {
    for (const array of this.#sim.rig.arrays.keys()) this.oracle.formatted(array);
  }

  /** From now on so many of 16 commands that SCSI hosts choose are these. */
  share(of16: number): void {
    if (this.#isThere) this.#m[this.#at + SHARE] = of16;
  }

  // ── as a script tells

  /** A host begins a COMPARE AND WRITE of one block; the id of the write. */
  compareWrite(host: number, name: string, lba: number, expected: number): number {
    const { array, volume } = this.#sim.volume(name);
    this.#sim.world.scsiHosts(array)?.expect(host, expected);
    return this.#sim.begin(array, host, SCSI_OP.COMPARE_WRITE, volume, lba, 1, 0);
  }

  /** A host begins a PERSISTENT RESERVE OUT. */
  reserve(host: number, name: string, asked: Asked): void {
    const { array, volume } = this.#sim.volume(name);
    this.#reserve(array, host, volume, { type: 0, key: NO_KEY, actionKey: NO_KEY, isKept: false, ...asked });
  }

  /** A host begins a READ FULL STATUS, which the oracle compares with what it must be. */
  survey(host: number, name: string): void {
    const { array, volume } = this.#sim.volume(name);
    this.#start(array, host, SCSI_OP.RESERVE_IN, volume);
  }

  /** An initiator asks for task management; `task`: the host whose command is meant. */
  manage(initiator: number, name: string, what: number, task = -1): void {
    const { array, volume } = this.#sim.volume(name);
    this.oracle.manage(array, initiator, volume, what, task);
  }

  /** Until a host has its answer; its RESULT or SCSI_RESULT. */
  answer(host: number, name: string): number {
    const { array } = this.#sim.volume(name);
    this.#sim.until(`the command of host ${host} ends`, () => !this.#sim.world.hosts[array]?.busy(host));
    return this.#sim.world.hosts[array]?.look(host).status ?? -1;
  }

  /** Until an initiator has the answer to its task management. */
  managed(initiator: number, name: string): void {
    const { array } = this.#sim.volume(name);
    this.#sim.until('task management is answered', () => !this.#sim.world.scsiHosts(array)?.manages(initiator));
  }

  /** What hosts read of registrations and reservations is as it must be; then there are none any more. Nothing may be under way. */
  unreserve(): void {
    for (const [array, { name, volumes }] of this.#sim.rig.arrays.entries()) {
      for (let unit = 0; unit < this.oracle.units(array); unit++) {
        const at = `${name}:${volumes[unit]?.name}`;
        this.survey(0, at);
        this.answer(0, at);
        for (const action of [RESERVE_OUT.REGISTER_AND_IGNORE, RESERVE_OUT.CLEAR]) {
          this.reserve(0, at, { action, actionKey: 1, key: 1 });
          this.answer(0, at);
        }
        this.survey(0, at);
        this.answer(0, at);
      }
    }
  }

  // ── by themselves

  /** A host chooses what it does next; false: an ordinary command. Hosts of an image that nobody serves just now wait. */
  acts(array: number, host: number, isFrozen: (image: number) => boolean): boolean {
    if (this.oracle.units(array) === 0) return false;
    const share = this.#m[this.#at + SHARE];
    if (share === 0) return false;
    const chance = this.#sim.world.scsiChance;
    if (!chance.chance(share, 16)) return false;
    const unit = chance.below(this.oracle.units(array));
    const draw = chance.below(16);
    if (draw < 7) return this.#compares(array, host, unit, isFrozen);
    if (draw === 7) this.#start(array, host, SCSI_OP.TEST_READY, unit);
    else if (draw === 8 || this.oracle.reservations(array)?.isVague(unit))
      this.#start(array, host, SCSI_OP.RESERVE_IN, unit);
    else if (draw === 9) return this.#manages(array, host, unit, chance);
    else return this.#changes(array, host, unit, chance);
    return true;
  }

  #compares(array: number, host: number, volume: number, isFrozen: (image: number) => boolean): boolean {
    const { world, images, oracle, rig } = this.#sim;
    const index = images.findIndex((image) => image.volumes[array] === volume);
    const image = images[index];
    if (!image || isFrozen(index) || this.#sim.authority(index) !== array) return false;
    // A few blocks: hosts meet there.
    const lba = world.scsiChance.below(Math.min(image.blocks, rig.arrays[array]?.dims.sectorsPerTrack ?? 1));
    const some = oracle.some(image.firstBlock + lba, world.scsiChance.below(64));
    const expected = world.scsiChance.chance(1, 8) ? some + 1 : some;
    world.scsiHosts(array)?.expect(host, expected);
    this.#sim.begin(array, host, SCSI_OP.COMPARE_WRITE, volume, lba, 1, 0);
    return true;
  }

  /** The host itself goes on. */
  #manages(array: number, host: number, unit: number, chance: Random): boolean {
    const hosts = this.#sim.world.scsiHosts(array);
    if (!hosts) return false;
    const whats = [
      TASK_MANAGEMENT.ABORT_TASK,
      TASK_MANAGEMENT.ABORT_TASK_SET,
      TASK_MANAGEMENT.CLEAR_TASK_SET,
      TASK_MANAGEMENT.UNIT_RESET_FUNCTION,
    ];
    const what = whats[chance.below(whats.length)] ?? 0;
    const nexus = hosts.nexusOf(host);
    // Another of its own.
    const others = Array.from({ length: hostsOf(this.#sim.rig.arrays[array]) }, (_, h) => h).filter(
      (h) => h !== host && hosts.nexusOf(h) === nexus && hosts.busy(h),
    );
    if (what !== TASK_MANAGEMENT.ABORT_TASK) this.oracle.manage(array, nexus, unit, what);
    else if (others.length > 0) {
      const task = others[chance.below(others.length)] ?? 0;
      this.oracle.manage(array, nexus, hosts.look(task).volume, what, task);
    }
    return false;
  }

  #changes(array: number, host: number, unit: number, chance: Random): boolean {
    const hosts = this.#sim.world.scsiHosts(array);
    const reservations = this.oracle.reservations(array);
    if (!hosts || !reservations || reservations.pending(unit) >= RESERVING_MOST) return false;
    const initiator = hosts.nexusOf(host);
    const state = reservations.some(unit, chance.below(64));
    const own = keyOf(state, initiator);
    const key = chance.chance(1, 16) ? 1 + chance.below(KEYS) : own;
    const action = own === NO_KEY || chance.chance(1, 8) ? registering(chance) : CHANGES[chance.below(CHANGES.length)];
    const isRegistering = action === RESERVE_OUT.REGISTER || action === RESERVE_OUT.REGISTER_AND_IGNORE;
    const wanted = TYPES[chance.below(TYPES.length)] ?? 1;
    const type = action === RESERVE_OUT.RELEASE && !chance.chance(1, 8) ? typeOf(state) || wanted : wanted;
    const leaves = isRegistering && own !== NO_KEY && chance.chance(1, 3);
    const other = keyOf(state, chance.below(hosts.nexuses));
    const actionKey = leaves ? NO_KEY : isRegistering ? 1 + chance.below(KEYS) : other;
    this.#reserve(array, host, unit, { action, type, key, actionKey, isKept: chance.chance(1, 2) });
    return true;
  }

  #reserve(array: number, host: number, unit: number, asked: Reserving): void {
    this.#sim.world.scsiHosts(array)?.reserve(host, asked);
    this.#start(array, host, SCSI_OP.RESERVE_OUT, unit);
  }

  #start(array: number, host: number, op: number, unit: number): void {
    this.#sim.world.scsiHosts(array)?.start(host, op, unit, 0, 0, 0, 0, 0);
  }
}

const registering = (chance: Random): number =>
  chance.chance(1, 2) ? RESERVE_OUT.REGISTER : RESERVE_OUT.REGISTER_AND_IGNORE;

/** What a registrant does, the frequent more than once. */
const CHANGES: readonly number[] = [
  RESERVE_OUT.RESERVE,
  RESERVE_OUT.RESERVE,
  RESERVE_OUT.RELEASE,
  RESERVE_OUT.RELEASE,
  RESERVE_OUT.PREEMPT,
  RESERVE_OUT.PREEMPT_AND_ABORT,
  RESERVE_OUT.PREEMPT_AND_ABORT,
  RESERVE_OUT.CLEAR,
];
