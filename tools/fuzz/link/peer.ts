/** The array at the other end of a link, by hand. */
import type { Chance } from '../chance.js';
import type { Wire } from '../memory-socket.js';
import type { LinkBed } from './bed.js';
import { PEERS } from './bed.js';
import {
  type Frame,
  FrameReader,
  frameBytes,
  frameOf,
  greeting,
  mac,
  NUMBERS,
  SECTORS_PER_TRACK,
  TYPES,
  wordsHeader,
} from './frames.js';

/** A message as the role over there has to hear it. */
export interface Message {
  readonly kind: keyof typeof NUMBERS;
  readonly words: readonly number[];
  readonly bytes: Buffer | undefined;
}

export class Peer {
  readonly wire: Wire;
  readonly reader = new FrameReader();
  epoch: Buffer = Buffer.alloc(8);
  sequence = 0;
  readonly #own: Buffer;
  #token = 1;

  constructor(bed: LinkBed, chance: Chance, trunk: number) {
    this.wire = bed.connect(trunk, this.reader.bytes);
    this.#own = greeting(PEERS[trunk], 'A', chance.bytes(32));
  }

  greeting(): Frame {
    return frameOf(TYPES.GREETING, this.#own);
  }

  /** After the other's greeting has come; undefined: it has not. */
  proof(secret?: Buffer): Frame | undefined {
    const theirs = this.reader.came.find(({ type }) => type === TYPES.GREETING)?.header;
    if (theirs === undefined) return undefined;
    const frame = frameOf(TYPES.PROOF, mac('dialer', this.#own, theirs, secret));
    this.reader.epoch = mac('epoch', this.#own, theirs).subarray(0, 8);
    return frame;
  }

  /** The bytes of the next frame; from the proof on they are of the session. */
  bytesOf(frame: Frame): Buffer {
    if (frame.type !== TYPES.GREETING && frame.type !== TYPES.PROOF) this.epoch = this.reader.epoch;
    return frameBytes(frame, this.epoch, this.sequence++);
  }

  send(frame: Frame): void {
    this.wire.send(this.bytesOf(frame));
  }

  batch(messages: readonly Message[], chance: Chance): Frame {
    const words = messages.flatMap(({ kind, words: w }) => [NUMBERS[kind], ...w]);
    const payload = Buffer.concat(messages.flatMap(({ bytes }) => (bytes ? [bytes] : [])));
    return frameOf(
      TYPES.MESSAGES,
      wordsHeader(words, () => chance.below(2)),
      payload,
    );
  }

  hello(credits: number): Message {
    return { kind: 'HELLO', words: [0, credits, 7, 0], bytes: undefined };
  }

  call(chance: Chance): Message {
    const args = Array.from({ length: 6 }, () => chance.word() | 0);
    return { kind: 'FAR_CALL', words: [this.#token++, ...args, 0], bytes: undefined };
  }

  write(chance: Chance): Message {
    const first = chance.below(SECTORS_PER_TRACK);
    const sectors = chance.between(1, SECTORS_PER_TRACK - first);
    const isZero = chance.oneOf(4);
    const words = [
      this.#token++,
      0,
      chance.below(64),
      first | (sectors << 16),
      0,
      1,
      chance.below(100),
      isZero ? 1 : 0,
      0,
    ];
    return { kind: 'FAR_APPLY', words, bytes: isZero ? undefined : Buffer.alloc(sectors * 512, chance.byte()) };
  }

  credit(chance: Chance): Message {
    return { kind: 'FAR_CREDIT', words: [chance.between(1, 3), 0], bytes: undefined };
  }

  /** Part of what service processors say. */
  service(chance: Chance): Frame {
    const bytes = chance.bytes(chance.below(60));
    const header = Buffer.alloc((12 + bytes.length + 3) & ~3);
    header.writeInt32LE(chance.below(2), 0);
    header.writeInt32LE(chance.pick([2, 2, 3, 0, 1]), 4);
    header.writeInt32LE(bytes.length, 8);
    bytes.copy(header, 12);
    return frameOf(TYPES.SERVICE, header);
  }
}
