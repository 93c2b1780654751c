/**
 * The links between simulated arrays: each joins two of them, with a latency, bandwidth and wires of its own. On one link
 * frames keep their order, unless a write waits for its protocol's handshake or a fault lets one be overtaken; over another
 * they overtake as they may. What is under way when a link is cut is lost; each side notices in its own time. An answer goes
 * over the wire over which its request came, or nowhere; anything else over the wire that it names. Each array numbers wires
 * in its own way (`LinkPlaces`): a frame that arrives names its wire as who gets it does.
 *
 * An end is an array, by its position in the rig; a side is one of the two ends of a link.
 */
import { LINKS_MAX, SECTOR_BYTES, TRUNK_SHIFT, TRUNKS_MAX } from '../../../firmware/memory/constants.js';
import { copySectors, SECTOR_WORDS } from '../../../firmware/memory/copy.js';
import type { ArrayMemory } from '../../../firmware/memory/layout.js';
import { readTime, writeTime } from '../../../firmware/memory/time.js';
import type { Mail } from '../../../firmware/ports/mail.js';
import * as MESSAGES from '../../../firmware/ports/messages.js';
import { KINDS, type KindName } from '../../../firmware/ports/messages.js';
import { type Chance, EVENT, type Region, type Schedule } from '../../../firmware/ports/schedule.js';
import { type Between, LinkPlaces } from './link-places.js';
import { ReceiveBuffers } from './receive-buffers.js';
import { Requests } from './requests.js';
import { LinkKind, Wires } from './wires.js';

/** Of this module: so compiled code has them as constants, which it looks up where they are imported. */
const { D_ANSWERS, D_HEAD, D_PAYLOAD, D_TOKEN, KIND, PAYLOAD_WORDS } = MESSAGES;

/** Nobody's link: a latency with some chance, and bandwidth that frames do not share. */
export interface LinkTimes {
  readonly latency_us: number;
  readonly spread_us: number;
  readonly bytesPer_us: number;
}

/** Who makes wires fail, frame by frame. */
export interface WireFaults {
  /** When a frame to this array arrives that would at `time_ns`. */
  arrival(link: number, to: number, time_ns: number): number;
  /** Will it be damaged? Then its CRC is wrong, and its connection ends. */
  damages(link: number, to: number): boolean;
}

export type LinkModel = LinkKind | LinkTimes;

export interface ModelLink {
  /** The two arrays that it joins, in the order of the rig. */
  readonly between: Between;
  readonly model: LinkModel;
}

/** An array. */
export interface LinkEnd {
  /** `ArrayConfig.trunks`. */
  readonly trunks: readonly number[] | undefined;
  readonly memory: ArrayMemory;
  readonly mail: Mail;
}

const IS_REQUEST = Uint8Array.from(KINDS, (k) => (k.reply ? 1 : 0));
const IS_ANSWER = Uint8Array.from(KINDS, (k) => (k.isReply ? 1 : 0));
/** By kind: place of the wire's number in the payload; -1: it names none. */
const WIRE_AT = Int8Array.from(KINDS, (k) => k.fields.indexOf('wire'));
/** By kind: place of a number of credits that the sender gives; -1: it gives none. */
const CREDITS_AT = Int8Array.from(KINDS, ({ name }) => creditsAt(name as KindName));

function creditsAt(kind: KindName): number {
  return kind === 'HELLO' ? 1 : kind === 'FAR_CREDIT' ? 0 : -1;
}

/** Frames under way at once, for each array of the rig. */
const FRAMES_EACH = 256;
const FRAME_WORDS = 16;
/** 0: free; 1: under way; DAMAGED. */
const F_USED = 0;
const DAMAGED = 2;
const F_TO = 1;
const F_KIND = 2;
const F_TOKEN = 3;
const F_ANSWERS = 4;
const F_PAYLOAD = 5;
const F_LINK = 13;
/** Payload fields of FAR_APPLY. */
const SPAN = 2;
const AT = 3;
const FLAGS = 6;
const ZERO = 1;

/** Words of all links together. */
/** The next FAR_APPLY to this end (+ 1) is held back for so many µs, and others overtake it. */
const HELD_TO = 0;
const HELD_US = 1;
/** Where the search for a free frame begins. */
const NEXT = 2;
/** Ends whose credits do not arrive, a bit each. */
const WITHHOLDING = 3;
/**
 * Words of each end: by trunk, credits that went to a wire that is gone, and are not given back yet; its receive buffers, and
 * what it was asked and has not answered.
 */
const ENDS = 4;
const RECEIVE = TRUNKS_MAX;
const ASKED = RECEIVE + ReceiveBuffers.words;
const END_WORDS = ASKED + Requests.words;
/** Words of each link, behind those of the ends. */
const LINK_WORDS = 16;
const UP = 0;
/** Cuts so far. */
const GENERATION = 1;
/** Which sides have yet to notice a cut. */
const NOTICING = 2;
/** Messages carried. */
const CARRIED = 3;
/** By side: the latest arrival there, two words each: a frame never arrives before one that was sent earlier. */
const ARRIVAL = 4;
/** By side: credits that it gave over this wire, less the writes that came. */
const GIVEN = 8;
/** By side that gave them: credits that are withheld. */
const WITHHELD = 10;

export class ModelLinks {
  readonly count: number;
  /** Absent in normal running. */
  faults: WireFaults | undefined;
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #transit: Int32Array;
  readonly #ends: readonly LinkEnd[];
  readonly #frames: number;
  /** Words of the first link, and of the first frame. */
  readonly #linksAt: number;
  readonly #table: number;
  /** By end. */
  readonly #buffers: readonly ReceiveBuffers[];
  readonly #requests: readonly Requests[];
  readonly #schedule: Schedule;
  readonly #chance: Chance;
  readonly #links: readonly ModelLink[];
  readonly #places: LinkPlaces;
  readonly #wires: Wires;

  static words(links: readonly ModelLink[], ends: number): number {
    const wires = links.some(({ model }) => model instanceof LinkKind) ? Wires.words(links.length) : 0;
    return ENDS + ends * (END_WORDS + FRAMES_EACH * FRAME_WORDS) + links.length * LINK_WORDS + wires;
  }

  /** Bytes of the memory for data under way. */
  static transitBytes(sectorsPerTrack: number, ends: number): number {
    return ends * FRAMES_EACH * sectorsPerTrack * SECTOR_BYTES;
  }

  /** Errors: RangeError for more links between two arrays than a trunk has. */
  constructor(
    region: Region,
    transit: Int32Array,
    ends: readonly LinkEnd[],
    schedule: Schedule,
    chance: Chance,
    links: readonly ModelLink[],
  ) {
    this.count = links.length;
    this.#m = region.m;
    this.#at = region.at;
    this.#transit = transit;
    this.#ends = ends;
    const { m } = region;
    this.#buffers = ends.map(({ memory }, end) => new ReceiveBuffers(m, this.#end(end) + RECEIVE, memory.layout));
    this.#requests = ends.map((_, end) => new Requests(m, this.#end(end) + ASKED));
    this.#frames = ends.length * FRAMES_EACH;
    this.#linksAt = this.#end(ends.length);
    this.#table = this.#linksAt + links.length * LINK_WORDS;
    this.#schedule = schedule;
    this.#chance = chance;
    this.#links = links;
    const trunks = ends.map((end) => end.trunks);
    this.#places = new LinkPlaces(links, trunks);
    this.#wires = new Wires({ m, at: this.#table + this.#frames * FRAME_WORDS });
  }

  isUp(link: number): boolean {
    return this.#get(link, UP) !== 0;
  }

  /** Any of them. */
  get up(): boolean {
    for (let link = 0; link < this.count; link++) if (this.isUp(link)) return true;
    return false;
  }

  /** Any of those between two arrays. */
  isUpBetween(a: number, b: number): boolean {
    for (let link = 0; link < this.count; link++)
      if (this.isUp(link) && this.isAt(link, a) && this.isAt(link, b)) return true;
    return false;
  }

  /** Does a link lead to this array? */
  isAt(link: number, end: number): boolean {
    return this.#places.side(link, end) >= 0;
  }

  /** Of a request that a remote role was given: the token, at the other array, of the task that asked; 0: none. For debuggers. */
  askerOf(end: number, token: number): number {
    return this.#asked(end).askerOf(token);
  }

  /** Messages that went over all links. */
  get carried(): number {
    let n = 0;
    for (let link = 0; link < this.count; link++) n += this.carriedBy(link);
    return n;
  }

  carriedBy(link: number): number {
    return this.#get(link, CARRIED);
  }

  /** Takes what one end's remote role gave to the wires. */
  pump(end: number): boolean {
    const { mail } = this.#ends[end] as LinkEnd;
    let did = false;
    for (let d = mail.peek(); d >= 0; d = mail.peek()) {
      did = true;
      this.#take(end, d);
      mail.drop();
    }
    this.#giveBack(end);
    return did;
  }

  /** A frame arrives (EVENT.FRAME). */
  arrive(frame: number, generation: number, link: number): void {
    const f = this.#frame(frame);
    const m = this.#m;
    if (m[f + F_USED] === 0 || m[f + F_LINK] !== link || generation !== this.#get(link, GENERATION)) return;
    if (m[f + F_USED] === DAMAGED) {
      this.cut(link);
      return;
    }
    const end = m[f + F_TO] as number;
    const side = this.#places.side(link, end);
    const from = 1 - side;
    if (m[f + F_KIND] === KIND.FAR_CREDIT && this.#withholds(this.#places.array(link, from))) {
      this.#set(link, WITHHELD + from, this.#get(link, WITHHELD + from) + (m[f + F_PAYLOAD] as number));
      m[f + F_USED] = 0;
      return;
    }
    const { mail, memory } = this.#ends[end] as LinkEnd;
    const kind = m[f + F_KIND] as number;
    let token = m[f + F_TOKEN] as number;
    if (IS_REQUEST[kind] !== 0) token = this.#asked(end).begin(token, this.#wire(link, side));
    // A reply goes back to the remote role as an answer; anything else starts a task there.
    const d = mail.forward(kind, token, m[f + F_ANSWERS] as number);
    for (let i = 0; i < PAYLOAD_WORDS; i++) mail.m[d + D_PAYLOAD + i] = m[f + F_PAYLOAD + i] as number;
    const named = WIRE_AT[kind] as number;
    if (named >= 0) mail.m[d + D_PAYLOAD + named] = this.#wire(link, side);
    if (this.#hasBytes(f)) {
      const at = (this.#buffers[end] as ReceiveBuffers).take();
      copySectors(this.#transit, this.#transitAt(frame), memory.m, at, (m[f + F_PAYLOAD + SPAN] as number) >>> 16);
      mail.m[d + D_PAYLOAD + AT] = at;
    }
    if (kind === KIND.FAR_APPLY) this.#set(link, GIVEN + side, this.#get(link, GIVEN + side) - 1);
    m[f + F_USED] = 0;
  }

  /** Credits that an end gives back do not arrive, until they may: then all that were withheld do. */
  withhold(end: number, isOn: boolean): void {
    const at = this.#at + WITHHOLDING;
    this.#m[at] = isOn ? (this.#m[at] as number) | (1 << end) : (this.#m[at] as number) & ~(1 << end);
    if (isOn) return;
    for (let link = 0; link < this.count; link++) {
      const side = this.#places.side(link, end);
      if (side < 0) continue;
      const credits = this.#get(link, WITHHELD + side);
      this.#set(link, WITHHELD + side, 0);
      if (credits === 0 || !this.isUp(link)) continue;
      const { mail } = this.#ends[this.#places.array(link, 1 - side)] as LinkEnd;
      const d = mail.forward(KIND.FAR_CREDIT, 0, 0) + D_PAYLOAD;
      mail.m[d] = credits;
      mail.m[d + (WIRE_AT[KIND.FAR_CREDIT] as number)] = this.#wire(link, 1 - side);
    }
  }

  #withholds(end: number): boolean {
    return (((this.#m[this.#at + WITHHOLDING] as number) >> end) & 1) !== 0;
  }

  cut(link: number): void {
    if (!this.isUp(link)) return;
    const m = this.#m;
    this.#set(link, UP, 0);
    this.#set(link, WITHHELD, 0);
    this.#set(link, WITHHELD + 1, 0);
    this.#set(link, GENERATION, this.#get(link, GENERATION) + 1);
    for (let i = 0; i < this.#frames; i++) {
      const f = this.#frame(i);
      if (m[f + F_LINK] === link) m[f + F_USED] = 0;
    }
    this.#set(link, NOTICING, 3);
    if (this.#links[link]?.model instanceof LinkKind) this.#wires.cut(link);
    for (let side = 0; side < 2; side++) {
      const end = this.#places.array(link, side);
      this.#schedule.at(this.#schedule.now_ns() + this.#chance.below(2000) * 1000, EVENT.LINK_DOWN, end, link, 0);
    }
  }

  /** An end notices the cut (EVENT.LINK_DOWN). `alive`: it has power. */
  noticed(end: number, link: number, alive: boolean): void {
    const noticing = this.#get(link, NOTICING);
    const side = this.#places.side(link, end);
    if ((noticing & (1 << side)) === 0) return;
    this.#set(link, NOTICING, noticing & ~(1 << side));
    if (!alive) return;
    const { mail } = this.#ends[end] as LinkEnd;
    // The wire of before: the number is one higher since the cut.
    const wire = this.#wire(link, side) - LINKS_MAX;
    mail.m[mail.post(KIND.LINK_DOWN) + D_PAYLOAD] = wire;
    const unspent = this.#end(end) + (wire >>> TRUNK_SHIFT);
    this.#m[unspent] = (this.#m[unspent] as number) + this.#get(link, GIVEN + side);
    this.#set(link, GIVEN + side, 0);
    this.#giveBack(end);
  }

  /** True once both ends know of the last cut, so that the link may carry frames again. */
  isSettled(link: number): boolean {
    return this.#get(link, NOTICING) === 0;
  }

  /** Both ends, which have power, see a new wire. */
  connect(link: number): void {
    if (this.isUp(link) || !this.isSettled(link)) return;
    this.#set(link, UP, 1);
    for (let side = 0; side < 2; side++) {
      const { mail } = this.#ends[this.#places.array(link, side)] as LinkEnd;
      mail.m[mail.post(KIND.LINK_UP) + D_PAYLOAD] = this.#wire(link, side);
    }
  }

  /** An end lost power, all links to it being cut: its receive buffers are gone with it, its credits, and what it was asked. */
  endLost(end: number): void {
    this.#buffers[end]?.forget();
    this.#asked(end).forget();
    this.#m.fill(0, this.#end(end), this.#end(end) + TRUNKS_MAX);
    for (let link = 0; link < this.count; link++) {
      const side = this.#places.side(link, end);
      if (side < 0) continue;
      this.#set(link, NOTICING, this.#get(link, NOTICING) & ~(1 << side));
      this.#set(link, GIVEN + side, 0);
    }
  }

  /** The next write to this end stays on its way for so long, while others overtake it. */
  holdNext(end: number, us: number): void {
    this.#m[this.#at + HELD_TO] = end + 1;
    this.#m[this.#at + HELD_US] = us;
  }

  receiveBuffersInUse(end: number): number {
    return (this.#buffers[end] as ReceiveBuffers).inUse;
  }

  /** Requests of other arrays that this end has not answered, whichever wire they came over. */
  unanswered(end: number): number {
    return this.#asked(end).unanswered;
  }

  /** Number of a link's wire at a side: another one after each cut; never 0. */
  #wire(link: number, side: number): number {
    return this.#places.wire(link, side, this.#get(link, GENERATION) + 1);
  }

  /** A message of the remote role. */
  #take(end: number, d: number): void {
    const m = this.#ends[end]?.mail.m as Int32Array;
    const kind = (m[d + D_HEAD] as number) & 255;
    if (kind === KIND.RECEIVED) {
      this.#buffers[end]?.give(m[d + D_PAYLOAD] as number);
      return;
    }
    let wire = m[d + D_PAYLOAD + (WIRE_AT[kind] as number)] as number;
    let answers = 0;
    if (IS_ANSWER[kind] !== 0) {
      // Without a wire too: the place of an answered request is free.
      const asked = this.#asked(end);
      if (!asked.end(m[d + D_ANSWERS] as number)) return;
      ({ wire, token: answers } = asked);
    }
    const link = this.#places.link(end, wire);
    if (link < 0) return;
    const side = this.#places.side(link, end);
    const isHere = this.isUp(link) && wire === this.#wire(link, side);
    if (kind === KIND.HANG_UP) {
      if (isHere) this.cut(link);
      return;
    }
    const given = (CREDITS_AT[kind] as number) < 0 ? 0 : (m[d + D_PAYLOAD + (CREDITS_AT[kind] as number)] as number);
    // Of a cut that this end has yet to notice, credits come back when it does: till then the role would give them again.
    const unspent = ((this.#get(link, NOTICING) >> side) & 1) === 0 && !isHere;
    const at = unspent ? this.#end(end) + (wire >>> TRUNK_SHIFT) : this.#linkAt(link) + GIVEN + side;
    this.#m[at] = (this.#m[at] as number) + given;
    if (isHere) this.#send(end, link, 1 - side, d, kind, answers);
  }

  #giveBack(end: number): void {
    const unspent = this.#end(end);
    for (let trunk = 0; trunk < TRUNKS_MAX; trunk++) {
      if (this.#m[unspent + trunk] === 0) continue;
      const { mail } = this.#ends[end] as LinkEnd;
      const d = mail.post(KIND.UNSPENT) + D_PAYLOAD;
      mail.m[d] = this.#m[unspent + trunk] as number;
      mail.m[d + 1] = trunk;
      this.#m[unspent + trunk] = 0;
    }
  }

  /** To the other side of the link. `answers`: the other array's token, if this answers one. */
  #send(end: number, link: number, toSide: number, d: number, kind: number, answers: number): void {
    const m = this.#m;
    const { mail, memory } = this.#ends[end] as LinkEnd;
    const message = mail.m;
    const frame = this.#allocate();
    const f = this.#frame(frame);
    const to = this.#places.array(link, toSide);
    m[f + F_USED] = this.faults?.damages(link, to) ? DAMAGED : 1;
    m[f + F_TO] = to;
    m[f + F_KIND] = kind;
    m[f + F_TOKEN] = message[d + D_TOKEN] as number;
    m[f + F_ANSWERS] = answers;
    m[f + F_LINK] = link;
    for (let i = 0; i < PAYLOAD_WORDS; i++) m[f + F_PAYLOAD + i] = message[d + D_PAYLOAD + i] as number;
    let bytes = 64;
    if (this.#hasBytes(f)) {
      const sectors = (m[f + F_PAYLOAD + SPAN] as number) >>> 16;
      copySectors(memory.m, m[f + F_PAYLOAD + AT] as number, this.#transit, this.#transitAt(frame), sectors);
      bytes += sectors * SECTOR_BYTES;
    }
    this.#set(link, CARRIED, (this.carriedBy(link) + 1) | 0);
    const arrival = this.#linkAt(link) + ARRIVAL + 2 * toSide;
    let time = this.#arrival_ns(link, toSide, bytes, readTime(m, arrival));
    if (this.faults !== undefined) time = this.faults.arrival(link, to, time);
    if (kind === KIND.FAR_APPLY && m[this.#at + HELD_TO] === to + 1) {
      m[this.#at + HELD_TO] = 0;
      time += (m[this.#at + HELD_US] as number) * 1000;
    } else {
      const last = readTime(m, arrival);
      if (time < last) time = last;
      writeTime(m, arrival, time);
    }
    const model = this.#links[link]?.model;
    // All writes wait as long: they keep their order, and only others overtake them.
    if (kind === KIND.FAR_APPLY && model instanceof LinkKind) time += model.handshake_ns;
    this.#schedule.at(time, EVENT.FRAME, frame, this.#get(link, GENERATION), link);
  }

  #arrival_ns(link: number, toSide: number, bytes: number, last: number): number {
    const { model } = this.#links[link] as ModelLink;
    const now = this.#schedule.now_ns();
    if (model instanceof LinkKind) return this.#wires.arrival_ns(model, link, toSide, now, bytes, last, this.#chance);
    const us = model.latency_us + this.#chance.below(model.spread_us + 1);
    return now + us * 1000 + Math.floor((bytes * 1000) / model.bytesPer_us);
  }

  #hasBytes(f: number): boolean {
    return this.#m[f + F_KIND] === KIND.FAR_APPLY && ((this.#m[f + F_PAYLOAD + FLAGS] as number) & ZERO) === 0;
  }

  #frame(frame: number): number {
    return this.#table + frame * FRAME_WORDS;
  }

  /** In sectors of the memory for data under way. */
  #transitAt(frame: number): number {
    return (frame * this.#transit.length) / this.#frames / SECTOR_WORDS;
  }

  #allocate(): number {
    const next = this.#at + NEXT;
    for (let i = 0; i < this.#frames; i++) {
      const frame = ((this.#m[next] as number) + i) % this.#frames;
      if (this.#m[this.#frame(frame) + F_USED] === 0) {
        this.#m[next] = (frame + 1) % this.#frames;
        return frame;
      }
    }
    throw new RangeError(`more than ${this.#frames} frames are on the simulated wires`);
  }

  #asked(end: number): Requests {
    return this.#requests[end] as Requests;
  }

  /** Words of an end; the first are its unspent credits, by trunk. */
  #end(end: number): number {
    return this.#at + ENDS + end * END_WORDS;
  }

  #linkAt(link: number): number {
    return this.#linksAt + link * LINK_WORDS;
  }

  #get(link: number, word: number): number {
    return this.#m[this.#linkAt(link) + word] as number;
  }

  #set(link: number, word: number, value: number): void {
    this.#m[this.#linkAt(link) + word] = value;
  }
}
