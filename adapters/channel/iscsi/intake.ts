/**
 * The receiving side of a connection: a state machine over the bytes that have arrived. It takes as many PDUs as stand
 * in the receive buffer and as resources allow; whoever calls it pumps once for all of them and then flushes.
 *
 * What always holds: data-out goes to a transfer buffer that only its task owns, and a command is given to the array when
 * all of its data is there, so an initiator that dies in the middle of it changes nothing. While something is waited for,
 * what has arrived stays where it is and the socket is not read: nothing grows, and order is kept.
 */
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { crc32c } from '../../link/tcp/crc32c.js';
import { copyBytes } from '../copy-bytes.js';
import { PLACE, type Place } from './commands.js';
import type { FullFeature } from './full-feature.js';
import type { Hub } from './hub.js';
import { SEGMENT_BYTES_DEFAULT } from './keys.js';
import { AT, BHS_BYTES, DIGEST_BYTES, padOf } from './pdu.js';
import type { Task } from './task.js';

/** While it logs in, and after. */
const LOGIN_BYTES = 16 * 1024;
const RECEIVE_BYTES = 256 * 1024;
/** Data of a PDU of this size is read straight to its place; of less, one read brings more PDUs. */
const STRAIGHT_BYTES = 32 * 1024;
const AHS_BYTES_MAX = 255 * 4;

const NOTHING = Buffer.alloc(0);

const STATE = { HEADER: 0, START: 1, DATA: 2, TAIL: 3, CLOSING: 4 } as const;
type State = (typeof STATE)[keyof typeof STATE];

/** The connection, as its receiving side sees it. */
export interface Receiver {
  /** After login. */
  readonly full: FullFeature | undefined;
  /** A whole PDU of the login phase. False: it is to be called `resume` before the next can be taken. */
  takeLogin(header: Buffer, data: Buffer): boolean;
  /** Nothing that follows can be trusted. */
  destroy(): void;
}

export class Intake {
  /** Why what was received cannot be used up: PLACE.OWED or PLACE.MEMORY; SKIP: nothing is in the way. */
  blocked: Place = PLACE.SKIP;
  headerDigest = false;
  dataDigest = false;
  /** Arrivals of bytes; PDUs that have begun; bytes that went to transfer buffers. */
  heard = 0;
  pdus = 0;
  collectedBytes = 0;
  private readonly hub: Hub;
  private readonly receiver: Receiver;
  private state: State = STATE.HEADER;
  private input = Buffer.allocUnsafeSlow(LOGIN_BYTES);
  /** Its beginning: after large data more is likely, and none of it is to come here. */
  private headerOnly = this.input.subarray(0, BHS_BYTES);
  private pos = 0;
  private end = 0;
  private readonly header = Buffer.alloc(BHS_BYTES + AHS_BYTES_MAX + DIGEST_BYTES);
  private headerBytes = 0;
  private segment = Buffer.allocUnsafeSlow(SEGMENT_BYTES_DEFAULT);
  private dataBytes = 0;
  private place: Place = PLACE.SKIP;
  private task: Task | undefined;
  /** Where the next byte of data goes, and how many are missing. */
  private at = 0;
  private missing = 0;
  /** Data of a PDU that was kept, in place of what comes from the socket. */
  private source: Buffer | undefined;
  /** Sum of what was skipped. */
  private sum = 0;
  private readonly tail = Buffer.alloc(3 + DIGEST_BYTES);
  private tailBytes = 0;
  private wasLarge = false;

  constructor(hub: Hub, receiver: Receiver) {
    this.hub = hub;
    this.receiver = receiver;
  }

  get isClosing(): boolean {
    return this.state === STATE.CLOSING;
  }

  /** Does it take data into a transfer buffer? */
  get isCollecting(): boolean {
    return this.task !== undefined && this.state !== STATE.CLOSING;
  }

  /** Has a PDU begun that is not complete? */
  get isWithin(): boolean {
    return this.state !== STATE.CLOSING && (this.headerBytes > 0 || this.state !== STATE.HEADER);
  }

  nextPlace(): Uint8Array {
    if (this.pos < this.end) return this.input;
    const { task } = this;
    // To its end, however little is missing: more would come with it of the next one's data, and all of that be copied.
    if (this.state === STATE.DATA && task !== undefined && this.wasLarge && this.missing > 0) {
      const { buffer, byteOffset } = this.hub.port.memory.bytes;
      task.lent = true;
      return new Uint8Array(buffer, byteOffset + this.at, this.missing);
    }
    if (this.receiver.full !== undefined && this.input.length < RECEIVE_BYTES) {
      this.input = Buffer.allocUnsafeSlow(RECEIVE_BYTES);
      this.headerOnly = this.input.subarray(0, BHS_BYTES + (this.headerDigest ? DIGEST_BYTES : 0));
    }
    return this.wasLarge && this.headerBytes === 0 && this.state === STATE.HEADER ? this.headerOnly : this.input;
  }

  /** So many bytes stand at `place`; `run` uses them. */
  arrived(bytes: number, place: Uint8Array): void {
    this.heard += 1;
    if (place === this.input || place === this.headerOnly) {
      this.pos = 0;
      this.end = bytes;
      return;
    }
    this.at += bytes;
    this.missing -= bytes;
    this.collectedBytes += bytes;
    this.landed();
  }

  /** Takes no more PDUs. */
  close(): void {
    this.state = STATE.CLOSING;
    this.blocked = PLACE.SKIP;
    this.pos = this.end;
  }

  /** The socket is closed: it puts no more bytes anywhere. */
  gone(): void {
    this.close();
    this.landed();
  }

  /** Uses up what was received; stops early, `blocked`, when a resource is missing. */
  run(): void {
    this.blocked = PLACE.SKIP;
    while (this.step());
  }

  private landed(): void {
    const { task } = this;
    if (task?.lent) this.receiver.full?.session.landed(task);
  }

  /** One step of the state machine; false: it cannot go on before more bytes come, or is blocked. */
  private step(): boolean {
    switch (this.state) {
      case STATE.HEADER:
        return this.takeKept() || (this.pos < this.end && this.takeHeader());
      case STATE.START:
        return this.start();
      case STATE.DATA:
        return this.takeData();
      case STATE.TAIL:
        return this.takeTail();
      default:
        this.pos = this.end;
        return false;
    }
  }

  /** A PDU that came too early, whose turn it is. */
  private takeKept(): boolean {
    const kept = this.headerBytes === 0 ? this.receiver.full?.next() : undefined;
    if (kept === undefined) return false;
    kept.header.copy(this.header);
    this.headerBytes = kept.header.length;
    this.dataBytes = kept.data.length;
    this.source = kept.data;
    this.state = STATE.START;
    return true;
  }

  private takeHeader(): boolean {
    const { header } = this;
    const basic = this.headerBytes < BHS_BYTES;
    const whole = basic ? BHS_BYTES : this.wholeHeader();
    const n = Math.min(whole - this.headerBytes, this.end - this.pos);
    if (this.headerBytes === 0) this.pdus += 1;
    // They are few: a call of `copy` takes longer.
    const { input, pos, headerBytes } = this;
    for (let i = 0; i < n; i++) header[headerBytes + i] = input[pos + i];
    this.pos += n;
    this.headerBytes += n;
    if (this.headerBytes < BHS_BYTES) return false;
    const all = this.wholeHeader();
    if (this.headerBytes < all) return this.pos < this.end;
    const bytes = all - DIGEST_BYTES;
    if (this.headerDigest && crc32c(0, header.subarray(0, bytes)) !== header.readInt32LE(bytes)) {
      // Not even its length can be believed (7.8).
      return this.abandon();
    }
    this.dataBytes = header.readUInt32BE(AT.DATA_LENGTH) & 0xff_ffff;
    const { full } = this.receiver;
    const bytesMax = full === undefined ? SEGMENT_BYTES_DEFAULT : this.hub.offer.receiveBytesMax;
    if (this.dataBytes > bytesMax) return this.abandon();
    this.state = STATE.START;
    return true;
  }

  private wholeHeader(): number {
    return BHS_BYTES + this.header[AT.AHS_WORDS] * 4 + (this.headerDigest ? DIGEST_BYTES : 0);
  }

  private start(): boolean {
    const { full } = this.receiver;
    const place = full === undefined ? PLACE.SEGMENT : full.start(this.header, this.dataBytes);
    if (place === PLACE.OWED || place === PLACE.MEMORY) {
      this.blocked = place;
      return false;
    }
    if (this.isClosing || place === PLACE.END) return true;
    this.place = place;
    this.task = place === PLACE.TASK ? full?.task : undefined;
    this.missing = this.dataBytes;
    this.sum = 0;
    this.at = 0;
    if (this.task !== undefined) this.at = this.task.at * SECTOR_BYTES + this.task.received;
    else if (place === PLACE.SEGMENT && this.segment.length < this.dataBytes) {
      this.segment = Buffer.allocUnsafeSlow(this.dataBytes);
    }
    this.wasLarge = this.task !== undefined && this.dataBytes >= STRAIGHT_BYTES;
    this.state = STATE.DATA;
    return true;
  }

  private takeData(): boolean {
    const { source } = this;
    if (source !== undefined) {
      this.put(source, 0, source.length);
      this.source = undefined;
      return this.finish();
    }
    const n = Math.min(this.missing, this.end - this.pos);
    if (n > 0) this.put(this.input, this.pos, this.pos + n);
    this.pos += n;
    if (this.missing > 0) return false;
    this.tailBytes = 0;
    this.state = STATE.TAIL;
    return true;
  }

  private put(from: Buffer, start: number, end: number): void {
    if (this.task !== undefined) {
      copyBytes(from, start, this.hub.port.memory.bytes, this.at, end - start);
      this.collectedBytes += end - start;
    } else if (this.place === PLACE.SEGMENT) from.copy(this.segment, this.at, start, end);
    else if (this.dataDigest) this.sum = crc32c(this.sum, from.subarray(start, end));
    this.at += end - start;
    this.missing -= end - start;
  }

  private takeTail(): boolean {
    const pad = padOf(this.dataBytes);
    const whole = pad + (this.dataDigest && this.dataBytes > 0 ? DIGEST_BYTES : 0);
    if (whole === 0) return this.finish();
    const n = Math.min(whole - this.tailBytes, this.end - this.pos);
    this.input.copy(this.tail, this.tailBytes, this.pos, this.pos + n);
    this.pos += n;
    this.tailBytes += n;
    if (this.tailBytes < whole) return false;
    if (whole > pad && this.digest(pad) !== this.tail.readInt32LE(pad)) {
      this.receiver.full?.spoil(this.header);
      return this.next();
    }
    return this.finish();
  }

  private digest(pad: number): number {
    const { task, dataBytes, at } = this;
    let { sum } = this;
    if (task !== undefined) sum = crc32c(0, this.hub.port.memory.bytes.subarray(at - dataBytes, at));
    else if (this.place === PLACE.SEGMENT) sum = crc32c(0, this.segment.subarray(0, dataBytes));
    return pad === 0 ? sum : crc32c(sum, this.tail.subarray(0, pad));
  }

  private finish(): boolean {
    const { receiver } = this;
    const data = this.place === PLACE.SEGMENT ? this.segment.subarray(0, this.dataBytes) : NOTHING;
    if (receiver.full !== undefined) receiver.full.finish(this.header, data);
    else if (!receiver.takeLogin(this.header, data)) {
      this.next();
      return false;
    }
    return this.next();
  }

  private next(): boolean {
    this.headerBytes = 0;
    this.task = undefined;
    if (this.segment.length > SEGMENT_BYTES_DEFAULT) this.segment = Buffer.allocUnsafeSlow(SEGMENT_BYTES_DEFAULT);
    if (!this.isClosing) this.state = STATE.HEADER;
    return true;
  }

  private abandon(): false {
    this.receiver.destroy();
    this.close();
    return false;
  }
}
