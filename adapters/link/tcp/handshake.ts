/**
 * How two arrays prove to each other that they know the same secret, before anything else is said.
 *
 *     dialer → listener   GREETING   who I am, whom I want, my geometry, a nonce
 *     listener → dialer   GREETING   the same
 *     dialer → listener   PROOF      MAC of both greetings, as the dialer
 *     listener → dialer   PROOF      MAC of both greetings, as the listener
 *     dialer → listener   HEARTBEAT  of the session: now the listener knows that the dialer was content too
 *
 * Both greetings are in each MAC byte by byte, with the side that proves: so neither side's proof serves the other side
 * (reflection) or another connection (replay). The session's epoch is a third MAC, so both sides know it unsaid.
 */
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { VERSION, Violation } from './frame.js';

export const SECRET_BYTES_MIN = 16;
const NONCE_BYTES = 32;
export const NAME_BYTES_MAX = 64;

export type Side = 'dialer' | 'listener';

/** What each side must have as the other expects it. */
export interface Identity {
  readonly array: string;
  /** The array at the other end. */
  readonly peer: string;
  readonly sectorsPerTrack: number;
}

/** Errors: RangeError when it is too short to keep anybody out. */
export function secretKey(secret: Uint8Array): KeyObject {
  if (secret.length < SECRET_BYTES_MIN) {
    throw new RangeError(`the secret of a link has ${secret.length} bytes; ${SECRET_BYTES_MIN} are the least`);
  }
  return createSecretKey(secret);
}

/** Errors: RangeError when a name cannot be sent, or both are the same. */
export function checkIdentity({ array, peer }: Identity): void {
  for (const name of [array, peer]) {
    const bytes = Buffer.byteLength(name);
    if (bytes < 1 || bytes > NAME_BYTES_MAX) {
      throw new RangeError(`array name "${name}" has ${bytes} bytes; a link takes 1 to ${NAME_BYTES_MAX}`);
    }
  }
  if (array === peer) throw new RangeError(`array ${array} cannot have a link to itself`);
}

/** The header of a GREETING. What stands before the nonce is the same in all versions. */
export function makeGreeting({ array, peer, sectorsPerTrack }: Identity): Buffer {
  const names = [array, peer].map((name) => Buffer.from(name));
  const used = 2 + names[0].length + names[1].length + 4 + NONCE_BYTES;
  const bytes = Buffer.alloc((used + 3) & ~3);
  let p = 0;
  for (const name of names) {
    bytes[p] = name.length;
    name.copy(bytes, p + 1);
    p += 1 + name.length;
  }
  p = bytes.writeInt32LE(sectorsPerTrack, p);
  randomBytes(NONCE_BYTES).copy(bytes, p);
  return bytes;
}

/**
 * Is this the greeting of the array that is expected?
 * Errors: Violation, with what is different; texts name both sides, so that each side's operator can read them.
 */
export function checkGreeting(bytes: Buffer, version: number, own: Identity): void {
  const names: string[] = [];
  let p = 0;
  for (let i = 0; i < 2; i++) {
    const length = p < bytes.length ? bytes[p] : 0;
    if (length < 1 || length > NAME_BYTES_MAX || p + 1 + length > bytes.length) {
      throw new Violation('a greeting without the names of two arrays');
    }
    names.push(shown(bytes.toString('utf8', p + 1, p + 1 + length)));
    p += 1 + length;
  }
  const [array, peer] = names;
  if (version !== VERSION) {
    throw new Violation(`array ${array} speaks link version ${version}, array ${own.array} speaks ${VERSION}`);
  }
  if (p + 4 + NONCE_BYTES > bytes.length) throw new Violation('a greeting without a nonce');
  if (array !== own.peer) throw new Violation(`array ${own.array} expected array ${own.peer}, got ${array}`);
  if (peer !== own.array) throw new Violation(`array ${array} wants array ${peer}, this is ${own.array}`);
  const sectors = bytes.readInt32LE(p);
  if (sectors !== own.sectorsPerTrack) {
    throw new Violation(
      `tracks of array ${array} have ${sectors} sectors, of array ${own.array} ${own.sectorsPerTrack}: ` +
        'both ends of a link must have the same',
    );
  }
}

/** One side's proof, or with 'epoch' what both know in the end. */
export function proof(key: KeyObject, what: Side | 'epoch', dialers: Uint8Array, listeners: Uint8Array): Buffer {
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32LE(dialers.length, 0);
  sizes.writeUInt32LE(listeners.length, 4);
  return createHmac('sha256', key)
    .update(`arraylab link ${VERSION} ${what}\n`)
    .update(sizes)
    .update(dialers)
    .update(listeners)
    .digest();
}

/** Errors: Violation. */
export function checkProof(given: Uint8Array, expected: Buffer, { array, peer }: Identity): void {
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Violation(`the secrets of array ${array} and array ${peer} differ`);
  }
}

/** A name of somebody who proved nothing. */
function shown(name: string): string {
  return name.replace(/[^\x21-\x7e\u00a1-\u024f]/g, '?');
}
