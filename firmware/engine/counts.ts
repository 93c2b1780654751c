/**
 * How often instructions ran, and where they went: what coverage and hot spots are made of. Counts go with an image
 * (ImageCounts), so whatever runs the image counts: on any thread, and in nodes that are made anew.
 */
import type { Image } from './image.js';
import { BY_OPCODE, INSTRUCTION_WORDS } from './isa.js';

/** Opcodes that go on at one of two places: branches with a condition, and the call of a hook, which may have no module. */
const BRANCHES = Uint8Array.from({ length: 256 }, (_, op) => {
  const name = BY_OPCODE[op]?.name ?? '';
  return name.startsWith('br.') || name === 'brt' || name === 'call.hook' ? 1 : 0;
});

/** Does an instruction go on at one of two places? */
export const isBranch = ({ code }: Image, instruction: number): boolean =>
  BRANCHES[(code[instruction * INSTRUCTION_WORDS] as number) & 255] !== 0;

/** The same image, which counts from zero from now on. */
export function withCounts(image: Image): Image {
  const buffer = new SharedArrayBuffer(image.code.length * Float64Array.BYTES_PER_ELEMENT);
  return { ...image, counts: { crc: image.crc, words: new Float64Array(buffer) } };
}

export const wordsFor = ({ counts, crc }: Image): Float64Array | undefined =>
  counts?.crc === crc ? counts.words : undefined;
