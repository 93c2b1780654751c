/**
 * CRC-32C (Castagnoli; RFC 3720, B.4) over whole 32-bit words of little-endian memory: eight tables, so that eight bytes
 * cost eight look-ups and no chain of them. Everything on the wire is whole words, and data is summed where it stands in
 * the array's memory, so no other alignment is needed.
 */

/** The reflected polynomial. */
const POLYNOMIAL = 0x82f63b78;

/** `tables[k][b]`: what byte b does to the sum when k more bytes follow it. */
function makeTables(): Int32Array[] {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256));
  for (let b = 0; b < 256; b++) {
    let c = b;
    for (let bit = 0; bit < 8; bit++) c = (c >>> 1) ^ ((c & 1) === 1 ? POLYNOMIAL : 0);
    tables[0][b] = c;
  }
  for (let k = 1; k < 8; k++) {
    for (let b = 0; b < 256; b++) tables[k][b] = (tables[k - 1][b] >>> 8) ^ tables[0][tables[k - 1][b] & 255];
  }
  return tables;
}

const [T0, T1, T2, T3, T4, T5, T6, T7] = makeTables();

/** Sum of words[from .. to), going on from `crc` (0 to begin); a signed 32-bit number. */
export function crc32c(crc: number, words: Int32Array, from: number, to: number): number {
  let c = ~crc;
  let i = from;
  for (; i + 2 <= to; i += 2) {
    const a = c ^ words[i];
    const b = words[i + 1];
    c =
      T7[a & 255] ^
      T6[(a >>> 8) & 255] ^
      T5[(a >>> 16) & 255] ^
      T4[a >>> 24] ^
      T3[b & 255] ^
      T2[(b >>> 8) & 255] ^
      T1[(b >>> 16) & 255] ^
      T0[b >>> 24];
  }
  for (; i < to; i++) {
    const a = c ^ words[i];
    c = T3[a & 255] ^ T2[(a >>> 8) & 255] ^ T1[(a >>> 16) & 255] ^ T0[a >>> 24];
  }
  return ~c;
}
