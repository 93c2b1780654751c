/**
 * Option haggling of one connection, up to the choice of an export. Bytes come in any portions; answers go out through
 * `send`. It never throws on what a client says: it answers, or says CLOSE.
 */
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import {
  HANDSHAKE_FLAG,
  IHAVEOPT_HIGH,
  IHAVEOPT_LOW,
  INFO,
  NBDMAGIC_HIGH,
  NBDMAGIC_LOW,
  type NbdVolume,
  OPTION,
  OPTION_HEADER_BYTES,
  OPTION_REPLY,
  OPTION_REPLY_HIGH,
  OPTION_REPLY_LOW,
  transmissionFlags,
} from './protocol.js';

/** Most data of an option; a longer one is answered with ERR_TOO_BIG and skipped. */
export const OPTION_BYTES_MAX = 4096;
/** Most options of a connection: an honest client needs a handful. */
export const OPTIONS_MAX = 64;

/** Zeroes that follow the answer to EXPORT_NAME unless both sides agreed to leave them out. */
const EXPORT_NAME_ZEROES = 124;
const CLIENT_FLAGS_BYTES = 4;
const BLOCK_MIN = SECTOR_BYTES;
const BLOCK_PREFERRED = 4096;

export const PROCEED = { MORE: 0, TRANSMIT: 1, CLOSE: 2 } as const;
type Proceed = (typeof PROCEED)[keyof typeof PROCEED];

export class Handshake {
  /** What the client chose; set when `take` said TRANSMIT. */
  volume: NbdVolume | undefined;
  /** How many of the bytes given to `take` it used; after TRANSMIT the rest are requests. */
  used = 0;
  private readonly volumes: readonly NbdVolume[];
  private readonly blockMax: number;
  private readonly send: (bytes: Buffer) => void;
  private readonly held = Buffer.alloc(OPTION_HEADER_BYTES + OPTION_BYTES_MAX);
  private heldBytes = 0;
  /** Bytes that must be held before something can be decided. */
  private wanted = CLIENT_FLAGS_BYTES;
  private skip = 0;
  private greeted = false;
  private noZeroes = false;
  private options = 0;

  constructor(volumes: readonly NbdVolume[], blockMax: number, send: (bytes: Buffer) => void) {
    this.volumes = volumes;
    this.blockMax = blockMax;
    this.send = send;
  }

  greet(): void {
    const b = Buffer.alloc(18);
    b.writeUInt32BE(NBDMAGIC_HIGH, 0);
    b.writeUInt32BE(NBDMAGIC_LOW, 4);
    b.writeUInt32BE(IHAVEOPT_HIGH, 8);
    b.writeUInt32BE(IHAVEOPT_LOW, 12);
    b.writeUInt16BE(HANDSHAKE_FLAG.FIXED_NEWSTYLE | HANDSHAKE_FLAG.NO_ZEROES, 16);
    this.send(b);
  }

  /** Takes the next bytes of the client. */
  take(bytes: Uint8Array): Proceed {
    let at = 0;
    while (at < bytes.length) {
      if (this.skip > 0) {
        const n = Math.min(this.skip, bytes.length - at);
        this.skip -= n;
        at += n;
        continue;
      }
      const n = Math.min(this.wanted - this.heldBytes, bytes.length - at);
      this.held.set(bytes.subarray(at, at + n), this.heldBytes);
      this.heldBytes += n;
      at += n;
      if (this.heldBytes < this.wanted) continue;
      const proceed = this.decide();
      if (proceed !== PROCEED.MORE) {
        this.used = at;
        return proceed;
      }
    }
    return PROCEED.MORE;
  }

  /** All that was wanted is held. */
  private decide(): Proceed {
    if (!this.greeted) return this.clientFlags();
    if (this.heldBytes > OPTION_HEADER_BYTES) return this.option(this.heldBytes - OPTION_HEADER_BYTES);
    const { held } = this;
    if (held.readUInt32BE(0) !== IHAVEOPT_HIGH || held.readUInt32BE(4) !== IHAVEOPT_LOW) return PROCEED.CLOSE;
    if (++this.options > OPTIONS_MAX) return PROCEED.CLOSE;
    const length = held.readUInt32BE(12);
    if (length > OPTION_BYTES_MAX) {
      // The answer to EXPORT_NAME has no place for an error.
      if (held.readUInt32BE(8) === OPTION.EXPORT_NAME) return PROCEED.CLOSE;
      this.skip = length;
      this.reply(OPTION_REPLY.ERR_TOO_BIG);
      return this.next();
    }
    if (length === 0) return this.option(0);
    this.wanted = OPTION_HEADER_BYTES + length;
    return PROCEED.MORE;
  }

  private next(): Proceed {
    this.heldBytes = 0;
    this.wanted = OPTION_HEADER_BYTES;
    return PROCEED.MORE;
  }

  private clientFlags(): Proceed {
    const flags = this.held.readUInt32BE(0);
    const known = HANDSHAKE_FLAG.FIXED_NEWSTYLE | HANDSHAKE_FLAG.NO_ZEROES;
    if ((flags & ~known) !== 0) return PROCEED.CLOSE;
    this.noZeroes = (flags & HANDSHAKE_FLAG.NO_ZEROES) !== 0;
    this.greeted = true;
    return this.next();
  }

  private option(length: number): Proceed {
    const data = this.held.subarray(OPTION_HEADER_BYTES, OPTION_HEADER_BYTES + length);
    switch (this.held.readUInt32BE(8)) {
      case OPTION.EXPORT_NAME:
        return this.exportName(data.toString());
      case OPTION.ABORT:
        this.reply(OPTION_REPLY.ACK);
        return PROCEED.CLOSE;
      case OPTION.LIST:
        this.list(length);
        return this.next();
      case OPTION.INFO:
        this.info(data);
        return this.next();
      case OPTION.GO:
        this.volume = this.info(data);
        return this.volume === undefined ? this.next() : PROCEED.TRANSMIT;
      default:
        this.reply(OPTION_REPLY.ERR_UNSUP);
        return this.next();
    }
  }

  /** The empty name is the first volume. */
  private find(name: string): NbdVolume | undefined {
    return name === '' ? this.volumes[0] : this.volumes.find((v) => v.name === name);
  }

  private exportName(name: string): Proceed {
    this.volume = this.find(name);
    if (this.volume === undefined) return PROCEED.CLOSE;
    const b = Buffer.alloc(10 + (this.noZeroes ? 0 : EXPORT_NAME_ZEROES));
    writeSize(b, 0, this.volume.sectors);
    b.writeUInt16BE(transmissionFlags(this.volume), 8);
    this.send(b);
    return PROCEED.TRANSMIT;
  }

  private list(length: number): void {
    if (length > 0) {
      this.reply(OPTION_REPLY.ERR_INVALID);
      return;
    }
    for (const { name } of this.volumes) {
      const text = Buffer.from(name);
      const b = Buffer.alloc(4 + text.length);
      b.writeUInt32BE(text.length, 0);
      b.set(text, 4);
      this.reply(OPTION_REPLY.SERVER, b);
    }
    this.reply(OPTION_REPLY.ACK);
  }

  /** Answers INFO and GO alike; the volume when it exists. */
  private info(data: Buffer): NbdVolume | undefined {
    const nameBytes = data.length >= 6 ? data.readUInt32BE(0) : data.length;
    const wants = nameBytes <= data.length - 6 ? data.readUInt16BE(4 + nameBytes) : -1;
    if (data.length !== 6 + nameBytes + 2 * wants) {
      this.reply(OPTION_REPLY.ERR_INVALID);
      return undefined;
    }
    const volume = this.find(data.toString('utf8', 4, 4 + nameBytes));
    if (volume === undefined) {
      this.reply(OPTION_REPLY.ERR_UNKNOWN);
      return undefined;
    }
    const exported = Buffer.alloc(12);
    exported.writeUInt16BE(INFO.EXPORT, 0);
    writeSize(exported, 2, volume.sectors);
    exported.writeUInt16BE(transmissionFlags(volume), 10);
    this.reply(OPTION_REPLY.INFO, exported);
    const blocks = Buffer.alloc(14);
    blocks.writeUInt16BE(INFO.BLOCK_SIZE, 0);
    blocks.writeUInt32BE(BLOCK_MIN, 2);
    blocks.writeUInt32BE(BLOCK_PREFERRED, 6);
    blocks.writeUInt32BE(this.blockMax, 10);
    // Also to a client that did not ask: it may heed them, and must ignore what it does not know.
    this.reply(OPTION_REPLY.INFO, blocks);
    for (let i = 0; i < wants; i++) {
      if (data.readUInt16BE(6 + nameBytes + 2 * i) !== INFO.NAME) continue;
      this.reply(OPTION_REPLY.INFO, Buffer.concat([Buffer.from([0, INFO.NAME]), Buffer.from(volume.name)]));
      break;
    }
    this.reply(OPTION_REPLY.ACK);
    return volume;
  }

  /** Answers the option whose header is held. */
  private reply(type: number, data?: Buffer): void {
    const b = Buffer.alloc(20 + (data?.length ?? 0));
    b.writeUInt32BE(OPTION_REPLY_HIGH, 0);
    b.writeUInt32BE(OPTION_REPLY_LOW, 4);
    this.held.copy(b, 8, 8, 12);
    b.writeUInt32BE(type, 12);
    b.writeUInt32BE(data?.length ?? 0, 16);
    if (data !== undefined) b.set(data, 20);
    this.send(b);
  }
}

/** Writes a size in bytes as 64 bits. */
function writeSize(b: Buffer, at: number, sectors: number): void {
  const bytes = sectors * SECTOR_BYTES;
  b.writeUInt32BE(Math.floor(bytes / 0x1_0000_0000), at);
  b.writeUInt32BE(bytes % 0x1_0000_0000, at + 4);
}
