/**
 * One iSCSI connection: its socket, its receiving and its sending side, its login, and its session after that.
 */
import type { Socket } from 'node:net';
import type { ByteSink } from '../../socket/receive.js';
import { PLACE } from './commands.js';
import { FullFeature } from './full-feature.js';
import type { Client, Hub } from './hub.js';
import { Intake, type Receiver } from './intake.js';
import { Login, NEXT } from './login.js';
import { Numbers } from './numbers.js';
import { OPENING, Opening } from './opening.js';
import { Outbox } from './outbox.js';
import { AT, EVENT, LOGIN, OPCODE, OPCODE_MASK } from './pdu.js';
import { Replies } from './replies.js';

export class Connection implements Client, ByteSink, Receiver {
  readonly out: Outbox;
  closed = false;
  listed = false;
  waits = false;
  full: FullFeature | undefined;
  address = '';
  reached = '';
  private readonly hub: Hub;
  private readonly intake: Intake;
  private readonly login: Login;
  private readonly replies: Replies;
  private opening: Opening | undefined;
  private readonly loginHeader = Buffer.alloc(48);
  private socket!: Socket;
  private isEnding = false;
  /** Ends when what is under way is answered. */
  private isRetiring = false;

  constructor(hub: Hub) {
    this.hub = hub;
    this.out = new Outbox(hub.port, hub.pool, hub.pins, (gavePins) => this.sent(gavePins));
    this.replies = new Replies(this.out, new Numbers(0, hub.depth));
    this.login = new Login(hub.target, hub.offer);
    this.intake = new Intake(hub, this);
  }

  /** Begins, on a socket that calls this sink. */
  open(socket: Socket, address: string, reached: string): void {
    this.socket = socket;
    this.address = address;
    this.reached = reached;
  }

  get isLoggingIn(): boolean {
    return this.full === undefined;
  }

  /** Grows as anything is heard of the initiator, or taken by it. */
  get signs(): number {
    return this.intake.heard + this.out.answered;
  }

  /** Is it the initiator's turn to say or to take something? */
  get awaitsInitiator(): boolean {
    return this.opening === undefined && this.intake.blocked !== PLACE.MEMORY;
  }

  /** Number of the PDU that has begun and is not complete, for want of bytes; -1: none. */
  get pdu(): number {
    return this.intake.isWithin && this.isReading ? this.intake.pdus : -1;
  }

  /** Does it hold transfer memory for data that is to come? */
  get isCollecting(): boolean {
    return this.intake.isCollecting || this.full?.session.isCollecting === true;
  }

  get collectedBytes(): number {
    return this.intake.collectedBytes;
  }

  ping(): void {
    this.full?.services.ping();
    this.hub.turnSoon();
  }

  get wantsMemory(): boolean {
    return this.intake.blocked === PLACE.MEMORY;
  }

  nextPlace(): Uint8Array {
    return this.intake.nextPlace();
  }

  received(bytes: number, place: Uint8Array): boolean {
    this.intake.arrived(bytes, place);
    this.run();
    // A full place: Node is about to read again, and one run of the array serves both.
    if (bytes === place.length) this.hub.turnSoon();
    else this.hub.turn();
    return this.isReading;
  }

  private get isReading(): boolean {
    return this.intake.blocked === PLACE.SKIP && this.opening === undefined;
  }

  private run(): void {
    if (this.opening !== undefined) return;
    this.intake.run();
    if (this.intake.blocked === PLACE.MEMORY) this.hub.wait(this);
  }

  goOn(): boolean {
    if (this.closed) return true;
    if (this.opening !== undefined) this.proceed();
    if (this.opening === undefined && this.intake.blocked !== PLACE.OWED) this.resume();
    return !this.wantsMemory && this.opening?.state !== OPENING.WAITS;
  }

  private resume(): void {
    this.run();
    if (this.isReading) this.socket.resume();
  }

  takeLogin(header: Buffer, data: Buffer): boolean {
    if ((header[0] & OPCODE_MASK) !== OPCODE.LOGIN) {
      // Nothing else may come first (RFC 7143, 6.3).
      this.destroy();
      this.leave();
      return false;
    }
    const { login } = this;
    const next = login.take(header, data);
    header.copy(this.loginHeader, 0, 0, 48);
    if (next === NEXT.OPEN) {
      this.opening = new Opening(this.hub, this, login, this.replies, header.readUInt32BE(AT.CMD_SN));
      this.proceed();
      return this.opening === undefined;
    }
    this.replies.numbers.expCmdSn = header.readUInt32BE(AT.CMD_SN);
    this.answerLogin(login.flags, login.status, login.tsih, login.text);
    if (next === NEXT.REFUSE) this.close();
    return true;
  }

  /** Goes on with the opening of the session. */
  private proceed(): void {
    const { opening, login } = this;
    if (opening === undefined) return;
    const state = opening.step();
    if (state === OPENING.WAITS) this.hub.wait(this);
    if (state === OPENING.WAITS || state === OPENING.ASKS) return;
    this.opening = undefined;
    const { session } = opening;
    if (session === undefined) {
      this.answerLogin(login.flags & 0x0c, opening.status, login.tsih, Buffer.alloc(0));
      this.close();
      return;
    }
    this.answerLogin(login.flags, LOGIN.OK, session.tsih, login.text);
    this.full = new FullFeature(session);
    const { headerDigest, dataDigest } = session.terms;
    Object.assign(this.out, { headerDigest, dataDigest });
    Object.assign(this.intake, { headerDigest, dataDigest });
  }

  private answerLogin(flags: number, status: number, tsih: number, text: Buffer): void {
    this.replies.login(this.loginHeader, flags, status, tsih, text);
    this.hub.hasReplies(this);
  }

  flush(): void {
    if (this.opening?.state === OPENING.DONE || this.opening?.state === OPENING.REFUSED) {
      this.proceed();
      if (!this.closed) this.resume();
    }
    this.full?.session.sendParts();
    if (!this.closed) this.out.flush(this.socket);
    if (this.isRetiring) this.retireIfDone();
    this.endIfDone();
  }

  /** Takes no more requests. */
  leave(): void {
    this.intake.close();
    // What comes is read and forgotten, so that the end is seen.
    if (!this.closed) this.socket.resume();
  }

  close(): void {
    if (this.isEnding) return;
    this.isEnding = true;
    this.leave();
    this.full?.session.end();
    this.hub.hasReplies(this);
    this.endIfDone();
  }

  /** The server closes: what is under way is answered, then the initiator is told. */
  retire(): void {
    this.isRetiring = true;
    this.leave();
    this.retireIfDone();
  }

  private retireIfDone(): void {
    const session = this.full?.session;
    if (session !== undefined && session.active.length > 0) return;
    this.isRetiring = false;
    if (session !== undefined && !session.isEnding) this.replies.event(EVENT.DROP_SESSION, 0, 0, 0);
    this.close();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** The socket has closed. */
  gone(): void {
    this.closed = true;
    this.isEnding = true;
    this.intake.gone();
    this.opening?.giveUp();
    this.full?.session.end();
    this.out.abandon();
  }

  private sent(gavePins: boolean): void {
    const goesOn = this.intake.blocked === PLACE.OWED && !this.closed;
    if (goesOn) this.resume();
    const nobodyWaits = !gavePins && !this.isEnding && this.full?.session.waits !== true;
    if (!goesOn && nobodyWaits && this.out.isIdle) return;
    this.hub.hasReplies(this);
    this.hub.turn();
  }

  private endIfDone(): void {
    if (!this.isEnding || this.closed || !this.out.isIdle) return;
    this.socket.end();
    // An initiator that never closes its side would keep the socket half open for ever.
    this.socket.destroySoon();
  }
}
