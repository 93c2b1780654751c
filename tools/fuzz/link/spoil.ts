/** What can be wrong with a frame: by accident, which its sum shows, or made so on purpose, sum and all. */
import type { Chance } from '../chance.js';
import { seal } from './frames.js';

export interface Spoiled {
  readonly kind: string;
  readonly bytes: Buffer;
  /** Nothing of it may be believed. Else it says something that may be right as well. */
  readonly isBroken: boolean;
}

const LENGTHS = [0, 1, 3, 4, 511, 512, 516, 8192, 8196, 1 << 20, (1 << 20) + 512, 0x7fff_ffff, 0xffff_ffff];

/** Of a frame that is cut off so much is missing at least: one byte the next frame might begin with, as sums are of numbers that nobody can foretell. */
const LACKS = 8;

/** A change to the prefix; the sum is made right after it. */
function prefix(bytes: Buffer, chance: Chance): string {
  const way = chance.below(6);
  if (way === 0) bytes[chance.below(4)] ^= 1 << chance.below(8);
  else if (way === 1) bytes[4] = chance.byte();
  else if (way === 2) bytes[5] = chance.oneOf(2) ? chance.below(9) : chance.byte();
  else if (way === 3)
    bytes.writeUInt32LE(chance.oneOf(2) ? chance.pick(LENGTHS) : chance.word(bytes.readUInt32LE(8)), 8);
  else if (way === 4)
    bytes.writeUInt32LE(chance.oneOf(2) ? chance.pick(LENGTHS) : chance.word(bytes.readUInt32LE(12)), 12);
  else bytes.writeUInt32LE(chance.word(bytes.readUInt32LE(16 + 4 * chance.below(3))), 16 + 4 * chance.below(3));
  return ['magic', 'version', 'type', 'length of the header', 'length of the payload', 'session or number'][way];
}

export function spoil(right: Buffer, chance: Chance): Spoiled {
  const bytes = Buffer.from(right);
  const way = chance.below(8);
  if (way === 0) {
    bytes[chance.below(bytes.length)] ^= 1 << chance.below(8);
    return { kind: 'damage', bytes, isBroken: true };
  }
  if (way === 1)
    return { kind: 'cut off', bytes: bytes.subarray(0, chance.below(bytes.length - LACKS + 1)), isBroken: true };
  if (way === 2) {
    const junk = chance.bytes(chance.between(1, 80));
    return { kind: 'junk before', bytes: Buffer.concat([junk, bytes]), isBroken: true };
  }
  if (way === 3) return { kind: 'said twice', bytes: Buffer.concat([bytes, bytes]), isBroken: false };
  if (way < 6 && bytes.length > 32) {
    for (let n = chance.between(1, 3); n > 0; n--) {
      const at = 32 + chance.below(Math.min(bytes.length - 32, 120));
      bytes[at] = chance.oneOf(2)
        ? chance.byte()
        : chance.pick([0xc0, 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3, 0xdc, 0, 0xff]);
    }
    seal(bytes);
    return { kind: 'content', bytes, isBroken: false };
  }
  const kind = prefix(bytes, chance);
  seal(bytes);
  return { kind, bytes, isBroken: false };
}
