/**
 * One NBD connection: a state machine over the bytes that have arrived. It takes as many requests as stand in the
 * receive buffer and as resources allow; whoever calls it pumps once for all of them and then flushes.
 *
 * What always holds: payload bytes go to a transfer buffer that only this request owns, and the command is submitted
 * when all of them are there, so a client that dies in the middle of its data changes nothing.
 */
import type { Socket } from 'node:net';
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { COMMAND_FUA, type HostListener, type HostPort } from '../host-port.js';
import { Handshake, PROCEED } from './handshake.js';
import { LargeRead } from './large-read.js';
import { Outbox, type PinBudget } from './outbox.js';
import { COMMAND, COMMAND_FLAG, errnoOf, type NbdVolume, REPLY_BYTES } from './protocol.js';
import type { ByteSink } from './receive.js';
import type { BatchPool } from './replies.js';
import { Request } from './request.js';
import type { Requests } from './requests.js';

/** What a connection needs of its server. */
export interface Hub {
  readonly port: HostPort;
  readonly requests: Requests;
  readonly pool: BatchPool;
  readonly pins: PinBudget;
  readonly volumes: readonly NbdVolume[];
  readonly blockBytesMax: number;
  /** May this connection take what all share, or do others wait before it? */
  mayTake(connection: Connection): boolean;
  /** It cannot go on before something that all share is given back. */
  wait(connection: Connection): void;
  /** It has replies to send. */
  hasReplies(connection: Connection): void;
  /** Runs the array, sends replies, wakes those that wait. */
  turn(): void;
}

const RECEIVE_BYTES = 256 * 1024;
/** From so many missing payload bytes on they are read straight to their place; below, one read brings more requests. */
const STRAIGHT_BYTES = 128 * 1024;
/** What a client may be owed before its next requests are left in the socket. */
const OWED_BYTES_MAX = 4 * 1024 * 1024;

const STATE = { HANDSHAKE: 0, HEADER: 1, START: 2, PAYLOAD: 3, SUBMIT: 4, SKIP: 5, CLOSING: 6 } as const;
type State = (typeof STATE)[keyof typeof STATE];

/** By what the client is owed, until some of it is sent; or by what all share, until others give some back. */
export const BLOCKED = { NOT: 0, OWED: 1, SHARED: 2 } as const;
type Blocked = (typeof BLOCKED)[keyof typeof BLOCKED];

export class Connection implements HostListener, ByteSink {
  readonly out: Outbox;
  /** Commands that have not ended. */
  underWay = 0;
  /** Why what was received cannot be used up. */
  blocked: Blocked = BLOCKED.NOT;
  closed = false;
  /** Owned by the server: is it in the list of those with replies, and of those that wait? */
  listed = false;
  waits = false;
  private heard = 0;
  private heardBefore = -1;
  private readonly hub: Hub;
  private socket!: Socket;
  private readonly handshake: Handshake;
  private volume!: NbdVolume;
  private volumeNumber = 0;
  private state: State = STATE.HANDSHAKE;
  private readonly input = Buffer.allocUnsafeSlow(RECEIVE_BYTES);
  private readonly inputView = new DataView(this.input.buffer, this.input.byteOffset, RECEIVE_BYTES);
  private pos = 0;
  private end = 0;
  private readonly request = new Request();
  private errno = 0;
  /** The transfer buffer of the write that is being taken; 0: none. */
  private at = 0;
  /** Where its next payload byte goes, and how many are missing (or are to be skipped). */
  private place = 0;
  private missing = 0;

  constructor(hub: Hub) {
    this.hub = hub;
    this.handshake = new Handshake(hub.volumes, hub.blockBytesMax, (bytes) => this.socket.write(bytes));
    this.out = new Outbox(hub.port, hub.requests, hub.pool, hub.pins, (gavePins) => this.sent(gavePins));
  }

  /** Begins, on a socket that calls this sink. */
  open(socket: Socket): void {
    this.socket = socket;
    this.handshake.greet();
  }

  get isHandshaking(): boolean {
    return this.state === STATE.HANDSHAKE;
  }

  /** Does it hold transfer memory for bytes of which none has come since the last call? */
  isStalled(): boolean {
    const stalled = this.state === STATE.PAYLOAD && this.heard === this.heardBefore;
    this.heardBefore = this.heard;
    return stalled;
  }

  nextPlace(): Uint8Array {
    if (this.state !== STATE.PAYLOAD || this.missing < STRAIGHT_BYTES || this.pos < this.end) return this.input;
    const { buffer, byteOffset } = this.hub.port.memory.bytes;
    return new Uint8Array(buffer, byteOffset + this.place, this.missing);
  }

  received(bytes: number, place: Uint8Array): boolean {
    this.heard += 1;
    if (place === this.input) {
      this.pos = 0;
      this.end = bytes;
    } else {
      this.place += bytes;
      this.missing -= bytes;
    }
    this.run();
    this.hub.turn();
    return this.blocked === BLOCKED.NOT;
  }

  /** Goes on after a wait, as far as it can. */
  resume(): void {
    if (this.closed) return;
    this.run();
    if (this.blocked === BLOCKED.NOT) this.socket.resume();
  }

  flush(): void {
    if (!this.closed) this.out.flush(this.socket);
    this.endIfDone();
  }

  /** Takes no more requests; ends when those under way are answered. */
  close(): void {
    if (this.state === STATE.CLOSING) return;
    this.dropPayload();
    this.state = STATE.CLOSING;
    this.blocked = BLOCKED.NOT;
    this.pos = this.end;
    if (!this.closed) this.socket.resume();
    this.endIfDone();
  }

  /** At once, whatever is under way. */
  destroy(): void {
    this.socket.destroy();
  }

  /** The socket has closed. */
  gone(): void {
    this.closed = true;
    this.close();
    this.out.abandon();
  }

  pushed(command: number, slot: number, at: number, sectors: number): void {
    const large = this.hub.requests.large[command];
    if (large !== undefined) large.pushed(command, slot, at, sectors);
    else this.hub.requests.add(command, slot, at, sectors);
  }

  ended(command: number, status: number): void {
    const { requests, port } = this.hub;
    this.underWay -= 1;
    const large = requests.large[command];
    if (large !== undefined) {
      this.largeEnded(large, command, status);
    } else if (requests.at[command] !== 0) {
      port.release(requests.at[command], requests.sectors[command]);
      this.answer(command, errnoOf(status, true));
    } else if (requests.sectors[command] === 0) {
      this.answer(command, errnoOf(status, requests.writes[command] === 1));
    } else if (this.closed) {
      this.out.giveUp(command);
    } else {
      this.out.read(command, status);
    }
    this.hub.hasReplies(this);
  }

  private largeEnded(large: LargeRead, command: number, status: number): void {
    if (this.closed) large.cancel();
    this.underWay += large.ended(command, status, this);
    if (large.underWay === 0 && !this.closed) this.out.large(large);
  }

  private answer(command: number, errno: number): void {
    const { cookieHigh, cookieLow } = this.hub.requests;
    if (!this.closed) this.out.plain(errno, cookieHigh[command], cookieLow[command], REPLY_BYTES);
  }

  private sent(gavePins: boolean): void {
    const goesOn = this.blocked === BLOCKED.OWED;
    if (goesOn) this.resume();
    if (!goesOn && !gavePins && this.state !== STATE.CLOSING && this.out.isIdle) return;
    this.hub.hasReplies(this);
    this.hub.turn();
  }

  private endIfDone(): void {
    if (this.state !== STATE.CLOSING || this.closed || this.underWay > 0 || !this.out.isIdle) return;
    this.socket.end();
    // A client that never closes its side would keep the socket half open for ever.
    this.socket.destroySoon();
  }

  /** Uses up what was received; stops early, `blocked`, when a resource is missing. */
  private run(): void {
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
    if (proceed === PROCEED.CLOSE) this.close();
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
      this.destroy();
      this.state = STATE.CLOSING;
    } else if (request.type === COMMAND.DISC) {
      this.close();
    } else {
      this.state = STATE.START;
    }
    return true;
  }

  private start(): boolean {
    const { request, out } = this;
    const owed = request.replyBytes;
    if (out.owed > 0 && out.owed + owed > OWED_BYTES_MAX) return this.block(BLOCKED.OWED);
    this.errno = request.check(this.volume, this.hub.blockBytesMax);
    if (this.errno !== 0) return this.refuse();
    if (!this.hub.mayTake(this)) return this.block(BLOCKED.SHARED);
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
    const { request, out } = this;
    out.owed += REPLY_BYTES;
    out.plain(this.errno, request.cookieHigh, request.cookieLow, REPLY_BYTES);
    this.hub.hasReplies(this);
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
    const { request, hub } = this;
    const { cookieHigh, cookieLow, lba, sectors } = request;
    const large = new LargeRead(hub.port, hub.requests, cookieHigh, cookieLow, this.volumeNumber, lba, sectors);
    const started = large.start(this);
    if (started === 0) return this.block(BLOCKED.SHARED);
    this.underWay += started;
    this.out.owed += request.replyBytes;
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
    const command = hub.port.submit(operation, this.volumeNumber, lba, sectors, at, fua, this);
    if (command < 0) return this.block(BLOCKED.SHARED);
    const writes = type !== COMMAND.READ && type !== COMMAND.FLUSH;
    const dataSectors = type === COMMAND.READ || type === COMMAND.WRITE ? sectors : 0;
    hub.requests.open(command, request.cookieHigh, request.cookieLow, dataSectors, at, writes);
    this.underWay += 1;
    this.out.owed += request.replyBytes;
    this.state = STATE.HEADER;
    return true;
  }

  private block(why: Blocked): false {
    this.blocked = why;
    if (why === BLOCKED.SHARED) this.hub.wait(this);
    return false;
  }

  /** Gives back the transfer buffer of a write that will not be submitted. */
  private dropPayload(): void {
    if (this.at !== 0) this.hub.port.release(this.at, this.request.sectors);
    this.at = 0;
  }
}
