/**
 * The other array by hand: frames are put together here as the README says, byte by byte, with any of their fields wrong
 * on demand.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { crc32c } from '../../../../adapters/link/tcp/crc32c.js';
import { makeGreeting, proof, secretKey } from '../../../../adapters/link/tcp/handshake.js';
import { DIMENSIONS, SECRET, until } from './end.js';

export interface Frame {
  readonly type: number;
  readonly header?: Buffer;
  readonly payload?: Buffer;
  readonly magic?: string;
  readonly version?: number;
  readonly headerBytes?: number;
  readonly payloadBytes?: number;
  readonly epoch?: Buffer;
  readonly sequence?: number;
  readonly crc?: number;
}

export const GREETING = 1;
export const PROOF = 2;
export const HEARTBEAT = 3;
export const MESSAGES = 4;
export const GOODBYE = 5;

/** Numbers of the messages on the wire. */
const VERSION = 2;
export const HELLO = 1;
export const FAR_APPLY = 2;
export const FAR_APPLIED = 3;
export const FAR_CALL = 4;
export const FAR_ANSWER = 5;
export const FAR_CREDIT = 6;

export interface Came {
  readonly type: number;
  readonly version: number;
  readonly epoch: Buffer;
  readonly sequence: number;
  readonly header: Buffer;
  readonly payload: Buffer;
}

/** msgpack: each integer in the longest form that is allowed. */
export function header(words: readonly number[]): Buffer {
  const bytes = Buffer.alloc((3 + 5 * words.length + 3) & ~3, 0xc0);
  bytes[0] = 0xdc;
  bytes.writeUInt16BE(words.length, 1);
  for (const [i, word] of words.entries()) {
    bytes[3 + 5 * i] = 0xd2;
    bytes.writeInt32BE(word, 4 + 5 * i);
  }
  return bytes;
}

export class RawPeer {
  /** Frames that came, oldest first. */
  readonly came: Came[] = [];
  closed = false;
  epoch: Buffer = Buffer.alloc(8);
  sequence = 0;
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static async to(port: number): Promise<RawPeer> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new RawPeer(socket);
  }

  /** Array B, proved: from here on the link of array A is up. */
  static async up(port: number): Promise<RawPeer> {
    const peer = await RawPeer.to(port);
    await peer.prove();
    peer.frame({ type: HEARTBEAT });
    return peer;
  }

  async prove(secret: Uint8Array = SECRET): Promise<void> {
    const own = makeGreeting({ array: 'B', peer: 'A', sectorsPerTrack: DIMENSIONS.sectorsPerTrack });
    this.frame({ type: GREETING, header: own });
    const theirs = (await this.next(GREETING)).header;
    const key = secretKey(secret);
    this.frame({ type: PROOF, header: proof(key, 'dialer', own, theirs) });
    this.epoch = proof(key, 'epoch', own, theirs).subarray(0, 8);
    if (secret === SECRET) await this.next(PROOF);
  }

  /** The first frame of this type that comes or came. */
  async next(type: number): Promise<Came> {
    const find = (): Came | undefined => this.came.find((frame) => frame.type === type);
    await until(`a frame of type ${type}`, () => find() !== undefined || this.closed);
    const frame = find();
    if (frame === undefined) throw new Error(`the connection was closed without a frame of type ${type}`);
    return frame;
  }

  async goodbye(): Promise<string> {
    return (await this.next(GOODBYE)).header.toString().trim();
  }

  /** A frame as it should be, but for what is given. */
  bytesOf(frame: Frame): Buffer {
    const { type, header = Buffer.alloc(0), payload = Buffer.alloc(0) } = frame;
    const bytes = Buffer.alloc(32 + header.length + payload.length);
    bytes.write(frame.magic ?? 'ALNK', 0, 'latin1');
    bytes[4] = frame.version ?? VERSION;
    bytes[5] = type;
    bytes.writeUInt32LE(frame.headerBytes ?? header.length, 8);
    bytes.writeUInt32LE(frame.payloadBytes ?? payload.length, 12);
    (frame.epoch ?? this.epoch).copy(bytes, 16);
    bytes.writeUInt32LE(frame.sequence ?? this.sequence, 24);
    header.copy(bytes, 32);
    payload.copy(bytes, 32 + header.length);
    // Without its own place.
    const crc = crc32c(crc32c(0, bytes.subarray(0, 28)), bytes.subarray(32));
    bytes.writeInt32LE((frame.crc ?? crc) | 0, 28);
    this.sequence += 1;
    return bytes;
  }

  frame(frame: Frame): void {
    this.send(this.bytesOf(frame));
  }

  batch(words: readonly number[], payload?: Buffer, wrong: Partial<Frame> = {}): void {
    this.frame({ type: MESSAGES, header: header(words), payload, ...wrong });
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    for (;;) {
      const b = this.#bytes;
      if (b.length < 32) return;
      const headerEnd = 32 + b.readUInt32LE(8);
      const end = headerEnd + b.readUInt32LE(12);
      if (b.length < end) return;
      this.came.push({
        type: b[5],
        version: b[4],
        epoch: b.subarray(16, 24),
        sequence: b.readUInt32LE(24),
        header: b.subarray(32, headerEnd),
        payload: b.subarray(headerEnd, end),
      });
      this.#bytes = b.subarray(end);
    }
  }
}
