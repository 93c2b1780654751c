/**
 * The header of one NBD request: collected from any portions of bytes, decoded, checked. Offsets are 64 bits on the
 * wire and become sector numbers here, so that no BigInt and no precision loss is left behind.
 */
import { COMMAND_OP, SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { EXTENTS_MAX } from './contexts.js';
import { FAILURE, type Failure } from './failures.js';
import { COMMAND, COMMAND_FLAG, REPLY_BYTES, REQUEST_BYTES, REQUEST_MAGIC } from './protocol.js';
import type { Terms } from './volumes.js';

const SECTOR_SHIFT = 9;
/** 2^32 bytes in sectors. */
const HIGH_SECTORS = 0x80_0000;

/** The array's operation for each NBD command; 0 for those that are none. */
const OPERATION: readonly number[] = [
  COMMAND_OP.OP_READ,
  COMMAND_OP.OP_WRITE,
  0,
  COMMAND_OP.OP_SYNC,
  COMMAND_OP.OP_TRIM,
  COMMAND_OP.OP_CACHE,
  COMMAND_OP.OP_ZERO,
  COMMAND_OP.OP_MAP,
];

/** Flags of each command that are known beside FUA, which all may bear. */
const FLAGS: readonly number[] = [
  COMMAND_FLAG.DF,
  0,
  0,
  0,
  0,
  0,
  COMMAND_FLAG.NO_HOLE | COMMAND_FLAG.FAST_ZERO,
  COMMAND_FLAG.REQ_ONE,
];
const WRITES: readonly boolean[] = [false, true, false, false, true, false, true, false];

export class Request {
  flags = 0;
  type = 0;
  cookieHigh = 0;
  cookieLow = 0;
  /** In bytes; exact below 2^53. */
  offset = 0;
  /** First sector; meaningful when `check` finds no fault. */
  lba = 0;
  /** In bytes. */
  length = 0;
  private unaligned = false;
  private readonly held = Buffer.alloc(REQUEST_BYTES);
  private readonly heldView = new DataView(this.held.buffer, this.held.byteOffset, REQUEST_BYTES);
  private heldBytes = 0;

  /**
   * Takes a header from bytes `pos` to `end` of the input; how many bytes it used. Complete when `isComplete` says so:
   * else the rest of the header is yet to come.
   */
  take(input: Buffer, view: DataView, pos: number, end: number): number {
    if (this.heldBytes === 0 && end - pos >= REQUEST_BYTES) {
      this.decode(view, pos);
      return REQUEST_BYTES;
    }
    const n = Math.min(REQUEST_BYTES - this.heldBytes, end - pos);
    input.copy(this.held, this.heldBytes, pos, pos + n);
    this.heldBytes += n;
    if (this.heldBytes === REQUEST_BYTES) {
      this.heldBytes = 0;
      this.decode(this.heldView, 0);
    }
    return n;
  }

  get isComplete(): boolean {
    return this.heldBytes === 0;
  }

  /** False: the client and this server do not understand each other any more. */
  magicIsRight = true;

  get sectors(): number {
    return this.length / SECTOR_BYTES;
  }

  /** The array's operation; 0 for a command that is none. */
  get operation(): number {
    return OPERATION[this.type] ?? 0;
  }

  get writes(): boolean {
    return WRITES[this.type] === true;
  }

  /** Bytes of the reply if all goes well, about: what the client is owed for the request. */
  replyBytes(terms: Terms): number {
    if (this.type === COMMAND.READ) return REPLY_BYTES + this.length;
    return REPLY_BYTES + (this.type === COMMAND.BLOCK_STATUS ? 8 * EXTENTS_MAX * terms.contexts.length : 0);
  }

  /** What the request deserves by itself; undefined: nothing is wrong with it. */
  check({ volume, readOnly, structured, contexts }: Terms, blockBytesMax: number): Failure | undefined {
    const { type, length } = this;
    if (this.operation === 0) return FAILURE.NO_COMMAND;
    const known = COMMAND_FLAG.FUA | FLAGS[type];
    if ((this.flags & ~(structured ? known : known & ~COMMAND_FLAG.DF)) !== 0) return FAILURE.NO_FLAG;
    if (type === COMMAND.FLUSH) return undefined;
    if (length === 0) return FAILURE.EMPTY;
    if (type === COMMAND.BLOCK_STATUS) {
      if (contexts.length === 0) return FAILURE.NO_CONTEXT;
      // Of any bytes, not of whole sectors only.
      return this.offset + length <= volume.sectors * SECTOR_BYTES ? undefined : FAILURE.BEYOND;
    }
    if (this.unaligned) return FAILURE.UNALIGNED;
    if (this.writes && (readOnly || volume.readOnly)) return FAILURE.READ_ONLY;
    if ((type === COMMAND.READ || type === COMMAND.WRITE) && length > blockBytesMax) return FAILURE.TOO_LONG;
    if (this.lba + this.sectors <= volume.sectors) return undefined;
    return type === COMMAND.WRITE || type === COMMAND.WRITE_ZEROES ? FAILURE.NO_SPACE : FAILURE.BEYOND;
  }

  private decode(view: DataView, at: number): void {
    this.magicIsRight = view.getUint32(at) === REQUEST_MAGIC;
    this.flags = view.getUint16(at + 4);
    this.type = view.getUint16(at + 6);
    this.cookieHigh = view.getInt32(at + 8);
    this.cookieLow = view.getInt32(at + 12);
    const low = view.getUint32(at + 20);
    this.length = view.getUint32(at + 24);
    const high = view.getUint32(at + 16);
    this.offset = high * 0x1_0000_0000 + low;
    this.lba = high * HIGH_SECTORS + (low >>> SECTOR_SHIFT);
    this.unaligned = ((low | this.length) & (SECTOR_BYTES - 1)) !== 0;
  }
}
