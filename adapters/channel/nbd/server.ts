/**
 * NBD server of an array (fixed newstyle, simple and structured replies): listens, shares command records, transfer memory and pins
 * among its connections, and turns arrivals into one run of the array and one write to each socket.
 *
 * The runtime calls `flush` whenever the host port has been pumped for another reason than this server's own requests
 * (a drive or a link has ended something).
 */
import { createServer, type Server, type Socket } from 'node:net';
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { READ_TRACKS_MAX } from '../../../firmware/memory/layout.js';
import { receiveCopies, receiveInto } from '../../socket/receive.js';
import type { HostPort } from '../host-port.js';
import { Connection } from './connection.js';
import { BLOCKED, type Client, type Hub } from './hub.js';
import type { PinBudget } from './outbox.js';
import { PAYLOAD_BYTES_MAX } from './protocol.js';
import { BatchPool } from './replies.js';
import { Requests } from './requests.js';
import type { NbdVolume } from './volumes.js';

export interface NbdServerOptions {
  readonly port: HostPort;
  /** What hosts may see, in the order of LIST; the first is also the default export. */
  readonly volumes: readonly NbdVolume[];
  /** Runs the array until nothing is left to do now; it pumps the host port too. */
  readonly pump: () => void;
  /** Connections beyond it are closed at once. */
  readonly connectionsMax?: number;
  /** How long a client may take to choose its export. */
  readonly handshake_ms?: number;
  /** How long a client may leave the payload of a write unfinished while others wait for the memory that it holds. */
  readonly stall_ms?: number;
  /** How long `close` waits for commands under way and for clients to take their replies. */
  readonly drain_ms?: number;
  /** Leaves Node's internals alone: every received byte is copied once more. */
  readonly publicMeansOnly?: boolean;
}

const CONNECTIONS_MAX = 16;
const HANDSHAKE_MS = 10_000;
const STALL_MS = 10_000;
const DRAIN_MS = 5_000;

export class NbdServer implements Hub {
  readonly port: HostPort;
  readonly requests: Requests;
  readonly pool = new BatchPool();
  readonly pins: PinBudget;
  readonly volumes: readonly NbdVolume[];
  readonly blockBytesMax: number;
  readonly prefetchMax: number;
  private readonly options: NbdServerOptions;
  private readonly server: Server;
  private readonly connections = new Set<Connection>();
  private replying: Client[] = [];
  private spare: Client[] = [];
  /** Blocked by what all share, in the order in which they came. */
  private readonly waiting: Client[] = [];
  private turning = false;
  /** Pending `turn` of `turnSoon`. */
  private soon: NodeJS.Immediate | undefined;
  private stallTimer: NodeJS.Timeout | undefined;

  /** Errors: RangeError when the transfer memory is too small for any write, or a volume is larger than the array's. */
  constructor(options: NbdServerOptions) {
    const { port } = options;
    const { dims } = port.memory.layout;
    this.options = options;
    this.port = port;
    this.volumes = options.volumes;
    this.requests = new Requests(port.commands);
    // Half of it, so that one client's largest write leaves place for the others.
    const half = Math.floor(port.transferSectors / 2) * SECTOR_BYTES;
    this.blockBytesMax = Math.min(PAYLOAD_BYTES_MAX, half - (half % 4096));
    if (this.blockBytesMax < 4096) throw new RangeError('transfer memory is too small: at least 8 KiB are needed');
    for (const [i, { name, volume, sectors }] of options.volumes.entries()) {
      const room = (dims.tracks[volume ?? i] ?? 0) * dims.sectorsPerTrack;
      if (sectors > room) throw new RangeError(`volume ${name} has ${room} sectors: ${sectors} cannot be exported`);
    }
    // A longer one would only push out what it began with, and everything else.
    this.prefetchMax = Math.max(1, Math.floor(dims.hostSlots / 4)) * dims.sectorsPerTrack;
    // Pins of slow readers must leave most of the cache to everybody else.
    this.pins = { left: Math.min(Math.floor(dims.hostSlots / 4), (port.commands * READ_TRACKS_MAX) / 2) };
    this.server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true }, (s) => this.accept(s));
  }

  /** Begins to listen; where. Port 0: any that is free. Errors: what the system says, for example EADDRINUSE. */
  listen(host: string, port: number): Promise<{ host: string; port: number }> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        const address = this.server.address();
        const bound = typeof address === 'object' && address !== null ? address.port : port;
        resolve({ host, port: bound });
      });
    });
  }

  /**
   * Takes no more connections and requests, answers what is under way, closes. The array must go on running meanwhile.
   * Resolves when all is closed and no command is under way, at the latest when the time for it is over.
   */
  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const connection of [...this.connections]) connection.close();
    this.turn();
    const drained = this.drain();
    return Promise.all([closed, drained]).then(() => undefined);
  }

  /** Sends what has ended and takes what could not be taken before; call it after the host port was pumped. */
  flush(): void {
    if (this.turning) return;
    this.turning = true;
    try {
      this.reply();
      while (this.wake()) {
        this.options.pump();
        this.reply();
      }
    } finally {
      this.turning = false;
    }
  }

  turn(): void {
    if (this.turning) return;
    this.options.pump();
    this.flush();
  }

  turnSoon(): void {
    this.soon ??= setImmediate(this.turnNow);
  }

  private readonly turnNow = (): void => {
    this.soon = undefined;
    this.turn();
  };

  mayTake(client: Client): boolean {
    return this.waiting.length === 0 || this.waiting[0] === client;
  }

  hasReplies(client: Client): void {
    if (client.listed) return;
    client.listed = true;
    this.replying.push(client);
  }

  private reply(): void {
    const list = this.replying;
    this.replying = this.spare;
    this.spare = list;
    for (const client of list) {
      client.listed = false;
      client.flush();
    }
    list.length = 0;
  }

  /** Lets those that wait go on, first come first served; true when the array has got something to do. */
  private wake(): boolean {
    const before = this.port.commandsUnderWay;
    for (let i = 0; i < this.waiting.length; ) {
      const client = this.waiting[i];
      client.resume();
      if (client.blocked === BLOCKED.SHARED && !client.closed) {
        i += 1;
        continue;
      }
      client.waits = false;
      this.waiting.splice(i, 1);
    }
    return this.port.commandsUnderWay !== before || this.replying.length > 0;
  }

  /** It is to be resumed, outside of the array's run, until nothing that all share is missing. */
  wait(client: Client): void {
    if (client.waits) return;
    client.waits = true;
    this.waiting.push(client);
    this.stallTimer ??= setInterval(() => this.dropStalled(), this.options.stall_ms ?? STALL_MS).unref();
  }

  /** Who holds transfer memory and sends nothing, while others wait for it, loses its connection. */
  dropStalled(): void {
    for (const connection of this.connections) {
      if (this.waiting.length > 0 && connection.isStalled()) connection.destroy();
    }
    if (this.waiting.length > 0) return;
    clearInterval(this.stallTimer);
    this.stallTimer = undefined;
  }

  /**
   * Takes a connection; `listen` does that with those that come.
   * @param receive puts what the socket reads where the sink wants it; gives the socket to use from here on
   */
  accept(accepted: Socket, receive = this.options.publicMeansOnly ? receiveCopies : receiveInto): void {
    if (this.connections.size >= (this.options.connectionsMax ?? CONNECTIONS_MAX)) {
      accepted.destroy();
      return;
    }
    const connection = new Connection(this);
    const socket = receive(accepted, connection);
    this.connections.add(connection);
    const late = setTimeout(() => {
      if (connection.isHandshaking) connection.destroy();
    }, this.options.handshake_ms ?? HANDSHAKE_MS).unref();
    socket.setNoDelay(true);
    // 'close' follows; a client that goes away is nothing to complain about.
    socket.on('error', () => undefined);
    socket.on('end', () => {
      connection.close();
      this.turn();
    });
    socket.on('close', () => {
      clearTimeout(late);
      connection.gone();
      this.connections.delete(connection);
      // What it held is free now.
      this.turn();
    });
    connection.open(socket);
  }

  private async drain(): Promise<void> {
    const until = performance.now() + (this.options.drain_ms ?? DRAIN_MS);
    const busy = (): boolean => this.connections.size > 0 || this.port.commandsUnderWay > 0;
    while (busy() && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      this.turn();
    }
    for (const connection of this.connections) connection.destroy();
    clearInterval(this.stallTimer);
  }
}
