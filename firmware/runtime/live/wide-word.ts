/** A number of two words, low word first, of which its owner makes nothing but greater while others look. */
const WORD = 0x1_0000_0000;

/** Read anew when the two moved under the look. @param at word address. */
export function wideAt(m: Int32Array, at: number): number {
  for (;;) {
    const high = m[at + 1] as number;
    const low = m[at] as number;
    const [highAgain, lowAgain] = [Atomics.load(m, at + 1), Atomics.load(m, at)];
    // Between its two stores the owner has a low word that went round and a high one that did not yet.
    if (high === highAgain && low >>> 0 <= lowAgain >>> 0) return (high >>> 0) * WORD + (low >>> 0);
  }
}
