/**
 * The link port of an array over TCP. One of the two arrays listens, the other dials, and dials again when the connection
 * is gone. Towards the remote role each connection that both sides have proved is a wire with a number of its own:
 * LINK_UP names it, LINK_DOWN ends it, always before the next LINK_UP.
 *
 * The runtime calls `pump` when the port's mail holds something; the port calls `options.pump` when it has put something
 * into the remote role's. All on one thread.
 */
import type { KeyObject } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Ring } from 'sharedarraybuffer-ring';
import type { ArrayMemory } from '../../../firmware/memory/layout.js';
import type { Mail, Port } from '../../../firmware/ports/mail.js';
import { D_ANSWERS, D_HEAD, D_PAYLOAD, DESCRIPTOR_WORDS, KIND, roleNumber } from '../../../firmware/ports/messages.js';
import { receiveInto } from '../../socket/receive.js';
import { ANSWER, MANNER, NUMBER_OF } from './carried.js';
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
import { ReceiveBuffers } from './receive-buffers.js';
import { Requests } from './requests.js';
import type { ServiceMessage } from './service-channel.js';
import { type Bay, Session } from './session.js';

/** Connections that have not proved anything yet; more are closed at once. */
const UNPROVED_MAX = 4;
/** Places in the ring to the remote role that are kept for the coming and going of wires. */
const RESERVE = 16;

export type { Address, LinkState, TcpLinkOptions };

export class TcpLink implements Port, ConnectionHub, Bay {
  readonly memory: ArrayMemory;
  readonly mail: Mail;
  readonly identity: Identity;
  readonly key: KeyObject;
  readonly timing: Timing;
  readonly buffers: ReceiveBuffers;
  readonly requests: Requests;
  readonly #options: TcpLinkOptions;
  /** To the remote role; looked at for its place only. */
  readonly #ring: Ring;
  readonly #server: Server | undefined;
  /** All whose socket is not closed. */
  readonly #connections = new Set<Connection>();
  #link: Connection | undefined;
  #wire = 0;
  /** Why it is held down. */
  #held: string | undefined;
  #closed = false;
  #closing: Promise<void> | undefined;
  #tries = 0;
  #redial: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #pumping = false;
  #state: LinkState = { state: 'down' };
  #whenGone: () => void = () => undefined;

  /** Errors: RangeError, for what cannot be meant. */
  constructor(options: TcpLinkOptions) {
    const { memory, mail, array, peer, listen } = options;
    checkEnds(options);
    this.#options = options;
    this.memory = memory;
    this.mail = mail;
    this.identity = { array, peer, sectorsPerTrack: memory.layout.dims.sectorsPerTrack };
    checkIdentity(this.identity);
    this.key = secretKey(options.secret);
    const { heartbeat_ms, dead_ms, handshake_ms } = TIMING;
    this.timing = {
      heartbeat_ms: options.heartbeat_ms ?? heartbeat_ms,
      dead_ms: options.dead_ms ?? dead_ms,
      handshake_ms: options.handshake_ms ?? handshake_ms,
    };
    this.buffers = new ReceiveBuffers(memory.layout);
    const [from, to] = [roleNumber('linkPort'), roleNumber('remote')];
    const place = memory.layout.rings.find((ring) => ring.from === from && ring.to === to);
    if (place === undefined) throw new RangeError('this memory has no ring from the link port to the remote role');
    this.#ring = new Ring(memory.m, place.base, place.capacity, DESCRIPTOR_WORDS);
    // Requests that wait for a task stand in a backlog that holds as many as all rings to the role together.
    this.requests = new Requests(place.capacity);
    if (listen !== undefined) {
      this.#server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true }, (s) => this.#accept(s));
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

  /** Takes what the remote role gave, and sends it by one write. Errors: RangeError, a machine check. */
  pump(): boolean {
    this.#pumping = true;
    try {
      // Each half has its effect on its own: neither stands for the other.
      const resumed = this.#link?.resume() ?? false;
      const took = this.#take();
      return resumed || took;
    } finally {
      this.#pumping = false;
    }
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
    clearImmediate(this.#soon);
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#whenGone = resolve));
    await unlistened;
  }

  room(): number {
    return this.#ring.capacity - this.#ring.availableLocal() - RESERVE;
  }

  refusal(): string | undefined {
    return this.#held;
  }

  proved(connection: Connection): Session {
    if (this.room() <= 0) throw new Violation(`array ${this.identity.array} does not take messages now`);
    // The newest is right: after a crash over there the old connection may look alive for a while.
    this.#link?.end(`a newer connection of array ${this.identity.peer} takes its place`);
    this.#link = connection;
    this.#tries = 0;
    this.#wire = this.#wire === 0x7fff_ffff ? 1 : this.#wire + 1;
    const { mail } = this;
    mail.m[mail.post(KIND.LINK_UP) + D_PAYLOAD] = this.#wire;
    this.#report('up');
    this.arrived(true);
    return new Session(this.#wire, this, connection.outbox);
  }

  arrived(soon: boolean): void {
    // Whoever pumps this port goes on anyway.
    if (this.#pumping) return;
    if (soon) this.#soon ??= setImmediate(this.#run);
    else this.#run();
  }

  ended(connection: Connection, reason: string): void {
    if (connection === this.#link) {
      this.#link = undefined;
      this.mail.post(KIND.LINK_DOWN);
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
    if (this.#connections.size === 0) this.#whenGone();
  }

  readonly #run = (): void => {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    this.#options.pump();
  };

  #take(): boolean {
    const { mail, buffers, requests } = this;
    const { m } = mail;
    const session = this.#link?.session;
    let any = false;
    for (let d = mail.peek(); d >= 0; d = mail.peek()) {
      any = true;
      const kind = m[d + D_HEAD] & 255;
      if (kind === KIND.RECEIVED) buffers.give(m[d + D_PAYLOAD]);
      else if (NUMBER_OF[kind] === 0) throw new RangeError(`link port: message of kind ${kind}; no link carries it`);
      else {
        // Without a wire too: the place of an answered request is free.
        const request = MANNER[kind] === ANSWER ? requests.end(m[d + D_ANSWERS]) : -1;
        session?.send(kind, d, request);
      }
      mail.drop();
    }
    if (any) this.#link?.flush();
    return any;
  }

  #dial(): void {
    const { dial } = this.#options;
    if (dial === undefined || this.#held !== undefined || this.#closed) return;
    const connection = new Connection(this, 'dialer');
    const socket = connect({
      host: dial.host,
      port: dial.port,
      allowHalfOpen: true,
      onread: {
        buffer: () => connection.nextPlace(),
        callback: (bytes: number, place: Uint8Array) => connection.received(bytes, place),
      },
    });
    this.#connections.add(connection);
    connection.use(socket);
    socket.once('connect', () => connection.open());
  }

  #accept(accepted: Socket): void {
    const unproved = this.#connections.size - (this.#link === undefined ? 0 : 1);
    if (unproved >= UNPROVED_MAX || this.#closed) {
      accepted.destroy();
      return;
    }
    const connection = new Connection(this, 'listener');
    this.#connections.add(connection);
    connection.use(receiveInto(accepted, connection));
    connection.open();
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
