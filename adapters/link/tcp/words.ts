/**
 * The header of a batch: one msgpack array of 32-bit integers, then nil to a whole word. That is all of MessagePack that
 * a link writes, and all that it reads: no strings, no maps, no extensions, so nothing here depends on what the other
 * side sends but a bounded number of integers.
 */
import { Violation } from './frame.js';

const ARRAY16 = 0xdc;
const UINT8 = 0xcc;
const UINT16 = 0xcd;
const UINT32 = 0xce;
const INT8 = 0xd0;
const INT16 = 0xd1;
const INT32 = 0xd2;
const NIL = 0xc0;

/** Writes the array at `at`; where it ends, a multiple of four if `at` is one. There must be place. */
export function encodeWords(words: Int32Array, count: number, bytes: Uint8Array, at: number): number {
  let p = at;
  bytes[p++] = ARRAY16;
  bytes[p++] = count >> 8;
  bytes[p++] = count;
  for (let i = 0; i < count; i++) {
    const w = words[i];
    if (w >= -32 && w < 128) bytes[p++] = w;
    else if (w >= 0 && w < 256) {
      bytes[p++] = UINT8;
      bytes[p++] = w;
    } else if (w >= -32768 && w < 65536) {
      bytes[p++] = w < 0 ? INT16 : UINT16;
      bytes[p++] = w >> 8;
      bytes[p++] = w;
    } else {
      bytes[p++] = w < 0 ? INT32 : UINT32;
      bytes[p++] = w >> 24;
      bytes[p++] = w >> 16;
      bytes[p++] = w >> 8;
      bytes[p++] = w;
    }
  }
  while ((p & 3) !== 0) bytes[p++] = NIL;
  return p;
}

/**
 * Reads what stands in bytes[from .. to) into `words`; how many. Takes every msgpack form of a 32-bit integer.
 * Errors: Violation, for anything else.
 */
export function decodeWords(bytes: Uint8Array, from: number, to: number, words: Int32Array): number {
  if (to - from < 3 || bytes[from] !== ARRAY16) throw new Violation('the header of a batch is not an array');
  const count = (bytes[from + 1] << 8) | bytes[from + 2];
  if (count > words.length)
    throw new Violation(`the header of a batch has ${count} words; ${words.length} are the most`);
  let p = from + 3;
  for (let i = 0; i < count; i++) {
    const form = p < to ? bytes[p] : NIL;
    const size = sizeOf(form);
    if (p + 1 + size > to) throw new Violation(`the header of a batch ends in word ${i} of ${count}`);
    let w = form;
    if (size === 0) w = (form << 24) >> 24;
    else {
      // The first byte of a signed form brings the sign.
      w = form >= INT8 ? (bytes[p + 1] << 24) >> 24 : bytes[p + 1];
      for (let k = 2; k <= size; k++) w = (w << 8) | bytes[p + k];
      if (form === UINT32 && w < 0) throw new Violation(`word ${i} of the header of a batch is not a 32-bit integer`);
    }
    words[i] = w;
    p += 1 + size;
  }
  if (to - p > 3) throw new Violation('the header of a batch goes on after its array');
  for (; p < to; p++) if (bytes[p] !== NIL) throw new Violation('the header of a batch goes on after its array');
  return count;
}

/** Bytes that follow the first byte of an integer. */
function sizeOf(form: number): number {
  if (form < 0x80 || form >= 0xe0) return 0;
  if (form === UINT8 || form === INT8) return 1;
  if (form === UINT16 || form === INT16) return 2;
  if (form === UINT32 || form === INT32) return 4;
  throw new Violation(`the header of a batch holds more than 32-bit integers (form ${form.toString(16)})`);
}
