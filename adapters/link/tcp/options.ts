/**
 * What a link over TCP is made from.
 */
import type { Timing } from './connection.js';
import type { ServiceMessage } from './service-channel.js';

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
  /** Called when the state, or the reason for it, is another than before. */
  readonly onState?: (state: LinkState) => void;
  /** Called with what the service processor of the other array says; without it nobody hears that. */
  readonly onService?: (message: ServiceMessage) => void;
  readonly heartbeat_ms?: number;
  readonly dead_ms?: number;
  readonly handshake_ms?: number;
  /** Pause before the dialer tries again: the first, and the longest. */
  readonly retryFirst_ms?: number;
  readonly retryMost_ms?: number;
}

export const TIMING: Timing = { heartbeat_ms: 500, dead_ms: 2500, handshake_ms: 5000 };
export const RETRY_FIRST_MS = 20;
export const RETRY_MOST_MS = 500;
const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/** Errors: RangeError, unless it has one end, and one that may be. */
export function checkEnds({ array, listen, dial, beyondLoopback }: TcpLinkOptions): void {
  if ((listen === undefined) === (dial === undefined)) {
    throw new RangeError(`the link of array ${array} must either listen or dial`);
  }
  if (listen !== undefined && !beyondLoopback && !LOOPBACK.test(listen.host)) {
    throw new RangeError(
      `the link of array ${array} is to listen on ${listen.host}, which is not on loopback; say beyondLoopback if it shall`,
    );
  }
}
