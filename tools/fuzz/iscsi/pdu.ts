/**
 * PDUs as an initiator writes them (RFC 7143, 11), apart from the adapter's own tables, so that a number that is wrong there
 * is not wrong here as well.
 */
import { crc32c } from '../../../adapters/link/tcp/crc32c.js';

export const NO_TAG = 0xffff_ffff;

export const SAYS = {
  NOP: 0x00,
  COMMAND: 0x01,
  MANAGE: 0x02,
  LOGIN: 0x03,
  TEXT: 0x04,
  DATA: 0x05,
  LOGOUT: 0x06,
  SNACK: 0x10,
} as const;

export const HEARS = {
  NOP: 0x20,
  RESPONSE: 0x21,
  MANAGED: 0x22,
  LOGIN: 0x23,
  TEXT: 0x24,
  DATA: 0x25,
  LOGOUT: 0x26,
  R2T: 0x31,
  ASYNC: 0x32,
  REJECT: 0x3f,
} as const;

export interface Pdu {
  readonly header: Buffer;
  ahs: Buffer;
  data: Buffer;
}

/** With these words by place, and a length that is right. */
export function makePdu(
  opcode: number,
  flags: number,
  words: Readonly<Record<number, number>>,
  data: Buffer = Buffer.alloc(0),
): Pdu {
  const header = Buffer.alloc(48);
  header[0] = opcode;
  header[1] = flags;
  for (const [at, word] of Object.entries(words)) header.writeUInt32BE(word >>> 0, Number(at));
  const pdu = { header, ahs: Buffer.alloc(0), data };
  measure(pdu);
  return pdu;
}

/** Both lengths in the header become right. */
export function measure({ header, ahs, data }: Pdu): void {
  header.writeUInt32BE(data.length, 4);
  header[4] = Math.min(ahs.length >>> 2, 255);
}

export interface Digests {
  headerDigest: boolean;
  dataDigest: boolean;
}

/** As it goes over the wire. @param spoil which digest is to be wrong, if there is one */
export function bytesOf({ header, ahs, data }: Pdu, digests: Digests, spoil?: 'header' | 'data'): Buffer {
  const head = Buffer.concat([header, ahs]);
  const padded = Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
  return Buffer.concat([
    head,
    ...(digests.headerDigest ? [sum(head, spoil === 'header')] : []),
    padded,
    ...(digests.dataDigest && data.length > 0 ? [sum(padded, spoil === 'data')] : []),
  ]);
}

function sum(bytes: Buffer, isWrong: boolean): Buffer {
  const digest = Buffer.alloc(4);
  digest.writeInt32LE(crc32c(0, bytes) ^ (isWrong ? 0x10 : 0));
  return digest;
}

/** `key=value` pairs as text. */
export const textOf = (pairs: readonly string[]): Buffer => Buffer.from(pairs.map((pair) => `${pair}\0`).join(''));

/** Errors: none; what has no `=` is a key without a value. */
export function pairsOf(text: Buffer): Map<string, string> {
  const pairs = text.toString('utf8').split('\0');
  return new Map(
    pairs
      .filter((pair) => pair !== '')
      .map((pair) => {
        const at = pair.indexOf('=');
        return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
      }),
  );
}
