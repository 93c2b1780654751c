/** Bytes of an array's memory, as base64. */
import type { ArrayMemory } from '../../../memory/layout.js';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Map([...DIGITS].map((digit, n) => [digit, n]));
/** Of one answer. */
export const BYTES_MOST = 0x10_0000;

export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const three = (bytes[i] << 16) | ((left > 1 ? bytes[i + 1] : 0) << 8) | (left > 2 ? bytes[i + 2] : 0);
    text += DIGITS[three >> 18] + DIGITS[(three >> 12) & 63];
    text += left > 1 ? DIGITS[(three >> 6) & 63] : '=';
    text += left > 2 ? DIGITS[three & 63] : '=';
  }
  return text;
}

/** Errors: RangeError that names the letter. */
export function decodeBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0) throw new RangeError(`base64 of ${text.length} letters; they come in fours`);
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let i = 0, at = 0; i < text.length; i += 4) {
    let four = 0;
    for (let j = i; j < i + 4; j++) {
      const value = j >= text.length - padding ? 0 : VALUES.get(text[j]);
      if (value === undefined)
        throw new RangeError(`letter ${j + 1} of the base64 is "${text[j]}"; there is no such digit`);
      four = (four << 6) | value;
    }
    for (let shift = 16; shift >= 0 && at < bytes.length; shift -= 8) bytes[at++] = (four >> shift) & 255;
  }
  return bytes;
}

function check({ layout }: ArrayMemory, byte: number, bytes: number): void {
  if (!Number.isInteger(byte) || byte < 0 || !Number.isInteger(bytes) || bytes < 0 || byte + bytes > layout.bytes)
    throw new RangeError(
      `bytes ${byte} to ${byte + bytes - 1} are not in this memory; it has 0 to ${layout.bytes - 1}`,
    );
  if (bytes > BYTES_MOST) throw new RangeError(`${bytes} bytes at once; ${BYTES_MOST} are the most`);
}

/** Errors: RangeError with the bytes that there are. */
export function readBytes(memory: ArrayMemory, byte: number, bytes: number): string {
  check(memory, byte, bytes);
  return encodeBase64(memory.bytes.subarray(byte, byte + bytes));
}

/** @returns how many were written. Errors: as `readBytes`; then nothing is changed. */
export function writeBytes(memory: ArrayMemory, byte: number, base64: string): number {
  const bytes = decodeBase64(base64);
  check(memory, byte, bytes.length);
  memory.bytes.set(bytes, byte);
  return bytes.length;
}
