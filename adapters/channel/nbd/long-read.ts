/**
 * A read longer than one command may be: several commands, a few of them under way at once. Pins of a whole long read
 * would take the cache from everybody else, and what becomes of the bytes of each is what the two kinds differ in.
 */
import { COMMAND_OP, SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { FAILURE, type Failure, failureOf } from './failures.js';
import type { Client, Hub } from './hub.js';
import { REPLY_BYTES } from './protocol.js';
import type { Collector } from './requests.js';

/** Commands of one long read that are under way at once. */
const COMMANDS_AHEAD = 4;

/** What a read asks for. */
export interface ReadRange {
  readonly cookieHigh: number;
  readonly cookieLow: number;
  /** Number in the array. */
  readonly volume: number;
  readonly lba: number;
  readonly sectors: number;
}

abstract class LongRead implements Collector {
  protected readonly hub: Hub;
  protected readonly client: Client;
  protected readonly range: ReadRange;
  /** What the client is still owed for it. */
  protected owed: number;
  protected failure: Failure | undefined;
  /** Its commands that have not ended. */
  protected underWay = 0;
  /** First sector that no command was started for. */
  protected next: number;
  private readonly end: number;

  constructor(hub: Hub, client: Client, range: ReadRange) {
    this.hub = hub;
    this.client = client;
    this.range = range;
    this.owed = REPLY_BYTES + range.sectors * SECTOR_BYTES;
    this.next = range.lba;
    this.end = range.lba + range.sectors;
  }

  /** Starts as many parts as it may; false when none is under way. */
  start(): boolean {
    const { client } = this;
    const { cookieHigh, cookieLow, volume } = this.range;
    const { port, requests } = this.hub;
    // When nobody gets the answer any more: no more parts.
    while (this.next < this.end && !this.failure && !client.closed && this.underWay < COMMANDS_AHEAD) {
      const sectors = Math.min(this.end - this.next, port.readLimit(this.next));
      const command = port.submit(COMMAND_OP.OP_READ, volume, this.next, sectors, 0, 0, client);
      if (command < 0) break;
      requests.open(command, cookieHigh, cookieLow, this.next, sectors, 0, false);
      requests.long[command] = this;
      this.next += sectors;
      this.underWay += 1;
      client.underWay += 1;
    }
    return this.underWay > 0;
  }

  /** Every part has been started, and has ended. */
  protected get isOver(): boolean {
    return this.underWay === 0 && this.next === this.end;
  }

  abstract pushed(command: number, slot: number, at: number, sectors: number): void;
  abstract ended(command: number, status: number): void;
}

/**
 * Collected in a buffer of its own before the reply begins: for a simple reply, which says its error first, and for a
 * client that wants all in one chunk.
 */
export class CollectedRead extends LongRead {
  private readonly bytes: Buffer;

  constructor(hub: Hub, client: Client, range: ReadRange) {
    super(hub, client, range);
    this.bytes = Buffer.allocUnsafe(range.sectors * SECTOR_BYTES);
  }

  pushed(command: number, slot: number, at: number, sectors: number): void {
    const { port, requests } = this.hub;
    const from = port.memory.bytes.subarray(at * SECTOR_BYTES, (at + sectors) * SECTOR_BYTES);
    this.bytes.set(from, (requests.lba[command] - this.range.lba) * SECTOR_BYTES);
    requests.lba[command] += sectors;
    requests.sectors[command] -= sectors;
    port.done(slot);
  }

  ended(command: number, status: number): void {
    const { client, owed } = this;
    const { cookieHigh, cookieLow, lba } = this.range;
    this.underWay -= 1;
    this.failure ??=
      failureOf(status, false) ?? (this.hub.requests.sectors[command] === 0 ? undefined : FAILURE.INCOMPLETE);
    if (this.start() || client.closed) return;
    // The part that ended made place for the next one; should that ever not be so, the read must not look whole.
    const failure = this.failure ?? (this.isOver ? undefined : FAILURE.NOT_READY);
    if (failure) client.out.plain(failure, cookieHigh, cookieLow, owed);
    else client.out.long(this.bytes, lba * SECTOR_BYTES, cookieHigh, cookieLow, owed);
  }
}

/**
 * Sent part by part, in the order in which they end, as chunks of a structured reply. When a part fails, what had come is
 * sent, nothing more is started, and the last chunk says where the first byte is missing.
 */
export class StreamedRead extends LongRead {
  /** First sector that is missing. */
  private missing = Number.POSITIVE_INFINITY;

  pushed(command: number, slot: number, at: number, sectors: number): void {
    this.hub.requests.add(command, slot, at, sectors);
  }

  ended(command: number, status: number): void {
    const { client } = this;
    const { requests } = this.hub;
    const { cookieHigh, cookieLow } = this.range;
    this.underWay -= 1;
    const failure = failureOf(status, false) ?? (requests.isComplete(command) ? undefined : FAILURE.INCOMPLETE);
    if (failure) this.fail(failure, requests.lba[command] + requests.pushed(command));
    const isLast = this.isOver && !this.failure;
    if (client.closed) client.out.giveUp(command);
    else if (requests.pushed(command) > 0) this.send(command, isLast);
    // Only now, because the next part may get the number of this command.
    if (isLast || this.start() || client.closed) return;
    // The part that ended made place for the next one; should that ever not be so, the read must not look whole.
    if (!this.failure) this.missing = this.next;
    client.out.failedAt(
      this.failure ?? FAILURE.NOT_READY,
      this.missing * SECTOR_BYTES,
      cookieHigh,
      cookieLow,
      this.owed,
    );
  }

  private fail(failure: Failure, lba: number): void {
    this.failure ??= failure;
    this.missing = Math.min(this.missing, lba);
  }

  private send(command: number, isLast: boolean): void {
    const owed = isLast ? this.owed : this.hub.requests.pushed(command) * SECTOR_BYTES;
    this.owed -= owed;
    this.client.out.data(command, isLast, owed);
  }
}
