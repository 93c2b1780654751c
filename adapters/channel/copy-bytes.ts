/**
 * Copies between the array's memory and the buffers of sockets. The array's memory is shared, and such memory V8 copies by
 * words of eight bytes if both ends stand alike in them, else byte by byte, which takes five times as long. What comes
 * and goes behind headers of 28 or 52 bytes stands half a word off: that is copied here, by words of four.
 */

/** `bytes` bytes from `at` in one to `toAt` in the other; the two are not the same memory. */
export function copyBytes(from: Uint8Array, at: number, to: Uint8Array, toAt: number, bytes: number): void {
  const first = from.byteOffset + at;
  const target = to.byteOffset + toAt;
  if (((first ^ target) & 7) !== 4 || ((first | bytes) & 3) !== 0) {
    to.set(new Uint8Array(from.buffer, first, bytes), toAt);
    return;
  }
  const words = bytes >>> 2;
  copyWords(new Int32Array(from.buffer, first, words), new Int32Array(to.buffer, target, words), words);
}

/** Four words a round: half the time of one a round. */
function copyWords(from: Int32Array, to: Int32Array, words: number): void {
  const most = words & ~3;
  let i = 0;
  for (; i < most; i = (i + 4) | 0) {
    to[i] = from[i];
    to[(i + 1) | 0] = from[(i + 1) | 0];
    to[(i + 2) | 0] = from[(i + 2) | 0];
    to[(i + 3) | 0] = from[(i + 3) | 0];
  }
  for (; i < words; i = (i + 1) | 0) to[i] = from[i];
}
