/**
 * The receiving side of a connection: a state machine over the bytes that have arrived. It takes as many requests as
 * stand in the receive buffer and as resources allow; whoever calls it pumps once for all of them and then flushes.
 *
 * What always holds: payload bytes go to a transfer buffer that only this request owns, and the command is submitted
 * when all of them are there, so a client that dies in the middle of its data changes nothing.
 */
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { COMMAND_FUA } from '../host-port.js';
import { Handshake, PROCEED } from './handshake.js';
import { BLOCKED, type Blocked, type Client, type Hub } from './hub.js';
import { LargeRead } from './large-read.js';
import { COMMAND, COMMAND_FLAG, type NbdVolume, REPLY_BYTES, REQUEST_BYTES } from './protocol.js';
import { Request } from './request.js';

const RECEIVE_BYTES = 256 * 1024;
/** Payload of a write of this size is read straight to its place; of a smaller one, one read brings more requests. */
const STRAIGHT_BYTES = 32 * 1024;
/** What a client may be owed before its next requests are left in the socket. */
const OWED_BYTES_MAX = 4 * 1024 * 1024;

const STATE = { HANDSHAKE: 0, HEADER: 1, START: 2, PAYLOAD: 3, SUBMIT: 4, SKIP: 5, CLOSING: 6 } as const;
type State = (typeof STATE)[keyof typeof STATE];

export class Intake {
  /** Why what was received cannot be used up. */
  blocked: Blocked = BLOCKED.NOT;
  private readonly hub: Hub;
  private readonly client: Client;
  private readonly handshake: Handshake;
  private volume!: NbdVolume;
  private volumeNumber = 0;
  private state: State = STATE.HANDSHAKE;
  private readonly input = Buffer.allocUnsafeSlow(RECEIVE_BYTES);
  private readonly inputView = new DataView(this.input.buffer, this.input.byteOffset, RECEIVE_BYTES);
  /** Its beginning: after a large write another is likely, and nothing of its payload is to come here. */
  private readonly headerOnly = this.input.subarray(0, REQUEST_BYTES);
  private pos = 0;
  private end = 0;
  private readonly request = new Request();
  private errno = 0;
  /** The transfer buffer of the write that is being taken; 0: none. */
  private at = 0;
  /** Where its next payload byte goes, and how many are missing (or are to be skipped). */
  private place = 0;
  private missing = 0;
  /** The socket may put the next bytes into the transfer buffer. */
  private lent = false;
  /** Arrivals of bytes; and how many there were when `isStalled` was last asked. */
  private heard = 0;
  private heardBefore = -1;

  constructor(hub: Hub, client: Client, send: (bytes: Buffer) => void) {
    this.hub = hub;
    this.client = client;
    this.handshake = new Handshake(hub.volumes, hub.blockBytesMax, send);
  }

  greet(): void {
    this.handshake.greet();
  }

  get isHandshaking(): boolean {
    return this.state === STATE.HANDSHAKE;
  }

  get isClosing(): boolean {
    return this.state === STATE.CLOSING;
  }

  /** Does it hold transfer memory for bytes of which none has come since the last call? */
  isStalled(): boolean {
    const stalled = this.state === STATE.PAYLOAD && this.heard === this.heardBefore;
    this.heardBefore = this.heard;
    return stalled;
  }

  nextPlace(): Uint8Array {
    const { request } = this;
    const large = request.type === COMMAND.WRITE && request.length >= STRAIGHT_BYTES;
    if (!large || this.pos < this.end) return this.input;
    if (this.state === STATE.HEADER && request.isComplete) return this.headerOnly;
    if (this.state !== STATE.PAYLOAD) return this.input;
    const { buffer, byteOffset } = this.hub.port.memory.bytes;
    this.lent = true;
    return new Uint8Array(buffer, byteOffset + this.place, this.missing);
  }

  /** So many bytes stand at `place`; `run` uses them. */
  arrived(bytes: number, place: Uint8Array): void {
    this.heard += 1;
    if (place === this.input || place === this.headerOnly) {
      this.pos = 0;
      this.end = bytes;
      return;
    }
    this.lent = false;
    this.place += bytes;
    this.missing -= bytes;
    if (this.state === STATE.CLOSING) this.dropPayload();
  }

  /** Takes no more requests. */
  close(): void {
    this.state = STATE.CLOSING;
    this.blocked = BLOCKED.NOT;
    this.pos = this.end;
    // Else the socket could write into memory that is another request's by then; `arrived` or `gone` gives it back.
    if (!this.lent) this.dropPayload();
  }

  /** The socket is closed: it puts no more bytes anywhere. */
  gone(): void {
    this.lent = false;
    this.close();
  }

  /** Uses up what was received; stops early, `blocked`, when a resource is missing. */
  run(): void {
    this.blocked = BLOCKED.NOT;
    while (this.step());
  }

  /** One step of the state machine; false: it cannot go on before more bytes come, or is blocked. */
  private step(): boolean {
    switch (this.state) {
      case STATE.HANDSHAKE:
        return this.pos < this.end && this.haggle();
      case STATE.HEADER:
        return this.pos < this.end && this.takeHeader();
      case STATE.START:
        return this.start();
      case STATE.PAYLOAD:
        return this.takePayload();
      case STATE.SUBMIT:
        return this.submitWrite();
      case STATE.SKIP:
        return this.skipPayload();
      default:
        this.pos = this.end;
        return false;
    }
  }

  private haggle(): boolean {
    const { handshake } = this;
    const proceed = handshake.take(this.input.subarray(this.pos, this.end));
    this.pos = proceed === PROCEED.MORE ? this.end : this.pos + handshake.used;
    if (proceed === PROCEED.CLOSE) this.client.close();
    if (proceed !== PROCEED.TRANSMIT || handshake.volume === undefined) return false;
    this.volume = handshake.volume;
    this.volumeNumber = this.volume.volume ?? this.hub.volumes.indexOf(this.volume);
    this.state = STATE.HEADER;
    return true;
  }

  private takeHeader(): boolean {
    const { request } = this;
    this.pos += request.take(this.input, this.inputView, this.pos, this.end);
    if (!request.isComplete) return false;
    if (!request.magicIsRight) {
      // Where the next request would begin is unknown: nothing that follows can be trusted.
      this.client.destroy();
      this.client.close();
    } else if (request.type === COMMAND.DISC) {
      this.client.close();
    } else {
      this.state = STATE.START;
    }
    return true;
  }

  private start(): boolean {
    const { request } = this;
    const { out } = this.client;
    const owed = request.replyBytes;
    if (out.owed > 0 && out.owed + owed > OWED_BYTES_MAX) return this.block(BLOCKED.OWED);
    this.errno = request.check(this.volume, this.hub.blockBytesMax);
    if (this.errno !== 0) return this.refuse();
    if (!this.hub.mayTake(this.client)) return this.block(BLOCKED.SHARED);
    if (request.type === COMMAND.WRITE) return this.startWrite();
    if (request.type === COMMAND.READ && request.sectors > this.hub.port.readLimit(request.lba)) {
      return this.startLargeRead();
    }
    const flush = request.type === COMMAND.FLUSH;
    return this.submit(flush ? 0 : request.lba, flush ? 0 : request.sectors, 0);
  }

  /** Answers an error, after the payload if there is one. */
  private refuse(): boolean {
    const { request } = this;
    if (request.type === COMMAND.WRITE) {
      this.missing = request.length;
      this.state = STATE.SKIP;
      return true;
    }
    this.replyError();
    return true;
  }

  private replyError(): void {
    const { request } = this;
    const { out } = this.client;
    out.owed += REPLY_BYTES;
    out.plain(this.errno, request.cookieHigh, request.cookieLow, REPLY_BYTES);
    this.hub.hasReplies(this.client);
    this.state = STATE.HEADER;
  }

  private startWrite(): boolean {
    const at = this.hub.port.allocate(this.request.sectors);
    if (at < 0) return this.block(BLOCKED.SHARED);
    this.at = at;
    this.place = at * SECTOR_BYTES;
    this.missing = this.request.length;
    this.state = STATE.PAYLOAD;
    return true;
  }

  private startLargeRead(): boolean {
    const { request, hub, client } = this;
    const { cookieHigh, cookieLow, lba, sectors } = request;
    const large = new LargeRead(hub, client, cookieHigh, cookieLow, this.volumeNumber, lba, sectors);
    if (!large.start()) return this.block(BLOCKED.SHARED);
    client.out.owed += request.replyBytes;
    this.state = STATE.HEADER;
    return true;
  }

  private takePayload(): boolean {
    const n = Math.min(this.missing, this.end - this.pos);
    if (n > 0) {
      this.hub.port.memory.bytes.set(this.input.subarray(this.pos, this.pos + n), this.place);
      this.pos += n;
      this.place += n;
      this.missing -= n;
    }
    if (this.missing > 0) return false;
    this.state = STATE.SUBMIT;
    return true;
  }

  private skipPayload(): boolean {
    const n = Math.min(this.missing, this.end - this.pos);
    this.pos += n;
    this.missing -= n;
    if (this.missing > 0) return false;
    this.replyError();
    return true;
  }

  private submitWrite(): boolean {
    if (!this.submit(this.request.lba, this.request.sectors, this.at)) return false;
    this.at = 0;
    return true;
  }

  private submit(lba: number, sectors: number, at: number): boolean {
    const { request, hub } = this;
    const { type, operation } = request;
    const fua = (request.flags & COMMAND_FLAG.FUA) !== 0 ? COMMAND_FUA : 0;
    const command = hub.port.submit(operation, this.volumeNumber, lba, sectors, at, fua, this.client);
    if (command < 0) return this.block(BLOCKED.SHARED);
    const writes = type !== COMMAND.READ && type !== COMMAND.FLUSH;
    const dataSectors = type === COMMAND.READ || type === COMMAND.WRITE ? sectors : 0;
    hub.requests.open(command, request.cookieHigh, request.cookieLow, dataSectors, at, writes);
    this.client.underWay += 1;
    this.client.out.owed += request.replyBytes;
    this.state = STATE.HEADER;
    return true;
  }

  private block(why: Blocked): false {
    this.blocked = why;
    if (why === BLOCKED.SHARED) this.hub.wait(this.client);
    return false;
  }

  /** Gives back the transfer buffer of a write that will not be submitted. */
  private dropPayload(): void {
    if (this.at !== 0) this.hub.port.release(this.at, this.request.sectors);
    this.at = 0;
  }
}
