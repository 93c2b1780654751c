/**
 * Text of login and text PDUs (RFC 7143, 6.1): `key=value` pairs with a NUL behind each. Many PDUs may bear one text; what
 * a peer can make this hold is bounded.
 */

/** Of one text. A text as long as that has no use. */
export const TEXT_BYTES_MAX = 16 * 1024;
const PAIRS_MAX = 256;
const KEY_BYTES_MAX = 63;
/** A standard label (6.1), and the one registered key that is none. */
const KEY = /^([A-Z][A-Za-z0-9.+@_#-]*|iSCSIProtocolLevel)$/;

export type Pair = readonly [key: string, value: string];

/** Undefined: not text as the RFC says, or too much of it. */
export function readPairs(data: Buffer): Pair[] | undefined {
  const pairs: Pair[] = [];
  if (data.length === 0) return pairs;
  if (data.length > TEXT_BYTES_MAX || data[data.length - 1] !== 0) return undefined;
  for (let at = 0; at < data.length; ) {
    const end = data.indexOf(0, at);
    const text = data.toString('utf8', at, end);
    at = end + 1;
    // Some initiators pad with NULs that they count.
    if (text === '') continue;
    const equals = text.indexOf('=');
    if (equals < 1 || equals > KEY_BYTES_MAX || pairs.length === PAIRS_MAX) return undefined;
    if (!KEY.test(text.slice(0, equals))) return undefined;
    pairs.push([text.slice(0, equals), text.slice(equals + 1)]);
  }
  return pairs;
}

export function writePairs(pairs: readonly Pair[]): Buffer {
  return Buffer.from(pairs.map(([key, value]) => `${key}=${value}\0`).join(''));
}

/** A key that stands there twice: never allowed (6.1). */
export function findDuplicate(pairs: readonly Pair[]): string | undefined {
  const seen = new Set<string>();
  for (const [key] of pairs) {
    if (seen.has(key)) return key;
    seen.add(key);
  }
  return undefined;
}

/** A text that comes in several PDUs. */
export class TextIntake {
  private parts: Buffer[] = [];
  private bytes = 0;

  /** Takes one part, and copies it; false: it grows too long. */
  add(part: Buffer): boolean {
    this.bytes += part.length;
    if (this.bytes > TEXT_BYTES_MAX) {
      this.parts = [];
      return false;
    }
    if (part.length > 0) this.parts.push(Buffer.from(part));
    return true;
  }

  get isEmpty(): boolean {
    return this.bytes === 0;
  }

  /** All of it; the next begins. */
  take(): Buffer {
    const all = Buffer.concat(this.parts);
    this.parts = [];
    this.bytes = 0;
    return all;
  }
}

/** A text that goes out in several PDUs. */
export class TextOutput {
  private rest: Buffer = Buffer.alloc(0);

  put(text: Buffer): void {
    this.rest = this.rest.length === 0 ? text : Buffer.concat([this.rest, text]);
  }

  get isEmpty(): boolean {
    return this.rest.length === 0;
  }

  /** The next part, of `bytesMax` at most. */
  take(bytesMax: number): Buffer {
    const part = this.rest.subarray(0, bytesMax);
    this.rest = this.rest.subarray(part.length);
    return part;
  }
}

/** Numerical value (6.1): decimal, or hexadecimal after 0x; undefined: none, or beyond 32 bits. */
export function readNumber(value: string): number | undefined {
  if (!/^(0|[1-9][0-9]{0,9}|0[xX][0-9a-fA-F]{1,8})$/.test(value)) return undefined;
  const number = Number(value);
  return number <= 0xffff_ffff ? number : undefined;
}

/** Large binary value (6.1): hexadecimal after 0x, base64 after 0b; undefined: neither, or more than so many bytes. */
export function readBinary(value: string, bytesMax: number): Buffer | undefined {
  const digits = value.slice(2);
  let bytes: Buffer | undefined;
  if (/^0[xX]([0-9a-fA-F]{2})+$/.test(value)) bytes = Buffer.from(digits, 'hex');
  else if (/^0[xX]([0-9a-fA-F]{2})*[0-9a-fA-F]$/.test(value)) bytes = Buffer.from(`0${digits}`, 'hex');
  else if (/^0[bB][A-Za-z0-9+/]+={0,2}$/.test(value) && digits.length % 4 === 0) bytes = Buffer.from(digits, 'base64');
  return bytes !== undefined && bytes.length <= bytesMax ? bytes : undefined;
}
