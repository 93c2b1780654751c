/**
 * One TCP connection between two arrays, from its first byte to its last: who the other side is, whether it lives, and
 * why it ended. What it carries while it is up is the session's affair; whether it is the link of now is the port's.
 *
 * What always holds: when `hub.ended` is called, the socket reads no more of the array's memory.
 */
import type { KeyObject } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ArrayMemory } from '../../../firmware/memory/layout.js';
import type { ByteSink } from '../../socket/receive.js';
import { reasonBytes, reasonText, TYPE, Violation } from './frame.js';
import { checkGreeting, checkProof, type Identity, makeGreeting, proof, type Side } from './handshake.js';
import { type FrameSink, Intake, type Places } from './intake.js';
import { Outbox } from './outbox.js';
import { type ServiceMessage, ServiceReceiver, ServiceSender } from './service-channel.js';
import type { Session } from './session.js';

export interface Timing {
  /** Something is sent so often, even if only a heartbeat. */
  readonly heartbeat_ms: number;
  /** Heard nothing for so long: the other side is dead. */
  readonly dead_ms: number;
  /** From the connection to the proof of both sides. */
  readonly handshake_ms: number;
}

/** The link, as a connection sees it. */
export interface ConnectionHub {
  /** Of the link, in the tables `link` and `wire`. */
  readonly record: number;
  readonly memory: ArrayMemory;
  readonly identity: Identity;
  readonly key: KeyObject;
  readonly timing: Timing;
  /** Why nobody is let in now; undefined: the other array may come. */
  refusal(): string | undefined;
  /** Both sides are proved: what the connection carries from now on. Errors: Violation, when it cannot be now. */
  proved(connection: Connection): Session;
  /** The service processor of the other array says something. */
  serviceCame(message: ServiceMessage): void;
  /** Messages were handed over; `soon`: more bytes are there already. */
  arrived(soon: boolean): void;
  /** The connection is no link any more. Called once. */
  ended(connection: Connection, reason: string): void;
  /** Its socket is closed. Called once, after `ended`. */
  gone(connection: Connection): void;
}

/** What comes next from the other side. */
const GREETING = 0;
const PROOF = 1;
const FIRST = 2;
const UP = 3;
const ENDED = 4;

/** Types of frames that may come, by state, a bit each. */
const EXPECTED = [
  (1 << TYPE.GREETING) | (1 << TYPE.GOODBYE),
  (1 << TYPE.PROOF) | (1 << TYPE.GOODBYE),
  (1 << TYPE.HEARTBEAT) | (1 << TYPE.GOODBYE),
  (1 << TYPE.HEARTBEAT) | (1 << TYPE.MESSAGES) | (1 << TYPE.GOODBYE) | (1 << TYPE.SERVICE),
  0,
];

/** How long the other side may take to read why the connection ended. */
const LINGER_MS = 250;
/** How often a batch that found the ring to the remote role full is tried again, where nobody pumps. */
const RETRY_MS = 1;
/** While so much waits in the socket, service messages wait: they must not hold up hosts. */
const SERVICE_WAITS_BYTES = 64 * 1024;
/** So many may wait: each side has a few requests under way, so more are answers that the other side does not read. */
const SERVICE_WAITS = 64;

export class Connection implements ByteSink, FrameSink {
  session: Session | undefined;
  readonly #hub: ConnectionHub;
  readonly #side: Side;
  readonly #intake: Intake;
  readonly #out: Outbox;
  #socket!: Socket;
  #state = GREETING;
  /** Headers of both greetings. */
  #own: Buffer;
  #theirs: Buffer | undefined;
  #late: NodeJS.Timeout | undefined;
  #beat: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  readonly #serviceOut = new ServiceSender();
  readonly #serviceIn = new ServiceReceiver();
  #serviceSoon: NodeJS.Timeout | undefined;
  /** Heartbeat periods in which nothing came; counted, so that a thread that was kept from its sockets is no death. */
  #silent = 0;
  #heard = false;
  #sealed = 0;
  /** What the socket said when it broke. */
  #broken: string | undefined;

  constructor(hub: ConnectionHub, side: Side) {
    this.#hub = hub;
    this.#side = side;
    this.#intake = new Intake(hub.memory, this, hub.record);
    this.#out = new Outbox(hub.memory, hub.record);
    this.#own = makeGreeting(hub.identity);
  }

  get ended(): boolean {
    return this.#state === ENDED;
  }

  /** Takes a socket whose bytes come to this sink; `open` follows, when it is connected. */
  use(socket: Socket): void {
    this.#socket = socket;
    const { handshake_ms } = this.#hub.timing;
    this.#late = setTimeout(() => this.end(`no proof came within ${handshake_ms} ms`), handshake_ms).unref();
    socket.on('error', (error) => {
      this.#broken = error.message;
    });
    socket.on('end', () => {
      if (this.ended) socket.destroy();
      else this.#lost('the connection was closed by the other side');
    });
    socket.on('close', () => {
      this.#lost(this.#broken ?? 'the connection was closed');
      this.#hub.gone(this);
    });
  }

  /** The socket is connected. */
  open(): void {
    this.#socket.setNoDelay(true);
    // Reads until told otherwise, and says 'end'.
    this.#socket.resume();
    if (this.#side === 'dialer') this.#say(TYPE.GREETING, this.#own);
  }

  /** A batch that is here waits for place: nothing more is taken. */
  get stalled(): boolean {
    return !this.ended && this.#intake.stalled;
  }

  nextPlace(): Uint8Array {
    return this.#intake.nextPlace();
  }

  received(bytes: number, place: Uint8Array): boolean {
    if (this.ended) return true;
    this.#heard = true;
    const before = this.session?.carried;
    this.#take(() => this.#intake.received(bytes));
    if (this.session?.carried !== before) this.#hub.arrived(bytes === place.length);
    // Last, because a pump may have made place and gone on.
    return this.ended || !this.#intake.stalled;
  }

  /** Goes on with a batch that found the ring full; true when anything was handed over. */
  resume(): boolean {
    if (this.ended || !this.#intake.stalled) return false;
    const before = this.session?.carried;
    this.#take(() => this.#intake.goOn());
    if (!this.ended && !this.#intake.stalled) this.#socket.resume();
    return this.session?.carried !== before;
  }

  /** Sends what the session has gathered; true when there was anything. */
  flush(): boolean {
    return !this.ended && this.#out.flush(this.#socket);
  }

  get outbox(): Outbox {
    return this.#out;
  }

  expects(type: number): boolean {
    return type > 0 && type < 32 && ((EXPECTED[this.#state] >>> type) & 1) === 1;
  }

  batch(header: Uint8Array, places: Places): void {
    this.session?.batch(header, places);
  }

  deliver(): boolean {
    return this.session?.deliver() ?? true;
  }

  control(type: number, version: number, header: Buffer): void {
    if (type === TYPE.GOODBYE) {
      const text = reasonText(header);
      this.#finish(`array ${this.#hub.identity.peer} ${this.#state === UP ? 'says' : 'refuses'}: ${text}`);
    } else if (type === TYPE.SERVICE) {
      const message = this.#serviceIn.take(header);
      if (message) this.#hub.serviceCame(message);
    } else if (this.#state === GREETING) this.#greeted(version, header);
    else if (this.#state === PROOF) this.#proved(header);
    else if (this.#state === FIRST) this.#up();
  }

  /** Sends a service message, as the socket has place for it. False: the other side is not proved, or gone. */
  service(message: ServiceMessage): boolean {
    if (this.#state !== UP) return false;
    if (this.#serviceOut.waiting >= SERVICE_WAITS) {
      this.end(`array ${this.#hub.identity.peer} does not take what its service processor is told`);
      return false;
    }
    this.#serviceOut.push(message);
    this.#serve();
    return true;
  }

  /** Ends the connection; `reason` is told to the other side too, if that can be done at once. */
  end(reason: string): void {
    if (this.ended) return;
    const socket = this.#socket;
    // Behind unsent data no reason gets through, and that data must not be read any more.
    if (!socket.connecting && !socket.destroyed && socket.writableLength === 0)
      this.#say(TYPE.GOODBYE, reasonBytes(reason));
    this.#finish(reason);
  }

  #greeted(version: number, header: Buffer): void {
    this.#theirs = Buffer.from(header);
    checkGreeting(this.#theirs, version, this.#hub.identity);
    const refusal = this.#hub.refusal();
    if (refusal !== undefined) throw new Violation(refusal);
    this.#state = PROOF;
    if (this.#side === 'dialer') this.#say(TYPE.PROOF, this.#proof('dialer'));
    else this.#say(TYPE.GREETING, this.#own);
  }

  #proved(header: Buffer): void {
    checkProof(header, this.#proof(this.#side === 'dialer' ? 'listener' : 'dialer'), this.#hub.identity);
    if (this.#side === 'listener') this.#say(TYPE.PROOF, this.#proof('listener'));
    const epoch = this.#proof('epoch');
    for (let i = 0; i < 2; i++) this.#out.epoch[i] = epoch.readInt32LE(4 * i);
    this.#intake.epoch = this.#out.epoch;
    if (this.#side === 'listener') {
      this.#state = FIRST;
      return;
    }
    this.#say(TYPE.HEARTBEAT, new Uint8Array(0));
    this.#up();
  }

  #up(): void {
    const { heartbeat_ms } = this.#hub.timing;
    clearTimeout(this.#late);
    this.#state = UP;
    this.#beat = setInterval(() => this.#tick(), heartbeat_ms).unref();
    this.session = this.#hub.proved(this);
  }

  #proof(what: Side | 'epoch'): Buffer {
    const theirs = this.#theirs ?? Buffer.alloc(0);
    const isDialer = this.#side === 'dialer';
    return proof(this.#hub.key, what, isDialer ? this.#own : theirs, isDialer ? theirs : this.#own);
  }

  #say(type: number, header: Uint8Array): void {
    this.#out.control(type, header);
    this.#out.flush(this.#socket);
  }

  #serve(): void {
    clearTimeout(this.#serviceSoon);
    const out = this.#serviceOut;
    while (out.hasMore && !this.ended && this.#socket.writableLength < SERVICE_WAITS_BYTES)
      this.#say(TYPE.SERVICE, out.next());
    if (out.hasMore && !this.ended) this.#serviceSoon = setTimeout(() => this.#serve(), RETRY_MS).unref();
  }

  #tick(): void {
    const { heartbeat_ms, dead_ms } = this.#hub.timing;
    // A batch that waits for place keeps the socket from being read; that is no silence.
    this.#silent = this.#heard || this.#intake.stalled ? 0 : this.#silent + 1;
    this.#heard = false;
    if (this.#silent * heartbeat_ms >= dead_ms) {
      this.end(`nothing was heard for ${dead_ms} ms`);
      return;
    }
    const isIdle = this.#sealed === this.#out.sealed && this.#socket.writableLength === 0;
    if (isIdle) this.#say(TYPE.HEARTBEAT, new Uint8Array(0));
    this.#sealed = this.#out.sealed;
  }

  /** Reads on; what breaks the rules ends the connection. */
  #take(read: () => boolean): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.end(error.message);
    }
    if (this.ended || !this.#intake.stalled) return;
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      if (this.resume()) this.#hub.arrived(false);
    }, RETRY_MS).unref();
  }

  #lost(reason: string): void {
    if (!this.ended) this.#finish(reason);
  }

  #finish(reason: string): void {
    const socket = this.#socket;
    this.#state = ENDED;
    clearTimeout(this.#late);
    clearInterval(this.#beat);
    clearTimeout(this.#retry);
    clearTimeout(this.#serviceSoon);
    if (socket.connecting || socket.writableLength > 0) socket.destroy();
    else if (!socket.destroyed) {
      // Closing with bytes unread would make the system throw away what the other side has not read yet.
      socket.end();
      socket.resume();
      setTimeout(() => socket.destroy(), LINGER_MS).unref();
    }
    this.session?.end();
    this.#hub.ended(this, reason);
  }
}
