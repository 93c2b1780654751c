/**
 * Looks after connections once in a while: ends those that do not get through login, begin a PDU and do not finish it,
 * hold memory that others wait for and send nothing, or give no sign of life when they are asked for one.
 */
import type { Connection } from './connection.js';

export interface WatchTimes {
  /** How long an initiator may take to log in. */
  readonly login_ms?: number;
  /** After how long without a sign an initiator is asked for one, and how long it has to answer. */
  readonly idle_ms?: number;
  readonly ping_ms?: number;
  /** How long one PDU may take to come. */
  readonly pdu_ms?: number;
  /** How long an initiator may leave data unfinished while others wait for the memory that it holds. */
  readonly stall_ms?: number;
  /** How often all this is looked at. */
  readonly watch_ms?: number;
}

const LOGIN_MS = 15_000;
/** Two minutes in all: an initiator that sleeps a minute between two commands, or stands in a debugger, is not a dead one. */
const IDLE_MS = 60_000;
const PING_MS = 60_000;
const PDU_MS = 60_000;
const STALL_MS = 10_000;
const WATCH_MS = 1_000;

/** What is remembered of a connection between two looks; times are of when something was seen first. */
interface Seen {
  readonly opened: number;
  signs: number;
  signs_at: number;
  pinged: boolean;
  pdu: number;
  pdu_at: number;
  stalled_at: number;
  collected: number;
}

export class Watch {
  private readonly connections: ReadonlySet<Connection>;
  private readonly times: WatchTimes;
  private readonly wantMemory: () => boolean;
  private readonly seen = new WeakMap<Connection, Seen>();
  private timer: NodeJS.Timeout | undefined;

  /** @param wantMemory do any wait for transfer memory? */
  constructor(connections: ReadonlySet<Connection>, times: WatchTimes, wantMemory: () => boolean) {
    this.connections = connections;
    this.times = times;
    this.wantMemory = wantMemory;
  }

  start(): void {
    const { watch_ms = WATCH_MS } = this.times;
    let before = performance.now();
    let passed = 0;
    this.timer ??= setInterval(() => {
      const now = performance.now();
      // While this thread stood still (for a debugger), nobody could be heard.
      passed += Math.min(now - before, 3 * watch_ms);
      before = now;
      this.look(passed);
    }, watch_ms).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** @param now milliseconds of any clock that does not go back */
  look(now: number): void {
    for (const connection of this.connections) {
      let seen = this.seen.get(connection);
      if (seen === undefined) {
        seen = {
          opened: now,
          signs: -1,
          signs_at: now,
          pinged: false,
          pdu: -1,
          pdu_at: now,
          stalled_at: -1,
          collected: 0,
        };
        this.seen.set(connection, seen);
      }
      if (this.isLost(connection, seen, now)) connection.destroy();
    }
  }

  private isLost(connection: Connection, seen: Seen, now: number): boolean {
    const { login_ms = LOGIN_MS, pdu_ms = PDU_MS } = this.times;
    if (connection.isLoggingIn) return now - seen.opened >= login_ms;
    if (connection.pdu !== seen.pdu) {
      seen.pdu = connection.pdu;
      seen.pdu_at = now;
    } else if (seen.pdu >= 0 && now - seen.pdu_at >= pdu_ms) return true;
    return this.isSilent(connection, seen, now) || this.isStalled(connection, seen, now);
  }

  private isSilent(connection: Connection, seen: Seen, now: number): boolean {
    const { idle_ms = IDLE_MS, ping_ms = PING_MS } = this.times;
    if (connection.signs !== seen.signs || !connection.awaitsInitiator) {
      seen.signs = connection.signs;
      seen.signs_at = now;
      seen.pinged = false;
      return false;
    }
    const silence = now - seen.signs_at;
    if (!seen.pinged && silence >= idle_ms) {
      seen.pinged = true;
      connection.ping();
      return false;
    }
    return seen.pinged && silence >= idle_ms + ping_ms;
  }

  private isStalled(connection: Connection, seen: Seen, now: number): boolean {
    const { stall_ms = STALL_MS } = this.times;
    const { collectedBytes } = connection;
    // A byte now and then is not enough.
    const goesOn = collectedBytes - seen.collected >= 64 * 1024;
    if (goesOn || !connection.isCollecting || !this.wantMemory()) {
      seen.collected = collectedBytes;
      seen.stalled_at = -1;
      return false;
    }
    if (seen.stalled_at < 0) seen.stalled_at = now;
    return now - seen.stalled_at >= stall_ms;
  }
}
