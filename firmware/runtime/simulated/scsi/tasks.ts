/** Task management of SCSI hosts: what it ends has ended when it is answered, and nothing else ends because of it. */
import { RESERVE_OUT, SCSI_OP } from '../../../../adapters/channel/workload/scsi-cdbs.js';
import type { ScsiHosts } from '../../../../adapters/channel/workload/scsi-hosts.js';
import { SENSE, TASK_MANAGEMENT } from '../../../memory/scsi.js';
import type { Watched } from '../watched.js';
import { NOTE } from './notes.js';
import { NEXUSES, OF_HOST, OF_NEXUS, type ScsiWords } from './scsi-words.js';

export class Tasks {
  readonly #sim: Watched;
  readonly #words: ScsiWords;
  readonly #say: (array: number, unit: number, text: string) => void;

  /** @param say tells what is wrong with a unit */
  constructor(sim: Watched, words: ScsiWords, say: (array: number, unit: number, text: string) => void) {
    this.#sim = sim;
    this.#words = words;
    this.#say = say;
  }

  /** A nexus asks for task management; false: it waits for an answer already. */
  manage(array: number, nexus: number, unit: number, what: number, task = -1): boolean {
    const hosts = this.#hosts(array);
    if (!hosts || hosts.manages(nexus)) return false;
    this.#words.setNexus(array, nexus, OF_NEXUS.WHAT, what);
    this.#words.setNexus(array, nexus, OF_NEXUS.UNIT, unit);
    this.#words.setNexus(array, nexus, OF_NEXUS.BEGAN, this.#sim.oracle.moment());
    this.#words.setNexus(array, nexus, OF_NEXUS.TASK, task);
    if (what === TASK_MANAGEMENT.ABORT_TASK) hosts.setNote(task, hosts.note(task) | NOTE.ABORTED);
    else this.mayEnd(array, unit, what === TASK_MANAGEMENT.ABORT_TASK_SET ? nexus : -1);
    const code = attentionOf(what);
    if (code !== 0)
      for (let n = 0; n < NEXUSES; n++) this.#words.attentions[array]?.raising(this.#words.path(array, n, unit), code);
    hosts.manage(nexus, unit, what, task);
    return true;
  }

  /** Its answer: what was to end has ended. */
  managed(array: number, nexus: number, answer: number): void {
    const what = this.#words.nexus(array, nexus, OF_NEXUS.WHAT);
    const unit = this.#words.nexus(array, nexus, OF_NEXUS.UNIT);
    const began = this.#words.nexus(array, nexus, OF_NEXUS.BEGAN);
    const task = this.#words.nexus(array, nexus, OF_NEXUS.TASK);
    this.#words.setNexus(array, nexus, OF_NEXUS.WHAT, 0);
    const isMissing = what === TASK_MANAGEMENT.ABORT_TASK && answer === TASK_MANAGEMENT.TASK_NOT_THERE;
    if (answer !== TASK_MANAGEMENT.FUNCTION_COMPLETE && !isMissing)
      this.#say(array, unit, `task management ${what} of initiator ${nexus} was answered ${answer}`);
    const hosts = this.#hosts(array);
    for (let host = 0; hosts && host < hosts.count; host++) {
      if (what === TASK_MANAGEMENT.ABORT_TASK ? host !== task : hosts.look(host).volume !== unit) continue;
      if (what === TASK_MANAGEMENT.ABORT_TASK_SET && hosts.nexusOf(host) !== nexus) continue;
      if (hosts.busy(host) && this.#words.host(array, host, OF_HOST.SENT) < began)
        this.#say(array, unit, `task management ${what} is complete, and host ${host} has its command under way`);
    }
    const code = attentionOf(what);
    if (code === 0) return;
    const still = this.#isManaged(array, unit, what);
    const did = what === TASK_MANAGEMENT.CLEAR_TASK_SET ? undefined : true;
    const moment = this.#sim.oracle.moment();
    for (let n = 0; n < NEXUSES; n++)
      this.#words.attentions[array]?.raised(this.#words.path(array, n, unit), code, began, moment, did, still);
  }

  /** Any command of the unit, or of one nexus of it, that is under way may be ended from now on. */
  mayEnd(array: number, unit: number, nexus = -1): void {
    const hosts = this.#hosts(array);
    for (let host = 0; hosts && host < hosts.count; host++)
      if (hosts.busy(host) && hosts.look(host).volume === unit && (nexus < 0 || hosts.nexusOf(host) === nexus))
        hosts.setNote(host, hosts.note(host) | NOTE.ABORTED);
  }

  /** May a command of the nexus be ended by what is under way? */
  isEnding(array: number, unit: number, nexus: number): boolean {
    const hosts = this.#hosts(array);
    for (let by = 0; by < NEXUSES; by++) {
      const what = this.#words.nexus(array, by, OF_NEXUS.WHAT);
      if (what === 0 || what === TASK_MANAGEMENT.ABORT_TASK || this.#words.nexus(array, by, OF_NEXUS.UNIT) !== unit)
        continue;
      if (what !== TASK_MANAGEMENT.ABORT_TASK_SET || by === nexus) return true;
    }
    for (let host = 0; hosts && host < hosts.count; host++) {
      const { busy, op, volume } = hosts.look(host);
      if (!busy || op !== SCSI_OP.RESERVE_OUT || volume !== unit) continue;
      if (hosts.reserving(host).action === RESERVE_OUT.PREEMPT_AND_ABORT) return true;
    }
    return false;
  }

  #isManaged(array: number, unit: number, what: number): boolean {
    for (let nexus = 0; nexus < NEXUSES; nexus++)
      if (
        this.#words.nexus(array, nexus, OF_NEXUS.WHAT) === what &&
        this.#words.nexus(array, nexus, OF_NEXUS.UNIT) === unit
      )
        return true;
    return false;
  }

  #hosts(array: number): ScsiHosts | undefined {
    return this.#sim.world.scsiHosts(array);
  }
}

/** What task management raises, for every nexus of the unit. */
const attentionOf = (what: number): number =>
  what === TASK_MANAGEMENT.UNIT_RESET_FUNCTION
    ? SENSE.UNIT_RESET
    : what === TASK_MANAGEMENT.CLEAR_TASK_SET
      ? SENSE.COMMANDS_CLEARED
      : 0;
