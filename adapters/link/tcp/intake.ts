/**
 * The receiving side of a connection: bytes as the socket brings them, in chunks of any size, become frames. The bytes of
 * writes go from the socket's buffer straight to the places that the header's reader names; nothing of a frame is handed
 * over before its CRC was right.
 */
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import type { ArrayMemory } from '../../../firmware/memory/layout.js';
import type { ByteSink } from '../../socket/receive.js';
import { crc32c } from './crc32c.js';
import {
  CONTROL_HEADER_BYTES_MAX,
  HEADER_BYTES_MAX,
  MAGIC,
  MESSAGES_MAX,
  P_CRC,
  P_EPOCH,
  P_HEADER_BYTES,
  P_MAGIC,
  P_PAYLOAD_BYTES,
  P_SEQUENCE,
  P_TYPE,
  PAYLOAD_BYTES_MAX,
  PREFIX_BYTES,
  TYPE,
  typeName,
  VERSION,
  Violation,
} from './frame.js';
import { WireMeter } from './meter.js';

/** What is read at once: a batch of 32 writes of 4 KiB and the beginning of the next. */
const CHUNK_BYTES = 256 * 1024;
const NOTHING = Buffer.alloc(0);

/** Where the bytes of a batch's writes go: `count` pairs of sector address and sectors. */
export class Places {
  readonly words = new Int32Array(2 * MESSAGES_MAX);
  count = 0;
  sectors = 0;
  /** Of the batch, those without bytes too. */
  messages = 0;

  clear(): void {
    this.count = 0;
    this.sectors = 0;
    this.messages = 0;
  }

  add(at: number, sectors: number): void {
    this.words[2 * this.count] = at;
    this.words[2 * this.count + 1] = sectors;
    this.count += 1;
    this.sectors += sectors;
  }
}

/** Who understands frames. What it throws as a Violation ends the connection. */
export interface FrameSink {
  /** The prefix is here: is a frame of this type right now? */
  expects(type: number): boolean;
  /** The header of a batch is here, not yet proved by its CRC: checks it, and adds the places of its writes' bytes. */
  batch(header: Uint8Array, places: Places): void;
  /** The batch was proved right. False: not all could be handed over; `goOn` asks again. */
  deliver(): boolean;
  /** Any other frame, proved right. */
  control(type: number, version: number, header: Buffer): void;
  /** The connection ended meanwhile. */
  readonly ended: boolean;
}

const PREFIX = 0;
const HEADER = 1;
const PAYLOAD = 2;
const DELIVER = 3;

export class Intake implements ByteSink {
  /** Both sides are proved: frames are of this epoch, and may be as large as batches are. */
  epoch: Int32Array | undefined;
  /** Frames that came. */
  frames = 0;
  readonly #memory: ArrayMemory;
  readonly #sink: FrameSink;
  readonly #meter: WireMeter;
  #chunk = NOTHING;
  /** What of the chunk is not read yet. */
  #at = 0;
  #end = 0;
  /** Prefix and header. */
  readonly #head = Buffer.allocUnsafeSlow(PREFIX_BYTES + HEADER_BYTES_MAX);
  readonly #words = new Int32Array(this.#head.buffer);
  #have = 0;
  #state = PREFIX;
  readonly #places = new Places();
  #place = 0;
  /** Bytes of the present place that are there. */
  #filled = 0;
  #crc = 0;
  /** How far the chunk is in the sum, and how much of the payload is not. */
  #summed = 0;
  #unsummed_bytes = 0;

  /** @param link whose bytes are counted. */
  constructor(memory: ArrayMemory, sink: FrameSink, link = 0) {
    this.#memory = memory;
    this.#sink = sink;
    this.#meter = new WireMeter(memory, 'received', link);
  }

  /** True while a batch that is here cannot be handed over. */
  get stalled(): boolean {
    return this.#state === DELIVER;
  }

  nextPlace(): Uint8Array {
    // Not before something comes: a dialer may try for hours.
    if (this.#chunk.length === 0) this.#chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    return this.#chunk;
  }

  /** False: the batch that stalls must go first (`goOn`). Errors: Violation. */
  received(bytes: number): boolean {
    this.#at = 0;
    this.#summed = 0;
    this.#end = bytes;
    return this.goOn();
  }

  goOn(): boolean {
    for (;;) {
      if (this.#sink.ended) return true;
      if (this.#state === DELIVER) {
        if (!this.#sink.deliver()) return false;
        this.#next();
        continue;
      }
      if (this.#at === this.#end) return true;
      if (this.#state === PREFIX) {
        if (this.#gather(PREFIX_BYTES)) this.#prefix();
      } else if (this.#state === HEADER) {
        if (this.#gather(PREFIX_BYTES + this.#words[P_HEADER_BYTES])) this.#header();
      } else this.#payload();
    }
  }

  /** Copies until prefix and header have so many bytes; true when they do. */
  #gather(bytes: number): boolean {
    const n = Math.min(bytes - this.#have, this.#end - this.#at);
    this.#chunk.copy(this.#head, this.#have, this.#at, this.#at + n);
    this.#at += n;
    this.#have += n;
    return this.#have === bytes;
  }

  #prefix(): void {
    const w = this.#words;
    if (w[P_MAGIC] !== MAGIC) throw new Violation('this is no frame of a link between arrays');
    const type = w[P_TYPE] >> 8;
    const version = w[P_TYPE] & 255;
    const header_bytes = w[P_HEADER_BYTES];
    const payload_bytes = w[P_PAYLOAD_BYTES];
    // Who speaks another version can at least say so.
    if (version !== VERSION && type !== TYPE.GREETING && type !== TYPE.GOODBYE) {
      throw new Violation(`a frame of link version ${version}; this array speaks ${VERSION}`);
    }
    if (!this.#sink.expects(type)) throw new Violation(`${typeName(type)} is out of place here`);
    const isBatch = type === TYPE.MESSAGES;
    const most = isBatch || type === TYPE.SERVICE ? HEADER_BYTES_MAX : CONTROL_HEADER_BYTES_MAX;
    if (header_bytes < 0 || header_bytes > most || (header_bytes & 3) !== 0) {
      throw new Violation(`a header of ${header_bytes} bytes; whole words up to ${most} are allowed`);
    }
    if (payload_bytes < 0 || payload_bytes > (isBatch ? PAYLOAD_BYTES_MAX : 0)) {
      throw new Violation(`a payload of ${payload_bytes} bytes; ${isBatch ? PAYLOAD_BYTES_MAX : 0} are allowed`);
    }
    // A goodbye may come from who does not yet, or no longer, know of the session.
    const low = this.epoch?.[0] ?? 0;
    const high = this.epoch?.[1] ?? 0;
    const isOther = w[P_EPOCH] !== low || w[P_EPOCH + 1] !== high;
    if (isOther && type !== TYPE.GOODBYE) throw new Violation('a frame of another session');
    if (w[P_SEQUENCE] !== this.frames) {
      throw new Violation(`frame ${w[P_SEQUENCE] >>> 0} came where ${this.frames >>> 0} was to come`);
    }
    this.#state = HEADER;
    this.#places.clear();
    if (header_bytes === 0) this.#header();
  }

  #header(): void {
    const w = this.#words;
    const type = w[P_TYPE] >> 8;
    const header = this.#head.subarray(PREFIX_BYTES, this.#have);
    this.#crc = crc32c(crc32c(0, this.#head.subarray(0, 4 * P_CRC)), header);
    if (type !== TYPE.MESSAGES) {
      this.#check();
      this.#next();
      this.#sink.control(type, w[P_TYPE] & 255, header);
      return;
    }
    this.#sink.batch(header, this.#places);
    const named_bytes = this.#places.sectors * SECTOR_BYTES;
    if (named_bytes !== w[P_PAYLOAD_BYTES]) {
      throw new Violation(`a payload of ${w[P_PAYLOAD_BYTES]} bytes for writes of ${named_bytes}`);
    }
    this.#state = PAYLOAD;
    this.#place = 0;
    this.#filled = 0;
    this.#unsummed_bytes = named_bytes;
    if (named_bytes === 0) this.#proved();
  }

  /** Takes bytes up to the end of a place, or of the chunk. */
  #payload(): void {
    this.#sum();
    const { bytes } = this.#memory;
    const sector = this.#places.words[2 * this.#place];
    const sectors = this.#places.words[2 * this.#place + 1];
    const size = sectors * SECTOR_BYTES;
    const n = Math.min(size - this.#filled, this.#end - this.#at);
    bytes.set(this.#chunk.subarray(this.#at, this.#at + n), sector * SECTOR_BYTES + this.#filled);
    this.#at += n;
    this.#filled += n;
    if (this.#filled < size) return;
    this.#filled = 0;
    this.#place += 1;
    if (this.#place === this.#places.count) this.#proved();
  }

  /** All that the chunk has of the payload is summed at once, before the first of it goes to its place. */
  #sum(): void {
    if (this.#at < this.#summed) return;
    const n = Math.min(this.#unsummed_bytes, this.#end - this.#at);
    this.#crc = crc32c(this.#crc, this.#chunk.subarray(this.#at, this.#at + n));
    this.#summed = this.#at + n;
    this.#unsummed_bytes -= n;
  }

  #proved(): void {
    this.#check();
    this.#state = DELIVER;
  }

  #check(): void {
    const w = this.#words;
    if (this.#crc !== w[P_CRC]) throw new Violation('a frame was damaged on its way (CRC)');
    this.#meter.frame(PREFIX_BYTES + w[P_HEADER_BYTES] + w[P_PAYLOAD_BYTES], this.#places.messages);
  }

  #next(): void {
    this.frames = (this.frames + 1) | 0;
    this.#have = 0;
    this.#state = PREFIX;
  }
}
