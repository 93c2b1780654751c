/**
 * What a frame is: places in the prefix, types, limits. README.md in this folder says the same for people.
 */

/** "ALNK" as a little-endian word. */
export const MAGIC = 0x4b4e4c41;
export const VERSION = 2;

/** Words of the prefix. */
export const P_MAGIC = 0;
/** Version in bits 0–7, type in bits 8–15, the rest 0. */
export const P_TYPE = 1;
export const P_HEADER_BYTES = 2;
export const P_PAYLOAD_BYTES = 3;
/** Two words; 0 until both sides are proved. */
export const P_EPOCH = 4;
/** Counts the frames of a direction from the first of the connection on; wraps. */
export const P_SEQUENCE = 6;
/** CRC-32C of the prefix before it, the header and the payload. */
export const P_CRC = 7;
export const PREFIX_WORDS = 8;
export const PREFIX_BYTES = 4 * PREFIX_WORDS;

export const TYPE = { GREETING: 1, PROOF: 2, HEARTBEAT: 3, MESSAGES: 4, GOODBYE: 5, SERVICE: 6 } as const;
export const typeName = (type: number): string =>
  Object.entries(TYPE).find(([, number]) => number === type)?.[0] ?? `type ${type}`;

/** Before both sides are proved a frame is no larger than this. */
export const CONTROL_HEADER_BYTES_MAX = 512;
export const HEADER_BYTES_MAX = 8192;
export const PAYLOAD_BYTES_MAX = 1 << 20;
export const MESSAGES_MAX = 128;
/** Most words of one message in a header: its kind, its token, eight of payload. */
export const MESSAGE_WORDS_MAX = 10;
export const REASON_BYTES_MAX = 240;

/** The other side broke the rules, or is not the one that was expected: this connection ends, with the reason. */
export class Violation extends Error {}

/** A reason as the other side gave it, safe to show: printable, bounded. */
export function reasonText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, REASON_BYTES_MAX)).toString('utf8');
  return text.replace(/[^\x20-\x7e\u00a0-\u024f\u2010-\u2026]+/g, ' ').trim();
}

/** A reason as it goes on the wire: whole words, padded with spaces. */
export function reasonBytes(reason: string): Uint8Array {
  const text = Buffer.from(reason).subarray(0, REASON_BYTES_MAX);
  const bytes = Buffer.alloc((text.length + 3) & ~3, 0x20);
  text.copy(bytes);
  return bytes;
}

// The largest header: an array of so many integers of five bytes each.
if (3 + MESSAGES_MAX * MESSAGE_WORDS_MAX * 5 > HEADER_BYTES_MAX) throw new RangeError('a header may not fit');
