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
import { receiveInto } from '../../channel/nbd/receive.js';
import { ANSWER, MANNER, NUMBER_OF } from './carried.js';
import { Connection, type ConnectionHub, type Timing } from './connection.js';
import { Violation } from './frame.js';
import { checkIdentity, type Identity, secretKey } from './handshake.js';
import { ReceiveBuffers } from './receive-buffers.js';
import { Requests } from './requests.js';
import { type Bay, Session } from './session.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface LinkState {
  readonly state: 'up' | 'down' | 'held';
  /** Why; of a link that is up, none. */
  readonly reason?: string;
}

export interface TcpLinkOptions {
  readonly memory: ArrayMemory;
  /** Of the array's link port. */
  readonly mail: Mail;
  /** Names of this array and of the one at the other end: nobody else is let in. */
  readonly array: string;
  readonly peer: string;
  /** What both arrays know, 16 bytes or more. It is never sent. */
  readonly secret: Uint8Array;
  /** One of the two. */
  readonly listen?: Address;
  readonly dial?: Address;
  /** Listens also where other machines can reach it; frames are not encrypted. */
  readonly beyondLoopback?: boolean;
  /** Runs the array; it pumps this port too. */
  readonly pump: () => void;
  /** Called when the state, or the reason for it, is another than before. */
  readonly onState?: (state: LinkState) => void;
  readonly heartbeat_ms?: number;
  readonly dead_ms?: number;
  readonly handshake_ms?: number;
  /** Pause before the dialer tries again: the first, and the longest. */
  readonly retryFirst_ms?: number;
  readonly retryMost_ms?: number;
}

const TIMING: Timing = { heartbeat_ms: 500, dead_ms: 2500, handshake_ms: 5000 };
const RETRY_FIRST_MS = 20;
const RETRY_MOST_MS = 500;
/** Connections that have not proved anything yet; more are closed at once. */
const UNPROVED_MAX = 4;
/** Places in the ring to the remote role that are kept for the coming and going of wires. */
const RESERVE = 16;
const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

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
  #held = false;
  #closed = false;
  #tries = 0;
  #redial: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #pumping = false;
  #state: LinkState = { state: 'down' };
  #whenGone: () => void = () => undefined;

  /** Errors: RangeError, for what cannot be meant. */
  constructor(options: TcpLinkOptions) {
    const { memory, mail, array, peer, listen, dial } = options;
    if ((listen === undefined) === (dial === undefined)) {
      throw new RangeError(`the link of array ${array} must either listen or dial`);
    }
    if (listen !== undefined && !options.beyondLoopback && !LOOPBACK.test(listen.host)) {
      throw new RangeError(
        `the link of array ${array} is to listen on ${listen.host}, which is not on loopback; say beyondLoopback if it shall`,
      );
    }
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

  /** Takes the link down until `release`; the other array is told so when it comes. */
  hold(): void {
    if (this.#held || this.#closed) return;
    this.#held = true;
    clearTimeout(this.#redial);
    this.#endAll(this.#heldReason);
    this.#report('held', this.#heldReason);
  }

  release(): void {
    if (!this.#held || this.#closed) return;
    this.#held = false;
    this.#tries = 0;
    this.#report('down', 'the link was released');
    if (this.#server === undefined) this.#dial();
  }

  /** Takes leave of the other array, for good. Resolves when all sockets are closed. */
  async close(): Promise<void> {
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
    return this.#held ? this.#heldReason : undefined;
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
      if (!this.#held) this.#report('down', reason);
      this.arrived(false);
    } else if (this.#link === undefined && !this.#held) this.#report('down', reason);
    if (this.#server !== undefined || this.#held || this.#closed) return;
    const { retryFirst_ms = RETRY_FIRST_MS, retryMost_ms = RETRY_MOST_MS } = this.#options;
    const most_ms = Math.min(retryMost_ms, retryFirst_ms * 2 ** this.#tries);
    this.#tries = Math.min(this.#tries + 1, 30);
    this.#redial = setTimeout(() => this.#dial(), most_ms * (0.5 + Math.random() / 2)).unref();
  }

  gone(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#whenGone();
  }

  get #heldReason(): string {
    return `the link is held down by the operator of array ${this.identity.array}`;
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
    if (dial === undefined || this.#held || this.#closed) return;
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
