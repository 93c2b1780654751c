/**
 * Simulated SCSI hosts of an array: as the others, but each speaks by a nexus, which several share, and knows more commands.
 * What a driver does of itself they do, too: a command that was told a unit attention goes out again.
 */
import { COMMAND_OP, RESULT, SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { SECTOR_WORDS } from '../../../firmware/memory/copy.js';
import type { ArrayMemory, Dimensions } from '../../../firmware/memory/layout.js';
import { ATTRIBUTE, SAM_STATUS, SENSE, WORK_SECTORS } from '../../../firmware/memory/scsi.js';
import type { Mail } from '../../../firmware/ports/mail.js';
import { D_PAYLOAD, KIND } from '../../../firmware/ports/messages.js';
import type { Region } from '../../../firmware/ports/schedule.js';
import type { ScsiCommand } from '../scsi-port.js';
import { ScsiRecords } from '../scsi-records.js';
import { type HostListener, hostCount, nexusCount, SCSI_WORDS, SimHosts, stamp } from './hosts.js';
import {
  bytesIn,
  bytesOut,
  type Reserving,
  readFullStatus,
  SCSI_OP,
  writeCdb,
  writeReserveList,
  writeTransportId,
  writeUnmapList,
} from './scsi-cdbs.js';

/** Beside RESULT, as a host's status: another's reservation; somebody ended it. */
export const SCSI_RESULT = { CONFLICT: 64, ABORTED: 65 } as const;
/** With this result a write left no byte. */
export const leftNothing = (status: number): boolean => status === SCSI_RESULT.CONFLICT || status === RESULT.DIFFERENT;

/** A host's words beside those of all hosts. */
const SAM = SCSI_WORDS;
const SENSED = SCSI_WORDS + 1;
const EXPECTED = SCSI_WORDS + 2;
/** Service action | type << 8 | APTPL << 16. */
const ACTION = SCSI_WORDS + 3;
const KEY = SCSI_WORDS + 4;
const ACTION_KEY = SCSI_WORDS + 5;
/** Of the listener. */
const NOTE = SCSI_WORDS + 6;
/** Of a nexus: its number + 1, 0: it is not open; is its command record in use. */
const NUMBER = 0;
const MANAGES = 1;
const NEXUS_WORDS = 2;

const SENSE_CODE = 0x00ff_ffff;
const UNIT_ATTENTION = 6;
const isAttention = (sense: number): boolean => ((sense >> 16) & 15) === UNIT_ATTENTION;

export class ScsiHosts extends SimHosts {
  readonly nexuses: number;
  /** Hosts that there are. */
  readonly count: number;
  readonly #records: ScsiRecords;
  readonly #nexusesAt: number;
  readonly #command: ScsiCommand = {
    nexus: 0,
    lunHigh: 0,
    lunLow: 0,
    attribute: ATTRIBUTE.SIMPLE,
    cdb: new Uint8Array(16),
    at: 0,
    outBytes: 0,
    inBytes: 0,
  };

  static override words(dims: Dimensions): number {
    return SimHosts.words(dims) + nexusCount(dims) * NEXUS_WORDS;
  }

  constructor(region: Region, array: number, memory: ArrayMemory, mail: Mail, listener: HostListener) {
    super(region, array, memory, mail, listener);
    const { dims } = memory.layout;
    this.nexuses = nexusCount(dims);
    this.count = hostCount(dims);
    this.#records = new ScsiRecords(memory);
    this.#nexusesAt = region.at + SimHosts.words(dims);
  }

  /** Whose commands a host's are: hosts take turns. An initiator has one nexus, with its number. */
  nexusOf(host: number): number {
    return host % this.nexuses;
  }

  /** The array is ready for sessions; `connected` is told when all are there. */
  connect(): void {
    for (let n = 0; n < this.nexuses; n++) {
      const at = this.transferAt(n);
      this.#blank(n);
      const bytes = writeTransportId(this.memory.bytes, at * SECTOR_BYTES, n);
      this.#tell(KIND.NEXUS_OPEN, this.count + n, 0, at, bytes);
    }
  }

  get isConnected(): boolean {
    for (let n = 0; n < this.nexuses; n++) if (this.m[this.#nexus(n) + NUMBER] === 0) return false;
    return true;
  }

  override disconnected(): void {
    this.m.fill(0, this.#nexusesAt, this.#nexusesAt + this.nexuses * NEXUS_WORDS);
  }

  /** What the host's next COMPARE AND WRITE wants to find. */
  expect(host: number, value: number): void {
    this.m[this.host(host) + EXPECTED] = value;
  }

  expected(host: number): number {
    return this.m[this.host(host) + EXPECTED];
  }

  /** What the host's next PERSISTENT RESERVE OUT says. */
  reserve(host: number, { action, type, key, actionKey, isKept }: Reserving): void {
    const h = this.host(host);
    this.m[h + ACTION] = action | (type << 8) | (isKept ? 1 << 16 : 0);
    this.m[h + KEY] = key;
    this.m[h + ACTION_KEY] = actionKey;
  }

  reserving(host: number): Reserving {
    const h = this.host(host);
    const word = this.m[h + ACTION];
    return {
      action: word & 255,
      type: (word >> 8) & 255,
      key: this.m[h + KEY],
      actionKey: this.m[h + ACTION_KEY],
      isKept: word >> 16 !== 0,
    };
  }

  /** A word that whoever listens keeps with a host's command; 0 when it begins. */
  note(host: number): number {
    return this.m[this.host(host) + NOTE];
  }

  setNote(host: number, note: number): void {
    this.m[this.host(host) + NOTE] = note;
  }

  /** SAM status of its last command, and the sense of a CHECK CONDITION. */
  samStatus(host: number): number {
    return this.m[this.host(host) + SAM];
  }

  sense(host: number): number {
    return this.m[this.host(host) + SENSED];
  }

  /** Key of an initiator | the type of the reservation that it holds << 8, of a READ FULL STATUS. */
  registrant(host: number, initiator: number): number {
    return this.value(host, initiator);
  }

  manages(nexus: number): boolean {
    return this.m[this.#nexus(nexus) + MANAGES] !== 0;
  }

  /** Task management of a unit; `task`: the host whose command is meant, or −1. One at a time of each nexus. */
  manage(nexus: number, unit: number, what: number, task: number): void {
    const n = this.#nexus(nexus);
    this.m[n + MANAGES] = 1;
    const record = this.count + nexus;
    this.#records.address(record, this.m[n + NUMBER] - 1, unit << 16, 0);
    this.#tell(KIND.TASK_MANAGE, record, what, task, 0);
  }

  override start(
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
    this.m[this.host(host) + NOTE] = 0;
    super.start(host, op, volume, lba, sectors, id, issued, firstBlock, mark);
    this.listener.began?.(this.array, host);
  }

  protected override fill(host: number, firstBlock: number, mark: number): void {
    this.#blank(host);
    super.fill(host, firstBlock, mark);
    const { op, lba, sectors, id } = this.look(host);
    const at = this.transferAt(host);
    const { m, bytes } = this.memory;
    if (op === SCSI_OP.COMPARE_WRITE) {
      stamp(m, at * SECTOR_WORDS, this.expected(host), firstBlock + lba, mark);
      stamp(m, (at + 1) * SECTOR_WORDS, id, firstBlock + lba, mark);
    } else if (op === COMMAND_OP.OP_TRIM) writeUnmapList(bytes, at * SECTOR_BYTES, lba, sectors);
    else if (op === SCSI_OP.RESERVE_OUT) writeReserveList(bytes, at * SECTOR_BYTES, this.reserving(host));
  }

  protected override send(host: number): void {
    const { op, volume, lba, sectors } = this.look(host);
    const command = this.#command;
    this.received(host);
    command.nexus = this.m[this.#nexus(this.nexusOf(host)) + NUMBER] - 1;
    command.lunHigh = volume << 16;
    command.at = this.transferAt(host);
    command.outBytes = bytesOut(op, sectors);
    command.inBytes = bytesIn(op, sectors);
    writeCdb(command.cdb as Uint8Array, op, lba, sectors, this.reserving(host));
    this.#records.write(host, command);
    this.#tell(KIND.SCSI, host, 0, 0, 0);
  }

  protected override hear(kind: number, d: number): void {
    const m = this.mail.m;
    const command = m[d + D_PAYLOAD];
    const second = m[d + D_PAYLOAD + 1];
    const third = m[d + D_PAYLOAD + 2];
    this.mail.drop();
    if (kind === KIND.SCSI_STATUS) this.#status(command, second, third & SENSE_CODE);
    else if (kind === KIND.NEXUS) this.#opened(command - this.count, second);
    else if (kind === KIND.PARAMETERS) this.#parameters(command, second);
    else throw new RangeError(`SCSI hosts: message of kind ${kind}, which is not for them`);
  }

  #status(command: number, status: number, sense: number): void {
    if (command >= this.count) {
      this.m[this.#nexus(command - this.count) + MANAGES] = 0;
      this.listener.managed?.(this.array, command - this.count, status);
      return;
    }
    const h = this.host(command);
    this.m[h + SAM] = status;
    this.m[h + SENSED] = sense;
    if (status !== SAM_STATUS.CHECK_CONDITION || !isAttention(sense)) {
      this.end(command, resultOf(status, sense));
      return;
    }
    this.listener.attended?.(this.array, command, sense);
    this.send(command);
  }

  #opened(nexus: number, number: number): void {
    if (number < 0) throw new RangeError(`SCSI hosts: nexus ${nexus} was refused`);
    this.m[this.#nexus(nexus) + NUMBER] = number + 1;
    this.#blank(nexus);
    if (this.isConnected) this.listener.connected?.(this.array);
  }

  #parameters(host: number, work: number): void {
    const { layout, bytes } = this.memory;
    for (let i = 0; i < this.nexuses; i++) this.setValue(host, i, 0);
    readFullStatus(bytes, (layout.worksAt + work * WORK_SECTORS) * SECTOR_BYTES, ({ initiator, key, type }) => {
      this.setValue(host, initiator, key | (type << 8));
    });
    this.#tell(KIND.COPIED, work, 0, 0, 0);
  }

  #tell(kind: number, a: number, b: number, c: number, d: number): void {
    const at = this.mail.post(kind) + D_PAYLOAD;
    const { m } = this.mail;
    m[at] = a;
    m[at + 1] = b;
    m[at + 2] = c;
    m[at + 3] = d;
  }

  /** What a host has of the transfer memory becomes zeroes. */
  #blank(host: number): void {
    const at = this.transferAt(host) * SECTOR_WORDS;
    this.memory.m.fill(0, at, at + this.sectorsMost * SECTOR_WORDS);
  }

  #nexus(nexus: number): number {
    return this.#nexusesAt + nexus * NEXUS_WORDS;
  }
}

/** What a SAM status comes to, among the RESULTs that hosts know. */
function resultOf(status: number, sense: number): number {
  switch (status) {
    case SAM_STATUS.GOOD:
      return RESULT.OK;
    case SAM_STATUS.RESERVATION_CONFLICT:
      return SCSI_RESULT.CONFLICT;
    case SAM_STATUS.NO_STATUS:
    case SAM_STATUS.TASK_ABORTED:
      return SCSI_RESULT.ABORTED;
    case SAM_STATUS.CHECK_CONDITION:
      return RESULTS.get(sense) ?? RESULT.REFUSED;
    default:
      return RESULT.REFUSED;
  }
}

const RESULTS: ReadonlyMap<number, number> = new Map([
  [SENSE.NOT_READY_CAUSE, RESULT.NOT_READY],
  [SENSE.BECOMING_READY, RESULT.NOT_READY],
  [SENSE.WRITE_PROTECTED_SOFTWARE, RESULT.WRITE_PROTECTED],
  [SENSE.LBA_RANGE, RESULT.OUT_OF_RANGE],
  [SENSE.READ_ERROR, RESULT.MEDIUM_ERROR],
  [SENSE.COMMUNICATION_FAILED, RESULT.LINK_DOWN],
  [SENSE.MISCOMPARED, RESULT.DIFFERENT],
]);
