/**
 * iSCSI target of an array: listens, shares transfer memory, pins and command records among its connections, and turns
 * arrivals into one run of the array and one write to each socket.
 *
 * The runtime calls `flush` whenever the host port has been pumped for another reason than this server's own requests
 * (a drive or a link has ended something, or another protocol's server has pumped it).
 */
import { createServer, type Server, type Socket } from 'node:net';
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { receiveCopies, receiveInto } from '../../socket/receive.js';
import type { ScsiCommand, ScsiEnd, ScsiPort } from '../scsi-port.js';
import { BatchPool } from './batch.js';
import { Connection } from './connection.js';
import type { Client, Hub, Waiter } from './hub.js';
import type { Offer } from './keys.js';
import type { Opening } from './opening.js';
import type { PinBudget } from './outbox.js';
import type { Session } from './session.js';
import { recordOf, type SessionRecord } from './statistics.js';
import { checkTarget, type TargetOptions } from './target.js';
import { TASKS_MAX } from './task.js';
import { Turns } from './turns.js';
import { Watch, type WatchTimes } from './watch.js';

export interface IscsiServerOptions extends WatchTimes {
  readonly port: ScsiPort;
  readonly target: TargetOptions;
  /** Runs the array until nothing is left to do now; it pumps the host port too. */
  readonly pump: () => void;
  /** Slots that may be pinned for sockets; past it, data is copied. */
  readonly pins: number;
  /** Sessions beyond it are refused. */
  readonly sessionsMax?: number;
  /** Of connections beyond it that have not logged in, the oldest is closed. */
  readonly loginsMax?: number;
  /** Commands that one session may have under way. */
  readonly depth?: number;
  /** Data segment that one PDU of an initiator may have, data that it may send before it is asked to, and when asked. */
  readonly receive_bytes?: number;
  readonly firstBurst_bytes?: number;
  readonly burst_bytes?: number;
  /** How long `close` waits for commands under way and for initiators to take their replies. */
  readonly drain_ms?: number;
  /** Leaves Node's internals alone: every received byte is copied once more. */
  readonly publicMeansOnly?: boolean;
}

const SESSIONS_MAX = 64;
const LOGINS_MAX = 32;
const DEPTH = 128;
const RECEIVE_BYTES = 256 * 1024;
const FIRST_BURST_BYTES = 256 * 1024;
const BURST_BYTES = 1024 * 1024;
const R2T_MAX = 8;
const DRAIN_MS = 5_000;

export class IscsiServer implements Hub {
  readonly port: ScsiPort;
  readonly target: TargetOptions;
  readonly offer: Offer;
  readonly pool = new BatchPool();
  readonly pins: PinBudget;
  readonly depth: number;
  readonly collectBytesMax: number;
  readonly sessionsMax: number;
  readonly sessions = new Set<Session>();
  readonly openings = new Map<string, Opening>();
  readonly identityAt: number;
  identityUser: object | undefined;
  readonly command: ScsiCommand;
  readonly end: ScsiEnd;
  private readonly options: IscsiServerOptions;
  private readonly servers: Server[] = [];
  private readonly connections = new Set<Connection>();
  private readonly turns: Turns;
  private readonly watch: Watch;
  private tsih = 0;
  private closing: Promise<void> | undefined;

  /** Errors: RangeError when the target is described wrongly, or the transfer memory is too small for any write. */
  constructor(options: IscsiServerOptions) {
    const { port } = options;
    checkTarget(options.target);
    this.options = options;
    this.port = port;
    this.target = options.target;
    this.pins = { left: options.pins };
    this.depth = Math.min(options.depth ?? DEPTH, TASKS_MAX - 16);
    this.sessionsMax = options.sessionsMax ?? SESSIONS_MAX;
    // Half of it, so that one initiator's largest write leaves place for the others.
    const half = Math.floor(port.transferSectors / 2) * SECTOR_BYTES;
    this.collectBytesMax = half - (half % 4096);
    if (half < 4096) throw new RangeError('transfer memory is too small: at least 8 KiB are needed');
    this.offer = {
      receiveBytesMax: options.receive_bytes ?? RECEIVE_BYTES,
      firstBurstBytesMax: Math.min(options.firstBurst_bytes ?? FIRST_BURST_BYTES, this.collectBytesMax),
      burstBytesMax: options.burst_bytes ?? BURST_BYTES,
      outstandingR2tMax: R2T_MAX,
    };
    this.command = {
      nexus: 0,
      lunHigh: 0,
      lunLow: 0,
      attribute: 0,
      cdb: new Uint8Array(16),
      at: 0,
      outBytes: 0,
      inBytes: 0,
    };
    this.end = { status: 0, sense: 0, informationHigh: 0, informationLow: 0, specific: 0, wantedBytes: 0 };
    this.identityAt = port.allocate(1);
    if (this.identityAt < 0) throw new RangeError('transfer memory: none is free for logins');
    this.turns = new Turns(options.pump);
    this.watch = new Watch(this.connections, options, () => this.turns.wantMemory);
  }

  /**
   * Begins to listen at one more place; where. Port 0: any that is free. Errors: what the system says, for example
   * EADDRINUSE.
   */
  listen(host: string, port: number): Promise<{ host: string; port: number }> {
    const server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true }, (s) => this.accept(s));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        this.servers.push(server);
        this.watch.start();
        const address = server.address();
        const bound = typeof address === 'object' && address !== null ? address.port : port;
        resolve({ host, port: bound });
      });
    });
  }

  /**
   * Takes no more connections and requests, answers what is under way, tells the initiators, closes. The array must go
   * on running meanwhile. Resolves when all is closed, at the latest when the time for it is over.
   */
  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private shut(): Promise<void> {
    const closed = this.servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const connection of [...this.connections]) connection.retire();
    this.turn();
    return Promise.all([...closed, this.drain()]).then(() => undefined);
  }

  /** Sessions that are open, for people. */
  records(): SessionRecord[] {
    return Array.from(this.sessions, recordOf);
  }

  flush(): void {
    this.turns.flush();
  }

  turn(): void {
    this.turns.turn();
  }

  turnSoon(): void {
    this.turns.turnSoon();
  }

  posted(): void {
    this.turns.posted();
  }

  mayTake(waiter: Waiter): boolean {
    return this.turns.mayTake(waiter);
  }

  wait(waiter: Waiter): void {
    this.turns.wait(waiter);
  }

  hasReplies(client: Client): void {
    this.turns.hasReplies(client);
  }

  /** What is done once in a while: see `Watch.look`. */
  look(now_ms: number): void {
    this.watch.look(now_ms);
  }

  nextTsih(): number {
    const used = new Set(Array.from(this.sessions, ({ tsih }) => tsih));
    do this.tsih = (this.tsih % 0xffff) + 1;
    while (used.has(this.tsih));
    return this.tsih;
  }

  dropAll(): void {
    for (const connection of [...this.connections]) connection.close();
  }

  /**
   * Takes a connection; `listen` does that with those that come.
   * @param receive puts what the socket reads where the sink wants it; gives the socket to use from here on
   */
  accept(accepted: Socket, receive = this.options.publicMeansOnly ? receiveCopies : receiveInto): void {
    const connection = new Connection(this);
    const address = `${accepted.remoteAddress}:${accepted.remotePort}`;
    const local = accepted.localAddress ?? '';
    const reached = `${local.includes(':') ? `[${local}]` : local}:${accepted.localPort}`;
    const socket = receive(accepted, connection);
    this.makeRoom();
    this.connections.add(connection);
    connection.open(socket, address, reached);
    socket.setNoDelay(true);
    // 'close' follows; an initiator that goes away is nothing to complain about.
    socket.on('error', () => undefined);
    socket.on('end', () => {
      connection.close();
      this.turn();
    });
    socket.on('close', () => {
      connection.gone();
      this.connections.delete(connection);
      // What it held is free now.
      this.turn();
    });
  }

  /** Who opens connections and says nothing must not keep others out. */
  private makeRoom(): void {
    const loggingIn = [...this.connections].filter((connection) => connection.isLoggingIn);
    if (loggingIn.length >= (this.options.loginsMax ?? LOGINS_MAX)) loggingIn[0].destroy();
  }

  private async drain(): Promise<void> {
    const until = performance.now() + (this.options.drain_ms ?? DRAIN_MS);
    const busy = (): boolean => this.connections.size > 0 || this.sessions.size > 0;
    while (busy() && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      this.turn();
    }
    for (const connection of this.connections) connection.destroy();
    this.watch.stop();
    if (this.identityUser === undefined) this.port.release(this.identityAt, 1);
  }
}
