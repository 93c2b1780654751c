/**
 * The receiving side of a connection: a state machine over the bytes that have arrived. It takes as many requests as
 * stand in the receive buffer and as resources allow; whoever calls it pumps once for all of them and then flushes.
 *
 * What always holds: payload bytes go to a transfer buffer that only this request owns, and the command is submitted
 * when all of them are there, so a client that dies in the middle of its data changes nothing. While something is waited
 * for, what has arrived stays where it is and the socket is not read: nothing grows, and order is kept.
 */
import { COMMAND_FLAGS } from '../../../firmware/memory/constants.js';
import { COMMAND_FUA } from '../host-port.js';
import { BlockStatus } from './block-status.js';
import type { Failure } from './failures.js';
import { Handshake, PROCEED } from './handshake.js';
import { BLOCKED, type Blocked, type Client, type Hub } from './hub.js';
import { Inquiry } from './inquiry.js';
import { CollectedRead, StreamedRead } from './long-read.js';
import { Payload } from './payload.js';
import { COMMAND, COMMAND_FLAG, REPLY_BYTES, REQUEST_BYTES } from './protocol.js';
import { Request } from './request.js';
import type { NbdVolume, Terms } from './volumes.js';

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
  private readonly inquiry: Inquiry;
  private terms!: Terms;
  private volumeNumber = 0;
  private state: State = STATE.HANDSHAKE;
  private readonly input = Buffer.allocUnsafeSlow(RECEIVE_BYTES);
  private readonly inputView = new DataView(this.input.buffer, this.input.byteOffset, RECEIVE_BYTES);
  /** Its beginning: after a large write another is likely, and nothing of its payload is to come here. */
  private readonly headerOnly = this.input.subarray(0, REQUEST_BYTES);
  private pos = 0;
  private end = 0;
  private readonly request = new Request();
  private readonly payload: Payload;
  /** Of the request whose payload is skipped. */
  private failure: Failure | undefined;
  /** Arrivals of bytes; and how many there were when `isStalled` was last asked. */
  private heard = 0;
  private heardBefore = -1;

  constructor(hub: Hub, client: Client, send: (bytes: Buffer) => void) {
    this.hub = hub;
    this.client = client;
    this.handshake = new Handshake(hub.volumes, hub.blockBytesMax, send);
    this.inquiry = new Inquiry(hub, client);
    this.payload = new Payload(hub.port);
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
    return this.state === STATE.PAYLOAD ? this.payload.lend() : this.input;
  }

  /** So many bytes stand at `place`; `run` uses them. */
  arrived(bytes: number, place: Uint8Array): void {
    this.heard += 1;
    if (place === this.input || place === this.headerOnly) {
      this.pos = 0;
      this.end = bytes;
      return;
    }
    this.payload.landed(bytes);
    if (this.state === STATE.CLOSING) this.payload.drop();
  }

  /** Takes no more requests. */
  close(): void {
    this.state = STATE.CLOSING;
    this.blocked = BLOCKED.NOT;
    this.pos = this.end;
    this.payload.drop();
  }

  /** The socket is closed: it puts no more bytes anywhere. */
  gone(): void {
    this.close();
    this.payload.gone();
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
        return this.haggle();
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
    if (handshake.asks !== undefined) return this.inquire(handshake.asks);
    if (this.pos === this.end) return false;
    const proceed = handshake.take(this.input.subarray(this.pos, this.end));
    this.pos = proceed === PROCEED.MORE ? this.end : this.pos + handshake.used;
    return this.proceed(proceed);
  }

  /** Asks the array, or takes its answer. */
  private inquire(volume: NbdVolume): boolean {
    const { inquiry, hub } = this;
    if (!inquiry.isOpen) {
      if (!hub.mayTake(this.client) || !inquiry.put(this.numberOf(volume))) return this.block(BLOCKED.SHARED);
    }
    const result = inquiry.take();
    return result === undefined
      ? this.block(BLOCKED.ASKED)
      : this.proceed(this.handshake.answer(result, inquiry.blockBytes));
  }

  private proceed(proceed: number): boolean {
    const { terms } = this.handshake;
    if (proceed === PROCEED.CLOSE) this.client.close();
    if (proceed === PROCEED.TRANSMIT && terms !== undefined) {
      this.terms = terms;
      this.client.out.structured = terms.structured;
      this.volumeNumber = this.numberOf(terms.volume);
      this.state = STATE.HEADER;
    }
    return true;
  }

  private numberOf(volume: NbdVolume): number {
    return volume.volume ?? this.hub.volumes.indexOf(volume);
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
    const { request, terms, hub, client } = this;
    const owed = request.replyBytes(terms);
    if (client.out.owed > 0 && client.out.owed + owed > OWED_BYTES_MAX) return this.block(BLOCKED.OWED);
    const failure = request.check(terms, hub.blockBytesMax);
    if (failure !== undefined) return this.refuse(failure);
    if (!hub.mayTake(client)) return this.block(BLOCKED.SHARED);
    switch (request.type) {
      case COMMAND.WRITE:
        if (!this.payload.begin(request.sectors)) return this.block(BLOCKED.SHARED);
        this.state = STATE.PAYLOAD;
        return true;
      case COMMAND.READ:
        if (request.sectors > hub.port.readLimit(request.lba)) return this.startLongRead(owed);
        return this.submit(request.lba, request.sectors, request.sectors);
      case COMMAND.BLOCK_STATUS:
        return this.startBlockStatus(owed);
      case COMMAND.FLUSH:
        return this.submit(0, 0, 0);
      case COMMAND.CACHE:
        return this.submit(request.lba, Math.min(request.sectors, hub.prefetchMax), 0);
      default:
        return this.submit(request.lba, request.sectors, 0);
    }
  }

  /** Answers an error, after the payload if there is one. */
  private refuse(failure: Failure): boolean {
    const { request } = this;
    this.failure = failure;
    if (request.type !== COMMAND.WRITE) return this.replyFailure();
    this.payload.missing = request.length;
    this.state = STATE.SKIP;
    return true;
  }

  private replyFailure(): boolean {
    const { request } = this;
    const { out } = this.client;
    out.owed += REPLY_BYTES;
    out.plain(this.failure, request.cookieHigh, request.cookieLow, REPLY_BYTES);
    this.hub.hasReplies(this.client);
    this.state = STATE.HEADER;
    return true;
  }

  private startLongRead(owed: number): boolean {
    const { request, hub, client, volumeNumber: volume } = this;
    const { cookieHigh, cookieLow, lba, sectors } = request;
    const range = { cookieHigh, cookieLow, volume, lba, sectors };
    const inChunks = this.terms.structured && (request.flags & COMMAND_FLAG.DF) === 0;
    const read = inChunks ? new StreamedRead(hub, client, range) : new CollectedRead(hub, client, range);
    return read.start() ? this.started(owed) : this.block(BLOCKED.SHARED);
  }

  private startBlockStatus(owed: number): boolean {
    const { request, hub, client, terms } = this;
    const { cookieHigh, cookieLow, offset, length } = request;
    const one = (request.flags & COMMAND_FLAG.REQ_ONE) !== 0;
    const range = { cookieHigh, cookieLow, offset, length, one };
    const status = new BlockStatus(hub, client, this.volumeNumber, terms, range, owed);
    return status.start() ? this.started(owed) : this.block(BLOCKED.SHARED);
  }

  private takePayload(): boolean {
    this.pos += this.payload.take(this.input, this.pos, this.end);
    if (this.payload.missing > 0) return false;
    this.state = STATE.SUBMIT;
    return true;
  }

  private skipPayload(): boolean {
    this.pos += this.payload.take(this.input, this.pos, this.end);
    return this.payload.missing === 0 && this.replyFailure();
  }

  private submitWrite(): boolean {
    const { request } = this;
    if (!this.submit(request.lba, request.sectors, request.sectors)) return false;
    this.payload.handOver();
    return true;
  }

  /** One command; `dataSectors` of data are pushed for it, or stand in the transfer buffer. */
  private submit(lba: number, sectors: number, dataSectors: number): boolean {
    const { request, hub, client, payload } = this;
    const fua = (request.flags & COMMAND_FLAG.FUA) !== 0 ? COMMAND_FUA : 0;
    const flags = fua | ((request.flags & COMMAND_FLAG.NO_HOLE) !== 0 ? COMMAND_FLAGS.KEEPS_ROOM : 0);
    const command = hub.port.submit(request.operation, this.volumeNumber, lba, sectors, payload.at, flags, client);
    if (command < 0) return this.block(BLOCKED.SHARED);
    hub.requests.open(command, request.cookieHigh, request.cookieLow, lba, dataSectors, payload.at, request.writes);
    client.underWay += 1;
    return this.started(request.replyBytes(this.terms));
  }

  /** The request is under way. */
  private started(owed: number): true {
    this.client.out.owed += owed;
    this.state = STATE.HEADER;
    return true;
  }

  private block(why: Blocked): false {
    this.blocked = why;
    if (why === BLOCKED.SHARED) this.hub.wait(this.client);
    return false;
  }
}
