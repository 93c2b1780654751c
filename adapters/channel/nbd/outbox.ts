/**
 * The sending side of a connection: replies are appended as requests end, `flush` hands them to the socket. It counts
 * what the client is owed, so that a client that stops reading is soon asked for nothing more, and holds neither memory
 * nor cache that others need.
 */
import type { Socket } from 'node:net';
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import type { HostPort } from '../host-port.js';
import { EXTENTS_MAX } from './contexts.js';
import { FAILURE, type Failure, failureOf } from './failures.js';
import { CHUNK, CHUNK_BYTES, ERRNO, REPLY_BYTES } from './protocol.js';
import { BATCH_BYTES, type Batch, type BatchPool } from './replies.js';
import type { Requests } from './requests.js';

/** Replies up to this size are copied: below it a pin and a second piece in the write cost more than the copy. */
const COPY_BYTES_MAX = 16 * 1024;
/** Writes that one socket may have unfinished: the next is ready when one ends, and a stuck one holds few buffers. */
const WRITES_AHEAD = 4;

const OFFSET_BYTES = 8;
/** Of a reply with data, whichever kind it is. */
const DATA_HEADER_BYTES = CHUNK_BYTES + OFFSET_BYTES;
/** Of an error chunk's payload, beside its text. */
const ERROR_BYTES = 6;

/** Slots that all sockets together may hold pinned; past it, data is copied. */
export interface PinBudget {
  left: number;
}

export class Outbox {
  /** Bytes of replies to requests that were accepted and are not sent yet. */
  owed = 0;
  /** The client asked for structured replies. */
  structured = false;
  private readonly port: HostPort;
  private readonly requests: Requests;
  private readonly pool: BatchPool;
  private readonly budget: PinBudget;
  private readonly onSent: (gavePins: boolean) => void;
  /** Appended to; the last of those that wait to be written. */
  private batch: Batch | undefined;
  private readonly ready: Batch[] = [];
  private readonly writing: Batch[] = [];
  private readonly sent = (batch: Batch): void => this.settled(batch);

  constructor(
    port: HostPort,
    requests: Requests,
    pool: BatchPool,
    budget: PinBudget,
    onSent: (gavePins: boolean) => void,
  ) {
    this.port = port;
    this.requests = requests;
    this.pool = pool;
    this.budget = budget;
    this.onSent = onSent;
  }

  get isIdle(): boolean {
    return this.batch === undefined && this.ready.length === 0 && this.writing.length === 0;
  }

  /** A reply without data; `owed` is what the request was counted for. */
  plain(failure: Failure | undefined, cookieHigh: number, cookieLow: number, owed: number): void {
    if (failure !== undefined && this.structured) {
      const bytes = ERROR_BYTES + failure.text.length;
      const batch = this.place(CHUNK_BYTES + bytes);
      batch.chunk(CHUNK.ERROR, true, cookieHigh, cookieLow, bytes);
      batch.error(failure);
      batch.owed += owed;
      return;
    }
    const batch = this.place(REPLY_BYTES);
    batch.header(failure?.errno ?? ERRNO.OK, cookieHigh, cookieLow);
    batch.owed += owed;
  }

  /** The end of a structured reply that has said some of its data: from `offset` (bytes) on there is none. */
  failedAt(failure: Failure, offset: number, cookieHigh: number, cookieLow: number, owed: number): void {
    const bytes = ERROR_BYTES + failure.text.length + OFFSET_BYTES;
    const batch = this.place(CHUNK_BYTES + bytes);
    batch.chunk(CHUNK.ERROR_OFFSET, true, cookieHigh, cookieLow, bytes);
    batch.error(failure);
    batch.offset(offset);
    batch.owed += owed;
  }

  /** The reply to a read of one command; takes over the pins of what was pushed. */
  read(command: number, status: number): void {
    const { requests } = this;
    const owed = REPLY_BYTES + requests.sectors[command] * SECTOR_BYTES;
    const failure = failureOf(status, false) ?? (requests.isComplete(command) ? undefined : FAILURE.INCOMPLETE);
    if (failure === undefined) {
      this.data(command, true, owed);
      return;
    }
    this.giveUp(command);
    this.plain(failure, requests.cookieHigh[command], requests.cookieLow[command], owed);
  }

  /** What was pushed for a command, as a reply or as a chunk of one; takes over the pins. */
  data(command: number, isLast: boolean, owed: number): void {
    const { requests, port, structured } = this;
    const bytes = requests.pushed(command) * SECTOR_BYTES;
    const copies = bytes <= COPY_BYTES_MAX;
    const batch = this.place(DATA_HEADER_BYTES + (copies ? bytes : 0));
    const high = requests.cookieHigh[command];
    const low = requests.cookieLow[command];
    if (structured) {
      batch.chunk(CHUNK.OFFSET_DATA, isLast, high, low, OFFSET_BYTES + bytes);
      batch.offset(requests.lba[command] * SECTOR_BYTES);
    } else batch.header(ERRNO.OK, high, low);
    batch.owed += owed;
    const memory = port.memory.bytes;
    for (let part = 0; part < requests.parts[command]; part++) {
      const at = requests.place(command, part);
      const sectors = requests.count(command, part);
      const slot = requests.slot(command, part);
      if (copies) batch.copy(memory, at, sectors);
      else {
        const view = memory.subarray(at * SECTOR_BYTES, (at + sectors) * SECTOR_BYTES);
        if (this.budget.left > 0) {
          this.budget.left -= 1;
          batch.attach(Buffer.from(view.buffer, view.byteOffset, view.length));
          batch.pins.push(slot);
          continue;
        }
        batch.attach(Buffer.from(view));
      }
      port.done(slot);
    }
  }

  /** The reply to a read of several commands, whose data was collected: from `offset` (bytes) on. */
  long(bytes: Buffer, offset: number, cookieHigh: number, cookieLow: number, owed: number): void {
    const batch = this.place(DATA_HEADER_BYTES);
    if (this.structured) {
      batch.chunk(CHUNK.OFFSET_DATA, true, cookieHigh, cookieLow, OFFSET_BYTES + bytes.length);
      batch.offset(offset);
    } else batch.header(ERRNO.OK, cookieHigh, cookieLow);
    batch.attach(bytes);
    batch.owed += owed;
  }

  /** A chunk of a block status: pairs of length (bytes) and flags, of one metadata context. */
  extents(context: number, pairs: readonly number[], isLast: boolean, high: number, low: number, owed: number): void {
    const bytes = 4 + 4 * pairs.length;
    const batch = this.place(CHUNK_BYTES + bytes);
    batch.chunk(CHUNK.BLOCK_STATUS, isLast, high, low, bytes);
    batch.word(context);
    for (const word of pairs) batch.word(word);
    batch.owed += owed;
  }

  /** Gives back what was pushed for a command whose answer nobody gets. */
  giveUp(command: number): void {
    for (let part = 0; part < this.requests.parts[command]; part++) this.port.done(this.requests.slot(command, part));
  }

  flush(socket: Socket): void {
    if (this.batch !== undefined && this.ready.length + this.writing.length < WRITES_AHEAD) this.rotate();
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

  private rotate(): void {
    if (this.batch !== undefined) this.ready.push(this.batch);
    this.batch = undefined;
  }

  /** The batch that has place for so many bytes, headers with them. */
  private place(bytes: number): Batch {
    if (this.batch?.hasPlace(bytes) === false) this.rotate();
    if (this.batch === undefined) {
      this.batch = this.pool.take();
      this.batch.onSent = this.sent;
    }
    return this.batch;
  }

  private settled(batch: Batch): void {
    const at = this.writing.indexOf(batch);
    if (at >= 0) this.writing.splice(at, 1);
    this.owed -= batch.owed;
    const gavePins = batch.pins.length > 0;
    for (const slot of batch.pins) this.port.done(slot);
    this.budget.left += batch.pins.length;
    this.pool.give(batch);
    this.onSent(gavePins);
  }
}

// A batch must hold any reply that is copied.
if (BATCH_BYTES < Math.max(DATA_HEADER_BYTES + COPY_BYTES_MAX, CHUNK_BYTES + 4 + 8 * EXTENTS_MAX)) {
  throw new RangeError('a reply does not fit into a batch');
}
