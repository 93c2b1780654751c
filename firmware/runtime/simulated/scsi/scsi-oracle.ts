/**
 * What SCSI hosts may be answered beside their data: reservations, unit attentions, task management. It knows what hosts sent
 * and got, nothing of the machine.
 */
import { RESERVE_OUT, SCSI_OP } from '../../../../adapters/channel/workload/scsi-cdbs.js';
import { SCSI_RESULT, type ScsiHosts } from '../../../../adapters/channel/workload/scsi-hosts.js';
import { COMMAND_OP, RESULT } from '../../../memory/constants.js';
import { SAM_STATUS, SENSE } from '../../../memory/scsi.js';
import type { Region } from '../../../ports/schedule.js';
import type { Watched } from '../watched.js';
import type { SimRig } from '../world-plan.js';
import { hexOf } from './attentions.js';
import { NOTE } from './notes.js';
import { describe, INITIATORS, keyOf, STATUS, stateFrom, typeOf } from './reservation.js';
import type { Ended, Reservations } from './reservations.js';
import { NEXUSES, OF_HOST, OF_NEXUS, ScsiWords } from './scsi-words.js';
import { Tasks } from './tasks.js';

/** Attentions that PERSISTENT RESERVE OUT raises. */
const RESERVING = [SENSE.RESERVATIONS_PREEMPTED, SENSE.RESERVATIONS_RELEASED, SENSE.REGISTRATIONS_PREEMPTED] as const;
/** Types whose end the registrants are told of. */
const TOLD_FROM = 5;

export class ScsiOracle {
  readonly #sim: Watched;
  readonly #words: ScsiWords;
  readonly tasks: Tasks;

  static words(rig: SimRig): number {
    return ScsiWords.count(rig);
  }

  constructor(sim: Watched, region: Region) {
    this.#sim = sim;
    this.#words = new ScsiWords(sim.rig, region);
    this.tasks = new Tasks(sim, this.#words, (array, unit, text) => this.#say(array, unit, text));
  }

  /** The array's battery memory is as formatted. */
  formatted(array: number): void {
    for (let unit = 0; unit < this.units(array); unit++) this.reservations(array)?.format(unit);
  }

  /** Units of an array; 0: its hosts are not SCSI hosts. */
  units(array: number): number {
    return this.#words.units(array);
  }

  reservations(array: number): Reservations | undefined {
    return this.#words.reservations[array];
  }

  connected(array: number): void {
    const moment = this.#sim.oracle.moment();
    for (let nexus = 0; nexus < NEXUSES; nexus++) {
      this.#words.setNexus(array, nexus, OF_NEXUS.WHAT, 0);
      for (let unit = 0; unit < this.units(array); unit++)
        this.#words.attentions[array]?.fresh(this.#words.path(array, nexus, unit), moment);
    }
  }

  powerLost(array: number): void {
    for (let unit = 0; unit < this.units(array); unit++) this.reservations(array)?.losePower(unit);
    for (let nexus = 0; nexus < NEXUSES; nexus++) this.#words.setNexus(array, nexus, OF_NEXUS.WHAT, 0);
  }

  // ── commands

  /** A host's command goes out. */
  began(array: number, host: number): void {
    const hosts = this.#hosts(array);
    const reservations = this.reservations(array);
    if (!hosts || !reservations) return;
    const { op, volume: unit } = hosts.look(host);
    this.#words.setHost(array, host, OF_HOST.SENT, this.#sim.oracle.moment());
    if (this.tasks.isEnding(array, unit, hosts.nexusOf(host))) hosts.setNote(host, hosts.note(host) | NOTE.ABORTED);
    if (op === SCSI_OP.RESERVE_OUT) this.#beginReserving(array, host);
    else if (op === SCSI_OP.RESERVE_IN) this.#words.setHost(array, host, OF_HOST.VERSION, reservations.version(unit));
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
    const wrong = this.#words.attentions[array]?.heard(this.#words.path(array, nexus, unit), sense);
    if (wrong !== undefined)
      this.#say(array, unit, `initiator ${nexus} was told unit attention ${hexOf(sense)}; ${wrong}`);
    this.#words.setHost(array, host, OF_HOST.SENT, this.#sim.oracle.moment());
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

  #beginReserving(array: number, host: number): void {
    const hosts = this.#hosts(array);
    if (!hosts) return;
    const { volume: unit } = hosts.look(host);
    const asked = hosts.reserving(host);
    this.reservations(array)?.begin(unit, host, hosts.nexusOf(host), asked);
    for (let n = 0; n < NEXUSES; n++)
      for (const code of RESERVING) this.#words.attentions[array]?.raising(this.#words.path(array, n, unit), code);
    for (let other = 0; other < hosts.count; other++)
      if (hosts.busy(other) && hosts.look(other).volume === unit) this.#meets(array, other);
    if (asked.action === RESERVE_OUT.PREEMPT_AND_ABORT) this.tasks.mayEnd(array, unit);
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
    const began = this.#words.host(array, host, OF_HOST.SENT);
    const moment = this.#sim.oracle.moment();
    const still = (this.reservations(array)?.pending(unit) ?? 0) > 0;
    for (let n = 0; n < NEXUSES; n++) {
      const hears = status === 0 ? undefined : status === STATUS.GOOD ? heardBy(n, own, hosts, host, end) : 0;
      for (const code of RESERVING) {
        const did = hears === undefined ? undefined : hears === code;
        this.#words.attentions[array]?.raised(this.#words.path(array, n, unit), code, began, moment, did, still);
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
      if (this.#words.host(array, other, OF_HOST.SENT) < this.#words.host(array, host, OF_HOST.SENT))
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
    const sent = this.#words.host(array, host, OF_HOST.SENT);
    const isConflict = status === SCSI_RESULT.CONFLICT;
    const owed = this.#words.attentions[array]?.owed(this.#words.path(array, nexus, unit), sent, isConflict) ?? 0;
    if (owed !== 0)
      this.#say(array, unit, `initiator ${nexus} was answered ${status}, and not told unit attention ${hexOf(owed)}`);
  }

  /** READ FULL STATUS, if nothing changed what it read. */
  #checkRead(array: number, host: number, unit: number): void {
    const hosts = this.#hosts(array);
    const reservations = this.reservations(array);
    if (!hosts || !reservations || reservations.pending(unit) > 0) return;
    if (reservations.version(unit) !== this.#words.host(array, host, OF_HOST.VERSION)) return;
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

/** As `Reservations.end` wants it. */
function statusOf(hosts: ScsiHosts, host: number): number {
  const { status } = hosts.look(host);
  if (status === RESULT.OK) return STATUS.GOOD;
  if (status === SCSI_RESULT.ABORTED) return 0;
  return hosts.samStatus(host) === SAM_STATUS.RESERVATION_CONFLICT ? STATUS.CONFLICT : STATUS.CHECK;
}
