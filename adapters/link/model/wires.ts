/**
 * How long frames take over links of a published kind and a given length. A wire carries one frame after the other in
 * each direction; frames of one direction keep their order.
 *
 * Light goes 5 µs a km in fibre. A frame that starts an exchange waits for the round trips that its protocol has before
 * the data go (FCP: command and transfer-ready are one), and the last round trip is its own way and its answer's. What is
 * lost is missed a round trip later and sent again. State is in words of a region; times are whole nanoseconds.
 */
import { Room } from '../../../firmware/memory/room.js';
import { readTime, writeTime } from '../../../firmware/memory/time.js';
import type { Chance, Region } from '../../../firmware/ports/schedule.js';
import type { LinkProfile } from './link-profile.js';

/** In fibre. */
export const LIGHT_US_PER_KM = 5;
/** A frame is sent so often at most; then the wire is no wire, and the frame comes through. */
const SENT_MOST = 16;

const ns = (us: number): number => Math.round(us * 1000);

/** A link of a kind, as long as the rig has it. */
export class LinkKind {
  readonly profile: LinkProfile;
  /** Light and equipment, one way. */
  readonly oneWay_ns: number;
  /** After droop. */
  readonly bytesPer_us: number;
  readonly spread_ns: number;

  /** Errors: RangeError for a length that the kind does not reach, or that is none. */
  constructor(profile: LinkProfile, distance_km: number) {
    const { longest_km } = profile;
    if (!(distance_km >= 0) || distance_km > (longest_km ?? Number.MAX_SAFE_INTEGER))
      throw new RangeError(`distance_km is ${distance_km}; 0 to ${longest_km ?? 'any length'} is right for this link`);
    this.profile = profile;
    this.oneWay_ns = ns(distance_km * LIGHT_US_PER_KM + profile.setup_us);
    this.bytesPer_us = profile.bytes_per_us / droop(profile, distance_km);
    this.spread_ns = ns(profile.spread_us);
  }
}

/**
 * Up to the knee 1, at half_km 2: past the knee each further km costs each byte the same, as when a fixed number of bytes
 * waits for the way there and back.
 */
function droop({ droop }: LinkProfile, km: number): number {
  return !droop || km <= droop.knee_km ? 1 : 1 + (km - droop.knee_km) / (droop.half_km - droop.knee_km);
}

/** By direction: when the wire is free, then what is under way of the window. */
const FREE = 0;
const WINDOW = 2;
const IN_WINDOW_MOST = 256;
const WIRE_WORDS = WINDOW + Room.words(IN_WINDOW_MOST);

export class Wires {
  readonly #m: Int32Array;
  readonly #at: number;

  static words(links: number): number {
    return links * 2 * WIRE_WORDS;
  }

  constructor({ m, at }: Region) {
    this.#m = m;
    this.#at = at;
  }

  /**
   * When a frame that is given to the wire now arrives at end `to`.
   * @param starts it starts an exchange. @param last when the frame before it arrives: it does not overtake that.
   */
  arrival_ns(
    kind: LinkKind,
    link: number,
    to: number,
    now_ns: number,
    bytes: number,
    starts: boolean,
    last: number,
    chance: Chance,
  ): number {
    const { profile, oneWay_ns } = kind;
    const wire = this.#wire(link, to);
    const before = starts ? (profile.round_trips_per_write - 1) * 2 * oneWay_ns : 0;
    let time = Math.max(now_ns + before, readTime(this.#m, wire + FREE));
    const window = profile.window_bytes;
    const room = window === undefined ? undefined : this.#window(wire);
    if (window !== undefined && room) time = room.wait_ns(time, bytes, window);
    const sending = Math.ceil((bytes * 1000) / kind.bytesPer_us);
    time += sending;
    writeTime(this.#m, wire + FREE, time);
    time += oneWay_ns + chance.below(kind.spread_ns + 1);
    if (profile.loss_ratio) {
      const [lost, of] = profile.loss_ratio;
      for (let sent = 1; sent < SENT_MOST && chance.below(of) < lost; sent++) time += 2 * oneWay_ns + sending;
    }
    if (time < last) time = last;
    room?.take(time + oneWay_ns, bytes);
    return time;
  }

  /** The link was cut: nothing is under way. */
  cut(link: number): void {
    for (let to = 0; to < 2; to++) {
      writeTime(this.#m, this.#wire(link, to) + FREE, 0);
      this.#window(this.#wire(link, to)).forget();
    }
  }

  #window(wire: number): Room {
    return new Room(this.#m, wire + WINDOW, IN_WINDOW_MOST);
  }

  #wire(link: number, to: number): number {
    return this.#at + (link * 2 + to) * WIRE_WORDS;
  }
}
