/**
 * A read longer than one command may be. Its parts are collected in a buffer of its own before the reply begins: a
 * simple reply says its error first, and pins of a whole long read would take the cache from everybody else.
 */
import { COMMAND_OP, RESULT, SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import type { HostListener, HostPort } from '../host-port.js';
import type { Requests } from './requests.js';

/** Commands of one long read that are under way at once. */
const COMMANDS_AHEAD = 4;

export class LargeRead {
  readonly bytes: Buffer;
  readonly cookieHigh: number;
  readonly cookieLow: number;
  /** The worst RESULT of the parts so far. */
  status: number = RESULT.OK;
  private readonly port: HostPort;
  private readonly requests: Requests;
  private readonly volume: number;
  private readonly first: number;
  private readonly end: number;
  private next: number;
  /** Its commands that have not ended. */
  underWay = 0;

  constructor(
    port: HostPort,
    requests: Requests,
    cookieHigh: number,
    cookieLow: number,
    volume: number,
    lba: number,
    sectors: number,
  ) {
    this.port = port;
    this.requests = requests;
    this.cookieHigh = cookieHigh;
    this.cookieLow = cookieLow;
    this.volume = volume;
    this.first = lba;
    this.next = lba;
    this.end = lba + sectors;
    this.bytes = Buffer.allocUnsafe(sectors * SECTOR_BYTES);
  }

  /** Starts as many parts as it may; how many. */
  start(owner: HostListener): number {
    const before = this.underWay;
    while (this.next < this.end && this.status === RESULT.OK && this.underWay < COMMANDS_AHEAD) {
      const sectors = Math.min(this.end - this.next, this.port.readLimit(this.next));
      const command = this.port.submit(COMMAND_OP.OP_READ, this.volume, this.next, sectors, 0, 0, owner);
      if (command < 0) break;
      this.requests.open(command, 0, 0, sectors, 0, false);
      this.requests.large[command] = this;
      // Where the next pushed sectors of this command go.
      this.requests.at[command] = this.next - this.first;
      this.next += sectors;
      this.underWay += 1;
    }
    return this.underWay - before;
  }

  pushed(command: number, slot: number, at: number, sectors: number): void {
    const { requests } = this;
    const memory = this.port.memory.bytes;
    this.bytes.set(
      memory.subarray(at * SECTOR_BYTES, (at + sectors) * SECTOR_BYTES),
      requests.at[command] * SECTOR_BYTES,
    );
    requests.at[command] += sectors;
    requests.sectors[command] -= sectors;
    this.port.done(slot);
  }

  /** A part has ended; how many others were started in its place. When none is under way now, the read has ended. */
  ended(command: number, status: number, owner: HostListener): number {
    const { requests } = this;
    this.underWay -= 1;
    requests.large[command] = undefined;
    const complete = requests.sectors[command] === 0;
    this.status = Math.max(this.status, status === RESULT.OK && !complete ? RESULT.MEDIUM_ERROR : status);
    const started = this.start(owner);
    // The part that ended has just made place for the next one; should that ever fail, the read must not look whole.
    if (this.underWay === 0 && this.next < this.end) this.cancel();
    return started;
  }

  /** Starts no more parts. */
  cancel(): void {
    this.status = Math.max(this.status, RESULT.NOT_READY);
  }
}
