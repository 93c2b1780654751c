/** What a connection and its server know of each other. */
import type { HostListener, HostPort } from '../host-port.js';
import type { Outbox, PinBudget } from './outbox.js';
import type { BatchPool } from './replies.js';
import type { Requests } from './requests.js';
import type { NbdVolume } from './volumes.js';

/**
 * By what the client is owed, until some of it is sent; by what all share, until others give some back; or by what the
 * array was asked, until it answers.
 */
export const BLOCKED = { NOT: 0, OWED: 1, SHARED: 2, ASKED: 3 } as const;
export type Blocked = (typeof BLOCKED)[keyof typeof BLOCKED];

/** A connection, as its server and its parts see it. */
export interface Client extends HostListener {
  readonly out: Outbox;
  /** Why what was received cannot be used up. */
  readonly blocked: Blocked;
  /** Nothing can be sent any more. */
  readonly closed: boolean;
  /** Commands that have not ended. */
  underWay: number;
  /** The server's: is it in the list of those with replies, and of those that wait? */
  listed: boolean;
  waits: boolean;
  /** Goes on after a wait, as far as it can. */
  resume(): void;
  /** Sends its replies. */
  flush(): void;
  /** Takes no more requests; ends when those under way are answered. */
  close(): void;
  /** Ends at once, whatever is under way. */
  destroy(): void;
}

/** The server, as its connections see it. */
export interface Hub {
  readonly port: HostPort;
  readonly requests: Requests;
  readonly pool: BatchPool;
  readonly pins: PinBudget;
  readonly volumes: readonly NbdVolume[];
  readonly blockBytesMax: number;
  /** Most sectors that one prefetch brings into the cache. */
  readonly prefetchMax: number;
  /** May this client take what all share, or do others wait before it? */
  mayTake(client: Client): boolean;
  /** It is to be resumed, outside of the array's run, until nothing that all share is missing. */
  wait(client: Client): void;
  /** It has replies to send. */
  hasReplies(client: Client): void;
  /** Runs the array, sends replies, wakes those that wait. */
  turn(): void;
  /** Does `turn` when what has arrived by now is read. */
  turnSoon(): void;
}
