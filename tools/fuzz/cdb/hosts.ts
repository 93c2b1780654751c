/** The initiators of a fuzzed array: each with at most one session. They count what they were told, and hear only what a transport would. */
import type { ScsiEnd, ScsiListener } from '../../../adapters/channel/scsi-port.js';
import { SENSE_FLAG } from '../../../adapters/channel/scsi-port.js';
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { FuzzFailure } from '../target.js';
import type { FuzzedArray } from './array.js';
import { type Answer, CHECK, type Command, hex } from './command.js';

const BLOCK_BYTES_MOST = 4096;
const SKSV = 0x80;
const IN_CDB = 0x40;
const BIT_VALID = 0x08;

export interface Task {
  readonly command: Command;
  readonly number: number;
  answer: Answer | undefined;
}

export const nameOf = (host: number): string => `iqn.2026-11.example.test:${host},i,0x400001370000`;

/** iSCSI, format 01b (SPC-6, 7.6.4.6); with `isNode` the name of the node alone (00b). */
export function transportId(host: number, isNode = false): Buffer {
  const name = nameOf(host);
  const text = Buffer.from(`${isNode ? name.slice(0, name.indexOf(',')) : name}\0`);
  const bytes = Buffer.alloc(4 + Math.max(20, (text.length + 3) & ~3));
  bytes[0] = isNode ? 0x05 : 0x45;
  bytes.writeUInt16BE(bytes.length - 4, 2);
  text.copy(bytes, 4);
  return bytes;
}

export class FuzzedHost implements ScsiListener {
  readonly number: number;
  nexus = -1;
  /** A transport sends nothing on a session that is closing. */
  isClosing = false;
  readonly #array: FuzzedArray;
  readonly #tasks = new Map<number, { task: Task; parts: Buffer[]; at: number; sectors: number }>();
  readonly #managed = new Map<number, (response: number) => void>();

  constructor(array: FuzzedArray, number: number) {
    this.#array = array;
    this.number = number;
  }

  /** The session begins; ended when the array has run. */
  open(): void {
    const { port } = this.#array;
    const id = transportId(this.number);
    const at = port.allocate(1);
    port.memory.bytes.set(id, at * SECTOR_BYTES);
    this.#managed.set(port.openNexus(at, id.length, 0, this), () => undefined);
    this.#array.pump();
    port.release(at, 1);
    if (this.nexus < 0) throw new FuzzFailure(`host ${this.number} gets no session`);
  }

  /** The power was off: nobody hears of what was under way. */
  forget(): void {
    this.nexus = -1;
    this.isClosing = false;
    this.#tasks.clear();
    this.#managed.clear();
  }

  /** Undefined: the port takes no more now. */
  submit(command: Command): Task | undefined {
    const { port } = this.#array;
    const { out } = command;
    const sectors = out ? Math.max(1, Math.ceil(out.length / SECTOR_BYTES)) : 0;
    const at = out ? port.allocate(sectors) : 0;
    if (at < 0) return undefined;
    if (out) port.memory.bytes.set(out, at * SECTOR_BYTES);
    const { cdb, lunHigh, lunLow, attribute, inBytes } = command;
    const outBytes = out?.length ?? 0;
    const number = port.submitScsi({ nexus: this.nexus, lunHigh, lunLow, attribute, cdb, at, outBytes, inBytes }, this);
    if (number < 0) {
      if (out) port.release(at, sectors);
      return undefined;
    }
    const task: Task = { command, number, answer: undefined };
    this.#tasks.set(number, { task, parts: [], at, sectors });
    return task;
  }

  /** False: no command record is free. `said` is called with the response code. */
  manage(what: number, lunHigh: number, task: number, said: (response: number) => void): boolean {
    const number = this.#array.port.manage(this.nexus, lunHigh, 0, what, task, this);
    if (number >= 0) this.#managed.set(number, said);
    return number >= 0;
  }

  get isOpen(): boolean {
    return this.nexus >= 0 && !this.isClosing;
  }

  close(): boolean {
    this.isClosing = true;
    const number = this.#array.port.closeNexus(this.nexus, this);
    if (number >= 0) this.#managed.set(number, () => undefined);
    return number >= 0;
  }

  /** Commands and functions that have not ended. */
  get underWay(): number {
    return this.#tasks.size + this.#managed.size;
  }

  pushed(command: number, slot: number, at: number, sectors: number): void {
    this.#take(command, at, sectors * SECTOR_BYTES);
    this.#array.port.done(slot);
  }

  gave(command: number, at: number, bytes: number): void {
    this.#take(command, at, bytes);
  }

  nexusAnswered(command: number, nexus: number): void {
    if (!this.#managed.delete(command)) throw new FuzzFailure(`nexus answer for ${command}, which asked for none`);
    this.nexus = this.isClosing ? -1 : nexus;
    this.isClosing = false;
  }

  scsiEnded(command: number, end: ScsiEnd): void {
    const said = this.#managed.get(command);
    if (said !== undefined) {
      this.#managed.delete(command);
      said(end.status);
      return;
    }
    const held = this.#tasks.get(command);
    if (held === undefined)
      throw new FuzzFailure(`command ${command} of host ${this.number} ended, which is not under way`);
    this.#tasks.delete(command);
    if (held.sectors > 0) this.#array.port.release(held.at, held.sectors);
    held.task.answer = answerOf(end, this.#came(held));
  }

  /** What is pushed may be more, by less than a block; a transport sends what the initiator takes. */
  #came({ task, parts }: { task: Task; parts: Buffer[] }): Buffer {
    const data = Buffer.concat(parts);
    const { inBytes } = task.command;
    if (data.length > Math.ceil(inBytes / BLOCK_BYTES_MOST) * BLOCK_BYTES_MOST)
      throw new FuzzFailure(`${data.length} bytes of data-in, where ${inBytes} are taken`);
    return data.subarray(0, inBytes);
  }

  #take(command: number, at: number, bytes: number): void {
    const held = this.#tasks.get(command);
    if (held === undefined)
      throw new FuzzFailure(`data for command ${command} of host ${this.number}, which is not under way`);
    const from = at * SECTOR_BYTES;
    held.parts.push(Buffer.from(this.#array.port.memory.bytes.slice(from, from + bytes)));
  }
}

function answerOf(
  { status, sense, specific, informationHigh, informationLow, wantedBytes }: ScsiEnd,
  data: Buffer,
): Answer {
  const isCheck = status === CHECK;
  const flags = specific >>> 16;
  const hasPointer = isCheck && (sense & SENSE_FLAG.SPECIFIC) !== 0 && ((sense >> 16) & 15) === 5;
  return {
    status,
    sense: isCheck ? `${hex((sense >> 16) & 15, 1)}/${hex((sense >> 8) & 255, 2)}/${hex(sense & 255, 2)}` : '',
    information:
      isCheck && (sense & SENSE_FLAG.INFORMATION) !== 0
        ? (informationHigh >>> 0) * 0x1_0000_0000 + (informationLow >>> 0)
        : undefined,
    pointer:
      hasPointer && (flags & SKSV) !== 0
        ? {
            byte: specific & 0xffff,
            bit: (flags & BIT_VALID) !== 0 ? flags & 7 : undefined,
            inCdb: (flags & IN_CDB) !== 0,
          }
        : undefined,
    wanted: wantedBytes,
    data,
  };
}
