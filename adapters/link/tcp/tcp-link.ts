/**
 * A link over TCP: one of its ends at one array. One of the two arrays listens, the other dials, and dials again when the
 * connection is gone. Each connection that both sides have proved is a wire with a number of its own, of which the remote
 * role is told by the port (`tcp-links.ts`): LINK_UP names it, LINK_DOWN ends it, always before the next LINK_UP of the link.
 */
import type { KeyObject } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { ArrayMemory } from '../../../firmware/memory/layout.js';
import { receiveInto } from '../../socket/receive.js';
import { Connection, type ConnectionHub, type Timing } from './connection.js';
import { Violation } from './frame.js';
import { checkIdentity, type Identity, secretKey } from './handshake.js';
import {
  type Address,
  checkEnds,
  type LinkState,
  RETRY_FIRST_MS,
  RETRY_MOST_MS,
  type TcpLinkOptions,
  TIMING,
} from './options.js';
import { ReceiveGate, WireFaults } from './receive-gate.js';
import type { ServiceMessage } from './service-channel.js';
import { type Bay, Session } from './session.js';

/** Connections that have not proved anything yet; more are closed at once. */
const UNPROVED_MAX = 4;

/** The port, as a link sees it. */
export interface LinkPort extends Bay {
  /** The link of this record has a new wire: its number. */
  wireUp(record: number): number;
  /** It is gone; undefined: it never carried anything. */
  wireDown(session: Session | undefined): void;
  /** Messages were handed over; `soon`: more bytes are there already. */
  arrived(soon: boolean): void;
}

export class TcpLink implements ConnectionHub {
  readonly record: number;
  readonly memory: ArrayMemory;
  readonly identity: Identity;
  readonly key: KeyObject;
  readonly timing: Timing;
  /** What is planned to be wrong with what arrives here. */
  readonly faults = new WireFaults();
  readonly #gates = new Map<Connection, ReceiveGate>();
  readonly #port: LinkPort;
  readonly #options: TcpLinkOptions;
  readonly #server: Server | undefined;
  /** All whose socket is not closed. */
  readonly #connections = new Set<Connection>();
  #link: Connection | undefined;
  /** Why it is held down. */
  #held: string | undefined;
  #closed = false;
  #closing: Promise<void> | undefined;
  #tries = 0;
  #redial: NodeJS.Timeout | undefined;
  #state: LinkState = { state: 'down' };
  #whenGone: () => void = () => undefined;

  /** Made by its port (`TcpLinks.add`). Errors: RangeError, for what cannot be meant. */
  constructor(port: LinkPort, record: number, options: TcpLinkOptions) {
    const { array, peer, listen } = options;
    checkEnds(options);
    this.record = record;
    this.#port = port;
    this.#options = options;
    this.memory = port.memory;
    this.identity = { array, peer, sectorsPerTrack: port.memory.layout.dims.sectorsPerTrack };
    checkIdentity(this.identity);
    this.faults.onChange = () => {
      for (const gate of this.#gates.values()) gate.look();
    };
    this.key = secretKey(options.secret);
    const { heartbeat_ms, dead_ms, handshake_ms } = TIMING;
    this.timing = {
      heartbeat_ms: options.heartbeat_ms ?? heartbeat_ms,
      dead_ms: options.dead_ms ?? dead_ms,
      handshake_ms: options.handshake_ms ?? handshake_ms,
    };
    if (listen !== undefined) {
      this.#server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true }, (s) => this.accept(s));
    }
  }

  /** Begins to listen, and says where, or to dial. Errors: what the system says, for example EADDRINUSE. */
  start(): Promise<Address | undefined> {
    const server = this.#server;
    const { listen } = this.#options;
    if (server === undefined || listen === undefined) {
      this.#dial();
      return Promise.resolve(undefined);
    }
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(listen.port, listen.host, () => {
        server.off('error', reject);
        // A connection that the system could not accept: the dialer tries again.
        server.on('error', () => undefined);
        const address = server.address();
        const port = typeof address === 'object' && address !== null ? address.port : listen.port;
        resolve({ host: listen.host, port });
      });
    });
  }

  /** Goes on with a batch that found the ring to the remote role full; true when anything was handed over. */
  resume(): boolean {
    return this.#link?.resume() ?? false;
  }

  /** What this wire carries, if it is the one of now. */
  sessionOf(wire: number): Session | undefined {
    const session = this.#link?.session;
    return session?.wire === wire ? session : undefined;
  }

  /** Sends what its session has gathered, by one write. */
  flush(): void {
    this.#link?.flush();
  }

  /** Ends the wire of now; the dialer tries again. */
  hangUp(reason: string): void {
    this.#link?.end(reason);
  }

  /** Sends what the service processor says to that of the other array. False: the link is not up. */
  service(message: ServiceMessage): boolean {
    return this.#link?.service(message) ?? false;
  }

  serviceCame(message: ServiceMessage): void {
    this.#options.onService?.(message);
  }

  /** Takes the link down until `release`; the other array is told why when it comes. */
  hold(reason = `the link is held down by the operator of array ${this.identity.array}`): void {
    if (this.#held !== undefined || this.#closed) return;
    this.#held = reason;
    clearTimeout(this.#redial);
    this.#endAll(reason);
    this.#report('held', reason);
  }

  release(): void {
    if (this.#held === undefined || this.#closed) return;
    this.#held = undefined;
    this.#tries = 0;
    this.#report('down', 'the link was released');
    if (this.#server === undefined) this.#dial();
  }

  /** Takes leave of the other array, for good. Resolves when all sockets are closed. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#redial);
    const server = this.#server;
    const unlistened = new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    this.#endAll(`array ${this.identity.array} closes the link`);
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#whenGone = resolve));
    await unlistened;
  }

  refusal(): string | undefined {
    return this.#held;
  }

  proved(connection: Connection): Session {
    if (this.#port.room() <= 0) throw new Violation(`array ${this.identity.array} does not take messages now`);
    // The newest is right: after a crash over there the old connection may look alive for a while.
    this.#link?.end(`a newer connection of array ${this.identity.peer} takes its place`);
    this.#link = connection;
    this.#tries = 0;
    const session = new Session(this.#port.wireUp(this.record), this.#port, connection.outbox);
    this.#report('up');
    this.arrived(true);
    return session;
  }

  arrived(soon: boolean): void {
    this.#port.arrived(soon);
  }

  ended(connection: Connection, reason: string): void {
    if (connection === this.#link) {
      this.#link = undefined;
      this.#port.wireDown(connection.session);
      if (this.#held === undefined) this.#report('down', reason);
      this.arrived(false);
    } else if (this.#link === undefined && this.#held === undefined) this.#report('down', reason);
    if (this.#server !== undefined || this.#held !== undefined || this.#closed) return;
    const { retryFirst_ms = RETRY_FIRST_MS, retryMost_ms = RETRY_MOST_MS } = this.#options;
    const most_ms = Math.min(retryMost_ms, retryFirst_ms * 2 ** this.#tries);
    this.#tries = Math.min(this.#tries + 1, 30);
    this.#redial = setTimeout(() => this.#dial(), most_ms * (0.5 + Math.random() / 2)).unref();
  }

  gone(connection: Connection): void {
    this.#connections.delete(connection);
    this.#gates.delete(connection);
    if (this.#connections.size === 0) this.#whenGone();
  }

  #dial(): void {
    const { dial } = this.#options;
    if (dial === undefined || this.#held !== undefined || this.#closed) return;
    const connection = new Connection(this, 'dialer');
    const gate: ReceiveGate = this.#gate(connection, () => socket.resume());
    const socket: Socket = connect({
      host: dial.host,
      port: dial.port,
      allowHalfOpen: true,
      onread: {
        buffer: () => gate.nextPlace(),
        callback: (bytes: number, place: Uint8Array) => gate.received(bytes, place),
      },
    });
    this.#connections.add(connection);
    connection.use(socket);
    socket.once('connect', () => connection.open());
  }

  /**
   * Takes a connection of the other array; the server does that with those that come.
   * @param receive puts what the socket reads where the sink wants it; gives the socket to use from here on
   */
  accept(accepted: Socket, receive = receiveInto): void {
    const unproved = this.#connections.size - (this.#link === undefined ? 0 : 1);
    if (unproved >= UNPROVED_MAX || this.#closed) {
      accepted.destroy();
      return;
    }
    const connection = new Connection(this, 'listener');
    this.#connections.add(connection);
    const socket: Socket = receive(
      accepted,
      this.#gate(connection, () => socket.resume()),
    );
    connection.use(socket);
    connection.open();
  }

  #gate(connection: Connection, resume: () => void): ReceiveGate {
    const gate = new ReceiveGate(connection, this.faults, resume);
    this.#gates.set(connection, gate);
    return gate;
  }

  #endAll(reason: string): void {
    for (const connection of [...this.#connections]) connection.end(reason);
  }

  #report(state: LinkState['state'], reason?: string): void {
    if (this.#state.state === state && this.#state.reason === reason) return;
    this.#state = { state, reason };
    this.#options.onState?.(this.#state);
  }
}
