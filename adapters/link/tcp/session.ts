/**
 * What one wire carries, and the rules that each side keeps the other to: the greeting comes first and once, no write
 * without a credit, no answer without its question, no more questions than this array's rings hold. What the other side
 * says is checked for a whole batch before any of it is handed to the remote role.
 */
import { SECTOR_BYTES, SHIP_FLAG } from '../../../firmware/memory/constants.js';
import type { ArrayMemory } from '../../../firmware/memory/layout.js';
import type { Mail } from '../../../firmware/ports/mail.js';
import { D_PAYLOAD, D_TOKEN, KIND, PAYLOAD_WORDS } from '../../../firmware/ports/messages.js';
import * as C from './carried.js';
import { MESSAGE_WORDS_MAX, MESSAGES_MAX, Violation } from './frame.js';
import type { Places } from './intake.js';
import type { Outbox } from './outbox.js';
import type { ReceiveBuffers } from './receive-buffers.js';
import type { Requests } from './requests.js';
import { decodeWords } from './words.js';

/** Credits that one side may have from the other. */
const CREDITS_MAX = 65_535;
/** Credits that one message may give. */
const CREDIT_MAX = 4096;
/** The remote role goes through a message's credits in one run, and a run has a budget: so many at a time are handed over. */
const CREDIT_PART = 1024;

/** Descriptors of a planned message: kind, token, answers, payload. */
const PLAN_WORDS = 3 + PAYLOAD_WORDS;

/** What all wires of a port share. */
export interface Bay {
  readonly memory: ArrayMemory;
  readonly mail: Mail;
  readonly buffers: ReceiveBuffers;
  readonly requests: Requests;
  /** Messages that the ring to the remote role still takes. */
  room(): number;
}

export class Session {
  readonly wire: number;
  readonly #bay: Bay;
  readonly #out: Outbox;
  /** The remote role greeted on this wire; the other side's did. */
  #greeted = false;
  #heard = false;
  /** Writes that the other side may still send, and that this side may. */
  #theirs = 0;
  #ours = 0;
  /** Own requests without an answer: how many of each token, by kind of the answer. */
  readonly #asked = new Map<number, Map<number, number>>([
    [KIND.FAR_APPLIED, new Map()],
    [KIND.FAR_ANSWER, new Map()],
  ]);
  readonly #words = new Int32Array(MESSAGES_MAX * MESSAGE_WORDS_MAX);
  /** The batch that comes: what is to be handed over, and how much of it was. */
  readonly #plan = new Int32Array(MESSAGES_MAX * PLAN_WORDS);
  #planned = 0;
  #delivered = 0;
  /** Requests among what is planned and not handed over. */
  #requests = 0;
  /** Messages handed over. */
  carried = 0;

  constructor(wire: number, bay: Bay, out: Outbox) {
    this.wire = wire;
    this.#bay = bay;
    this.#out = out;
  }

  /** A message of the remote role at `d`; `request`: place of the request that it answers, else -1. */
  send(kind: number, d: number, request: number): void {
    const { m } = this.#bay.mail;
    if (kind === KIND.HELLO) {
      this.#greeted = true;
      this.#theirs = m[d + D_PAYLOAD + C.HELLO_CREDITS];
    }
    if (!this.#greeted) return;
    const manner = C.MANNER[kind];
    let token = 0;
    if (manner === C.ANSWER) {
      const { requests } = this.#bay;
      if (request < 0 || requests.wire[request] !== this.wire) return;
      token = requests.token[request];
    } else if (manner === C.REQUEST) {
      token = m[d + D_TOKEN];
      const asked = this.#asked.get(C.REPLY[kind]);
      asked?.set(token, (asked.get(token) ?? 0) + 1);
    }
    if (kind === KIND.FAR_APPLY) this.#write(d, token);
    else if (kind === KIND.FAR_CREDIT) this.#credit(m[d + D_PAYLOAD + C.CREDIT_COUNT]);
    else this.#put(kind, d, token, 0);
  }

  /** The header of a batch. Errors: Violation; then the session must `end`. */
  batch(header: Uint8Array, places: Places): void {
    const words = this.#words;
    const count = decodeWords(header, 0, header.length, words);
    this.#planned = 0;
    this.#delivered = 0;
    for (let i = 0; i < count; ) {
      const kind = C.KIND_OF[words[i] >= 0 && words[i] < C.KIND_OF.length ? words[i] : 0];
      if (kind === 0) throw new Violation(`a message of kind ${words[i]}: no link carries it`);
      const size = C.wordsOf(kind);
      if (this.#planned === MESSAGES_MAX || i + size > count) throw new Violation('a batch with part of a message');
      this.#planOne(kind, i, places);
      i += size;
    }
    places.messages = this.#planned;
  }

  /** Hands over what was planned, as far as the ring has place; true when it was all. */
  deliver(): boolean {
    const { mail, requests } = this.#bay;
    const { m } = mail;
    const plan = this.#plan;
    while (this.#delivered < this.#planned) {
      if (this.#bay.room() <= 0) return false;
      const p = this.#delivered * PLAN_WORDS;
      const kind = plan[p];
      let token = 0;
      if (C.MANNER[kind] === C.REQUEST) {
        token = requests.begin(plan[p + 1], this.wire);
        this.#requests -= 1;
      }
      const d = mail.forward(kind, token, plan[p + 2]);
      for (let i = 0; i < PAYLOAD_WORDS; i++) m[d + D_PAYLOAD + i] = plan[p + 3 + i];
      this.carried += 1;
      if (kind === KIND.FAR_CREDIT) {
        const left = plan[p + 3 + C.CREDIT_COUNT] - CREDIT_PART;
        if (left > 0) {
          m[d + D_PAYLOAD + C.CREDIT_COUNT] = CREDIT_PART;
          plan[p + 3 + C.CREDIT_COUNT] = left;
          continue;
        }
      }
      this.#delivered += 1;
    }
    return true;
  }

  /** The wire is gone: receive buffers and credits of what was not handed over are free. */
  end(): void {
    for (; this.#delivered < this.#planned; this.#delivered++) {
      const p = this.#delivered * PLAN_WORDS;
      if (this.#plan[p] !== KIND.FAR_APPLY) continue;
      this.#theirs += 1;
      if ((this.#plan[p + 3 + C.APPLY_FLAGS] & SHIP_FLAG.SHIP_ZERO) === 0) {
        this.#bay.buffers.give(this.#plan[p + 3 + C.APPLY_AT]);
      }
    }
  }

  /** Credits that were given over this wire, and for which no write was handed over. */
  get unspent(): number {
    return this.#theirs;
  }

  #write(d: number, token: number): void {
    const { mail, memory } = this.#bay;
    const { m } = mail;
    this.#ours -= 1;
    const isZero = (m[d + D_PAYLOAD + C.APPLY_FLAGS] & SHIP_FLAG.SHIP_ZERO) !== 0;
    const sectors = isZero ? 0 : m[d + D_PAYLOAD + C.APPLY_SPAN] >>> 16;
    const at = m[d + D_PAYLOAD + C.APPLY_AT];
    if (!isZero && (sectors < 1 || at < 0 || (at + sectors) * SECTOR_BYTES > memory.bytes.length)) {
      throw new RangeError(`link port: a write of ${sectors} sectors at memory sector ${at}: there is no such place`);
    }
    m[d + D_PAYLOAD + C.APPLY_AT] = 0;
    this.#put(KIND.FAR_APPLY, d, token, sectors * SECTOR_BYTES);
    if (!isZero) this.#out.attach(at, sectors);
  }

  #credit(count: number): void {
    const number = C.NUMBER_OF[KIND.FAR_CREDIT];
    this.#theirs += count;
    for (let left = count; left > 0; left -= CREDIT_MAX) {
      this.#out.message(0);
      this.#out.word(number);
      this.#out.word(Math.min(left, CREDIT_MAX));
      this.#out.word(0);
    }
  }

  #put(kind: number, d: number, token: number, payload_bytes: number): void {
    const { m } = this.#bay.mail;
    const out = this.#out;
    out.message(payload_bytes);
    out.word(C.NUMBER_OF[kind]);
    if (C.MANNER[kind] !== C.ONE_WAY) out.word(token);
    const wire = C.WIRE_AT[kind];
    for (let i = 0; i < C.FIELDS[kind]; i++) out.word(i === wire ? 0 : m[d + D_PAYLOAD + i]);
  }

  /** One message whose words begin at `i`: is it allowed now? Then it is planned. */
  #planOne(kind: number, i: number, places: Places): void {
    if (this.#heard === (kind === KIND.HELLO)) {
      throw new Violation(this.#heard ? 'a second greeting (HELLO)' : 'a message before the greeting (HELLO)');
    }
    const words = this.#words;
    const plan = this.#plan;
    const p = this.#planned * PLAN_WORDS;
    const manner = C.MANNER[kind];
    const fields = i + (manner === C.ONE_WAY ? 1 : 2);
    plan[p] = kind;
    plan[p + 1] = manner === C.REQUEST ? words[i + 1] : 0;
    plan[p + 2] = manner === C.ANSWER ? words[i + 1] : 0;
    for (let k = 0; k < PAYLOAD_WORDS; k++) plan[p + 3 + k] = k < C.FIELDS[kind] ? words[fields + k] : 0;
    if (C.WIRE_AT[kind] >= 0) plan[p + 3 + C.WIRE_AT[kind]] = this.wire;
    if (manner === C.ANSWER) this.#settle(kind, words[i + 1]);
    else if (manner === C.REQUEST) this.#admit();
    if (kind === KIND.HELLO) this.#greet(words[fields + C.HELLO_CREDITS]);
    else if (kind === KIND.FAR_CREDIT) this.#granted(words[fields + C.CREDIT_COUNT]);
    else if (kind === KIND.FAR_APPLY) this.#apply(p + 3, places);
    this.#planned += 1;
  }

  #greet(credits: number): void {
    if (credits < 0 || credits > CREDITS_MAX) {
      throw new Violation(`a greeting with ${credits} credits; 0 to ${CREDITS_MAX} are allowed`);
    }
    this.#heard = true;
    this.#ours += credits;
  }

  #granted(count: number): void {
    if (count < 1 || count > CREDIT_MAX) {
      throw new Violation(`${count} credits in one message; 1 to ${CREDIT_MAX} are allowed`);
    }
    this.#ours += count;
    if (this.#ours > CREDITS_MAX) throw new Violation(`${this.#ours} credits together; ${CREDITS_MAX} are the most`);
  }

  #admit(): void {
    this.#requests += 1;
    if (this.#requests > this.#bay.requests.free) {
      throw new Violation(`more than ${this.#bay.requests.capacity} requests without an answer`);
    }
  }

  #settle(kind: number, token: number): void {
    const asked = this.#asked.get(kind);
    const n = asked?.get(token) ?? 0;
    if (n === 0) throw new Violation(`an answer to ${token >>> 0}, which nobody asked`);
    if (n === 1) asked?.delete(token);
    else asked?.set(token, n - 1);
  }

  #apply(payload: number, places: Places): void {
    const plan = this.#plan;
    const span = plan[payload + C.APPLY_SPAN];
    const first = span & 0xffff;
    const sectors = span >>> 16;
    const { sectorsPerTrack } = this.#bay.memory.layout.dims;
    if (sectors < 1 || first + sectors > sectorsPerTrack) {
      throw new Violation(`a write of sectors ${first} + ${sectors}; a track has ${sectorsPerTrack}`);
    }
    if (this.#theirs < 1) throw new Violation('a write without a credit');
    this.#theirs -= 1;
    plan[payload + C.APPLY_AT] = 0;
    if ((plan[payload + C.APPLY_FLAGS] & SHIP_FLAG.SHIP_ZERO) !== 0) return;
    const at = this.#bay.buffers.take();
    if (at < 0) throw new Violation('more writes under way than there are receive buffers');
    plan[payload + C.APPLY_AT] = at;
    places.add(at, sectors);
  }
}
