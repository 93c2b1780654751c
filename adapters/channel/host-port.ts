/**
 * The memory side of every host protocol: command records, transfer buffers, and the messages between them and the
 * channel role. A protocol calls `allocate`, puts a write's bytes at that place, calls `submit`, and is told what became
 * of it through its `HostListener`. Sockets, timers and encodings are the protocol's, none of them is seen here.
 *
 * What always holds:
 * - a command record is taken from `submit` until its STATUS was taken from the ring, and all task management that names
 *   it was answered;
 * - messages to the channel never overflow their ring: a read is refused while as many tracks as the ring was sized for
 *   are promised to listeners (pushed or yet to be pushed, and not given back by `done`);
 * - a transfer buffer is the protocol's from `allocate` to `submit`, the command's until STATUS, then the protocol's
 *   again until `release`.
 */
import { COMMAND_OP, RESULT, SECTOR_BYTES } from '../../firmware/memory/constants.js';
import { type ArrayMemory, READ_TRACKS_MAX } from '../../firmware/memory/layout.js';
import { SAM_STATUS, TRACKS_PER_COMMAND, WORK_SECTORS } from '../../firmware/memory/scsi.js';
import { fieldOffset, tableByName } from '../../firmware/memory/tables.js';
import type { Mail, Port } from '../../firmware/ports/mail.js';
import { D_HEAD, D_PAYLOAD, KIND } from '../../firmware/ports/messages.js';
import { HostMeters, type PortClock } from './host-meters.js';
import type { ScsiCommand, ScsiEnd, ScsiListener, ScsiPort } from './scsi-port.js';
import { ScsiRecords } from './scsi-records.js';
import { TransferMemory, UNIT_SECTORS } from './transfer-memory.js';

/** Flag of a command: its status comes only when the write survives a power loss. */
export const COMMAND_FUA = 1;

/** What a protocol is told. Neither call may throw; both may call the port. */
export interface HostListener {
  /**
   * The next `sectors` sectors of a read stand at sector address `at`; the parts of a command come in order. They stay
   * there until the listener calls `port.done(slot)`, once for each call of this, perhaps after the command has ended.
   */
  pushed(command: number, slot: number, at: number, sectors: number): void;
  /** The command has ended with this RESULT; its number may be another's after this call. */
  ended(command: number, status: number): void;
  /** OP_MAP, before its `ended`: so many tracks from the command's first on are alike, in this state (0 or 1). */
  mapped?(command: number, tracks: number, state: number): void;
}

/** Where battery memory is kept, when it can be behind. */
export interface StableStore {
  /** `done` is called later: all that was acknowledged before this call survives the machine's own power loss, or not. */
  sync(done: (ok: boolean) => void): void;
}

const OP = fieldOffset('command', 'op');
const VOLUME = fieldOffset('command', 'volume');
const TRACK = fieldOffset('command', 'track');
const SECTOR = fieldOffset('command', 'sector');
const COUNT = fieldOffset('command', 'count');
const AT = fieldOffset('command', 'at');
const FLAGS = fieldOffset('command', 'flags');
const COMMAND_SHIFT = tableByName('command')?.shift ?? 0;

export class HostPort implements Port, ScsiPort {
  readonly memory: ArrayMemory;
  /** Number of command records. */
  readonly commands: number;
  private readonly mail: Mail;
  private readonly transfer: TransferMemory;
  /** Numbers of the free command records: a stack, so that the record used last is still in the processor's cache. */
  private readonly free: Int32Array;
  private freeCount: number;
  private readonly owners: (HostListener | ScsiListener | undefined)[];
  private readonly scsi: ScsiRecords;
  /** Of task management under way: the command (+ 1) that it names; and of each command, how much of that names it. */
  private readonly names: Int32Array;
  private readonly named: Int32Array;
  /** Tracks that the read of each command may yet push. */
  private readonly tracksToCome: Int32Array;
  /** Tracks that are promised to listeners, and the ring's bound for them. */
  private promised = 0;
  private readonly promisedMax: number;

  private readonly meters: HostMeters;
  /** Without it all that is acknowledged is as safe as it will be. */
  private readonly stable: StableStore | undefined;
  /** Sectors of slots that each SCSI command pushed. */
  private readonly pushedSectors: Int32Array;

  /** Takes over memory in which no command is under way, as power-on leaves it. */
  constructor(memory: ArrayMemory, mail: Mail, clock?: PortClock, stable?: StableStore) {
    const { dims } = memory.layout;
    this.memory = memory;
    this.mail = mail;
    this.commands = dims.commands;
    this.transfer = new TransferMemory(dims.transferSectors);
    this.free = Int32Array.from({ length: dims.commands }, (_, i) => dims.commands - 1 - i);
    this.freeCount = dims.commands;
    this.owners = new Array<HostListener | ScsiListener | undefined>(dims.commands).fill(undefined);
    this.scsi = new ScsiRecords(memory);
    this.names = new Int32Array(dims.commands);
    this.named = new Int32Array(dims.commands);
    this.tracksToCome = new Int32Array(dims.commands);
    this.meters = new HostMeters(memory, clock);
    this.stable = stable;
    this.pushedSectors = new Int32Array(dims.commands);
    this.promisedMax = dims.commands * READ_TRACKS_MAX;
  }

  /** Sectors that one `allocate` can give at most, when all is free. */
  get transferSectors(): number {
    return this.transfer.units * UNIT_SECTORS;
  }

  get transferSectorsFree(): number {
    return this.transfer.unitsFree * UNIT_SECTORS;
  }

  get commandsUnderWay(): number {
    return this.commands - this.freeCount;
  }

  /** Tracks that were pushed to listeners and not given back, or may yet be pushed. */
  get tracksPromised(): number {
    return this.promised;
  }

  /** Sector address of a run of transfer memory; -1 when none is free. */
  allocate(sectors: number): number {
    const unit = this.transfer.allocate((sectors + UNIT_SECTORS - 1) >>> 3);
    return unit < 0 ? -1 : this.memory.layout.transferAt + unit * UNIT_SECTORS;
  }

  /** Gives back what `allocate` gave for so many sectors. */
  release(at: number, sectors: number): void {
    this.transfer.release((at - this.memory.layout.transferAt) >>> 3, (sectors + UNIT_SECTORS - 1) >>> 3);
  }

  /** How many sectors from `lba` on one read command may have. */
  readLimit(lba: number): number {
    const perTrack = this.memory.layout.dims.sectorsPerTrack;
    return READ_TRACKS_MAX * perTrack - (lba % perTrack);
  }

  /**
   * Starts a command; its number, or -1 when no more can be taken now (try again after an `ended` or a `done`).
   * @param lba first sector, may pass 32 bits. The range is the caller's to check.
   * @param at transfer buffer of a write, else 0.
   * @param flags COMMAND_FUA of a write, COMMAND_FLAGS of zeroes; TRACK_MAP of OP_MAP.
   * Errors: RangeError when the range is not the volume's, or a read is longer than `readLimit`.
   */
  submit(
    op: number,
    volume: number,
    lba: number,
    sectors: number,
    at: number,
    flags: number,
    owner: HostListener,
  ): number {
    const { layout, m } = this.memory;
    const perTrack = layout.dims.sectorsPerTrack;
    const tracks = layout.dims.tracks[volume];
    if (tracks === undefined || lba < 0 || sectors < 0 || lba + sectors > tracks * perTrack) {
      throw new RangeError(`host command: sectors ${lba} + ${sectors} of volume ${volume}: no such place`);
    }
    if (this.freeCount === 0) return -1;
    const track = Math.floor(lba / perTrack);
    const sector = lba - track * perTrack;
    let toCome = 0;
    if (op === COMMAND_OP.OP_READ) {
      toCome = Math.ceil((sector + sectors) / perTrack);
      if (toCome > READ_TRACKS_MAX) throw new RangeError(`host read of ${toCome} tracks: at most ${READ_TRACKS_MAX}`);
      if (this.promised + toCome > this.promisedMax) return -1;
    }
    const command = this.take(owner, toCome);
    this.meters.begins(command);
    const record = layout.base.command + (command << COMMAND_SHIFT);
    m[record + OP] = op;
    m[record + VOLUME] = volume;
    m[record + TRACK] = track;
    m[record + SECTOR] = sector;
    m[record + COUNT] = sectors;
    m[record + AT] = at;
    m[record + FLAGS] = flags;
    const message = this.mail.post(KIND.COMMAND);
    m[message + D_PAYLOAD] = command;
    return command;
  }

  submitScsi(command: ScsiCommand, owner: ScsiListener): number {
    const { sectorsPerTrack } = this.memory.layout.dims;
    // What is read may begin and end inside of tracks.
    const toCome =
      command.inBytes === 0
        ? 0
        : Math.min(TRACKS_PER_COMMAND, Math.ceil(command.inBytes / SECTOR_BYTES / sectorsPerTrack) + 1);
    if (this.freeCount === 0 || this.promised + toCome > this.promisedMax) return -1;
    const number = this.take(owner, toCome);
    this.meters.begins(number);
    this.pushedSectors[number] = 0;
    this.scsi.write(number, command);
    this.tell(KIND.SCSI, number, 0, 0, 0);
    return number;
  }

  manage(nexus: number, lunHigh: number, lunLow: number, what: number, task: number, owner: ScsiListener): number {
    if (this.freeCount === 0) return -1;
    // Before it has a number, which may be the one that it names.
    const isUnderWay = task >= 0 && this.owners[task] !== undefined;
    const number = this.take(owner, 0);
    this.scsi.address(number, nexus, lunHigh, lunLow);
    if (isUnderWay) {
      this.names[number] = task + 1;
      this.named[task] += 1;
    }
    this.tell(KIND.TASK_MANAGE, number, what, task, 0);
    return number;
  }

  openNexus(at: number, bytes: number, group: number, owner: ScsiListener): number {
    if (this.freeCount === 0) return -1;
    const number = this.take(owner, 0);
    this.tell(KIND.NEXUS_OPEN, number, group, at, bytes);
    return number;
  }

  closeNexus(nexus: number, owner: ScsiListener): number {
    if (this.freeCount === 0) return -1;
    const number = this.take(owner, 0);
    this.tell(KIND.NEXUS_CLOSE, number, nexus, 0, 0);
    return number;
  }

  private tell(kind: number, a: number, b: number, c: number, d: number): void {
    const at = this.mail.post(kind) + D_PAYLOAD;
    const { m } = this.memory;
    m[at] = a;
    m[at + 1] = b;
    m[at + 2] = c;
    m[at + 3] = d;
  }

  /** A command record, of those that are free; so many tracks may be pushed for it. */
  private take(owner: HostListener | ScsiListener, tracks: number): number {
    const command = this.free[--this.freeCount];
    this.owners[command] = owner;
    this.tracksToCome[command] = tracks;
    this.promised += tracks;
    return command;
  }

  /** The record is free again; whose it was. */
  private give(command: number): HostListener | ScsiListener {
    const owner = this.owners[command];
    if (owner === undefined) throw new RangeError(`host port: STATUS for command ${command}, which is not under way`);
    this.owners[command] = undefined;
    // A read that failed part of the way pushed fewer tracks than it was allowed.
    this.promised -= this.tracksToCome[command];
    this.tracksToCome[command] = 0;
    const task = this.names[command] - 1;
    if (task >= 0) {
      this.names[command] = 0;
      this.named[task] -= 1;
      if (this.named[task] === 0 && this.owners[task] === undefined) this.free[this.freeCount++] = task;
    }
    // Were it another's before task management that names it is over, that one would be ended.
    if (this.named[command] === 0) this.free[this.freeCount++] = command;
    return owner;
  }

  /** The listener no longer reads what was pushed of this slot. */
  done(slot: number): void {
    this.promised -= 1;
    this.memory.m[this.mail.post(KIND.PUSHED) + D_PAYLOAD] = slot;
  }

  pump(): boolean {
    const { mail } = this;
    const { m } = this.memory;
    let any = false;
    for (let d = mail.peek(); d >= 0; d = mail.peek()) {
      any = true;
      const kind = m[d + D_HEAD] & 0xff;
      const command = m[d + D_PAYLOAD];
      const a = m[d + D_PAYLOAD + 1];
      const at = m[d + D_PAYLOAD + 2];
      const span = m[d + D_PAYLOAD + 3];
      if (kind === KIND.SCSI_STATUS) this.scsi.read(d + D_PAYLOAD);
      const stable = m[d + D_PAYLOAD + 7] !== 0;
      // Before the listener is called: it may post, and what it is told stands in its arguments.
      mail.drop();
      if (kind === KIND.PUSH) this.push(command, a, at, span >>> 16);
      else if (kind === KIND.STATUS) this.status(command, a);
      else if (kind === KIND.EXTENT) this.map(command, a, at);
      else if (kind === KIND.SCSI_STATUS) this.scsiStatus(command, stable);
      else if (kind === KIND.PARAMETERS) this.parameters(command, a, at);
      else if (kind === KIND.NEXUS) this.nexus(command, a);
      else throw new RangeError(`host port: message of kind ${kind}, which is not for it`);
    }
    return any;
  }

  private push(command: number, slot: number, at: number, sectors: number): void {
    const owner = this.owners[command];
    if (owner === undefined || this.tracksToCome[command] === 0) {
      throw new RangeError(`host port: PUSH for command ${command}, which expects none`);
    }
    this.tracksToCome[command] -= 1;
    this.pushedSectors[command] += sectors;
    owner.pushed(command, slot, at, sectors);
  }

  private map(command: number, tracks: number, state: number): void {
    const owner = this.owners[command];
    if (!owner || !('mapped' in owner) || owner.mapped === undefined)
      throw new RangeError(`host port: EXTENT for command ${command}, which wants none`);
    owner.mapped(command, tracks, state);
  }

  private status(command: number, status: number): void {
    const { stable } = this;
    if (stable === undefined || status !== RESULT.OK || !this.wantsStable(command)) this.end(command, status);
    else stable.sync((ok) => this.end(command, ok ? status : RESULT.MEDIUM_ERROR));
  }

  private wantsStable(command: number): boolean {
    const { m, layout } = this.memory;
    const record = layout.base.command + (command << COMMAND_SHIFT);
    const op = m[record + OP];
    if (op === COMMAND_OP.OP_SYNC) return true;
    const writes = op === COMMAND_OP.OP_WRITE || op === COMMAND_OP.OP_ZERO || op === COMMAND_OP.OP_TRIM;
    return writes && (m[record + FLAGS] & COMMAND_FUA) !== 0;
  }

  private end(command: number, status: number): void {
    const owner = this.give(command) as HostListener;
    if (status === RESULT.OK) this.count(command);
    owner.ended(command, status);
  }

  private parameters(command: number, work: number, bytes: number): void {
    const at = this.memory.layout.worksAt + work * WORK_SECTORS;
    (this.owners[command] as ScsiListener).gave(command, at, bytes);
    this.tell(KIND.COPIED, work, 0, 0, 0);
  }

  private nexus(command: number, nexus: number): void {
    (this.give(command) as ScsiListener).nexusAnswered?.(command, nexus);
  }

  private scsiStatus(command: number, mustBeStable: boolean): void {
    const { stable, scsi } = this;
    if (stable === undefined || !mustBeStable) {
      this.scsiEnd(command, scsi.end);
      return;
    }
    const end = { ...scsi.end };
    stable.sync((ok) => this.scsiEnd(command, ok ? end : scsi.unstable(end)));
  }

  private scsiEnd(command: number, end: ScsiEnd): void {
    if (end.status === SAM_STATUS.GOOD) this.countScsi(command);
    (this.give(command) as ScsiListener).scsiEnded(command, end);
  }

  /** Prefetches, zeroes and trims carry no data. */
  private count(command: number): void {
    const { m, layout } = this.memory;
    const record = layout.base.command + (command << COMMAND_SHIFT);
    const op = m[record + OP];
    if (op === COMMAND_OP.OP_READ) this.meters.read(command, m[record + VOLUME], m[record + COUNT]);
    else if (op === COMMAND_OP.OP_WRITE) this.meters.wrote(command, m[record + VOLUME], m[record + COUNT]);
  }

  /** What went out of slots was read, and what came as blocks written; parameter data and lists are neither. */
  private countScsi(command: number): void {
    const unit = this.scsi.unit(command);
    if (unit < 0) return;
    const read = this.pushedSectors[command];
    const taken = Math.floor(this.scsi.takenBytes(command) / SECTOR_BYTES);
    if (read > 0) this.meters.read(command, unit, read);
    else if (taken > 0) this.meters.wrote(command, unit, taken);
  }
}
