/**
 * PDUs on their way to one socket. A batch is a pooled buffer of headers and small data, with views of pinned slots
 * between them; it goes out by one write. What it pins, and what it owes, is given back when the socket has sent it.
 */
import type { Socket } from 'node:net';

/** Size of a batch's own buffer: 32 answers of 4 KiB and as many again. */
export const BATCH_BYTES = 256 * 1024;
/** Batches that are kept for the next time. */
const POOL_MAX = 32;

export class Batch {
  /** Bytes that the initiator was owed for what stands here, as the connection counts them. */
  owed = 0;
  /** Commands whose answers end here. */
  answers = 0;
  /** Slots to give back once the socket has sent them. */
  readonly pins: number[] = [];
  /** Called once when sent, or when it never will be. */
  onSent: ((batch: Batch) => void) | undefined;
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Of the own bytes. */
  used = 0;
  private readonly pieces: Uint8Array[] = [];
  /** Where the own bytes begin that are not in a piece yet. */
  private from = 0;
  private readonly sent = (): void => this.settle();

  constructor() {
    this.bytes = Buffer.allocUnsafeSlow(BATCH_BYTES);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, BATCH_BYTES);
  }

  /** Is there place for so many bytes? */
  hasPlace(bytes: number): boolean {
    return this.used + bytes <= BATCH_BYTES;
  }

  /** Place for so many bytes, zeroes now; where. They are few: a call of `fill` takes longer. */
  take(bytes: number): number {
    const at = this.used;
    const end = at + bytes;
    for (let i = at; i < end; i++) this.bytes[i] = 0;
    this.used = end;
    return at;
  }

  /** Copies these bytes; there must be place. */
  copy(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.used);
    this.used += bytes.length;
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
    this.answers = 0;
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
