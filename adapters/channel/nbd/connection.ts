/**
 * One NBD connection: its socket, its receiving and its sending side, and what ends between the two.
 */
import type { Socket } from 'node:net';
import type { ByteSink } from '../../socket/receive.js';
import { failureOf } from './failures.js';
import { BLOCKED, type Blocked, type Client, type Hub } from './hub.js';
import { Intake } from './intake.js';
import { Outbox } from './outbox.js';
import { REPLY_BYTES } from './protocol.js';

export class Connection implements Client, ByteSink {
  readonly out: Outbox;
  underWay = 0;
  closed = false;
  listed = false;
  waits = false;
  private readonly hub: Hub;
  private readonly intake: Intake;
  private socket!: Socket;

  constructor(hub: Hub) {
    this.hub = hub;
    this.out = new Outbox(hub.port, hub.requests, hub.pool, hub.pins, (gavePins) => this.sent(gavePins));
    this.intake = new Intake(hub, this, (bytes) => this.socket.write(bytes));
  }

  /** Begins, on a socket that calls this sink. */
  open(socket: Socket): void {
    this.socket = socket;
    this.intake.greet();
  }

  get blocked(): Blocked {
    return this.intake.blocked;
  }

  get isHandshaking(): boolean {
    return this.intake.isHandshaking;
  }

  /** Does it hold transfer memory for bytes of which none has come since the last call? */
  isStalled(): boolean {
    return this.intake.isStalled();
  }

  nextPlace(): Uint8Array {
    return this.intake.nextPlace();
  }

  received(bytes: number, place: Uint8Array): boolean {
    this.intake.arrived(bytes, place);
    this.intake.run();
    // A full place: Node is about to read again, and one run of the array serves both.
    if (bytes === place.length) this.hub.turnSoon();
    else this.hub.turn();
    return this.blocked === BLOCKED.NOT;
  }

  resume(): void {
    if (this.closed) return;
    this.intake.run();
    if (this.blocked === BLOCKED.NOT) this.socket.resume();
  }

  flush(): void {
    if (!this.closed) this.out.flush(this.socket);
    this.endIfDone();
  }

  close(): void {
    if (this.intake.isClosing) return;
    this.intake.close();
    this.socket.resume();
    this.endIfDone();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** The socket has closed. */
  gone(): void {
    this.closed = true;
    this.intake.gone();
    this.out.abandon();
  }

  pushed(command: number, slot: number, at: number, sectors: number): void {
    const long = this.hub.requests.long[command];
    if (long !== undefined) long.pushed(command, slot, at, sectors);
    else this.hub.requests.add(command, slot, at, sectors);
  }

  mapped(command: number, tracks: number, state: number): void {
    this.hub.requests.long[command]?.mapped?.(command, tracks, state);
  }

  ended(command: number, status: number): void {
    const { requests, port } = this.hub;
    this.underWay -= 1;
    const long = requests.long[command];
    if (long !== undefined) {
      // First: it may start another command of this number.
      requests.long[command] = undefined;
      long.ended(command, status);
    } else if (requests.at[command] !== 0) {
      port.release(requests.at[command], requests.sectors[command]);
      this.answer(command, status);
    } else if (requests.sectors[command] === 0) {
      this.answer(command, status);
    } else if (this.closed) {
      this.out.giveUp(command);
    } else {
      this.out.read(command, status);
    }
    this.hub.hasReplies(this);
  }

  private answer(command: number, status: number): void {
    const { cookieHigh, cookieLow, writes } = this.hub.requests;
    const failure = failureOf(status, writes[command] === 1);
    if (!this.closed) this.out.plain(failure, cookieHigh[command], cookieLow[command], REPLY_BYTES);
  }

  private sent(gavePins: boolean): void {
    const goesOn = this.blocked === BLOCKED.OWED;
    if (goesOn) this.resume();
    if (!goesOn && !gavePins && !this.intake.isClosing && this.out.isIdle) return;
    this.hub.hasReplies(this);
    this.hub.turn();
  }

  private endIfDone(): void {
    if (!this.intake.isClosing || this.closed || this.underWay > 0 || !this.out.isIdle) return;
    this.socket.end();
    // A client that never closes its side would keep the socket half open for ever.
    this.socket.destroySoon();
  }
}
