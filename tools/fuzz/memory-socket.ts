/**
 * A connection within this process, in place of one of TCP: the array's end behaves as a socket of Node's does whose bytes
 * are read straight to their place (adapters/socket/receive.ts), but all that happens to it happens in `step`, one thing
 * after the other, so that the same input does the same each time.
 */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { ByteSink } from '../../adapters/socket/receive.js';

/** What a system takes from a socket before anybody reads it. */
const SYSTEM_BYTES = 128 * 1024;

interface Write {
  readonly bytes: Uint8Array;
  readonly done: ((error?: Error) => void) | undefined;
}

/** The array's end. */
export class MemorySocket extends EventEmitter {
  destroyed = false;
  readonly connecting = false;
  readonly remoteAddress = '127.0.0.1';
  readonly localAddress = '127.0.0.1';
  readonly remotePort: number;
  readonly localPort = 3260;
  /** Reads, and has somewhere to put it. */
  reading = true;
  sink: ByteSink | undefined;
  place: Uint8Array = new Uint8Array(0);
  /** Not all taken by the system yet. */
  readonly writes: Write[] = [];
  /** Of the first of them. */
  taken_bytes = 0;
  isEnding = false;
  /** To be called at the next step. */
  readonly due: (() => void)[] = [];
  #diesWhenWritten = false;

  constructor(number: number) {
    super();
    this.remotePort = number;
  }

  /** In place of `receiveInto`. */
  static readonly receive = (accepted: Socket, sink: ByteSink): Socket => {
    const socket = accepted as unknown as MemorySocket;
    socket.sink = sink;
    socket.place = sink.nextPlace();
    return accepted;
  };

  /** As those see it that take sockets. */
  get asSocket(): Socket {
    return this as unknown as Socket;
  }

  get writableLength(): number {
    return this.writes.reduce((sum, { bytes }) => sum + bytes.length, -this.taken_bytes);
  }

  setNoDelay(): this {
    return this;
  }

  cork(): void {}

  uncork(): void {}

  resume(): this {
    this.reading = true;
    return this;
  }

  pause(): this {
    this.reading = false;
    return this;
  }

  write(bytes: Uint8Array, done?: (error?: Error) => void): boolean {
    if (this.destroyed || this.isEnding) this.due.push(() => done?.(new Error('write after end')));
    else this.writes.push({ bytes, done });
    return true;
  }

  end(): this {
    this.isEnding = true;
    return this;
  }

  destroySoon(): void {
    this.end();
    this.#diesWhenWritten = true;
    if (this.writes.length === 0) this.due.push(() => this.destroy());
  }

  /** A write went out whole. */
  wrote(): void {
    if (this.writes.length === 0 && this.#diesWhenWritten) this.due.push(() => this.destroy());
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    for (const { done } of this.writes.splice(0)) this.due.push(() => done?.(new Error('socket is closed')));
    this.due.push(() => {
      if (error !== undefined) this.emit('error', error);
      this.emit('close');
    });
    return this;
  }
}

/** Both ends of it; the methods are those of the end that is not the array's. */
export class Wire {
  readonly socket: MemorySocket;
  /** This end does not read: what the system takes, it takes, and no more. */
  isStalled = false;
  /** How many bytes come at once, at most. */
  piece: () => number = () => Number.POSITIVE_INFINITY;
  readonly #take: (bytes: Buffer) => void;
  readonly #inbox: Buffer[] = [];
  readonly #outbox: Buffer[] = [];
  #outbox_bytes = 0;
  #hasSentEnd = false;
  #endWasSeen = false;

  /** @param take told of what the array says */
  constructor(number: number, take: (bytes: Buffer) => void) {
    this.socket = new MemorySocket(number);
    this.#take = take;
  }

  /** The array has ended the connection, and all that it said was read. */
  get isOver(): boolean {
    const { destroyed, isEnding, writes } = this.socket;
    return (destroyed || (isEnding && writes.length === 0)) && this.#outbox.length === 0;
  }

  get isClosed(): boolean {
    return this.socket.destroyed && this.socket.due.length === 0;
  }

  send(bytes: Buffer): void {
    if (!this.#hasSentEnd && bytes.length > 0) this.#inbox.push(bytes);
  }

  /** Says no more. */
  end(): void {
    this.#hasSentEnd = true;
  }

  /** Is gone, at once. */
  kill(): void {
    this.#inbox.length = 0;
    this.#hasSentEnd = true;
    this.#endWasSeen = true;
    this.socket.destroy(new Error('read ECONNRESET'));
  }

  /** Lets happen what is due; true when there was anything. */
  step(): boolean {
    const { socket } = this;
    const calls = socket.due.splice(0);
    for (const call of calls) call();
    // Each by itself: one does not stand for the other.
    const came = this.#deliver();
    return this.#carry() || came || calls.length > 0;
  }

  #deliver(): boolean {
    const { socket } = this;
    const { sink } = socket;
    const next = this.#inbox[0];
    if (sink === undefined || !socket.reading || socket.destroyed) return false;
    if (next === undefined) {
      if (!this.#hasSentEnd || this.#endWasSeen) return false;
      this.#endWasSeen = true;
      socket.emit('end');
      return true;
    }
    const { place } = socket;
    const n = Math.min(next.length, place.length, this.piece());
    place.set(next.subarray(0, n));
    if (n === next.length) this.#inbox.shift();
    else this.#inbox[0] = next.subarray(n);
    // In this order: what the sink wants after it is asked for before anything else is done, as Node does it.
    const goesOn = sink.received(n, place);
    socket.place = sink.nextPlace();
    if (!goesOn) socket.reading = false;
    return true;
  }

  /** From the socket to the system, and to whoever reads. */
  #carry(): boolean {
    const { socket } = this;
    let did = false;
    for (let write = socket.writes[0]; write !== undefined; write = socket.writes[0]) {
      const left = write.bytes.length - socket.taken_bytes;
      const n = Math.min(left, SYSTEM_BYTES - this.#outbox_bytes);
      if (n > 0) {
        const from = socket.taken_bytes;
        this.#outbox.push(Buffer.from(Uint8Array.prototype.slice.call(write.bytes, from, from + n)));
        this.#outbox_bytes += n;
        socket.taken_bytes += n;
        did = true;
      }
      if (n < left) break;
      socket.writes.shift();
      socket.taken_bytes = 0;
      socket.due.push(() => write.done?.());
      socket.wrote();
    }
    if (this.isStalled || this.#outbox.length === 0) return did;
    this.#outbox_bytes = 0;
    this.#take(Buffer.concat(this.#outbox.splice(0)));
    return true;
  }
}
