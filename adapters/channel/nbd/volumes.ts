/** Exports, and what a client and this server have agreed on for one of them. */
import type { Context } from './contexts.js';
import { TRANSMISSION_FLAG } from './protocol.js';

/** An export as clients see it. */
export interface NbdVolume {
  readonly name: string;
  /** Number of the volume in the array; its place in the list when not given. */
  readonly volume?: number;
  readonly sectors: number;
  /**
   * No host may write through this server, whatever the array says. May change while clients are connected: it is looked
   * at for each request.
   */
  readonly readOnly?: boolean;
}

/** What holds from the handshake to the end of a connection. */
export interface Terms {
  readonly volume: NbdVolume;
  /** The client was told that it may only read, and is held to it. */
  readonly readOnly: boolean;
  /** Replies with a payload are chunks. */
  readonly structured: boolean;
  /** What BLOCK_STATUS reports, in the order of its answer. */
  readonly contexts: readonly Context[];
}

export function transmissionFlags(readOnly: boolean, structured: boolean): number {
  const f = TRANSMISSION_FLAG;
  // One cache and one order for all connections: what one flushed, all see. Zeroes never wait for bytes: always fast.
  const always = f.HAS_FLAGS | f.SEND_FLUSH | f.SEND_FUA | f.SEND_CACHE | f.CAN_MULTI_CONN;
  const writes = readOnly ? f.READ_ONLY : f.SEND_TRIM | f.SEND_WRITE_ZEROES | f.SEND_FAST_ZERO;
  return always | writes | (structured ? f.SEND_DF : 0);
}
