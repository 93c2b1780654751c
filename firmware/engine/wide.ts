/** 64-bit operations on even–odd pairs of words, low word first; never BigInt on a path. */

/** to = from + n; n is a 32-bit number, with or without a sign, or such a one below 0. */
export function add64(m: Int32Array, to: number, from: number, n: number): void {
  const low = ((m[from] as number) >>> 0) + n;
  m[to + 1] = (m[from + 1] as number) + Math.floor(low / 0x1_0000_0000);
  m[to] = low | 0;
}

/** 0 if x < y, 1 if equal, 2 if greater; unsigned. */
export function compare64(m: Int32Array, x: number, y: number): number {
  const high = ((m[x + 1] as number) >>> 0) - ((m[y + 1] as number) >>> 0);
  const low = ((m[x] as number) >>> 0) - ((m[y] as number) >>> 0);
  const d = high !== 0 ? high : low;
  return d < 0 ? 0 : d > 0 ? 2 : 1;
}

/** x - y, unsigned; 0 if x < y, and 2^31 - 1 if it is more. */
export function difference64(m: Int32Array, x: number, y: number): number {
  const high = ((m[x + 1] as number) >>> 0) - ((m[y + 1] as number) >>> 0);
  const low = ((m[x] as number) >>> 0) - ((m[y] as number) >>> 0);
  // Of highs that are far apart the product is rounded, and beyond both bounds.
  const d = high * 0x1_0000_0000 + low;
  return d < 0 ? 0 : d > 0x7fff_ffff ? 0x7fff_ffff : d;
}
