/**
 * The sending side of a connection: PDUs are appended as commands end, `flush` hands them to the socket. It counts what
 * the initiator is owed, so that one that stops reading is soon asked for nothing more, and holds neither memory nor
 * cache that others need.
 */
import type { Socket } from 'node:net';
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { crc32c } from '../../link/tcp/crc32c.js';
import type { ScsiPort } from '../scsi-port.js';
import { BATCH_BYTES, type Batch, type BatchPool } from './batch.js';
import { AT, BHS_BYTES, DIGEST_BYTES, padOf } from './pdu.js';

/** Data up to this size is copied: below it a pin and a second piece in the write cost more than the copy. */
export const COPY_BYTES_MAX = 16 * 1024;
/** Writes that one socket may have unfinished: the next is ready when one ends, and a stuck one holds few buffers. */
const WRITES_AHEAD = 4;
/** What a client may be owed before no more is taken from it, and nothing more is read for it. */
export const OWED_BYTES_MAX = 4 * 1024 * 1024;
/** What a PDU has beside its data, at most. */
const FRAME_BYTES = BHS_BYTES + DIGEST_BYTES + 3 + DIGEST_BYTES;

/** Slots that all sockets together may hold pinned; past it, data is copied. */
export interface PinBudget {
  left: number;
}

export class Outbox {
  /** Bytes of answers to commands that the array has got, and of all PDUs that have been said, which are not sent yet. */
  owed = 0;
  /** Commands whose answers were sent since the connection began. */
  answered = 0;
  headerDigest = false;
  dataDigest = false;
  /** Where the PDU that was begun last stands. */
  batch!: Batch;
  private readonly port: ScsiPort;
  private readonly pool: BatchPool;
  private readonly budget: PinBudget;
  private readonly onSent: (gavePins: boolean) => void;
  /** Appended to; the last of those that wait to be written. */
  private open: Batch | undefined;
  private readonly ready: Batch[] = [];
  private readonly writing: Batch[] = [];
  private readonly sent = (batch: Batch): void => this.settled(batch);

  constructor(port: ScsiPort, pool: BatchPool, budget: PinBudget, onSent: (gavePins: boolean) => void) {
    this.port = port;
    this.pool = pool;
    this.budget = budget;
    this.onSent = onSent;
  }

  get isIdle(): boolean {
    return this.open === undefined && this.ready.length === 0 && this.writing.length === 0;
  }

  /**
   * Begins a PDU; where its header stands in `batch`: all zeroes but these two bytes and the length of its data segment.
   * After the header is filled in comes `seal`, then the data by one of `copy` and `attach`, if there is any.
   * @param copied how much of the data will be copied
   */
  begin(opcode: number, flags: number, dataBytes: number, copied: number): number {
    const bytes = FRAME_BYTES + copied;
    if (this.open?.hasPlace(bytes) === false) this.rotate();
    if (this.open === undefined) {
      this.open = this.pool.take();
      this.open.onSent = this.sent;
    }
    const batch = this.open;
    this.batch = batch;
    batch.owed += bytes;
    this.owed += bytes;
    const at = batch.take(BHS_BYTES);
    batch.view.setUint32(at + AT.DATA_LENGTH, dataBytes);
    batch.bytes[at] = opcode;
    batch.bytes[at + AT.FLAGS] = flags;
    return at;
  }

  /** The header at `at` is complete. */
  seal(at: number): void {
    if (this.headerDigest) this.digest(crc32c(0, this.batch.bytes.subarray(at, at + BHS_BYTES)));
  }

  /** Data, copied. */
  copy(data: Uint8Array): void {
    const { batch } = this;
    const from = batch.used;
    batch.copy(data);
    batch.take(padOf(data.length));
    if (this.dataDigest && data.length > 0) this.digest(crc32c(0, batch.bytes.subarray(from, batch.used)));
  }

  /** Data that stays where it stands until it is sent. */
  attach(data: Uint8Array): void {
    const { batch } = this;
    batch.attach(data);
    const from = batch.used;
    batch.take(padOf(data.length));
    if (!this.dataDigest) return;
    const sum = crc32c(0, data);
    this.digest(batch.used === from ? sum : crc32c(sum, batch.bytes.subarray(from, batch.used)));
  }

  /** May this slot be sent from where it stands? It is given back when what was begun by now is sent. */
  takePin(): boolean {
    if (this.budget.left === 0) return false;
    this.budget.left -= 1;
    return true;
  }

  /** The slot that `takePin` was for: no more of it is to be sent. */
  pin(slot: number): void {
    this.batch.pins.push(slot);
  }

  /** What the command was counted for is answered by what was begun last. */
  pay(owed: number): void {
    this.batch.owed += owed;
    this.batch.answers += 1;
  }

  flush(socket: Socket): void {
    if (this.open !== undefined && this.ready.length + this.writing.length < WRITES_AHEAD) this.rotate();
    while (this.ready.length > 0 && this.writing.length < WRITES_AHEAD) {
      const batch = this.ready.shift() as Batch;
      this.writing.push(batch);
      batch.write(socket);
    }
  }

  /** The socket is closed: nothing reads what was given to it any more. */
  abandon(): void {
    this.rotate();
    for (const batch of [...this.ready.splice(0), ...this.writing]) batch.settle();
  }

  private digest(sum: number): void {
    this.batch.view.setInt32(this.batch.take(DIGEST_BYTES), sum, true);
  }

  private rotate(): void {
    if (this.open !== undefined) this.ready.push(this.open);
    this.open = undefined;
  }

  private settled(batch: Batch): void {
    const at = this.writing.indexOf(batch);
    if (at >= 0) this.writing.splice(at, 1);
    this.owed -= batch.owed;
    this.answered += batch.answers;
    const gavePins = batch.pins.length > 0;
    for (const slot of batch.pins) this.port.done(slot);
    this.budget.left += batch.pins.length;
    this.pool.give(batch);
    this.onSent(gavePins);
  }
}

// A batch must hold whatever is copied.
if (BATCH_BYTES < FRAME_BYTES + COPY_BYTES_MAX + SECTOR_BYTES) throw new RangeError('a PDU does not fit into a batch');
