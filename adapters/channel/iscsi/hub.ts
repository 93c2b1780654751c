/** What connections, sessions and their server know of each other. */
import type { ScsiCommand, ScsiEnd, ScsiPort } from '../scsi-port.js';
import type { BatchPool } from './batch.js';
import type { Offer } from './keys.js';
import type { Login } from './login.js';
import type { Outbox, PinBudget } from './outbox.js';
import type { TargetOptions } from './target.js';

/** Who lacks something that all share: transfer memory, a command record. */
export interface Waiter {
  /** The server's: is it in the list of those that wait? */
  waits: boolean;
  /** It waits for transfer memory. */
  readonly wantsMemory: boolean;
  /** Goes on as far as it can; true: it lacks nothing that is shared any more. */
  goOn(): boolean;
}

/** A connection, as its server and its session see it. */
export interface Client extends Waiter {
  readonly out: Outbox;
  /** Nothing can be sent any more. */
  readonly closed: boolean;
  /** `address:port` of the initiator, and where it has reached this server. */
  readonly address: string;
  readonly reached: string;
  /** The server's: is it in the list of those with replies? */
  listed: boolean;
  /** Sends its replies, and goes on with what was answered. */
  flush(): void;
  /** Takes no more requests. */
  leave(): void;
  /** Ends the session; ends itself when all that was said is sent. */
  close(): void;
  /** Ends at once, whatever is under way. */
  destroy(): void;
}

/** A session, as others see it. */
export interface OpenSession {
  readonly client: Client;
  readonly login: Login;
  readonly tsih: number;
  readonly isOver: boolean;
  /** Ends it; it is over some time later. */
  end(): void;
}

/** The server, as its connections and sessions see it. */
export interface Hub {
  readonly port: ScsiPort;
  readonly target: TargetOptions;
  readonly offer: Offer;
  readonly pool: BatchPool;
  readonly pins: PinBudget;
  /** Commands that one session may have under way. */
  readonly depth: number;
  /** Data-out that is collected for one command at most; the array is not asked to take more. */
  readonly collectBytesMax: number;
  readonly sessionsMax: number;
  /** Sessions that are open, or whose end the array has not heard yet. */
  readonly sessions: Set<OpenSession>;
  /** Logins that the array was asked about, by initiator port. */
  readonly openings: Map<string, { readonly client: Client }>;
  /**
   * Transfer buffer of one sector for the TransportIDs of logins, one at a time: no login waits for memory that commands
   * of others hold.
   */
  readonly identityAt: number;
  /** Whose login has it. */
  identityUser: object | undefined;
  /** Filled in for each call of the port, and for ends that come from here. */
  readonly command: ScsiCommand;
  readonly end: ScsiEnd;
  /** A handle for a new session: not 0, and of no other session. */
  nextTsih(): number;
  /** May it take transfer memory, or do others wait before it? */
  mayTake(waiter: Waiter): boolean;
  /** `goOn` is to be called, outside of the array's run, until it lacks nothing. */
  wait(waiter: Waiter): void;
  /** It has replies to send, or something to go on with. */
  hasReplies(client: Client): void;
  /** Something was posted to the array: it has got something to do. */
  posted(): void;
  /** Runs the array, sends replies, wakes those that wait. */
  turn(): void;
  /** Does `turn` when what has arrived by now is read. */
  turnSoon(): void;
  /** Target cold reset: all sessions end. */
  dropAll(): void;
}
