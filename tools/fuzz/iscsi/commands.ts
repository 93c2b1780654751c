/** Commands for the wire: what moves data both ways and none, with what an initiator may expect of it and what it may not. */
import { VOLUME_BYTES } from '../array.js';
import type { Chance } from '../chance.js';
import { makePdu, type Pdu, SAYS } from './pdu.js';

const SECTORS = VOLUME_BYTES / 512;
const READS = 0x40;
const WRITES = 0x20;

export interface Command {
  readonly pdu: Pdu;
  readonly kind: string;
  /** Data-out that the initiator has for it; immediate data is a part of it. */
  readonly out: Buffer;
}

interface Body {
  readonly kind: string;
  readonly cdb: Buffer;
  readonly flags: number;
  readonly bytes: number;
}

function place(operation: number, chance: Chance): { cdb: Buffer; bytes: number } {
  const sectors = chance.weighed([
    [24, chance.between(0, 16)],
    [8, chance.between(16, 128)],
    [1, chance.between(128, 600)],
    [1, chance.below(0x1_0000)],
  ]);
  const lba = chance.oneOf(8) ? chance.word() : chance.below(SECTORS - Math.min(sectors, SECTORS - 1));
  const isLong = operation >= 0x80;
  const cdb = Buffer.alloc(isLong ? 16 : 10);
  cdb[0] = operation;
  cdb.writeUInt32BE(lba, isLong ? 6 : 2);
  if (isLong) cdb.writeUInt32BE(sectors, 10);
  else cdb.writeUInt16BE(sectors & 0xffff, 7);
  return { cdb, bytes: sectors * 512 };
}

const moves =
  (operation: number, kind: string, flags: number) =>
  (chance: Chance): Body => ({
    kind,
    flags,
    ...place(operation, chance),
  });

const asks = (kind: string, text: string, bytes: number) => (): Body => ({
  kind,
  flags: READS,
  cdb: Buffer.from(text, 'hex'),
  bytes,
});

const BODIES: readonly (readonly [number, (chance: Chance) => Body])[] = [
  [8, moves(0x28, 'READ(10)', READS)],
  [3, moves(0x88, 'READ(16)', READS)],
  [8, moves(0x2a, 'WRITE(10)', WRITES)],
  [3, moves(0x8a, 'WRITE(16)', WRITES)],
  [1, moves(0x2f, 'VERIFY(10)', 0)],
  [1, moves(0x41, 'WRITE SAME(10)', WRITES)],
  [3, () => ({ kind: 'TEST UNIT READY', cdb: Buffer.alloc(6), flags: 0, bytes: 0 })],
  [1, asks('INQUIRY', '1200000060 00'.replace(' ', ''), 96)],
  [1, asks('INQUIRY', '120183020000', 512)],
  [1, asks('REPORT LUNS', 'a00000000000000010000000', 4096)],
  [1, asks('READ CAPACITY(10)', '25000000000000000000', 8)],
  [1, asks('MODE SENSE(6)', '1a003f00ff00', 255)],
  [1, asks('REQUEST SENSE', '0300000012 00'.replace(' ', ''), 18)],
  [
    2,
    (chance) => ({
      kind: 'any CDB',
      cdb: chance.bytes(16),
      flags: chance.pick([0, READS, WRITES]),
      bytes: chance.below(5000),
    }),
  ],
];

/** What the session agreed on, as far as it says what may be sent. */
export interface Limits {
  readonly immediateData: boolean;
  readonly initialR2t: boolean;
  readonly firstBurst_bytes: number;
  readonly segment_bytes: number;
}

/** A command as it is right for these limits. */
export function makeCommand(chance: Chance, itt: number, cmdSn: number, limits: Limits): Command {
  const { kind, cdb, flags: way, bytes } = chance.weighed(BODIES)(chance);
  const expected = chance.weighed([
    [40, bytes],
    [3, Math.max(0, bytes - 512)],
    [3, bytes + chance.below(1024)],
    [3, chance.below(2000)],
    [1, way === 0 ? 0 : chance.word()],
  ]);
  const writes = way === WRITES;
  // Of a write that is larger than any buffer is, what is asked for is less.
  const out = writes ? Buffer.alloc(Math.min(expected, 1 << 20), chance.byte()) : Buffer.alloc(0);
  const most = Math.min(limits.firstBurst_bytes, out.length);
  const immediate = limits.immediateData
    ? Math.min(chance.pick([0, most, chance.below(most + 1)]), limits.segment_bytes)
    : 0;
  const isFinal = !writes || limits.initialR2t || immediate >= most || chance.oneOf(2);
  const attribute = chance.weighed([
    [10, 1],
    [2, 2],
    [2, 3],
    [1, 0],
    [1, 4],
  ]);
  const isImmediate = chance.oneOf(16);
  const opcode = SAYS.COMMAND | (isImmediate ? 0x40 : 0);
  const lun = chance.pick([0, 0, 0, 0, 0, 1, 2, 3]);
  const words = { 8: lun << 16, 16: itt, 20: writes ? expected : way === 0 ? 0 : expected, 24: cmdSn };
  const flags = (isFinal ? 0x80 : 0) | way | attribute;
  const pdu = makePdu(opcode, flags, words, out.subarray(0, immediate));
  cdb.copy(pdu.header, 32, 0, 16);
  return { pdu, kind, out };
}
