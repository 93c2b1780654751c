/** The receiving side of an NBD client that believes nothing: what it finds wrong with an answer is a FuzzFailure. */
import { FuzzFailure } from '../target.js';

const GREETING = Buffer.from('4e42444d4147494349484156454f50540003', 'hex');
const OPTION_REPLY = Buffer.from('0003e889045565a9', 'hex');
const SIMPLE_MAGIC = 0x6744_6698;
const CHUNK_MAGIC = 0x668e_33ef;
const ERRNOS: readonly number[] = [1, 5, 12, 22, 28, 75, 95, 108];
const REPLY_TYPES: readonly number[] = [1, 2, 3, 4, 0x8000_0001, 0x8000_0003, 0x8000_0006, 0x8000_0009];
const CHUNK = { NONE: 0, DATA: 1, HOLE: 2, STATUS: 5, ERROR: 0x8001, ERROR_OFFSET: 0x8002 } as const;
/** Longest of an honest answer: a greeting to everything that a request may be. */
const REPLY_BYTES_MAX = 1 << 25;

/** What came to one request. */
export interface Ended {
  readonly cookie: number;
  readonly errno: number;
  /** Of a read. */
  readonly data: Buffer;
}

interface Part {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** A request under way. */
interface Open {
  readonly offset: number;
  /** Bytes of data that it asks for. */
  readonly reads: number;
  /** What came of it, by offset: chunks may come in any order (structured replies). */
  readonly parts: Part[];
  errno: number;
  got: number;
}

/** What kind of bytes come next. */
export const PHASE = { GREETING: 0, OPTIONS: 1, EXPORT: 2, REQUESTS: 3, UNKNOWN: 4 } as const;

export class Reader {
  phase: number = PHASE.GREETING;
  structured = false;
  /** Length of what answers EXPORT_NAME. */
  exportBytes = 10;
  refusals = 0;
  /** Options that have ended, with the type that ended each. */
  readonly ended: number[] = [];
  /** What answers to requests are. */
  readonly answers: Ended[] = [];
  /** By cookie. */
  readonly open = new Map<number, Open>();
  #held: Buffer = Buffer.alloc(0);

  get isWithin(): boolean {
    return this.#held.length > 0;
  }

  readonly bytes = (bytes: Buffer): void => {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    while (this.#takeOne());
  };

  /** A request goes out. @param reads bytes that it asks for */
  asks(cookie: number, offset: number, reads: number): void {
    // Who gives one cookie to two requests cannot tell their answers apart.
    if (this.open.has(cookie)) this.lose();
    else this.open.set(cookie, { offset, reads, parts: [], errno: 0, got: 0 });
  }

  /** What the server has heard is not known any more: nothing is looked at from here on. */
  lose(): void {
    this.phase = PHASE.UNKNOWN;
  }

  #takeOne(): boolean {
    switch (this.phase) {
      case PHASE.GREETING:
        return this.#greeting();
      case PHASE.OPTIONS:
        return this.#option();
      case PHASE.EXPORT: {
        const bytes = this.#take(this.exportBytes);
        if (bytes) this.phase = PHASE.REQUESTS;
        return bytes !== undefined;
      }
      case PHASE.REQUESTS:
        return this.#held.length >= 16 && (this.#held.readUInt32BE(0) === CHUNK_MAGIC ? this.#chunk() : this.#simple());
      default:
        this.#held = Buffer.alloc(0);
        return false;
    }
  }

  #take(bytes: number): Buffer | undefined {
    if (this.#held.length < bytes) return undefined;
    const taken = this.#held.subarray(0, bytes);
    this.#held = this.#held.subarray(bytes);
    return taken;
  }

  #greeting(): boolean {
    const greeting = this.#take(GREETING.length);
    if (greeting === undefined) return false;
    if (!greeting.equals(GREETING)) throw wrong('another greeting', greeting);
    this.phase = PHASE.OPTIONS;
    return true;
  }

  #option(): boolean {
    const held = this.#held;
    if (held.length < 20) return false;
    if (!held.subarray(0, 8).equals(OPTION_REPLY)) throw wrong('no option reply', held.subarray(0, 20));
    const type = held.readUInt32BE(12);
    const length = held.readUInt32BE(16);
    if (!REPLY_TYPES.includes(type) || length > 4096) throw wrong('an option reply that is none', held.subarray(0, 20));
    if (this.#take(20 + length) === undefined) return false;
    if (type >= 0x8000_0000) this.refusals += 1;
    if (type === 1 || type >= 0x8000_0000) {
      this.ended.push(type);
      const isGo = held.readUInt32BE(8) === 7;
      if (isGo && type === 1) this.phase = PHASE.REQUESTS;
    }
    return true;
  }

  #simple(): boolean {
    const held = this.#held;
    if (held.readUInt32BE(0) !== SIMPLE_MAGIC) throw wrong('no reply', held.subarray(0, 16));
    const errno = held.readUInt32BE(4);
    const cookie = held.readUInt32BE(12);
    const open = this.#of(cookie, held);
    if (errno !== 0 && !ERRNOS.includes(errno)) throw wrong(`error ${errno}`, held.subarray(0, 16));
    if (this.structured && open.reads > 0)
      throw wrong('a simple reply to a read, where chunks are agreed on', held.subarray(0, 16));
    const bytes = errno === 0 ? open.reads : 0;
    const reply = this.#take(16 + bytes);
    if (reply === undefined) return false;
    this.#end(cookie, errno, Buffer.from(reply.subarray(16)));
    return true;
  }

  #chunk(): boolean {
    const held = this.#held;
    if (held.length < 20) return false;
    const header = held.subarray(0, 20);
    const [flags, type, cookie, length] = [
      held.readUInt16BE(4),
      held.readUInt16BE(6),
      held.readUInt32BE(12),
      held.readUInt32BE(16),
    ];
    if (!this.structured) throw wrong('a chunk that nobody agreed on', header);
    if (length > REPLY_BYTES_MAX) throw wrong(`a chunk of ${length} bytes`, header);
    const open = this.#of(cookie, held);
    const chunk = this.#take(20 + length);
    if (chunk === undefined) return false;
    this.#part(open, type, chunk.subarray(20), header);
    if ((flags & 1) === 0) return true;
    if (open.errno === 0 && open.got !== open.reads) throw wrong(`${open.got} of ${open.reads} bytes`, header);
    this.#end(cookie, open.errno, dataOf(open));
    return true;
  }

  #part(open: Open, type: number, payload: Buffer, header: Buffer): void {
    if (type === CHUNK.DATA) {
      const offset = Number(payload.readBigUInt64BE(0)) - open.offset;
      const bytes = payload.length - 8;
      const overlaps = (part: Part): boolean =>
        part.offset < offset + bytes && offset < part.offset + part.bytes.length;
      if (open.parts.some(overlaps) || offset < 0 || bytes < 1 || offset + bytes > open.reads)
        throw wrong('data that was not asked for', header);
      open.got += bytes;
      open.parts.push({ offset, bytes: Buffer.from(payload.subarray(8)) });
    } else if (type === CHUNK.STATUS) {
      if (payload.length < 12 || (payload.length - 4) % 8 !== 0) throw wrong('extents that are none', header);
      for (let at = 4; at < payload.length; at += 8) {
        if (payload.readUInt32BE(at) === 0) throw wrong('an extent of no length', header);
      }
    } else if (type === CHUNK.ERROR || type === CHUNK.ERROR_OFFSET) {
      const text = payload.readUInt16BE(4);
      const isWhole = payload.length === 6 + text + (type === CHUNK.ERROR ? 0 : 8);
      if (!isWhole || !ERRNOS.includes(payload.readUInt32BE(0))) throw wrong('an error that is none', header);
      open.errno = payload.readUInt32BE(0);
    } else if (type !== CHUNK.NONE) throw wrong(`a chunk of type ${type}`, header);
  }

  #of(cookie: number, held: Buffer): Open {
    const open = this.open.get(cookie);
    if (open === undefined || held.readUInt32BE(8) !== 0x0abc_def0) {
      throw wrong('an answer to what was not asked, or has its answer', held.subarray(0, 20));
    }
    return open;
  }

  #end(cookie: number, errno: number, data: Buffer): void {
    this.open.delete(cookie);
    if (errno !== 0) this.refusals += 1;
    this.answers.push({ cookie, errno, data });
  }
}

function dataOf({ parts }: Open): Buffer {
  return Buffer.concat(parts.sort((a, b) => a.offset - b.offset).map(({ bytes }) => bytes));
}

function wrong(what: string, bytes: Buffer): FuzzFailure {
  return new FuzzFailure(`the server says ${what}: ${bytes.toString('hex')}`);
}
