/**
 * Replies on their way to one socket. A batch is a pooled buffer of reply headers and small data, with views of pinned
 * slots between them; it goes out by one write. What a batch pins, and what it owes, is given back when the socket has
 * sent it.
 */
import type { Socket } from 'node:net';
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { copyBytes } from '../copy-bytes.js';
import type { Failure } from './failures.js';
import { CHUNK_BYTES, CHUNK_DONE, CHUNK_MAGIC, REPLY_BYTES, REPLY_MAGIC, writeBytes64 } from './protocol.js';

/** Size of a batch's own buffer: 32 replies of 4 KiB and as many again. */
export const BATCH_BYTES = 256 * 1024;
/** Batches that are kept for the next time. */
const POOL_MAX = 32;

export class Batch {
  /** Bytes of requests that these replies answer, as the connection counts them. */
  owed = 0;
  /** Slots to give back once the socket has sent them. */
  readonly pins: number[] = [];
  /** Called once when sent, or when it never will be. */
  onSent: ((batch: Batch) => void) | undefined;
  private readonly bytes: Buffer;
  private readonly view: DataView;
  private readonly pieces: Uint8Array[] = [];
  private used = 0;
  /** Where the own bytes begin that are not in a piece yet. */
  private from = 0;
  private readonly sent = (): void => this.settle();

  constructor() {
    this.bytes = Buffer.allocUnsafeSlow(BATCH_BYTES);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, BATCH_BYTES);
  }

  get isEmpty(): boolean {
    return this.used === 0;
  }

  /** Is there place for so many bytes, headers with them? */
  hasPlace(bytes: number): boolean {
    return this.used + bytes <= BATCH_BYTES;
  }

  header(errno: number, cookieHigh: number, cookieLow: number): void {
    const { view, used } = this;
    view.setUint32(used, REPLY_MAGIC);
    view.setUint32(used + 4, errno);
    view.setInt32(used + 8, cookieHigh);
    view.setInt32(used + 12, cookieLow);
    this.used = used + REPLY_BYTES;
  }

  /** Header of a chunk with so many bytes of payload. */
  chunk(type: number, isLast: boolean, cookieHigh: number, cookieLow: number, payloadBytes: number): void {
    const { view, used } = this;
    view.setUint32(used, CHUNK_MAGIC);
    view.setUint16(used + 4, isLast ? CHUNK_DONE : 0);
    view.setUint16(used + 6, type);
    view.setInt32(used + 8, cookieHigh);
    view.setInt32(used + 12, cookieLow);
    view.setUint32(used + 16, payloadBytes);
    this.used = used + CHUNK_BYTES;
  }

  /** 32 bits of a chunk's payload. */
  word(value: number): void {
    this.view.setUint32(this.used, value);
    this.used += 4;
  }

  /** An offset in bytes, 64 bits of a chunk's payload. */
  offset(bytes: number): void {
    writeBytes64(this.view, this.used, bytes);
    this.used += 8;
  }

  /** Number, length of text and text of an error chunk's payload. */
  error({ errno, text }: Failure): void {
    this.word(errno);
    this.view.setUint16(this.used, text.length);
    this.bytes.set(text, this.used + 2);
    this.used += 2 + text.length;
  }

  /** Copies sectors of the array's memory; there must be place. */
  copy(memory: Uint8Array, at: number, sectors: number): void {
    const bytes = sectors * SECTOR_BYTES;
    copyBytes(memory, at * SECTOR_BYTES, this.bytes, this.used, bytes);
    this.used += bytes;
  }

  /** Sends these bytes from where they stand; they must stay until the batch is sent. */
  attach(bytes: Uint8Array): void {
    this.pieces.push(this.bytes.subarray(this.from, this.used), bytes);
    this.from = this.used;
  }

  /** Hands everything to the socket, by one system call if it takes all. */
  write(socket: Socket): void {
    const { pieces } = this;
    if (pieces.length === 0) {
      socket.write(this.bytes.subarray(0, this.used), this.sent);
      return;
    }
    if (this.from < this.used) pieces.push(this.bytes.subarray(this.from, this.used));
    socket.cork();
    for (let i = 0; i < pieces.length - 1; i++) socket.write(pieces[i]);
    socket.write(pieces[pieces.length - 1], this.sent);
    socket.uncork();
  }

  /** Ends the batch, sent or not; does nothing the second time. */
  settle(): void {
    const { onSent } = this;
    this.onSent = undefined;
    onSent?.(this);
  }

  clear(): void {
    this.owed = 0;
    this.used = 0;
    this.from = 0;
    this.pins.length = 0;
    this.pieces.length = 0;
  }
}

export class BatchPool {
  private readonly free: Batch[] = [];

  take(): Batch {
    return this.free.pop() ?? new Batch();
  }

  give(batch: Batch): void {
    batch.clear();
    if (this.free.length < POOL_MAX) this.free.push(batch);
  }
}
