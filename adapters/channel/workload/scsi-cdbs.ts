/** The commands that simulated SCSI hosts know: CDBs and parameter lists (SBC-4, SPC-6), made from a host's words. */
import { COMMAND_OP, SECTOR_BYTES } from '../../../firmware/memory/constants.js';

/** Beside COMMAND_OP, what hosts of an array do whose protocol is SCSI. */
export const SCSI_OP = { COMPARE_WRITE: 32, TEST_READY: 33, RESERVE_OUT: 34, RESERVE_IN: 35 } as const;

/** PERSISTENT RESERVE OUT: service actions. */
export const RESERVE_OUT = {
  REGISTER: 0,
  RESERVE: 1,
  RELEASE: 2,
  CLEAR: 3,
  PREEMPT: 4,
  PREEMPT_AND_ABORT: 5,
  REGISTER_AND_IGNORE: 6,
} as const;

/** Of PERSISTENT RESERVE OUT: 0 to KEYS − 1 are keys, 0 is none. */
export interface Reserving {
  action: number;
  /** Type of the reservation (SPC-6, table of types). */
  type: number;
  /** Of who asks. */
  key: number;
  /** The service action reservation key. */
  actionKey: number;
  /** APTPL: registrations survive a power loss. */
  isKept: boolean;
}

const READ_10 = 0x28;
const WRITE_10 = 0x2a;
const UNMAP = 0x42;
const PERSISTENT_RESERVE_IN = 0x5e;
const PERSISTENT_RESERVE_OUT = 0x5f;
const COMPARE_AND_WRITE = 0x89;
const WRITE_SAME_16 = 0x93;

const READ_FULL_STATUS = 3;
/** Parameter data of READ FULL STATUS that a host takes. */
export const FULL_STATUS_BYTES = 2048;
const NO_DATA_OUT_BUFFER = 1;
const UNMAP_LIST_BYTES = 24;
const RESERVE_LIST_BYTES = 24;
const APTPL = 1;
/** The first byte of a key that is one: keys are compared as a whole. */
const KEY_MARK = 0xa5;

const put16 = (to: Uint8Array, at: number, n: number): void => {
  to[at] = n >>> 8;
  to[at + 1] = n;
};
const put32 = (to: Uint8Array, at: number, n: number): void => {
  put16(to, at, n >>> 16);
  put16(to, at + 2, n & 0xffff);
};

/** The CDB, sixteen bytes. Errors: RangeError for what is no command of these hosts. */
export function writeCdb(to: Uint8Array, op: number, lba: number, sectors: number, { action, type }: Reserving): void {
  to.fill(0);
  switch (op) {
    case COMMAND_OP.OP_READ:
    case COMMAND_OP.OP_WRITE:
      to[0] = op === COMMAND_OP.OP_READ ? READ_10 : WRITE_10;
      put32(to, 2, lba);
      put16(to, 7, sectors);
      return;
    case COMMAND_OP.OP_ZERO:
      to[0] = WRITE_SAME_16;
      to[1] = NO_DATA_OUT_BUFFER;
      put32(to, 6, lba);
      put32(to, 10, sectors);
      return;
    case COMMAND_OP.OP_TRIM:
      to[0] = UNMAP;
      put16(to, 7, UNMAP_LIST_BYTES);
      return;
    case SCSI_OP.COMPARE_WRITE:
      to[0] = COMPARE_AND_WRITE;
      put32(to, 6, lba);
      to[13] = sectors;
      return;
    case SCSI_OP.RESERVE_OUT:
      to[0] = PERSISTENT_RESERVE_OUT;
      to[1] = action;
      to[2] = type;
      put32(to, 5, RESERVE_LIST_BYTES);
      return;
    case SCSI_OP.RESERVE_IN:
      to[0] = PERSISTENT_RESERVE_IN;
      to[1] = READ_FULL_STATUS;
      put16(to, 7, FULL_STATUS_BYTES);
      return;
    default:
      if (op !== SCSI_OP.TEST_READY) throw new RangeError(`SCSI hosts have no command for operation ${op}`);
  }
}

/** Bytes of its data-out, and of its data-in at most. */
export function bytesOut(op: number, sectors: number): number {
  if (op === COMMAND_OP.OP_WRITE) return sectors * SECTOR_BYTES;
  if (op === SCSI_OP.COMPARE_WRITE) return 2 * sectors * SECTOR_BYTES;
  if (op === COMMAND_OP.OP_TRIM) return UNMAP_LIST_BYTES;
  return op === SCSI_OP.RESERVE_OUT ? RESERVE_LIST_BYTES : 0;
}

export function bytesIn(op: number, sectors: number): number {
  if (op === COMMAND_OP.OP_READ) return sectors * SECTOR_BYTES;
  return op === SCSI_OP.RESERVE_IN ? FULL_STATUS_BYTES : 0;
}

/** Of UNMAP, with one descriptor, behind zeroes that stand there. */
export function writeUnmapList(bytes: Uint8Array, at: number, lba: number, sectors: number): void {
  put16(bytes, at, UNMAP_LIST_BYTES - 2);
  put16(bytes, at + 2, UNMAP_LIST_BYTES - 8);
  put32(bytes, at + 12, lba);
  put32(bytes, at + 16, sectors);
}

function putKey(bytes: Uint8Array, at: number, key: number): void {
  if (key === 0) return;
  bytes[at] = KEY_MARK;
  bytes[at + 7] = key;
}

/** Of PERSISTENT RESERVE OUT, among zeroes. */
export function writeReserveList(bytes: Uint8Array, at: number, { key, actionKey, isKept }: Reserving): void {
  putKey(bytes, at, key);
  putKey(bytes, at + 8, actionKey);
  if (isKept) bytes[at + 20] = APTPL;
}

/** What READ FULL STATUS says of an initiator. */
export interface Registrant {
  initiator: number;
  key: number;
  /** The type of the reservation that it holds; 0: none. */
  type: number;
}

/** Its registrants, one call each. Initiators have the number at the end of their names. */
export function readFullStatus(bytes: Uint8Array, at: number, take: (one: Registrant) => void): void {
  const word = (p: number): number => (bytes[p] << 24) | (bytes[p + 1] << 16) | (bytes[p + 2] << 8) | bytes[p + 3];
  const end = at + 8 + word(at + 4);
  for (let d = at + 8; d < end; d += 24 + word(d + 20)) {
    const key = bytes[d] === KEY_MARK ? bytes[d + 7] : 0;
    const type = (bytes[d + 12] & 1) === 0 ? 0 : bytes[d + 13] & 15;
    take({ initiator: bytes[d + 24 + NUMBER_AT] - ZERO, key, type });
  }
}

const ZERO = 0x30;
const NAME = 'iqn.2026-11.example.sim:host';
const IDENTIFIER = ',i,0x40000137000';
/** Where an initiator's number stands in its TransportID. */
const NUMBER_AT = 4 + NAME.length;

/** TransportID of an initiator port (SPC-6, 7.6.4.6; format 01b), among zeroes; its bytes. */
export function writeTransportId(bytes: Uint8Array, at: number, initiator: number): number {
  const name = `${NAME}${initiator}${IDENTIFIER}${initiator}`;
  const length = (name.length + 1 + 3) & ~3;
  bytes[at] = 0x45;
  put16(bytes, at + 2, length);
  for (let i = 0; i < name.length; i++) bytes[at + 4 + i] = name.charCodeAt(i);
  return 4 + length;
}
