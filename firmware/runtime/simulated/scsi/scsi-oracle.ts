/**
 * What SCSI hosts may be answered beside their data: reservations, unit attentions, task management. It knows what hosts sent
 * and got, nothing of the machine.
 */
import { RESERVE_OUT, SCSI_OP } from '../../../../adapters/channel/workload/scsi-cdbs.js';
import { SCSI_RESULT, type ScsiHosts } from '../../../../adapters/channel/workload/scsi-hosts.js';
import { COMMAND_OP, RESULT } from '../../../memory/constants.js';
import { SAM_STATUS, SENSE, TASK_MANAGEMENT } from '../../../memory/scsi.js';
import type { Region } from '../../../ports/schedule.js';
import type { Watched } from '../watched.js';
import { hostsOf, type SimRig, volumesOf } from '../world-plan.js';
import { Attentions, hexOf } from './attentions.js';
import { NOTE } from './notes.js';
import { describe, INITIATORS, keyOf, STATUS, stateFrom, typeOf } from './reservation.js';
import { type Ended, Reservations } from './reservations.js';

/** Nexuses of an array at most; each is an initiator's. */
const NEXUSES = INITIATORS;
/** Words of a host: when its command went out last; of a READ FULL STATUS, the version of what it reads. */
const SENT = 0;
const VERSION = 1;
const HOST_WORDS = 2;
/** Of a nexus's task management: what, of which unit, when it began; of which host's command. */
const WHAT = 0;
const UNIT = 1;
const BEGAN = 2;
const TASK = 3;
const NEXUS_WORDS = 4;

/** Attentions that PERSISTENT RESERVE OUT raises. */
const RESERVING = [SENSE.RESERVATIONS_PREEMPTED, SENSE.RESERVATIONS_RELEASED, SENSE.REGISTRATIONS_PREEMPTED] as const;
/** Types whose end the registrants are told of. */
const TOLD_FROM = 5;

interface Places {
  readonly units: number;
  readonly reservations: number;
  readonly attentions: number;
  readonly hosts: number;
  readonly nexuses: number;
}

export class ScsiOracle {
  readonly #sim: Watched;
  readonly #m: Int32Array;
  readonly #at: number;
  /** By array; undefined: its hosts are none of these. */
  readonly #places: readonly (Places | undefined)[];
  readonly #reservations: readonly (Reservations | undefined)[];
  readonly #attentions: readonly (Attentions | undefined)[];

  static words(rig: SimRig): number {
    return plan(rig).words;
  }

  constructor(sim: Watched, region: Region) {
    this.#sim = sim;
    this.#m = region.m;
    this.#at = region.at;
    const { places } = plan(sim.rig);
    const at = (words: number): Region => ({ m: region.m, at: region.at + words });
    this.#places = places;
    this.#reservations = places.map((p) => p && new Reservations(at(p.reservations)));
    this.#attentions = places.map((p) => p && new Attentions(at(p.attentions)));
  }

  /** The array's battery memory is as formatted. */
  formatted(array: number): void {
    for (let unit = 0; unit < this.units(array); unit++) this.reservations(array)?.format(unit);
  }

  /** Units of an array; 0: its hosts are not SCSI hosts. */
  units(array: number): number {
    return this.#places[array]?.units ?? 0;
  }

  reservations(array: number): Reservations | undefined {
    return this.#reservations[array];
  }

  connected(array: number): void {
    const moment = this.#sim.oracle.moment();
    for (let nexus = 0; nexus < NEXUSES; nexus++) {
      this.#setNexus(array, nexus, WHAT, 0);
      for (let unit = 0; unit < this.units(array); unit++)
        this.#attentions[array]?.fresh(this.#path(array, nexus, unit), moment);
    }
  }

  powerLost(array: number): void {
    for (let unit = 0; unit < this.units(array); unit++) this.reservations(array)?.losePower(unit);
    for (let nexus = 0; nexus < NEXUSES; nexus++) this.#setNexus(array, nexus, WHAT, 0);
  }

  // ── commands

  /** A host's command goes out. */
  began(array: number, host: number): void {
    const hosts = this.#hosts(array);
    const reservations = this.reservations(array);
    if (!hosts || !reservations) return;
    const { op, volume: unit } = hosts.look(host);
    this.#setHost(array, host, SENT, this.#sim.oracle.moment());
    if (this.#isEnding(array, unit)) hosts.setNote(host, hosts.note(host) | NOTE.ABORTED);
    if (op === SCSI_OP.RESERVE_OUT) this.#beginReserving(array, host);
    else if (op === SCSI_OP.RESERVE_IN) this.#setHost(array, host, VERSION, reservations.version(unit));
    else this.#meets(array, host);
  }

  /** A command of a host ended. True: it was about no data. */
  ended(array: number, host: number): boolean {
    const hosts = this.#hosts(array);
    const reservations = this.reservations(array);
    if (!hosts || !reservations) return false;
    const { op, status, volume: unit } = hosts.look(host);
    this.#checkStatus(array, host);
    this.#checkAttentions(array, host);
    if (op === SCSI_OP.RESERVE_OUT) this.#endReserving(array, host, statusOf(hosts, host));
    if (op === SCSI_OP.RESERVE_IN && status === RESULT.OK) this.#checkRead(array, host, unit);
    return op >= SCSI_OP.TEST_READY;
  }

  /** A unit attention was told in the place of an answer, and the command goes out again. */
  attended(array: number, host: number, sense: number): void {
    const hosts = this.#hosts(array);
    if (!hosts) return;
    const { volume: unit } = hosts.look(host);
    const nexus = hosts.nexusOf(host);
    const wrong = this.#attentions[array]?.heard(this.#path(array, nexus, unit), sense);
    if (wrong !== undefined)
      this.#say(array, unit, `initiator ${nexus} was told unit attention ${hexOf(sense)}; ${wrong}`);
    this.#setHost(array, host, SENT, this.#sim.oracle.moment());
  }

  // ── task management

  /** A nexus asks for task management; false: it waits for an answer already. */
  manage(array: number, nexus: number, unit: number, what: number, task = -1): boolean {
    const hosts = this.#hosts(array);
    if (!hosts || hosts.manages(nexus)) return false;
    this.#setNexus(array, nexus, WHAT, what);
    this.#setNexus(array, nexus, UNIT, unit);
    this.#setNexus(array, nexus, BEGAN, this.#sim.oracle.moment());
    this.#setNexus(array, nexus, TASK, task);
    this.#mayEnd(array, unit);
    const code = attentionOf(what);
    if (code !== 0)
      for (let n = 0; n < NEXUSES; n++) this.#attentions[array]?.raising(this.#path(array, n, unit), code);
    hosts.manage(nexus, unit, what, task);
    return true;
  }

  /** Its answer: what was to end has ended. */
  managed(array: number, nexus: number, answer: number): void {
    const what = this.#nexus(array, nexus, WHAT);
    const unit = this.#nexus(array, nexus, UNIT);
    const began = this.#nexus(array, nexus, BEGAN);
    const task = this.#nexus(array, nexus, TASK);
    this.#setNexus(array, nexus, WHAT, 0);
    const isMissing = what === TASK_MANAGEMENT.ABORT_TASK && answer === TASK_MANAGEMENT.TASK_NOT_THERE;
    if (answer !== TASK_MANAGEMENT.FUNCTION_COMPLETE && !isMissing)
      this.#say(array, unit, `task management ${what} of initiator ${nexus} was answered ${answer}`);
    const hosts = this.#hosts(array);
    for (let host = 0; hosts && host < hosts.count; host++) {
      if (what === TASK_MANAGEMENT.ABORT_TASK ? host !== task : hosts.look(host).volume !== unit) continue;
      if (what === TASK_MANAGEMENT.ABORT_TASK_SET && hosts.nexusOf(host) !== nexus) continue;
      if (hosts.busy(host) && this.#host(array, host, SENT) < began)
        this.#say(array, unit, `task management ${what} is complete, and host ${host} has its command under way`);
    }
    const code = attentionOf(what);
    if (code === 0) return;
    const still = this.#isManaged(array, unit, what);
    const did = what === TASK_MANAGEMENT.CLEAR_TASK_SET ? undefined : true;
    const moment = this.#sim.oracle.moment();
    for (let n = 0; n < NEXUSES; n++)
      this.#attentions[array]?.raised(this.#path(array, n, unit), code, began, moment, did, still);
  }

  // ── inside

  /** Were it answered now, might the command pass, might it be kept away? Beside what was so before. */
  #meets(array: number, host: number): void {
    const hosts = this.#hosts(array);
    const { op, volume: unit } = hosts?.look(host) ?? { op: 0, volume: 0 };
    if (!hosts || op >= SCSI_OP.TEST_READY) return;
    const isWrite = op !== COMMAND_OP.OP_READ;
    const bits = this.reservations(array)?.meets(unit, hosts.nexusOf(host), isWrite) ?? 0;
    hosts.setNote(host, hosts.note(host) | bits);
  }

  /** Any command of the unit that is under way may be ended from now on. */
  #mayEnd(array: number, unit: number): void {
    const hosts = this.#hosts(array);
    for (let host = 0; hosts && host < hosts.count; host++)
      if (hosts.busy(host) && hosts.look(host).volume === unit) hosts.setNote(host, hosts.note(host) | NOTE.ABORTED);
  }

  #isEnding(array: number, unit: number): boolean {
    const hosts = this.#hosts(array);
    for (let nexus = 0; nexus < NEXUSES; nexus++)
      if (this.#nexus(array, nexus, WHAT) !== 0 && this.#nexus(array, nexus, UNIT) === unit) return true;
    for (let host = 0; hosts && host < hosts.count; host++) {
      const { busy, op, volume } = hosts.look(host);
      if (!busy || op !== SCSI_OP.RESERVE_OUT || volume !== unit) continue;
      if (hosts.reserving(host).action === RESERVE_OUT.PREEMPT_AND_ABORT) return true;
    }
    return false;
  }

  #isManaged(array: number, unit: number, what: number): boolean {
    for (let nexus = 0; nexus < NEXUSES; nexus++)
      if (this.#nexus(array, nexus, WHAT) === what && this.#nexus(array, nexus, UNIT) === unit) return true;
    return false;
  }

  #beginReserving(array: number, host: number): void {
    const hosts = this.#hosts(array);
    if (!hosts) return;
    const { volume: unit } = hosts.look(host);
    const asked = hosts.reserving(host);
    this.reservations(array)?.begin(unit, host, hosts.nexusOf(host), asked);
    for (let n = 0; n < NEXUSES; n++)
      for (const code of RESERVING) this.#attentions[array]?.raising(this.#path(array, n, unit), code);
    for (let other = 0; other < hosts.count; other++)
      if (hosts.busy(other) && hosts.look(other).volume === unit) this.#meets(array, other);
    if (asked.action === RESERVE_OUT.PREEMPT_AND_ABORT) this.#mayEnd(array, unit);
  }

  #endReserving(array: number, host: number, status: number): void {
    const hosts = this.#hosts(array);
    const reservations = this.reservations(array);
    if (!hosts || !reservations) return;
    const { volume: unit } = hosts.look(host);
    const asked = hosts.reserving(host);
    const was = reservations.describe(unit);
    const end = reservations.end(unit, host, status);
    if (end.isImpossible) {
      const { action, key, actionKey, type } = asked;
      this.#say(
        array,
        unit,
        `PERSISTENT RESERVE OUT ${action} of initiator ${hosts.nexusOf(host)} (key ${key}, ${actionKey}, type ${type}) ended with ${status}; it may be: ${was}`,
      );
    }
    this.#tell(array, host, status, end);
    if (asked.action === RESERVE_OUT.PREEMPT_AND_ABORT && status === STATUS.GOOD) this.#fence(array, host, end);
  }

  /** What others are to hear of it. */
  #tell(array: number, host: number, status: number, end: Ended): void {
    const hosts = this.#hosts(array);
    if (!hosts) return;
    const { volume: unit } = hosts.look(host);
    const own = hosts.nexusOf(host);
    const began = this.#host(array, host, SENT);
    const moment = this.#sim.oracle.moment();
    const still = (this.reservations(array)?.pending(unit) ?? 0) > 0;
    for (let n = 0; n < NEXUSES; n++) {
      const hears = status === 0 ? undefined : status === STATUS.GOOD ? heardBy(n, own, hosts, host, end) : 0;
      for (const code of RESERVING) {
        const did = hears === undefined ? undefined : hears === code;
        this.#attentions[array]?.raised(this.#path(array, n, unit), code, began, moment, did, still);
      }
    }
  }

  /** Of those that it preempted nothing that was under way before may do anything any more. */
  #fence(array: number, host: number, { before, after }: Ended): void {
    const hosts = this.#hosts(array);
    if (!hosts || before === undefined || after === undefined) return;
    const { volume: unit } = hosts.look(host);
    const own = hosts.nexusOf(host);
    for (let other = 0; other < hosts.count; other++) {
      const nexus = hosts.nexusOf(other);
      const isGone = nexus !== own && keyOf(before, nexus) !== 0 && keyOf(after, nexus) === 0;
      if (!isGone || !hosts.busy(other) || hosts.look(other).volume !== unit) continue;
      if (this.#host(array, other, SENT) < this.#host(array, host, SENT))
        hosts.setNote(other, hosts.note(other) | NOTE.FENCED);
    }
  }

  #checkStatus(array: number, host: number): void {
    const hosts = this.#hosts(array);
    if (!hosts) return;
    const { op, status, volume: unit, lba } = hosts.look(host);
    const note = hosts.note(host);
    const what = `command ${op} of initiator ${hosts.nexusOf(host)} at block ${lba}`;
    if (status === SCSI_RESULT.ABORTED) {
      if ((note & NOTE.ABORTED) === 0) this.#say(array, unit, `${what} was aborted, and nobody asked for that`);
      return;
    }
    if ((note & NOTE.FENCED) !== 0)
      this.#say(array, unit, `${what} went on behind the PREEMPT AND ABORT that fenced it, and ended with ${status}`);
    if (op >= SCSI_OP.TEST_READY) return;
    const may = this.reservations(array)?.describe(unit);
    if (status === SCSI_RESULT.CONFLICT && (note & NOTE.CONFLICTS) === 0)
      this.#say(array, unit, `${what} met a reservation conflict; it may be: ${may}`);
    if (status === RESULT.OK && (note & NOTE.PASSES) === 0)
      this.#say(array, unit, `${what} passed a reservation that keeps it away; it may be: ${may}`);
  }

  #checkAttentions(array: number, host: number): void {
    const hosts = this.#hosts(array);
    if (!hosts) return;
    const { status, volume: unit } = hosts.look(host);
    if (status === SCSI_RESULT.ABORTED) return;
    const nexus = hosts.nexusOf(host);
    const sent = this.#host(array, host, SENT);
    const isConflict = status === SCSI_RESULT.CONFLICT;
    const owed = this.#attentions[array]?.owed(this.#path(array, nexus, unit), sent, isConflict) ?? 0;
    if (owed !== 0)
      this.#say(array, unit, `initiator ${nexus} was answered ${status}, and not told unit attention ${hexOf(owed)}`);
  }

  /** READ FULL STATUS, if nothing changed what it read. */
  #checkRead(array: number, host: number, unit: number): void {
    const hosts = this.#hosts(array);
    const reservations = this.reservations(array);
    if (!hosts || !reservations || reservations.pending(unit) > 0) return;
    if (reservations.version(unit) !== this.#host(array, host, VERSION)) return;
    const of = Array.from({ length: INITIATORS }, (_, i) => hosts.registrant(host, i));
    const state = (isKept: boolean): number =>
      stateFrom(
        of.map((word) => word & 255),
        of.map((word) => word >> 8),
        isKept,
      );
    const was = reservations.describe(unit);
    if (!reservations.isSo(unit, state))
      this.#say(array, unit, `READ FULL STATUS says ${describe(state(false))}; it may be: ${was}`);
  }

  #say(array: number, unit: number, text: string): void {
    const { name, volumes } = this.#sim.rig.arrays[array] ?? {};
    this.#sim.violate(`${name}:${volumes?.[unit]?.name}: ${text}`);
  }

  #hosts(array: number): ScsiHosts | undefined {
    return this.#sim.world.scsiHosts(array);
  }

  #path(array: number, nexus: number, unit: number): number {
    return nexus * this.units(array) + unit;
  }

  #host(array: number, host: number, word: number): number {
    return this.#m[this.#at + (this.#places[array]?.hosts ?? 0) + host * HOST_WORDS + word];
  }

  #setHost(array: number, host: number, word: number, value: number): void {
    this.#m[this.#at + (this.#places[array]?.hosts ?? 0) + host * HOST_WORDS + word] = value;
  }

  #nexus(array: number, nexus: number, word: number): number {
    return this.#m[this.#at + (this.#places[array]?.nexuses ?? 0) + nexus * NEXUS_WORDS + word];
  }

  #setNexus(array: number, nexus: number, word: number, value: number): void {
    const places = this.#places[array];
    if (places) this.#m[this.#at + places.nexuses + nexus * NEXUS_WORDS + word] = value;
  }
}

/** The attention that another initiator hears of a PERSISTENT RESERVE OUT with GOOD; undefined: nobody can tell; 0: none. */
function heardBy(n: number, own: number, hosts: ScsiHosts, host: number, end: Ended): number | undefined {
  const { before, after } = end;
  if (before === undefined || after === undefined) return undefined;
  if (n === own || keyOf(before, n) === 0) return 0;
  const { action } = hosts.reserving(host);
  if (action === RESERVE_OUT.CLEAR) return SENSE.RESERVATIONS_PREEMPTED;
  if (keyOf(after, n) === 0) return SENSE.REGISTRATIONS_PREEMPTED;
  const was = typeOf(before);
  if (was === 0 || was === typeOf(after)) return 0;
  const isPreempt = action === RESERVE_OUT.PREEMPT || action === RESERVE_OUT.PREEMPT_AND_ABORT;
  return isPreempt || was >= TOLD_FROM ? SENSE.RESERVATIONS_RELEASED : 0;
}

/** What task management raises, for every nexus of the unit. */
const attentionOf = (what: number): number =>
  what === TASK_MANAGEMENT.UNIT_RESET_FUNCTION
    ? SENSE.UNIT_RESET
    : what === TASK_MANAGEMENT.CLEAR_TASK_SET
      ? SENSE.COMMANDS_CLEARED
      : 0;

/** As `Reservations.end` wants it. */
function statusOf(hosts: ScsiHosts, host: number): number {
  const { status } = hosts.look(host);
  if (status === RESULT.OK) return STATUS.GOOD;
  if (status === SCSI_RESULT.ABORTED) return 0;
  return hosts.samStatus(host) === SAM_STATUS.RESERVATION_CONFLICT ? STATUS.CONFLICT : STATUS.CHECK;
}

/** Where the words of each array stand. Errors: RangeError for more nexuses than are modelled. */
function plan(rig: SimRig): { places: (Places | undefined)[]; words: number } {
  let words = 0;
  const take = (n: number): number => {
    words += n;
    return words - n;
  };
  const places = rig.arrays.map((array): Places | undefined => {
    if (!array.scsi) return undefined;
    const units = volumesOf(array);
    return {
      units,
      reservations: take(Reservations.words(units)),
      attentions: take(Attentions.words(NEXUSES * units)),
      hosts: take(hostsOf(array) * HOST_WORDS),
      nexuses: take(NEXUSES * NEXUS_WORDS),
    };
  });
  return { places, words };
}
