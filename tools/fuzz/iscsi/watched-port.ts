/** The port of the array with an account of what its server took and gave back: at the end of an input nothing may be left. */
import type { ScsiCommand, ScsiEnd, ScsiListener, ScsiPort } from '../../../adapters/channel/scsi-port.js';
import { TASK_FUNCTION } from '../../../adapters/channel/scsi-port.js';
import { FuzzFailure } from '../target.js';

export class WatchedPort implements ScsiPort {
  readonly memory: { readonly bytes: Uint8Array };
  /** Nexuses that are open, pushed slots that are not given back, commands that have not ended. */
  nexuses = 0;
  pushed = 0;
  commands = 0;
  /** A reset of all that the target is: whoever has commands or a session may lose them. */
  wasReset = false;
  readonly #port: ScsiPort;
  /** Sectors of each transfer buffer, by its address. */
  readonly #buffers = new Map<number, number>();

  constructor(port: ScsiPort) {
    this.#port = port;
    this.memory = port.memory;
  }

  get transferSectors(): number {
    return this.#port.transferSectors;
  }

  /** Transfer buffers that are not given back. */
  get buffers(): number {
    return this.#buffers.size;
  }

  allocate(sectors: number): number {
    const at = this.#port.allocate(sectors);
    if (at >= 0) this.#buffers.set(at, sectors);
    return at;
  }

  release(at: number, sectors: number): void {
    if (this.#buffers.get(at) !== sectors) throw new FuzzFailure(`buffer ${at} is given back and was not taken`);
    this.#buffers.delete(at);
    this.#port.release(at, sectors);
  }

  submitScsi(command: ScsiCommand, owner: ScsiListener): number {
    const { at, outBytes } = command;
    if (at !== 0 && (this.#buffers.get(at) ?? 0) * 512 < outBytes) {
      throw new FuzzFailure(`a command of ${outBytes} bytes from buffer ${at}, which holds fewer or is none`);
    }
    const number = this.#port.submitScsi(command, this.#watch(owner));
    if (number >= 0) this.commands += 1;
    return number;
  }

  manage(nexus: number, high: number, low: number, what: number, task: number, owner: ScsiListener): number {
    const number = this.#port.manage(nexus, high, low, what, task, this.#watch(owner));
    if (number < 0) return number;
    this.commands += 1;
    if (what === TASK_FUNCTION.TARGET_WARM_RESET || what === TASK_FUNCTION.TARGET_COLD_RESET) this.wasReset = true;
    return number;
  }

  openNexus(at: number, bytes: number, group: number, owner: ScsiListener): number {
    const answered = (command: number, nexus: number): void => {
      if (nexus >= 0) this.nexuses += 1;
      owner.nexusAnswered?.(command, nexus);
    };
    return this.#port.openNexus(at, bytes, group, { ...this.#watch(owner), nexusAnswered: answered });
  }

  closeNexus(nexus: number, owner: ScsiListener): number {
    const answered = (command: number, answer: number): void => {
      this.nexuses -= 1;
      owner.nexusAnswered?.(command, answer);
    };
    return this.#port.closeNexus(nexus, { ...this.#watch(owner), nexusAnswered: answered });
  }

  done(slot: number): void {
    this.pushed -= 1;
    if (this.pushed < 0) throw new FuzzFailure(`slot ${slot} is given back and was not pushed`);
    this.#port.done(slot);
  }

  #watch(owner: ScsiListener): ScsiListener {
    return {
      pushed: (command, slot, at, sectors) => {
        this.pushed += 1;
        owner.pushed(command, slot, at, sectors);
      },
      gave: (command, at, bytes) => owner.gave(command, at, bytes),
      scsiEnded: (command: number, end: ScsiEnd) => {
        this.commands -= 1;
        owner.scsiEnded(command, end);
      },
    };
  }
}
