/** Frames of a link as its README says they are, apart from the adapter's own tables. */
import { createHmac } from 'node:crypto';
import { crc32c } from '../../../adapters/link/tcp/crc32c.js';
import { FuzzFailure } from '../target.js';

export const TYPES = { GREETING: 1, PROOF: 2, HEARTBEAT: 3, MESSAGES: 4, GOODBYE: 5, SERVICE: 6 } as const;
export const NUMBERS = { HELLO: 1, FAR_APPLY: 2, FAR_APPLIED: 3, FAR_CALL: 4, FAR_ANSWER: 5, FAR_CREDIT: 6 } as const;
export const SECRET = Buffer.from('what both arrays know');
export const SECTORS_PER_TRACK = 16;
const VERSION = 2;
const PREFIX_BYTES = 32;

export interface Frame {
  readonly type: number;
  readonly header: Buffer;
  readonly payload: Buffer;
}

export const frameOf = (type: number, header: Buffer = Buffer.alloc(0), payload: Buffer = Buffer.alloc(0)): Frame => ({
  type,
  header,
  payload,
});

export function frameBytes({ type, header, payload }: Frame, epoch: Buffer, sequence: number): Buffer {
  const bytes = Buffer.alloc(PREFIX_BYTES + header.length + payload.length);
  bytes.write('ALNK', 0, 'latin1');
  bytes[4] = VERSION;
  bytes[5] = type;
  bytes.writeUInt32LE(header.length, 8);
  bytes.writeUInt32LE(payload.length, 12);
  epoch.copy(bytes, 16);
  bytes.writeUInt32LE(sequence, 24);
  header.copy(bytes, PREFIX_BYTES);
  payload.copy(bytes, PREFIX_BYTES + header.length);
  seal(bytes);
  return bytes;
}

/** Makes the sum right. */
export function seal(bytes: Buffer): void {
  bytes.writeInt32LE(crc32c(crc32c(0, bytes.subarray(0, 28)), bytes.subarray(PREFIX_BYTES)), 28);
}

export function greeting(array: string, peer: string, nonce: Buffer): Buffer {
  const name = (text: string): Buffer => Buffer.concat([Buffer.of(text.length), Buffer.from(text)]);
  const sectors = Buffer.alloc(4);
  sectors.writeUInt32LE(SECTORS_PER_TRACK);
  const used = Buffer.concat([name(array), name(peer), sectors, nonce]);
  return Buffer.concat([used, Buffer.alloc(-used.length & 3)]);
}

/** The MAC of both greetings; of a secret that may be wrong. */
export function mac(
  what: 'dialer' | 'listener' | 'epoch',
  dialers: Buffer,
  listeners: Buffer,
  secret: Buffer = SECRET,
): Buffer {
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(dialers.length, 0);
  lengths.writeUInt32LE(listeners.length, 4);
  const said = [`arraylab link ${VERSION} ${what}\n`, lengths, dialers, listeners];
  return said.reduce((hmac, part) => hmac.update(part), createHmac('sha256', secret)).digest();
}

/** msgpack: an array of integers, each in a form that is long enough; `form` picks among those. */
export function wordsHeader(words: readonly number[], form: () => number): Buffer {
  const parts: Buffer[] = [Buffer.from([0xdc, words.length >> 8, words.length & 0xff])];
  for (const word of words) {
    if (form() === 0 && word >= -32 && word < 128) parts.push(Buffer.of(word & 0xff));
    else {
      const bytes = Buffer.alloc(5);
      bytes[0] = 0xd2;
      bytes.writeInt32BE(word | 0, 1);
      parts.push(bytes);
    }
  }
  const all = Buffer.concat(parts);
  return Buffer.concat([all, Buffer.alloc(-all.length & 3, 0xc0)]);
}

/** What comes, frame by frame, each found right. Errors: FuzzFailure. */
export class FrameReader {
  readonly came: Frame[] = [];
  epoch: Buffer = Buffer.alloc(8);
  #sequence = 0;
  #held: Buffer = Buffer.alloc(0);

  readonly bytes = (bytes: Buffer): void => {
    this.#held = Buffer.concat([this.#held, bytes]);
    for (;;) {
      const held = this.#held;
      if (held.length < PREFIX_BYTES) return;
      const header = held.readUInt32LE(8);
      const payload = held.readUInt32LE(12);
      if (held.toString('latin1', 0, 4) !== 'ALNK' || header > 8192 || payload > 1 << 20) throw wrong('no frame', held);
      const end = PREFIX_BYTES + header + payload;
      if (held.length < end) return;
      this.#check(held.subarray(0, end));
      this.came.push({
        type: held[5],
        header: Buffer.from(held.subarray(PREFIX_BYTES, PREFIX_BYTES + header)),
        payload: Buffer.from(held.subarray(PREFIX_BYTES + header, end)),
      });
      this.#held = held.subarray(end);
    }
  };

  #check(frame: Buffer): void {
    if (frame[4] !== VERSION || frame[5] < 1 || frame[5] > 6) throw wrong('a frame of no known kind', frame);
    if (frame.readUInt32LE(24) !== this.#sequence) throw wrong(`not frame ${this.#sequence}`, frame);
    this.#sequence += 1;
    const copy = Buffer.from(frame);
    seal(copy);
    if (!copy.equals(frame)) throw wrong('a wrong sum', frame);
  }
}

function wrong(what: string, bytes: Buffer): FuzzFailure {
  return new FuzzFailure(`the array says ${what}: ${bytes.subarray(0, 64).toString('hex')}`);
}
