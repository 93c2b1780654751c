/**
 * The wire between two simulated arrays: latency, bandwidth, cut. Frames keep their order, unless a fault lets one be
 * overtaken (as on a second link). What is under way when the wire is cut is lost; each side notices in its own time. An
 * answer goes over the wire over which its request came, or nowhere.
 */
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { copySectors, SECTOR_WORDS } from '../../../firmware/memory/copy.js';
import type { ArrayMemory } from '../../../firmware/memory/layout.js';
import { readTime, writeTime } from '../../../firmware/memory/time.js';
import type { Mail } from '../../../firmware/ports/mail.js';
import { D_ANSWERS, D_HEAD, D_PAYLOAD, D_TOKEN, KIND, KINDS, PAYLOAD_WORDS } from '../../../firmware/ports/messages.js';
import { type Chance, EVENT, type Region, type Schedule } from '../../../firmware/ports/schedule.js';
import { ReceiveBuffers } from './receive-buffers.js';
import { Requests } from './requests.js';

export interface LinkModel {
  readonly latency_us: number;
  readonly spread_us: number;
  readonly bytesPer_us: number;
}

export interface LinkEnd {
  readonly memory: ArrayMemory;
  readonly mail: Mail;
}

const IS_REQUEST = Uint8Array.from(KINDS, (k) => (k.reply ? 1 : 0));
const IS_ANSWER = Uint8Array.from(KINDS, (k) => (k.isReply ? 1 : 0));

const FRAMES = 512;
const FRAME_WORDS = 16;
const F_USED = 0;
const F_TO = 1;
const F_KIND = 2;
const F_TOKEN = 3;
const F_ANSWERS = 4;
const F_PAYLOAD = 5;
/** Payload fields of FAR_APPLY. */
const SPAN = 2;
const AT = 3;
const FLAGS = 6;
const WIRE_FIELD = 7;
const ZERO = 1;

/** Words of the link's own state. */
const WIRE = 0;
const GENERATION = 1;
/** Latest arrival in each direction: a frame never arrives before one that was sent earlier. */
const ARRIVAL = 2;
/** Which ends have yet to notice a cut. */
const NOTICING = 6;
/** The next FAR_APPLY to this end (+ 1) is held back for so many µs, and others overtake it. */
const HELD_TO = 7;
const HELD_US = 8;
/** Messages carried, and bytes. */
const CARRIED = 9;
const NEXT = 10;
/** Ends whose remote role has greeted on this wire: what it gave before that is left from the wire before. */
const GREETED = 11;
/** What each end has of its own: receive buffers, and what it was asked and has not answered. */
const RECEIVE = 16;
const ASKED = RECEIVE + 2 * ReceiveBuffers.words;
const TABLE = ASKED + 2 * Requests.words;

export class ModelLink {
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #transit: Int32Array;
  readonly #ends: readonly LinkEnd[];
  /** By end. */
  readonly #buffers: readonly ReceiveBuffers[];
  readonly #requests: readonly Requests[];
  readonly #schedule: Schedule;
  readonly #chance: Chance;
  readonly #model: LinkModel;

  static words(): number {
    return TABLE + FRAMES * FRAME_WORDS;
  }

  /** Bytes of the memory for data under way. */
  static transitBytes(sectorsPerTrack: number): number {
    return FRAMES * sectorsPerTrack * SECTOR_BYTES;
  }

  constructor(
    region: Region,
    transit: Int32Array,
    ends: readonly LinkEnd[],
    schedule: Schedule,
    chance: Chance,
    model: LinkModel,
  ) {
    this.#m = region.m;
    this.#at = region.at;
    this.#transit = transit;
    this.#ends = ends;
    const { m, at } = region;
    this.#buffers = ends.map(
      ({ memory }, end) => new ReceiveBuffers(m, at + RECEIVE + end * ReceiveBuffers.words, memory.layout),
    );
    this.#requests = ends.map((_, end) => new Requests(m, at + ASKED + end * Requests.words));
    this.#schedule = schedule;
    this.#chance = chance;
    this.#model = model;
  }

  get up(): boolean {
    return this.#m[this.#at + WIRE] !== 0;
  }

  get carried(): number {
    return this.#m[this.#at + CARRIED] as number;
  }

  /** Takes what one end's remote role gave to the wire. */
  pump(end: number): boolean {
    const { mail, memory } = this.#ends[end] as LinkEnd;
    const m = mail.m;
    let did = false;
    for (let d = mail.peek(); d >= 0; d = mail.peek()) {
      did = true;
      const kind = (m[d + D_HEAD] as number) & 255;
      // Without a wire too: the place of an answered request is free.
      const answers = IS_ANSWER[kind] === 0 ? 0 : this.#asked(end).end(m[d + D_ANSWERS] as number, this.#wire);
      const late = IS_ANSWER[kind] !== 0 && answers === 0;
      if (kind === KIND.RECEIVED) this.#buffers[end]?.give(m[d + D_PAYLOAD] as number);
      else if (!late && this.#greeted(end, d, kind)) this.#send(end, d, kind, answers, memory);
      mail.drop();
    }
    return did;
  }

  /** A frame arrives (EVENT.FRAME). */
  arrive(frame: number, generation: number): void {
    const f = this.#frame(frame);
    if (generation !== this.#m[this.#at + GENERATION] || this.#m[f + F_USED] === 0) return;
    const end = this.#m[f + F_TO] as number;
    const { mail, memory } = this.#ends[end] as LinkEnd;
    const kind = this.#m[f + F_KIND] as number;
    let token = this.#m[f + F_TOKEN] as number;
    if (IS_REQUEST[kind] !== 0) token = this.#asked(end).begin(token, this.#wire);
    // A reply goes back to the remote role as an answer; anything else starts a task there.
    const d = mail.forward(kind, token, this.#m[f + F_ANSWERS] as number);
    for (let i = 0; i < PAYLOAD_WORDS; i++) mail.m[d + D_PAYLOAD + i] = this.#m[f + F_PAYLOAD + i] as number;
    if (this.#hasBytes(f)) {
      const at = (this.#buffers[end] as ReceiveBuffers).take();
      copySectors(
        this.#transit,
        this.#transitAt(frame),
        memory.m,
        at,
        (this.#m[f + F_PAYLOAD + SPAN] as number) >>> 16,
      );
      mail.m[d + D_PAYLOAD + AT] = at;
    }
    if (kind === KIND.FAR_APPLY) mail.m[d + D_PAYLOAD + WIRE_FIELD] = this.#wire;
    this.#m[f + F_USED] = 0;
  }

  cut(): void {
    if (!this.up) return;
    const m = this.#m;
    m[this.#at + WIRE] = 0;
    m[this.#at + GENERATION] = (m[this.#at + GENERATION] as number) + 1;
    for (let i = 0; i < FRAMES; i++) m[this.#frame(i) + F_USED] = 0;
    m[this.#at + NOTICING] = 3;
    m[this.#at + GREETED] = 0;
    for (let end = 0; end < 2; end++) {
      this.#schedule.at(this.#schedule.now_ns() + this.#chance.below(2000) * 1000, EVENT.LINK_DOWN, end, 0, 0);
    }
  }

  /** An end notices the cut (EVENT.LINK_DOWN). `alive`: it has power. */
  noticed(end: number, alive: boolean): void {
    const m = this.#m;
    if (((m[this.#at + NOTICING] as number) & (1 << end)) === 0) return;
    m[this.#at + NOTICING] = (m[this.#at + NOTICING] as number) & ~(1 << end);
    if (alive) (this.#ends[end] as LinkEnd).mail.post(KIND.LINK_DOWN);
  }

  /** True once both ends know of the last cut, so that the wire may carry frames again. */
  get settled(): boolean {
    return this.#m[this.#at + NOTICING] === 0;
  }

  /** Both ends, which have power, see the wire. */
  connect(): void {
    if (this.up || !this.settled) return;
    this.#m[this.#at + WIRE] = 1;
    for (const end of this.#ends) end.mail.m[end.mail.post(KIND.LINK_UP) + D_PAYLOAD] = this.#wire;
  }

  /** An end lost power: its receive buffers are gone with it, and what it was asked. */
  endLost(end: number): void {
    this.#buffers[end]?.forget();
    this.#asked(end).forget();
    this.#m[this.#at + NOTICING] = (this.#m[this.#at + NOTICING] as number) & ~(1 << end);
  }

  /** The next write to this end stays on its way for so long, while others overtake it. */
  holdNext(end: number, us: number): void {
    this.#m[this.#at + HELD_TO] = end + 1;
    this.#m[this.#at + HELD_US] = us;
  }

  receiveBuffersInUse(end: number): number {
    return (this.#buffers[end] as ReceiveBuffers).inUse;
  }

  /** Requests of the other array that this end has not answered, whichever wire they came over. */
  unanswered(end: number): number {
    return this.#asked(end).unanswered;
  }

  /** Number of the wire: one more after each cut; never 0. */
  get #wire(): number {
    return (this.#m[this.#at + GENERATION] as number) + 1;
  }

  #greeted(end: number, d: number, kind: number): boolean {
    if (!this.up) return false;
    const m = this.#m;
    const hello = kind === KIND.HELLO && this.#ends[end]?.mail.m[d + D_PAYLOAD] === this.#wire;
    if (hello) m[this.#at + GREETED] = (m[this.#at + GREETED] as number) | (1 << end);
    return ((m[this.#at + GREETED] as number) & (1 << end)) !== 0;
  }

  /** `answers`: the other array's token, if this answers one. */
  #send(end: number, d: number, kind: number, answers: number, memory: ArrayMemory): void {
    const m = this.#m;
    const message = this.#ends[end]?.mail.m as Int32Array;
    const frame = this.#allocate();
    const f = this.#frame(frame);
    const to = 1 - end;
    m[f + F_USED] = 1;
    m[f + F_TO] = to;
    m[f + F_KIND] = kind;
    m[f + F_TOKEN] = message[d + D_TOKEN] as number;
    m[f + F_ANSWERS] = answers;
    for (let i = 0; i < PAYLOAD_WORDS; i++) m[f + F_PAYLOAD + i] = message[d + D_PAYLOAD + i] as number;
    if (kind === KIND.HELLO) m[f + F_PAYLOAD + 1] = memory.layout.dims.credits - this.receiveBuffersInUse(end);
    let bytes = 64;
    if (this.#hasBytes(f)) {
      const sectors = (m[f + F_PAYLOAD + SPAN] as number) >>> 16;
      copySectors(memory.m, m[f + F_PAYLOAD + AT] as number, this.#transit, this.#transitAt(frame), sectors);
      bytes += sectors * SECTOR_BYTES;
    }
    m[this.#at + CARRIED] = ((m[this.#at + CARRIED] as number) + 1) | 0;
    const now = this.#schedule.now_ns();
    const us = this.#model.latency_us + this.#chance.below(this.#model.spread_us + 1);
    let time = now + us * 1000 + Math.floor((bytes * 1000) / this.#model.bytesPer_us);
    if (kind === KIND.FAR_APPLY && m[this.#at + HELD_TO] === to + 1) {
      m[this.#at + HELD_TO] = 0;
      time += (m[this.#at + HELD_US] as number) * 1000;
    } else {
      const last = readTime(m, this.#at + ARRIVAL + 2 * to);
      if (time < last) time = last;
      writeTime(m, this.#at + ARRIVAL + 2 * to, time);
    }
    this.#schedule.at(time, EVENT.FRAME, frame, m[this.#at + GENERATION] as number, 0);
  }

  #hasBytes(f: number): boolean {
    return this.#m[f + F_KIND] === KIND.FAR_APPLY && ((this.#m[f + F_PAYLOAD + FLAGS] as number) & ZERO) === 0;
  }

  #frame(frame: number): number {
    return this.#at + TABLE + frame * FRAME_WORDS;
  }

  /** In sectors of the memory for data under way. */
  #transitAt(frame: number): number {
    return (frame * this.#transit.length) / FRAMES / SECTOR_WORDS;
  }

  #allocate(): number {
    for (let i = 0; i < FRAMES; i++) {
      const frame = ((this.#m[this.#at + NEXT] as number) + i) % FRAMES;
      if (this.#m[this.#frame(frame) + F_USED] === 0) {
        this.#m[this.#at + NEXT] = (frame + 1) % FRAMES;
        return frame;
      }
    }
    throw new RangeError(`more than ${FRAMES} frames are on the simulated wire`);
  }

  #asked(end: number): Requests {
    return this.#requests[end] as Requests;
  }
}
