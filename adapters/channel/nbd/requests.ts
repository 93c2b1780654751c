/**
 * What is known of each request between `submit` and its reply: one record for each command of the host port, by its
 * number, in flat arrays so that a request allocates nothing.
 */
import { READ_TRACKS_MAX } from '../../../firmware/memory/layout.js';

/** Whoever takes the answers of a command in place of its connection: for a request of several commands, mostly. */
export interface Collector {
  pushed(command: number, slot: number, at: number, sectors: number): void;
  ended(command: number, status: number): void;
  mapped?(command: number, tracks: number, state: number): void;
}

export class Requests {
  readonly cookieHigh: Int32Array;
  readonly cookieLow: Int32Array;
  /** First sector. */
  readonly lba: Float64Array;
  /** Sectors of data: to be pushed for a read, in the transfer buffer for a write, else 0. */
  readonly sectors: Int32Array;
  /** Transfer buffer of a write; 0 for all others. */
  readonly at: Int32Array;
  /** 1 when the request changes the volume. */
  readonly writes: Uint8Array;
  /** What the command is a part of, if it does not answer a request by itself. */
  readonly long: (Collector | undefined)[];
  readonly parts: Int32Array;
  private readonly slots: Int32Array;
  private readonly places: Int32Array;
  private readonly counts: Int32Array;

  constructor(commands: number) {
    this.cookieHigh = new Int32Array(commands);
    this.cookieLow = new Int32Array(commands);
    this.lba = new Float64Array(commands);
    this.sectors = new Int32Array(commands);
    this.at = new Int32Array(commands);
    this.writes = new Uint8Array(commands);
    this.long = new Array<Collector | undefined>(commands).fill(undefined);
    this.parts = new Int32Array(commands);
    this.slots = new Int32Array(commands * READ_TRACKS_MAX);
    this.places = new Int32Array(commands * READ_TRACKS_MAX);
    this.counts = new Int32Array(commands * READ_TRACKS_MAX);
  }

  open(
    command: number,
    cookieHigh: number,
    cookieLow: number,
    lba: number,
    sectors: number,
    at: number,
    writes: boolean,
  ): void {
    this.cookieHigh[command] = cookieHigh;
    this.cookieLow[command] = cookieLow;
    this.lba[command] = lba;
    this.sectors[command] = sectors;
    this.at[command] = at;
    this.writes[command] = writes ? 1 : 0;
    this.long[command] = undefined;
    this.parts[command] = 0;
  }

  /** Notes a part of a read's answer. */
  add(command: number, slot: number, at: number, sectors: number): void {
    const i = command * READ_TRACKS_MAX + this.parts[command]++;
    this.slots[i] = slot;
    this.places[i] = at;
    this.counts[i] = sectors;
  }

  slot(command: number, part: number): number {
    return this.slots[command * READ_TRACKS_MAX + part];
  }

  place(command: number, part: number): number {
    return this.places[command * READ_TRACKS_MAX + part];
  }

  count(command: number, part: number): number {
    return this.counts[command * READ_TRACKS_MAX + part];
  }

  /** Was all of a read pushed? */
  isComplete(command: number): boolean {
    return this.pushed(command) === this.sectors[command];
  }

  /** Sectors pushed so far. */
  pushed(command: number): number {
    let sectors = 0;
    for (let part = 0; part < this.parts[command]; part++) sectors += this.count(command, part);
    return sectors;
  }
}
