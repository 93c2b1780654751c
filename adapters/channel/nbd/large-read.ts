/**
 * A read longer than one command may be. Its parts are collected in a buffer of its own before the reply begins: a
 * simple reply says its error first, and pins of a whole long read would take the cache from everybody else.
 */
import { COMMAND_OP, RESULT, SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import type { Client, Hub } from './hub.js';
import type { Collector } from './requests.js';

/** Commands of one long read that are under way at once. */
const COMMANDS_AHEAD = 4;

export class LargeRead implements Collector {
  private readonly hub: Hub;
  private readonly client: Client;
  private readonly cookieHigh: number;
  private readonly cookieLow: number;
  private readonly volume: number;
  private readonly bytes: Buffer;
  private readonly first: number;
  private readonly end: number;
  private next: number;
  /** Its commands that have not ended. */
  private underWay = 0;
  /** The worst RESULT of the parts so far. */
  private status: number = RESULT.OK;

  constructor(
    hub: Hub,
    client: Client,
    cookieHigh: number,
    cookieLow: number,
    volume: number,
    lba: number,
    sectors: number,
  ) {
    this.hub = hub;
    this.client = client;
    this.cookieHigh = cookieHigh;
    this.cookieLow = cookieLow;
    this.volume = volume;
    this.first = lba;
    this.next = lba;
    this.end = lba + sectors;
    this.bytes = Buffer.allocUnsafe(sectors * SECTOR_BYTES);
  }

  /** Starts as many parts as it may; false when none is under way. */
  start(): boolean {
    const { client } = this;
    const { port, requests } = this.hub;
    while (this.next < this.end && this.status === RESULT.OK && this.underWay < COMMANDS_AHEAD) {
      const sectors = Math.min(this.end - this.next, port.readLimit(this.next));
      const command = port.submit(COMMAND_OP.OP_READ, this.volume, this.next, sectors, 0, 0, client);
      if (command < 0) break;
      requests.open(command, 0, 0, sectors, 0, false);
      requests.long[command] = this;
      // Where the next pushed sectors of this command go.
      requests.at[command] = this.next - this.first;
      this.next += sectors;
      this.underWay += 1;
      client.underWay += 1;
    }
    return this.underWay > 0;
  }

  pushed(command: number, slot: number, at: number, sectors: number): void {
    const { port, requests } = this.hub;
    const from = port.memory.bytes.subarray(at * SECTOR_BYTES, (at + sectors) * SECTOR_BYTES);
    this.bytes.set(from, requests.at[command] * SECTOR_BYTES);
    requests.at[command] += sectors;
    requests.sectors[command] -= sectors;
    port.done(slot);
  }

  ended(command: number, status: number): void {
    const { client } = this;
    const { requests } = this.hub;
    this.underWay -= 1;
    requests.long[command] = undefined;
    const incomplete = status === RESULT.OK && requests.sectors[command] !== 0;
    this.status = Math.max(this.status, incomplete ? RESULT.MEDIUM_ERROR : status);
    // Nobody gets the answer: no more parts.
    if (client.closed) this.status = Math.max(this.status, RESULT.NOT_READY);
    if (this.start()) return;
    // The part that ended made place for the next one; should that ever not be so, the read must not look whole.
    if (this.next < this.end) this.status = Math.max(this.status, RESULT.NOT_READY);
    if (!client.closed) client.out.long(this.bytes, this.status, this.cookieHigh, this.cookieLow);
  }
}
