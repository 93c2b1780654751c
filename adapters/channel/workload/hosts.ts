/**
 * Simulated hosts of an array. Each has one command at a time. Every sector that a host writes says which write it is, of
 * which block, twice; so a read tells what it got, and a torn sector shows.
 */
import { COMMAND_OP } from '../../../firmware/memory/constants.js';
import * as COPY from '../../../firmware/memory/copy.js';
import { type ArrayMemory, type Dimensions, READ_TRACKS_MAX } from '../../../firmware/memory/layout.js';
import { fieldOffset, shiftOf } from '../../../firmware/memory/tables.js';
import type { Mail, Port } from '../../../firmware/ports/mail.js';
import * as MESSAGES from '../../../firmware/ports/messages.js';
import type { Region } from '../../../firmware/ports/schedule.js';

/** Of this module: so compiled code has them as constants, which it looks up where they are imported. */
const { SECTOR_WORDS } = COPY;
const { D_HEAD, D_PAYLOAD, KIND } = MESSAGES;

/** Sectors that a host's command may have on every rig. */
const HOST_SECTORS_LEAST = 16;

/** Nexuses of an array with SCSI hosts; each has a command record for what is no task: it opens by it, and manages tasks. */
const NEXUSES_MOST = 4;
export const nexusCount = ({ scsi }: Dimensions): number => Math.min(NEXUSES_MOST, scsi?.nexuses ?? 0);

/** Hosts that an array has room for: one command each. */
export const hostCount = (dims: Dimensions): number =>
  Math.min(dims.commands - nexusCount(dims), Math.floor(dims.transferSectors / HOST_SECTORS_LEAST));

/** Sectors of a host's command at most: its part of the transfer memory, and no more tracks than a read may have. */
export const hostSectors = (dims: Dimensions): number =>
  Math.max(
    HOST_SECTORS_LEAST,
    Math.min(Math.floor(dims.transferSectors / hostCount(dims)), (READ_TRACKS_MAX - 1) * dims.sectorsPerTrack),
  );

const BUSY = 0;
const OP = 1;
const VOLUME = 2;
const LBA = 3;
const SECTORS = 4;
const ID = 5;
const ISSUED = 6;
const RECEIVED = 7;
const STATUS = 8;
/** Of SCSI hosts: eight words from here on. */
export const SCSI_WORDS = 9;
const VALUES = 17;

/** A value that no write has: the sector is not one that a host wrote, or is torn. */
export const TORN = -1;

const COMMAND_SHIFT = shiftOf('command');
const C_OP = fieldOffset('command', 'op');
const C_VOLUME = fieldOffset('command', 'volume');
const C_TRACK = fieldOffset('command', 'track');
const C_SECTOR = fieldOffset('command', 'sector');
const C_COUNT = fieldOffset('command', 'count');
const C_AT = fieldOffset('command', 'at');

/** What a host is doing, or did last. */
export interface HostView {
  busy: boolean;
  op: number;
  volume: number;
  lba: number;
  sectors: number;
  id: number;
  issued: number;
  status: number;
}

export interface HostListener {
  /** A command got its status. */
  ended(array: number, host: number): void;
  /** SCSI hosts have sessions with all of an array's nexuses. */
  connected?(array: number): void;
  /** A command of a SCSI host goes out. */
  began?(array: number, host: number): void;
  /** A command of a SCSI host was told a unit attention in place of its answer; it is on its way again. */
  attended?(array: number, host: number, sense: number): void;
  /** The answer to task management of a nexus. */
  managed?(array: number, nexus: number, code: number): void;
}

/** Word of a sector with the mark of the write, which says for whoever gave it what the write is. */
export const MARK_AT = 2;

/**
 * Writes what a host puts into a sector of transfer memory, whose other words are zero as nobody else writes there: `value` 0 is
 * zeroes. `at`: index of the sector's first word.
 */
export function stamp(words: Int32Array, at: number, value: number, block: number, mark = 0): void {
  const is = value === 0 ? 0 : -1;
  words[at] = value;
  words[at + 1] = block & is;
  words[at + MARK_AT] = mark & is;
  words[at + SECTOR_WORDS - 2] = ~block & is;
  words[at + SECTOR_WORDS - 1] = ~value & is;
}

/** Which write a sector holds; 0 for zeroes, TORN for what no host wrote to this block. */
export function readStamp(words: Int32Array, at: number, block: number): number {
  const value = words[at] as number;
  if (value === 0) {
    return words[at + 1] === 0 && words[at + SECTOR_WORDS - 2] === 0 && words[at + SECTOR_WORDS - 1] === 0 ? 0 : TORN;
  }
  const whole =
    words[at + SECTOR_WORDS - 1] === ~value && words[at + SECTOR_WORDS - 2] === ~block && words[at + 1] === block;
  return whole ? value : TORN;
}

export class SimHosts implements Port {
  readonly view: HostView = { busy: false, op: 0, volume: 0, lba: 0, sectors: 0, id: 0, issued: 0, status: 0 };
  protected readonly m: Int32Array;
  protected readonly at: number;
  protected readonly array: number;
  protected readonly memory: ArrayMemory;
  protected readonly mail: Mail;
  protected readonly listener: HostListener;
  /** Sectors of a command at most. */
  readonly sectorsMost: number;

  static words(dims: Dimensions): number {
    return hostCount(dims) * (VALUES + hostSectors(dims));
  }

  constructor(region: Region, array: number, memory: ArrayMemory, mail: Mail, listener: HostListener) {
    this.m = region.m;
    this.at = region.at;
    this.array = array;
    this.memory = memory;
    this.mail = mail;
    this.listener = listener;
    this.sectorsMost = hostSectors(memory.layout.dims);
  }

  busy(host: number): boolean {
    return this.m[this.host(host) + BUSY] !== 0;
  }

  look(host: number): HostView {
    const h = this.host(host);
    const m = this.m;
    const v = this.view;
    v.busy = m[h + BUSY] !== 0;
    v.op = m[h + OP] as number;
    v.volume = m[h + VOLUME] as number;
    v.lba = m[h + LBA] as number;
    v.sectors = m[h + SECTORS] as number;
    v.id = m[h + ID] as number;
    v.issued = m[h + ISSUED] as number;
    v.status = m[h + STATUS] as number;
    return v;
  }

  /** Value of the i-th sector of the host's last read. */
  value(host: number, i: number): number {
    return this.m[this.host(host) + VALUES + i] as number;
  }

  /**
   * `firstBlock`: how the stamps name the volume's first sector. `mark`: stands in each sector that is written, see MARK_AT.
   * Errors: RangeError for more sectors than a command may have.
   */
  start(
    host: number,
    op: number,
    volume: number,
    lba: number,
    sectors: number,
    id: number,
    issued: number,
    firstBlock: number,
    mark = 0,
  ): void {
    if (sectors > this.sectorsMost)
      throw new RangeError(`a host's command of ${sectors} sectors: the array takes ${this.sectorsMost} at most`);
    const h = this.host(host);
    this.m[h + BUSY] = 1;
    this.m[h + OP] = op;
    this.m[h + VOLUME] = volume;
    this.m[h + LBA] = lba;
    this.m[h + SECTORS] = sectors;
    this.m[h + ID] = id;
    this.m[h + ISSUED] = issued;
    this.fill(host, firstBlock, mark);
    this.send(host);
  }

  /** Of its data-in nothing has come yet. */
  protected received(host: number): void {
    this.m[this.host(host) + RECEIVED] = 0;
  }

  protected setValue(host: number, i: number, value: number): void {
    this.m[this.host(host) + VALUES + i] = value;
  }

  /** Where a host's data go out from. */
  protected transferAt(host: number): number {
    return this.memory.layout.transferAt + host * this.sectorsMost;
  }

  /** Its data. */
  protected fill(host: number, firstBlock: number, mark: number): void {
    const { op, lba, sectors, id } = this.look(host);
    const at = this.transferAt(host);
    const { m } = this.memory;
    if (op === COMMAND_OP.OP_WRITE)
      for (let s = 0; s < sectors; s++) stamp(m, (at + s) * SECTOR_WORDS, id, firstBlock + lba + s, mark);
  }

  /** The command as it stands in the host's words, for the first time or again. */
  protected send(host: number): void {
    const { layout, m } = this.memory;
    const { op, volume, lba, sectors } = this.look(host);
    const at = this.transferAt(host);
    this.received(host);
    const spt = layout.dims.sectorsPerTrack;
    const c = layout.base.command + (host << COMMAND_SHIFT);
    m[c + C_OP] = op;
    m[c + C_VOLUME] = volume;
    m[c + C_TRACK] = Math.floor(lba / spt);
    m[c + C_SECTOR] = lba % spt;
    m[c + C_COUNT] = sectors;
    m[c + C_AT] = at;
    const d = this.mail.post(KIND.COMMAND);
    m[d + D_PAYLOAD] = host;
  }

  /** `firstBlockOf(volume)` is needed to read stamps. */
  firstBlockOf: (volume: number) => number = () => 0;

  pump(): boolean {
    const m = this.mail.m;
    let did = false;
    for (let d = this.mail.peek(); d >= 0; d = this.mail.peek()) {
      did = true;
      const kind = (m[d + D_HEAD] as number) & 255;
      const host = m[d + D_PAYLOAD] as number;
      const second = m[d + D_PAYLOAD + 1] as number;
      if (kind === KIND.PUSH) {
        this.take(host, m[d + D_PAYLOAD + 2] as number, (m[d + D_PAYLOAD + 3] as number) >>> 16);
        this.mail.drop();
        m[this.mail.post(KIND.PUSHED) + D_PAYLOAD] = second;
      } else this.hear(kind, d);
    }
    return did;
  }

  /** A message that is no part of a read, which is dropped; `d`: word index of its descriptor. */
  protected hear(_kind: number, d: number): void {
    const m = this.mail.m;
    const host = m[d + D_PAYLOAD] as number;
    const status = m[d + D_PAYLOAD + 1] as number;
    this.mail.drop();
    this.end(host, status);
  }

  protected end(host: number, status: number): void {
    const h = this.host(host);
    this.m[h + STATUS] = status;
    this.m[h + BUSY] = 0;
    this.listener.ended(this.array, host);
  }

  /** The array hears nothing of hosts any more, and they nothing of it: their sessions are over. */
  disconnected(): void {}

  /** The command counts as issued at another moment. */
  issuedAt(host: number, moment: number): void {
    this.m[this.host(host) + ISSUED] = moment;
  }

  /** The array lost power: the command will never end. */
  die(host: number): void {
    this.m[this.host(host) + BUSY] = 0;
  }

  private take(host: number, at: number, sectors: number): void {
    const h = this.host(host);
    const received = this.m[h + RECEIVED] as number;
    const block = this.firstBlockOf(this.m[h + VOLUME] as number) + (this.m[h + LBA] as number) + received;
    for (let s = 0; s < sectors; s++) {
      this.m[h + VALUES + received + s] = readStamp(this.memory.m, (at + s) * SECTOR_WORDS, block + s);
    }
    this.m[h + RECEIVED] = received + sectors;
  }

  protected host(host: number): number {
    return this.at + host * (VALUES + this.sectorsMost);
  }
}
