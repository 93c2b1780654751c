/**
 * The sending side of a connection. Messages are gathered into a batch: one frame, with one header and the bytes of all
 * its writes; `flush` hands all frames to the socket by one write.
 *
 * Small writes are copied behind their header, so that a batch of them is one piece for the socket and one run for the sum.
 * Large ones are sent from where they stand in the array's memory; there they stay as they are until the other array has
 * acknowledged them, or the socket was destroyed.
 */
import type { Socket } from 'node:net';
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import type { ArrayMemory } from '../../../firmware/memory/layout.js';
import { crc32c } from './crc32c.js';
import {
  HEADER_BYTES_MAX,
  MAGIC,
  MESSAGE_WORDS_MAX,
  MESSAGES_MAX,
  P_CRC,
  P_EPOCH,
  P_HEADER_BYTES,
  P_MAGIC,
  P_PAYLOAD_BYTES,
  P_SEQUENCE,
  P_TYPE,
  PAYLOAD_BYTES_MAX,
  PREFIX_BYTES,
  TYPE,
  VERSION,
} from './frame.js';
import { WireMeter } from './meter.js';
import { encodeWords } from './words.js';

/** For prefixes and headers: of a full batch eight. */
/** Up to here a copy costs no more than a piece of its own. */
const COPY_BYTES_MAX = 4096;
const BUFFER_BYTES = 256 * 1024;
/** Buffers that are kept for the next time. */
const POOL_MAX = 8;

class OutBuffer {
  readonly bytes = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  readonly words = new Int32Array(this.bytes.buffer);
  used = 0;
  /** Where the bytes begin that are in no piece yet. */
  from = 0;
}

export class Outbox {
  /** Of the session; two words. */
  readonly epoch = new Int32Array(2);
  /** Frames that were sealed since it was made. */
  sealed = 0;
  readonly #memory: ArrayMemory;
  readonly #meter: WireMeter;
  readonly #words = new Int32Array(MESSAGES_MAX * MESSAGE_WORDS_MAX);
  #count = 0;
  #messages = 0;
  /** Sector address and sectors of each write's bytes. */
  readonly #places = new Int32Array(2 * MESSAGES_MAX);
  #writes = 0;
  #payload_bytes = 0;
  #buffer: OutBuffer | undefined;
  /** Of this flush: full buffers, and what is written. */
  #full: OutBuffer[] = [];
  #pieces: Uint8Array[] = [];
  readonly #pool: OutBuffer[] = [];

  /** @param link whose bytes are counted. */
  constructor(memory: ArrayMemory, link = 0) {
    this.#memory = memory;
    this.#meter = new WireMeter(memory, 'sent', link);
  }

  /** Begins a message; its words follow, by `word`. `payload_bytes`: of `attach`, which follows too. */
  message(payload_bytes: number): void {
    if (this.#messages === MESSAGES_MAX || this.#payload_bytes + payload_bytes > PAYLOAD_BYTES_MAX) this.#seal();
    this.#messages += 1;
  }

  word(w: number): void {
    this.#words[this.#count] = w;
    this.#count += 1;
  }

  attach(at: number, sectors: number): void {
    this.#places[2 * this.#writes] = at;
    this.#places[2 * this.#writes + 1] = sectors;
    this.#writes += 1;
    this.#payload_bytes += sectors * SECTOR_BYTES;
  }

  /** A frame of its own, after what was gathered; its header is whole words. */
  control(type: number, header: Uint8Array): void {
    this.#seal();
    const buffer = this.#place(PREFIX_BYTES + header.length);
    const at = buffer.used;
    buffer.bytes.set(header, at + PREFIX_BYTES);
    buffer.used += PREFIX_BYTES + header.length;
    const crc = this.#prefix(buffer, at, type, header.length, 0);
    this.#meter.frame(PREFIX_BYTES + header.length, 0);
    buffer.words[at / 4 + P_CRC] = crc32c(crc, buffer.bytes.subarray(at + PREFIX_BYTES, buffer.used));
  }

  /** Everything to the socket, by one write; true when there was something. */
  flush(socket: Socket): boolean {
    this.#seal();
    const buffer = this.#buffer;
    if (buffer === undefined) return false;
    this.#rotate(buffer);
    const buffers = this.#full;
    const pieces = this.#pieces;
    this.#full = [];
    this.#pieces = [];
    const done = (): void => this.#recycle(buffers);
    if (pieces.length === 1) {
      socket.write(pieces[0], done);
      return true;
    }
    socket.cork();
    for (let i = 0; i < pieces.length - 1; i++) socket.write(pieces[i]);
    socket.write(pieces[pieces.length - 1], done);
    socket.uncork();
    return true;
  }

  /** Ends the batch that was gathered. */
  #seal(): void {
    if (this.#messages === 0) return;
    const { bytes } = this.#memory;
    const buffer = this.#place(PREFIX_BYTES + HEADER_BYTES_MAX);
    const at = buffer.used;
    buffer.used = encodeWords(this.#words, this.#count, buffer.bytes, at + PREFIX_BYTES);
    let crc = this.#prefix(buffer, at, TYPE.MESSAGES, buffer.used - at - PREFIX_BYTES, this.#payload_bytes);
    this.#meter.frame(buffer.used - at + this.#payload_bytes, this.#messages);
    /** Where the bytes begin that the sum lacks. */
    let from = at + PREFIX_BYTES;
    for (let i = 0; i < this.#writes; i++) {
      const start = bytes.byteOffset + this.#places[2 * i] * SECTOR_BYTES;
      const data = Buffer.from(bytes.buffer, start, this.#places[2 * i + 1] * SECTOR_BYTES);
      if (data.length <= COPY_BYTES_MAX && buffer.used + data.length <= BUFFER_BYTES) {
        buffer.bytes.set(data, buffer.used);
        buffer.used += data.length;
        continue;
      }
      crc = crc32c(crc32c(crc, buffer.bytes.subarray(from, buffer.used)), data);
      from = buffer.used;
      this.#cut(buffer);
      this.#pieces.push(data);
    }
    crc = crc32c(crc, buffer.bytes.subarray(from, buffer.used));
    buffer.words[at / 4 + P_CRC] = crc;
    this.#count = 0;
    this.#messages = 0;
    this.#writes = 0;
    this.#payload_bytes = 0;
  }

  /** Writes the prefix; its sum. */
  #prefix(buffer: OutBuffer, at: number, type: number, header_bytes: number, payload_bytes: number): number {
    const { words } = buffer;
    const p = at / 4;
    words[p + P_MAGIC] = MAGIC;
    words[p + P_TYPE] = VERSION | (type << 8);
    words[p + P_HEADER_BYTES] = header_bytes;
    words[p + P_PAYLOAD_BYTES] = payload_bytes;
    words[p + P_EPOCH] = this.epoch[0];
    words[p + P_EPOCH + 1] = this.epoch[1];
    words[p + P_SEQUENCE] = this.sealed;
    this.sealed = (this.sealed + 1) | 0;
    return crc32c(0, buffer.bytes.subarray(at, at + 4 * P_CRC));
  }

  /** A buffer that has place for so many bytes in one piece. */
  #place(bytes: number): OutBuffer {
    if (this.#buffer !== undefined && this.#buffer.used + bytes > BUFFER_BYTES) this.#rotate(this.#buffer);
    this.#buffer ??= this.#pool.pop() ?? new OutBuffer();
    return this.#buffer;
  }

  #rotate(buffer: OutBuffer): void {
    this.#cut(buffer);
    this.#full.push(buffer);
    this.#buffer = undefined;
  }

  #cut(buffer: OutBuffer): void {
    if (buffer.from < buffer.used) this.#pieces.push(buffer.bytes.subarray(buffer.from, buffer.used));
    buffer.from = buffer.used;
  }

  #recycle(buffers: OutBuffer[]): void {
    for (const buffer of buffers) {
      buffer.used = 0;
      buffer.from = 0;
      if (this.#pool.length < POOL_MAX) this.#pool.push(buffer);
    }
  }
}
