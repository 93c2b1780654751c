/** 64-bit times as two words, low first: whole nanoseconds below 2^53. */
export function readTime(m: Int32Array, at: number): number {
  return (m[at + 1] as number) * 0x1_0000_0000 + ((m[at] as number) >>> 0);
}

export function writeTime(m: Int32Array, at: number, ns: number): void {
  m[at] = ns | 0;
  m[at + 1] = Math.floor(ns / 0x1_0000_0000);
}
