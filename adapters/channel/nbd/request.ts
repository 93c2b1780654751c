/**
 * The header of one NBD request: collected from any portions of bytes, decoded, checked. Offsets are 64 bits on the
 * wire and become sector numbers here, so that no BigInt and no precision loss is left behind.
 */
import { COMMAND_OP, SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { COMMAND, COMMAND_FLAG, ERRNO, type NbdVolume, REPLY_BYTES, REQUEST_BYTES, REQUEST_MAGIC } from './protocol.js';

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
  0,
  COMMAND_OP.OP_ZERO,
];

export class Request {
  flags = 0;
  type = 0;
  cookieHigh = 0;
  cookieLow = 0;
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

  /** Bytes of the reply if all goes well. */
  get replyBytes(): number {
    return this.type === COMMAND.READ ? REPLY_BYTES + this.length : REPLY_BYTES;
  }

  /** The error that the request deserves by itself; 0: none. */
  check(volume: NbdVolume, blockBytesMax: number): number {
    const { type } = this;
    if (this.operation === 0) return ERRNO.EINVAL;
    const known = type === COMMAND.WRITE_ZEROES ? COMMAND_FLAG.FUA | COMMAND_FLAG.NO_HOLE : COMMAND_FLAG.FUA;
    if ((this.flags & ~known) !== 0) return ERRNO.EINVAL;
    if (type === COMMAND.FLUSH) return ERRNO.OK;
    if (this.length === 0 || this.unaligned) return ERRNO.EINVAL;
    if (type !== COMMAND.READ && volume.readOnly) return ERRNO.EPERM;
    if ((type === COMMAND.READ || type === COMMAND.WRITE) && this.length > blockBytesMax) return ERRNO.EINVAL;
    if (this.lba + this.sectors <= volume.sectors) return ERRNO.OK;
    return type === COMMAND.WRITE || type === COMMAND.WRITE_ZEROES ? ERRNO.ENOSPC : ERRNO.EINVAL;
  }

  private decode(view: DataView, at: number): void {
    this.magicIsRight = view.getUint32(at) === REQUEST_MAGIC;
    this.flags = view.getUint16(at + 4);
    this.type = view.getUint16(at + 6);
    this.cookieHigh = view.getInt32(at + 8);
    this.cookieLow = view.getInt32(at + 12);
    const low = view.getUint32(at + 20);
    this.length = view.getUint32(at + 24);
    this.lba = view.getUint32(at + 16) * HIGH_SECTORS + (low >>> SECTOR_SHIFT);
    this.unaligned = ((low | this.length) & (SECTOR_BYTES - 1)) !== 0;
  }
}
