/** What can be wrong with a PDU, or with the order of some. */
import type { Chance } from '../chance.js';
import { bytesOf, type Digests, measure, type Pdu } from './pdu.js';

/** Words of a header that mean something in one kind of PDU or another: LUN, tags, numbers, lengths, CDB. */
const WORDS = [8, 12, 16, 20, 24, 28, 32, 36, 40, 44] as const;
const LENGTHS = [0, 1, 3, 4, 511, 512, 8191, 8192, 8193, 65_536, 65_537, 0xff_ffff];

type Change = (pdu: Pdu, chance: Chance) => void;

/** Changes to what a PDU says; what it is in bytes stays right. */
const FIELDS: readonly (readonly [weight: number, readonly [name: string, Change]])[] = [
  [
    8,
    [
      'word',
      ({ header }, chance) => {
        const at = chance.pick(WORDS);
        header.writeUInt32BE(chance.word(header.readUInt32BE(at)), at);
      },
    ],
  ],
  [
    3,
    [
      'word of another place',
      ({ header }, chance) => {
        header.writeUInt32BE(header.readUInt32BE(chance.pick(WORDS)), chance.pick(WORDS));
      },
    ],
  ],
  [
    3,
    [
      'flags',
      ({ header }, chance) => {
        header[1] = chance.oneOf(2) ? chance.byte() : header[1] ^ (1 << chance.below(8));
      },
    ],
  ],
  [
    2,
    [
      'opcode',
      ({ header }, chance) => {
        header[0] = chance.oneOf(2) ? header[0] ^ 0x40 : chance.byte();
      },
    ],
  ],
  [
    3,
    [
      'byte',
      ({ header }, chance) => {
        const at = chance.below(48);
        if (at < 4 || at > 7) header[at] = chance.byte();
      },
    ],
  ],
  [
    3,
    [
      'data',
      (pdu, chance) => {
        const { data } = pdu;
        const kind = chance.below(4);
        if (kind === 0) pdu.data = data.subarray(0, chance.below(data.length + 1));
        else if (kind === 1) pdu.data = Buffer.concat([data, chance.bytes(chance.between(1, 600))]);
        else if (kind === 2) pdu.data = Buffer.alloc(chance.pick(LENGTHS.slice(0, -3)), 0x5a);
        else if (data.length > 0) {
          pdu.data = Buffer.from(data);
          pdu.data[chance.below(data.length)] = chance.byte();
        }
        measure(pdu);
      },
    ],
  ],
  [
    2,
    [
      'additional header',
      (pdu, chance) => {
        pdu.ahs = additional(chance);
        measure(pdu);
      },
    ],
  ],
];

/** Segments of additional header, with lengths that are right or not. */
function additional(chance: Chance): Buffer {
  const parts: Buffer[] = [];
  for (let n = chance.between(1, 3); n > 0; n--) {
    const bytes = chance.oneOf(2) ? 5 : chance.below(24);
    const part = Buffer.alloc((3 + bytes + 3) & ~3);
    part.writeUInt16BE(chance.oneOf(4) ? chance.below(0x1_0000) : bytes, 0);
    part[2] = chance.pick([1, 2, 2, 0, 3, 0x3f, 0xc2]);
    if (part.length >= 8) part.writeUInt32BE(chance.oneOf(2) ? chance.word() : 512 * chance.below(9), 4);
    parts.push(part);
  }
  if (chance.oneOf(16)) parts.push(Buffer.alloc(4 * chance.below(250)));
  return Buffer.concat(parts).subarray(0, 255 * 4);
}

/** What became of a PDU on its way. */
export interface Said {
  readonly kind: string;
  readonly bytes: readonly Buffer[];
  /** It is no longer known where the next PDU begins. */
  readonly isAstray: boolean;
  /** It comes after the next one. */
  readonly comesLate?: boolean;
  /** Nothing comes after it. */
  readonly isLast?: boolean;
}

export function mutate(pdu: Pdu, digests: Digests, chance: Chance): Said {
  const way = chance.below(24);
  if (way === 0) return lie(pdu, digests, chance);
  if (way === 1) return cut(pdu, digests, chance);
  if (way === 2) {
    const bytes = bytesOf(pdu, digests);
    return { kind: 'said twice', bytes: [bytes, bytes], isAstray: false };
  }
  if (way === 3) return { kind: 'late', bytes: [bytesOf(pdu, digests)], isAstray: false, comesLate: true };
  if (way === 4) {
    const bytes = bytesOf(pdu, digests, chance.pick(['header', 'data'] as const));
    return { kind: 'digest', bytes: [bytes], isAstray: false };
  }
  if (way === 5) {
    const junk = chance.bytes(chance.between(1, 100));
    return { kind: 'junk before', bytes: [junk, bytesOf(pdu, digests)], isAstray: true };
  }
  const kinds: string[] = [];
  for (let n = chance.oneOf(4) ? 2 : 1; n > 0; n--) {
    const [name, change] = chance.weighed(FIELDS);
    change(pdu, chance);
    kinds.push(name);
  }
  return { kind: kinds.join(' and '), bytes: [bytesOf(pdu, digests)], isAstray: false };
}

/** The length in the header is not that of the data. */
function lie(pdu: Pdu, digests: Digests, chance: Chance): Said {
  const length = chance.oneOf(2) ? chance.pick(LENGTHS) : Math.max(0, pdu.data.length + chance.between(-9, 9));
  pdu.header.writeUIntBE(length, 5, 3);
  if (chance.oneOf(4)) pdu.header[4] = chance.byte();
  return { kind: 'length', bytes: [bytesOf(pdu, digests)], isAstray: true };
}

/** The end is missing, with or without more behind it. */
function cut(pdu: Pdu, digests: Digests, chance: Chance): Said {
  const bytes = bytesOf(pdu, digests);
  const isLast = chance.oneOf(2);
  return { kind: 'cut off', bytes: [bytes.subarray(0, chance.below(bytes.length))], isAstray: true, isLast };
}
