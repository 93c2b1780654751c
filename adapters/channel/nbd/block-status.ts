/**
 * The answer to BLOCK_STATUS: context after context, run after run of tracks that are alike, one command each, until the
 * range is covered or the reply is long enough. A reply may cover less than was asked for; the client goes on behind it.
 */
import { COMMAND_OP, SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { type Context, EXTENTS_MAX } from './contexts.js';
import { FAILURE, type Failure, failureOf } from './failures.js';
import type { Client, Hub } from './hub.js';
import type { Collector } from './requests.js';
import type { Terms } from './volumes.js';

/** Length of an extent is 32 bits; whole sectors of it. */
const EXTENT_BYTES_MAX = 0xffff_fe00;

/** What is asked, in bytes. */
export interface StatusRange {
  readonly cookieHigh: number;
  readonly cookieLow: number;
  readonly offset: number;
  readonly length: number;
  /** One extent of each context, not beyond the range. */
  readonly one: boolean;
}

export class BlockStatus implements Collector {
  private readonly hub: Hub;
  private readonly client: Client;
  private readonly volume: number;
  private readonly range: StatusRange;
  private readonly contexts: readonly Context[];
  /** End of the export in bytes. */
  private readonly end: number;
  private readonly owed: number;
  /** Number of the context that is asked for now. */
  private current = 0;
  /** Byte behind the last extent of it. */
  private at: number;
  /** The command under way has said something. */
  private heard = false;
  /** Of each context: lengths and flags by turns. */
  private readonly extents: number[][];

  /** @param volume number in the array. @param owed what the client is counted for it. */
  constructor(hub: Hub, client: Client, volume: number, terms: Terms, range: StatusRange, owed: number) {
    this.hub = hub;
    this.client = client;
    this.volume = volume;
    this.range = range;
    this.contexts = terms.contexts;
    this.end = terms.volume.sectors * SECTOR_BYTES;
    this.owed = owed;
    this.at = range.offset;
    this.extents = terms.contexts.map(() => []);
  }

  /** Asks for the next run; false when no command can be started now. */
  start(): boolean {
    const { hub, client } = this;
    const lba = Math.floor(this.at / SECTOR_BYTES);
    const { map } = this.contexts[this.current];
    const command = hub.port.submit(COMMAND_OP.OP_MAP, this.volume, lba, 1, 0, map, client);
    if (command < 0) return false;
    hub.requests.open(command, 0, 0, lba, 0, 0, false);
    hub.requests.long[command] = this;
    client.underWay += 1;
    this.heard = false;
    return true;
  }

  pushed(): void {
    throw new RangeError('block status: a map pushes nothing');
  }

  mapped(_command: number, tracks: number, state: number): void {
    const trackBytes = this.hub.port.memory.layout.dims.sectorsPerTrack * SECTOR_BYTES;
    const first = Math.floor(this.at / trackBytes);
    const { offset, length, one } = this.range;
    const most = one ? offset + length : this.end;
    const until = Math.min((first + tracks) * trackBytes, most);
    this.heard = until > this.at;
    if (this.heard) this.add(until - this.at, this.contexts[this.current].flags[state === 0 ? 0 : 1]);
  }

  ended(_command: number, status: number): void {
    const { client } = this;
    if (client.closed) return;
    const failure = failureOf(status, false) ?? (this.heard ? undefined : FAILURE.INCOMPLETE);
    if (failure) {
      this.refuse(failure);
      return;
    }
    if (this.isCovered && this.current < this.contexts.length - 1) {
      this.current += 1;
      this.at = this.range.offset;
    } else if (this.isCovered) {
      this.reply();
      return;
    }
    // The command that ended made place for this one; should that ever not be so, the client must hear of it.
    if (!this.start()) this.refuse(FAILURE.NOT_READY);
  }

  private get isCovered(): boolean {
    const { offset, length, one } = this.range;
    return one || this.at >= offset + length || this.extents[this.current].length >= 2 * EXTENTS_MAX;
  }

  private add(bytes: number, flags: number): void {
    const pairs = this.extents[this.current];
    const last = pairs.length - 2;
    // The volume may have changed between two runs.
    const joins = last >= 0 && pairs[last + 1] === flags && pairs[last] + bytes <= EXTENT_BYTES_MAX;
    const length = Math.min(bytes, EXTENT_BYTES_MAX);
    if (joins) pairs[last] += length;
    else pairs.push(length, flags);
    this.at += length;
  }

  private refuse(failure: Failure): void {
    this.client.out.plain(failure, this.range.cookieHigh, this.range.cookieLow, this.owed);
  }

  private reply(): void {
    const { cookieHigh, cookieLow } = this.range;
    for (const [i, { id }] of this.contexts.entries()) {
      const isLast = i === this.contexts.length - 1;
      this.client.out.extents(id, this.extents[i], isLast, cookieHigh, cookieLow, isLast ? this.owed : 0);
    }
  }
}
