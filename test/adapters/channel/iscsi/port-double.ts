/**
 * A stand-in for the port and the array behind it: one unit of memory that answers a few commands when it is pumped. It
 * keeps account of what it was asked and of every buffer and slot, so that a test can say that none was lost.
 */
import {
  NO_STATUS,
  type ScsiCommand,
  type ScsiEnd,
  type ScsiListener,
  type ScsiPort,
  TASK_FUNCTION,
} from '../../../../adapters/channel/scsi-port.js';
import { TransferMemory, UNIT_SECTORS } from '../../../../adapters/channel/transfer-memory.js';

const SECTOR = 512;
const SLOT_SECTORS = 128;

interface Pending {
  readonly number: number;
  readonly owner: ScsiListener;
  readonly command: ScsiCommand;
}

export interface DoubleOptions {
  readonly transferSectors?: number;
  readonly commands?: number;
  readonly slots?: number;
  readonly volumeSectors?: number;
}

const END: ScsiEnd = { status: 0, sense: 0, informationHigh: 0, informationLow: 0, specific: 0, wantedBytes: 0 };

export class PortDouble implements ScsiPort {
  readonly memory: { readonly bytes: Uint8Array };
  readonly volume: Buffer;
  /** CDBs in the order in which they were submitted. */
  readonly asked: number[][] = [];
  readonly managed: { nexus: number; taskFunction: number; task: number }[] = [];
  readonly nexuses = new Map<number, string>();
  /** Commands with this operation code stay until `let` is called. */
  held = -1;
  nexusesMax = 8;
  /** Commands that task management means end by themselves, and after it has said that they have. */
  abortsLate = false;
  /** A read ends in another turn than the one in which it was given its data. */
  endsLate = false;
  private readonly transfer: TransferMemory;
  private readonly slotsAt: number;
  private readonly freeSlots: number[];
  private readonly freeNumbers: number[];
  private readonly queue: (() => void)[] = [];
  private pending: Pending[] = [];
  private nextNexus = 1;

  constructor({ transferSectors = 2048, commands = 64, slots = 64, volumeSectors = 8192 }: DoubleOptions = {}) {
    this.transfer = new TransferMemory(transferSectors);
    this.slotsAt = UNIT_SECTORS + transferSectors;
    this.memory = { bytes: new Uint8Array(new SharedArrayBuffer((this.slotsAt + slots * SLOT_SECTORS) * SECTOR)) };
    this.volume = Buffer.alloc(volumeSectors * SECTOR);
    this.freeSlots = Array.from({ length: slots }, (_, i) => i);
    this.freeNumbers = Array.from({ length: commands }, (_, i) => i);
  }

  get transferSectors(): number {
    return this.transfer.units * UNIT_SECTORS;
  }

  get transferUnitsTaken(): number {
    return this.transfer.units - this.transfer.unitsFree;
  }

  get slotsFree(): number {
    return this.freeSlots.length;
  }

  get commandsUnderWay(): number {
    return this.pending.length;
  }

  allocate(sectors: number): number {
    const unit = this.transfer.allocate(Math.ceil(sectors / UNIT_SECTORS));
    return unit < 0 ? -1 : UNIT_SECTORS + unit * UNIT_SECTORS;
  }

  release(at: number, sectors: number): void {
    this.transfer.release((at - UNIT_SECTORS) / UNIT_SECTORS, Math.ceil(sectors / UNIT_SECTORS));
  }

  done(slot: number): void {
    if (this.freeSlots.includes(slot)) throw new RangeError(`slot ${slot} is given back twice`);
    this.freeSlots.push(slot);
  }

  submitScsi(command: ScsiCommand, owner: ScsiListener): number {
    const number = this.freeNumbers.pop();
    if (number === undefined) return -1;
    const copy = { ...command, cdb: Uint8Array.from(command.cdb) };
    this.asked.push([...copy.cdb]);
    const pending = { number, owner, command: copy };
    this.pending.push(pending);
    if (copy.cdb[0] !== this.held) this.queue.push(() => this.run(pending));
    return number;
  }

  /** Commands that were held go on. */
  let(): void {
    for (const pending of this.pending) {
      if (pending.command.cdb[0] === this.held) this.queue.push(() => this.run(pending));
    }
    this.held = -1;
  }

  manage(
    nexus: number,
    lunHigh: number,
    lunLow: number,
    taskFunction: number,
    task: number,
    owner: ScsiListener,
  ): number {
    const number = this.freeNumbers.pop();
    if (number === undefined) return -1;
    this.managed.push({ nexus, taskFunction, task });
    this.queue.push(() => {
      const meant = ({ number: n, command }: Pending): boolean => {
        if (taskFunction === TASK_FUNCTION.ABORT_TASK) return n === task;
        if (taskFunction === TASK_FUNCTION.ABORT_TASK_SET && command.nexus !== nexus) return false;
        return taskFunction > TASK_FUNCTION.LOGICAL_UNIT_RESET || sameLun(command, lunHigh, lunLow);
      };
      if (!this.abortsLate) this.abort(meant);
      else for (const pending of this.pending.filter(meant)) this.queue.push(() => this.run(pending));
      this.freeNumbers.push(number);
      owner.scsiEnded(number, { ...END, status: lunHigh === 0x0063_0000 ? 2 : 0 });
    });
    return number;
  }

  openNexus(at: number, _bytes: number, _group: number, owner: ScsiListener): number {
    const number = this.freeNumbers.pop();
    if (number === undefined) return -1;
    const bytes = Buffer.from(this.memory.bytes.subarray(at * SECTOR, (at + 1) * SECTOR));
    this.queue.push(() => {
      this.freeNumbers.push(number);
      if (this.nexuses.size >= this.nexusesMax) {
        owner.nexusAnswered?.(number, -1);
        return;
      }
      const nexus = this.nextNexus++;
      this.nexuses.set(nexus, bytes.toString('latin1', 4, bytes.indexOf(0, 4)));
      owner.nexusAnswered?.(number, nexus);
    });
    return number;
  }

  closeNexus(nexus: number, owner: ScsiListener): number {
    const number = this.freeNumbers.pop();
    if (number === undefined) return -1;
    this.queue.push(() => {
      this.abort(({ command }) => command.nexus === nexus);
      this.nexuses.delete(nexus);
      this.freeNumbers.push(number);
      owner.nexusAnswered?.(number, 0);
    });
    return number;
  }

  /** Runs until nothing is left to do. */
  pump(): void {
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) next();
  }

  private abort(meant: (pending: Pending) => boolean): void {
    for (const pending of this.pending.filter(meant)) this.end(pending, { ...END, status: NO_STATUS });
  }

  private end({ number, owner }: Pending, end: ScsiEnd): void {
    this.pending = this.pending.filter((one) => one.number !== number);
    this.freeNumbers.push(number);
    owner.scsiEnded(number, end);
  }

  private run(pending: Pending): void {
    if (!this.pending.includes(pending)) return;
    const { cdb } = pending.command;
    const operation = cdb[0];
    const view = new DataView(cdb.buffer);
    if (operation === 0x00) this.end(pending, END);
    else if (operation === 0x28) this.read(pending, view.getUint32(2), view.getUint16(7));
    else if (operation === 0x2a) this.write(pending, view.getUint32(2), view.getUint16(7));
    else if (operation === 0x25) this.give(pending, this.capacity());
    else if (operation === 0x12) this.give(pending, inquiry().subarray(0, view.getUint16(3)));
    else if (operation === 0xa0) this.give(pending, Buffer.from('00000008000000000000000000000000', 'hex'));
    else this.end(pending, { ...END, status: 2, sense: 0x052000 });
  }

  private capacity(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(this.volume.length / SECTOR - 1);
    bytes.writeUInt32BE(SECTOR, 4);
    return bytes;
  }

  /** Parameter data stands in memory that is used again at once. */
  private give(pending: Pending, data: Buffer): void {
    if (!this.pending.includes(pending)) return;
    const at = this.allocate(1);
    if (at < 0) {
      setImmediate(() => this.queue.push(() => this.give(pending, data)));
      return;
    }
    this.memory.bytes.set(data, at * SECTOR);
    pending.owner.gave(pending.number, at, data.length);
    this.memory.bytes.fill(0xee, at * SECTOR, (at + 1) * SECTOR);
    this.release(at, 1);
    this.end(pending, { ...END, wantedBytes: data.length });
  }

  private read(pending: Pending, lba: number, sectors: number): void {
    const wantedBytes = sectors * SECTOR;
    if ((lba + sectors) * SECTOR > this.volume.length) {
      this.end(pending, { ...END, status: 2, sense: 0x052100 });
      return;
    }
    this.push(pending, lba, lba + Math.min(sectors, Math.ceil(pending.command.inBytes / SECTOR)), wantedBytes);
  }

  /** Slot by slot, as slots are given back. */
  private push(pending: Pending, from: number, end: number, wantedBytes: number): void {
    for (let lba = from; lba < end; ) {
      if (!this.pending.includes(pending)) return;
      const slot = this.freeSlots.shift();
      if (slot === undefined) {
        setImmediate(() => this.queue.push(() => this.push(pending, lba, end, wantedBytes)));
        return;
      }
      const n = Math.min(SLOT_SECTORS, end - lba);
      const at = this.slotsAt + slot * SLOT_SECTORS;
      this.memory.bytes.set(this.volume.subarray(lba * SECTOR, (lba + n) * SECTOR), at * SECTOR);
      pending.owner.pushed(pending.number, slot, at, n);
      lba += n;
    }
    if (!this.endsLate) this.end(pending, { ...END, wantedBytes });
    else setImmediate(() => this.queue.push(() => this.end(pending, { ...END, wantedBytes })));
  }

  private write(pending: Pending, lba: number, sectors: number): void {
    const { at, outBytes } = pending.command;
    const bytes = Math.min(sectors * SECTOR, outBytes);
    this.volume.set(this.memory.bytes.subarray(at * SECTOR, at * SECTOR + bytes), lba * SECTOR);
    this.end(pending, { ...END, wantedBytes: sectors * SECTOR });
  }
}

const sameLun = (command: ScsiCommand, high: number, low: number): boolean =>
  command.lunHigh === high && command.lunLow === low;

function inquiry(): Buffer {
  const bytes = Buffer.alloc(36, ' ');
  bytes.set([0, 0, 7, 2, 31, 0, 0, 2]);
  bytes.write('ARRAYLABDOUBLE          1.0 ', 8);
  return bytes;
}
