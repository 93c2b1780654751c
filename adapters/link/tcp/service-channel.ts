/**
 * What the service processors of two arrays say to each other over the link that both have proved: requests and their
 * answers, as bytes that only they understand, cut into frames that stand between those of the arrays.
 *
 * What always holds: nothing that the other side sends makes this side keep more than MESSAGES_MAX messages of at most
 * MESSAGE_BYTES_MAX.
 */
import { HEADER_BYTES_MAX, Violation } from './frame.js';

export interface ServiceMessage {
  /** Whoever asks numbers its requests; the answer has the same number. */
  readonly id: number;
  readonly isAnswer: boolean;
  readonly bytes: Uint8Array;
}

/** Of one message; the largest carries an image of microcode. */
export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;
/** Messages of which a part is here. */
const MESSAGES_MAX = 4;

/** A frame: number of the message, ANSWER and LAST, bytes that follow; then these, and zeroes to a whole word. */
const HEAD_BYTES = 12;
const PART_BYTES = HEADER_BYTES_MAX - HEAD_BYTES;
const ANSWER = 1;
const LAST = 2;

export class ServiceSender {
  readonly #queue: ServiceMessage[] = [];
  /** Bytes of the first message that went. */
  #sent = 0;

  get hasMore(): boolean {
    return this.#queue.length > 0;
  }

  /** Messages that are not sent yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  push(message: ServiceMessage): void {
    this.#queue.push(message);
  }

  /** The header of the next frame. There must be one. */
  next(): Uint8Array {
    const { id, isAnswer, bytes } = this.#queue[0];
    const part = bytes.subarray(this.#sent, this.#sent + PART_BYTES);
    this.#sent += part.length;
    const isLast = this.#sent === bytes.length;
    if (isLast) {
      this.#queue.shift();
      this.#sent = 0;
    }
    const header = Buffer.alloc((HEAD_BYTES + part.length + 3) & ~3);
    header.writeInt32LE(id, 0);
    header.writeInt32LE((isAnswer ? ANSWER : 0) | (isLast ? LAST : 0), 4);
    header.writeInt32LE(part.length, 8);
    header.set(part, HEAD_BYTES);
    return header;
  }
}

export class ServiceReceiver {
  readonly #parts = new Map<string, { readonly parts: Buffer[]; bytes: number }>();

  /** The header of a frame; the message that it completes, if it does. Errors: Violation. */
  take(header: Buffer): ServiceMessage | undefined {
    if (header.length < HEAD_BYTES) throw new Violation('a service frame without its numbers');
    const [id, flags, length] = [header.readInt32LE(0), header.readInt32LE(4), header.readInt32LE(8)];
    if (length < 0 || ((HEAD_BYTES + length + 3) & ~3) !== header.length || (flags & ~(ANSWER | LAST)) !== 0) {
      throw new Violation(`a service frame of ${length} bytes (${flags}) in a header of ${header.length}`);
    }
    const isAnswer = (flags & ANSWER) !== 0;
    const key = `${id} ${isAnswer}`;
    const message = this.#parts.get(key) ?? { parts: [], bytes: 0 };
    message.bytes += length;
    if (message.bytes > MESSAGE_BYTES_MAX) {
      throw new Violation(`a service message of more than ${MESSAGE_BYTES_MAX} bytes`);
    }
    // The header's bytes are the intake's.
    message.parts.push(Buffer.from(header.subarray(HEAD_BYTES, HEAD_BYTES + length)));
    if ((flags & LAST) !== 0) {
      this.#parts.delete(key);
      return { id, isAnswer, bytes: Buffer.concat(message.parts) };
    }
    this.#parts.set(key, message);
    if (this.#parts.size > MESSAGES_MAX) throw new Violation(`more than ${MESSAGES_MAX} service messages at once`);
    return undefined;
  }
}
