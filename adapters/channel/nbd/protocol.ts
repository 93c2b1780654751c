/**
 * The numbers of the NBD protocol (NetworkBlockDevice/nbd, doc/proto.md), fixed newstyle with simple and structured
 * replies. All of them are big-endian on the wire.
 */

/** "NBDMAGIC" and "IHAVEOPT", as two 32-bit halves each: no BigInt anywhere. */
export const NBDMAGIC_HIGH = 0x4e42_444d;
export const NBDMAGIC_LOW = 0x4147_4943;
export const IHAVEOPT_HIGH = 0x4948_4156;
export const IHAVEOPT_LOW = 0x454f_5054;

/** Flags of the server's greeting; the client answers with the same bits. */
export const HANDSHAKE_FLAG = { FIXED_NEWSTYLE: 1, NO_ZEROES: 2 } as const;

export const OPTION = {
  EXPORT_NAME: 1,
  ABORT: 2,
  LIST: 3,
  INFO: 6,
  GO: 7,
  STRUCTURED_REPLY: 8,
  LIST_META_CONTEXT: 9,
  SET_META_CONTEXT: 10,
} as const;
export const OPTION_HEADER_BYTES = 16;

/** "Option reply" magic, 0x0003e889045565a9. */
export const OPTION_REPLY_HIGH = 0x0003_e889;
export const OPTION_REPLY_LOW = 0x0455_65a9;

export const OPTION_REPLY = {
  ACK: 1,
  SERVER: 2,
  INFO: 3,
  META_CONTEXT: 4,
  ERR_UNSUP: 0x8000_0001,
  ERR_INVALID: 0x8000_0003,
  ERR_UNKNOWN: 0x8000_0006,
  ERR_TOO_BIG: 0x8000_0009,
} as const;

export const INFO = { EXPORT: 0, NAME: 1, BLOCK_SIZE: 3 } as const;

export const TRANSMISSION_FLAG = {
  HAS_FLAGS: 1,
  READ_ONLY: 2,
  SEND_FLUSH: 4,
  SEND_FUA: 8,
  SEND_TRIM: 32,
  SEND_WRITE_ZEROES: 64,
  SEND_DF: 128,
  CAN_MULTI_CONN: 256,
  SEND_CACHE: 1024,
  SEND_FAST_ZERO: 2048,
} as const;

export const REQUEST_MAGIC = 0x2560_9513;
export const REQUEST_BYTES = 28;
export const REPLY_MAGIC = 0x6744_6698;
export const REPLY_BYTES = 16;
export const CHUNK_MAGIC = 0x668e_33ef;
/** Header of a structured reply's chunk, before its payload. */
export const CHUNK_BYTES = 20;
/** Flag of a reply's last chunk. */
export const CHUNK_DONE = 1;
export const CHUNK = { OFFSET_DATA: 1, BLOCK_STATUS: 5, ERROR: 0x8001, ERROR_OFFSET: 0x8002 } as const;

export const COMMAND = {
  READ: 0,
  WRITE: 1,
  DISC: 2,
  FLUSH: 3,
  TRIM: 4,
  CACHE: 5,
  WRITE_ZEROES: 6,
  BLOCK_STATUS: 7,
} as const;
export const COMMAND_FLAG = { FUA: 1, NO_HOLE: 2, DF: 4, REQ_ONE: 8, FAST_ZERO: 16 } as const;

/** Errors that a reply may carry: the protocol fixes them, whatever the server's system calls them. */
export const ERRNO = { OK: 0, EPERM: 1, EIO: 5, EINVAL: 22, ENOSPC: 28 } as const;

/** Most payload of one request, whatever the transfer memory is: what clients agree on without asking. */
export const PAYLOAD_BYTES_MAX = 32 * 1024 * 1024;

/** 64 bits of a number of bytes, in two halves. */
export function writeBytes64(view: DataView, at: number, bytes: number): void {
  const high = Math.floor(bytes / 0x1_0000_0000);
  view.setUint32(at, high);
  view.setUint32(at + 4, bytes - high * 0x1_0000_0000);
}
