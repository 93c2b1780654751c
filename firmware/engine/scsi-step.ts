/** Instructions that look at a CDB, and at LBAs of 64 bits. */
import type { ArrayMemory } from '../memory/layout.js';
import { fieldOffset, shiftOf } from '../memory/tables.js';

const COMMAND_SHIFT = shiftOf('scsi_command');
const CDB = fieldOffset('scsi_command', 'cdb0');
const OPERATION_SHIFT = shiftOf('operation');
const USAGE = fieldOffset('operation', 'usage0');
const VOLUME_SHIFT = shiftOf('volume');
const TRACKS = fieldOffset('volume', 'tracks');
const UNIT_SHIFT = shiftOf('unit');
const BLOCKS = fieldOffset('unit', 'blocks');
const CDB_BYTES = 16;
const WORD = 0x1_0000_0000;

/** Undefined: done; else why the instruction is a fault. */
export function scsiStep({ layout, m }: ArrayMemory, task: number, word: number, imm: number): string | undefined {
  const a = task + ((word >> 8) & 255);
  const b = task + ((word >> 16) & 255);
  const c = word >>> 24;
  switch (word & 255) {
    case 0x98: // cdb
    case 0x99: {
      // cdb64
      const isWide = (word & 255) === 0x99;
      const n = isWide ? 8 : imm;
      if (c + n > CDB_BYTES || (!isWide && (n < 1 || n > 4)))
        return `bytes ${c} to ${c + n - 1} of a CDB of ${CDB_BYTES}`;
      const command = m[b] as number;
      if (command < 0 || command >= layout.records.scsi_command) return `there is no SCSI command ${command}`;
      const cdb = layout.base.scsi_command + (command << COMMAND_SHIFT) + CDB;
      if (isWide) m[a + 1] = field(m, cdb, c, 4);
      m[a] = isWide ? field(m, cdb, c + 4, 4) : field(m, cdb, c, n);
      return undefined;
    }
    case 0x9a: {
      // unasked
      const cdb = layout.base.scsi_command + ((m[b] as number) << COMMAND_SHIFT) + CDB;
      const usage = layout.base.operation + ((m[task + c] as number) << OPERATION_SHIFT) + USAGE;
      m[a] = firstUnasked(m, cdb, usage);
      return undefined;
    }
    case 0x9b: {
      // place
      const volume = layout.base.volume + ((m[b] as number) << VOLUME_SHIFT);
      const sectors = layout.dims.sectorsPerTrack;
      const lba = unsigned(m, task + c);
      const track = Math.floor(lba / sectors);
      const isThere = track < (m[volume + TRACKS] as number);
      m[a] = isThere ? track : -1;
      m[a + 1] = isThere ? lba - track * sectors : 0;
      return undefined;
    }
    case 0x9c: {
      // beyond
      const unit = layout.base.unit + ((m[b] as number) << UNIT_SHIFT) + BLOCKS;
      const end = unsigned(m, task + c) + ((m[task + imm] as number) >>> 0);
      m[a] = end > unsigned(m, unit) ? 1 : 0;
      return undefined;
    }
    case 0x9f: {
      // share
      const whole = (m[task + c] as number) >>> 0;
      if (whole === 0) return 'shares nothing: the whole is 0';
      m[a] = Math.floor((((m[b] as number) >>> 0) * 0x1_0000) / whole);
      return undefined;
    }
    default:
      return shift(m, a, b, m[task + c] as number, (word & 255) === 0x9d);
  }
}

/** Exact up to 2^53; what is more is beyond any unit anyhow. */
const unsigned = (m: Int32Array, at: number): number =>
  ((m[at + 1] as number) >>> 0) * WORD + ((m[at] as number) >>> 0);

/** Up to four bytes of words that are big-endian numbers. */
function field(m: Int32Array, words: number, offset: number, n: number): number {
  const at = words + (offset >> 2);
  const skipped = (offset & 3) << 3;
  const high = m[at] as number;
  const four = skipped === 0 ? high : (high << skipped) | ((m[at + 1] as number) >>> (32 - skipped));
  return n === 4 ? four : four >>> (32 - (n << 3));
}

function firstUnasked(m: Int32Array, cdb: number, usage: number): number {
  for (let w = 0; w < CDB_BYTES / 4; w++) {
    const odd = (m[cdb + w] as number) & ~(m[usage + w] as number);
    if (odd === 0) continue;
    const bit = 31 - Math.clz32(odd);
    return (w * 4 + 3 - (bit >> 3)) * 8 + (bit & 7);
  }
  return -1;
}

function shift(m: Int32Array, rd: number, x: number, n: number, isLeft: boolean): string | undefined {
  if (n < 0 || n > 31) return `shifts by ${n}; 0 to 31 is possible`;
  const low = m[x] as number;
  const high = m[x + 1] as number;
  if (n === 0) {
    m[rd] = low;
    m[rd + 1] = high;
  } else if (isLeft) {
    m[rd] = low << n;
    m[rd + 1] = (high << n) | (low >>> (32 - n));
  } else {
    m[rd] = (low >>> n) | (high << (32 - n));
    m[rd + 1] = high >>> n;
  }
  return undefined;
}
