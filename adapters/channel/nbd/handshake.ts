/**
 * Option haggling of one connection, up to the choice of an export. Bytes come in any portions; answers go out through
 * `send`. It never throws on what a client says: it answers, or says CLOSE. Whether hosts may write to a volume is the
 * array's to say: where an answer needs that, it says ASK, and goes on with `answer`.
 */
import { RESULT } from '../../../firmware/memory/constants.js';
import { CONTEXTS, type Context, contextsFor } from './contexts.js';
import { blockSizeInfo, exportInfo, exportName, nameInfo } from './info.js';
import { type InfoData, readInfo, readMeta } from './option-data.js';
import {
  HANDSHAKE_FLAG,
  IHAVEOPT_HIGH,
  IHAVEOPT_LOW,
  INFO,
  NBDMAGIC_HIGH,
  NBDMAGIC_LOW,
  OPTION,
  OPTION_HEADER_BYTES,
  OPTION_REPLY,
  OPTION_REPLY_HIGH,
  OPTION_REPLY_LOW,
} from './protocol.js';
import { type NbdVolume, type Terms, transmissionFlags } from './volumes.js';

/** Most data of an option; a longer one is answered with ERR_TOO_BIG and skipped. */
export const OPTION_BYTES_MAX = 4096;
/** Most options of a connection: an honest client needs a handful. */
export const OPTIONS_MAX = 64;

const CLIENT_FLAGS_BYTES = 4;
/** Most of a message for people: it may quote what the client said. */
const TEXT_CHARS_MAX = 200;

/** ASK: the array must be asked about `asks`; no more bytes are taken before `answer`. */
export const PROCEED = { MORE: 0, TRANSMIT: 1, CLOSE: 2, ASK: 3 } as const;
type Proceed = (typeof PROCEED)[keyof typeof PROCEED];

export class Handshake {
  /** What was agreed on; set when it said TRANSMIT. */
  terms: Terms | undefined;
  /** The volume of the option that waits for `answer`. */
  asks: NbdVolume | undefined;
  /** How many of the bytes given to `take` it used: not all of them unless it said MORE. */
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
  private structured = false;
  /** The last SET_META_CONTEXT. */
  private chosen: { readonly volume: NbdVolume; readonly contexts: readonly Context[] } | undefined;
  /** What INFO said, until another option comes: a GO right after it must hear the same. */
  private told: { readonly volume: NbdVolume; readonly readOnly: boolean; readonly blockBytes: number } | undefined;

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
      const option = held.readUInt32BE(8);
      // The answer to EXPORT_NAME has no place for an error.
      if (option === OPTION.EXPORT_NAME) return PROCEED.CLOSE;
      if (option === OPTION.SET_META_CONTEXT) this.chosen = undefined;
      this.told = undefined;
      this.skip = length;
      return this.refuse(OPTION_REPLY.ERR_TOO_BIG, `the option has ${length} bytes; ${OPTION_BYTES_MAX} are the most`);
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
    const option = this.held.readUInt32BE(8);
    if (option === OPTION.GO) return this.export(readInfo(data));
    this.told = undefined;
    switch (option) {
      case OPTION.EXPORT_NAME:
        this.asks = this.find(data.toString());
        return this.asks === undefined ? PROCEED.CLOSE : PROCEED.ASK;
      case OPTION.ABORT:
        this.reply(OPTION_REPLY.ACK);
        return PROCEED.CLOSE;
      case OPTION.LIST:
        return this.list(length);
      case OPTION.INFO:
        return this.export(readInfo(data));
      case OPTION.STRUCTURED_REPLY:
        if (length > 0) return this.refuse(OPTION_REPLY.ERR_INVALID, 'STRUCTURED_REPLY has no data');
        this.structured = true;
        return this.accept();
      case OPTION.LIST_META_CONTEXT:
      case OPTION.SET_META_CONTEXT:
        return this.metaContexts(data, option === OPTION.SET_META_CONTEXT);
      default:
        return this.refuse(OPTION_REPLY.ERR_UNSUP, `option ${option} is not known here`);
    }
  }

  /** The empty name is the first volume. */
  private find(name: string): NbdVolume | undefined {
    return name === '' ? this.volumes[0] : this.volumes.find((v) => v.name === name);
  }

  private list(length: number): Proceed {
    if (length > 0) return this.refuse(OPTION_REPLY.ERR_INVALID, 'LIST has no data');
    for (const { name } of this.volumes) {
      const text = Buffer.from(name);
      const b = Buffer.alloc(4 + text.length);
      b.writeUInt32BE(text.length, 0);
      b.set(text, 4);
      this.reply(OPTION_REPLY.SERVER, b);
    }
    return this.accept();
  }

  private metaContexts(data: Buffer, select: boolean): Proceed {
    // Whatever comes of it, an earlier choice does not hold any more.
    if (select) this.chosen = undefined;
    if (!this.structured) return this.refuse(OPTION_REPLY.ERR_INVALID, 'structured replies must be negotiated first');
    const meta = readMeta(data);
    if (meta === undefined) return this.refuse(OPTION_REPLY.ERR_INVALID, 'the lengths in the option do not fit');
    const bare = meta.queries.find((query) => !query.includes(':'));
    if (bare !== undefined) {
      return this.refuse(OPTION_REPLY.ERR_INVALID, `query ${JSON.stringify(bare)} has no namespace: NAMESPACE:NAME`);
    }
    const volume = this.find(meta.name);
    if (volume === undefined) return this.unknown(meta.name);
    const all = !select && meta.queries.length === 0;
    const contexts = all ? CONTEXTS : contextsFor(meta.queries, !select);
    for (const { name, id } of contexts) {
      const b = Buffer.concat([Buffer.alloc(4), Buffer.from(name)]);
      b.writeUInt32BE(select ? id : 0, 0);
      this.reply(OPTION_REPLY.META_CONTEXT, b);
    }
    if (select) this.chosen = { volume, contexts };
    return this.accept();
  }

  /** INFO and GO alike, up to what the array must say. */
  private export(info: InfoData | undefined): Proceed {
    if (info === undefined) return this.refuse(OPTION_REPLY.ERR_INVALID, 'the lengths in the option do not fit');
    const volume = this.find(info.name);
    if (volume === undefined) return this.unknown(info.name);
    this.asks = volume;
    return this.told?.volume === volume ? this.proceed(volume, this.told.readOnly, this.told.blockBytes) : PROCEED.ASK;
  }

  /** The RESULT that the array has for a host write to `asks`, and the bytes of a block that it wants. */
  answer(result: number, blockBytes: number): Proceed {
    const volume = this.asks;
    if (volume === undefined) return PROCEED.CLOSE;
    // A domino pair holds writes for a while: its hosts stay those that may write.
    if (result === RESULT.OK || result === RESULT.WRITE_PROTECTED || result === RESULT.DOMINO_HELD) {
      return this.proceed(volume, result === RESULT.WRITE_PROTECTED || volume.readOnly === true, blockBytes);
    }
    this.asks = undefined;
    if (this.held.readUInt32BE(8) === OPTION.EXPORT_NAME) return PROCEED.CLOSE;
    return this.refuse(OPTION_REPLY.ERR_UNKNOWN, `volume ${volume.name} is not ready`);
  }

  /** Answers the option that is held, whose volume is there. */
  private proceed(volume: NbdVolume, readOnly: boolean, blockBytes: number): Proceed {
    this.asks = undefined;
    const option = this.held.readUInt32BE(8);
    const flags = transmissionFlags(readOnly, this.structured);
    if (option === OPTION.EXPORT_NAME) this.send(exportName(volume, flags, this.noZeroes));
    else this.info(volume, flags, blockBytes);
    if (option === OPTION.INFO) {
      this.told = { volume, readOnly, blockBytes };
      return this.next();
    }
    const { structured, chosen } = this;
    this.terms = { volume, readOnly, structured, contexts: chosen?.volume === volume ? chosen.contexts : [] };
    return PROCEED.TRANSMIT;
  }

  private info(volume: NbdVolume, flags: number, blockBytes: number): void {
    const length = this.held.readUInt32BE(12);
    const wants = readInfo(this.held.subarray(OPTION_HEADER_BYTES, OPTION_HEADER_BYTES + length))?.wants ?? [];
    this.reply(OPTION_REPLY.INFO, exportInfo(volume, flags));
    // Also to a client that did not ask: it may heed them, and must ignore what it does not know.
    this.reply(OPTION_REPLY.INFO, blockSizeInfo(blockBytes, this.blockMax));
    if (wants.includes(INFO.NAME)) this.reply(OPTION_REPLY.INFO, nameInfo(volume.name));
    this.reply(OPTION_REPLY.ACK);
  }

  private accept(): Proceed {
    this.reply(OPTION_REPLY.ACK);
    return this.next();
  }

  private unknown(name: string): Proceed {
    return this.refuse(OPTION_REPLY.ERR_UNKNOWN, `there is no volume ${JSON.stringify(name)} here`);
  }

  /** An error, with a sentence for people; haggling goes on. */
  private refuse(type: number, why: string): Proceed {
    this.reply(type, Buffer.from(why.slice(0, TEXT_CHARS_MAX)));
    return this.next();
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
