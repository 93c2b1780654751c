/**
 * The link port of an array over TCP: all its links to other arrays (`tcp-link.ts`), which are added and removed while it
 * runs. A message of the remote role goes over the wire that it names, an answer over the one that brought its request.
 * A link is called by its record in the table `link`, which its wires' numbers say: that of its trunk, and its own there.
 *
 * The runtime calls `pump` when the port's mail holds something; the port calls `options.pump` when it has put something
 * into the remote role's. All on one thread.
 */
import { Ring } from 'sharedarraybuffer-ring';
import { FIRST_LINK_SHIFT, LINKS_MAX, TRUNK_SHIFT, TRUNKS_MAX } from '../../../firmware/memory/constants.js';
import { type ArrayMemory, linkRecord } from '../../../firmware/memory/layout.js';
import type { Mail, Port } from '../../../firmware/ports/mail.js';
import { D_ANSWERS, D_HEAD, D_PAYLOAD, DESCRIPTOR_WORDS, KIND } from '../../../firmware/ports/messages.js';
import { ANSWER, CREDITS_AT, MANNER, NUMBER_OF, WIRE_AT } from './carried.js';
import type { TcpLinkOptions } from './options.js';
import { ReceiveBuffers } from './receive-buffers.js';
import { Requests, requestWords, ringOf } from './requests.js';
import type { Session } from './session.js';
import { type LinkPort, TcpLink } from './tcp-link.js';

/** Places in the ring to the remote role that are kept for the coming and going of wires. */
const RESERVE = 4 * LINKS_MAX * TRUNKS_MAX;
/** Of a wire's number, what is between the trunk's and the link's. */
const TIMES_MAX = 2 ** FIRST_LINK_SHIFT / LINKS_MAX;

const trunkOf = (wire: number): number => wire >>> TRUNK_SHIFT;
/** Record of the link that a wire is of. */
const recordOf = (wire: number): number => (wire >>> FIRST_LINK_SHIFT) | (wire % LINKS_MAX);

export interface TcpLinksOptions {
  readonly memory: ArrayMemory;
  /** Of the array's link port. */
  readonly mail: Mail;
  /** Runs the array; it pumps this port too. */
  readonly pump: () => void;
  /** Where its table of requests is, for others to look into: `requestWords`, all 0. */
  readonly requests?: Int32Array;
}

export class TcpLinks implements Port, LinkPort {
  readonly memory: ArrayMemory;
  readonly mail: Mail;
  readonly buffers: ReceiveBuffers;
  readonly requests: Requests;
  /** By record. */
  readonly #links: (TcpLink | undefined)[] = new Array<undefined>(LINKS_MAX * TRUNKS_MAX).fill(undefined);
  readonly #pump: () => void;
  /** To the remote role; looked at for its place only. */
  readonly #ring: Ring;
  /** Wires so far. */
  #times = 0;
  /** By trunk: credits that found no wire and are not given back yet. */
  readonly #unspent = new Int32Array(TRUNKS_MAX);
  #soon: NodeJS.Immediate | undefined;
  #pumping = false;

  constructor({ memory, mail, pump, requests }: TcpLinksOptions) {
    this.memory = memory;
    this.mail = mail;
    this.#pump = pump;
    this.buffers = new ReceiveBuffers(memory.layout);
    const place = ringOf(memory.layout);
    this.#ring = new Ring(memory.m, place.base, place.capacity, DESCRIPTOR_WORDS);
    this.requests = new Requests(requests ?? new Int32Array(requestWords(memory.layout)));
  }

  /**
   * A new link, which `start` begins. @param number among those of its trunk.
   * Errors: RangeError, for what cannot be meant, and a number that is taken.
   */
  add(trunk: number, number: number, options: TcpLinkOptions): TcpLink {
    const { array, peer } = options;
    if (!Number.isInteger(number) || number < 0 || number >= LINKS_MAX) {
      throw new RangeError(`link ${number} of array ${array} to ${peer}: numbers of links are 0 to ${LINKS_MAX - 1}`);
    }
    if (!Number.isInteger(trunk) || trunk < 0 || trunk >= TRUNKS_MAX) {
      throw new RangeError(`trunk ${trunk} of array ${array}: numbers of trunks are 0 to ${TRUNKS_MAX - 1}`);
    }
    const link = new TcpLink(this, linkRecord(trunk, number), options);
    const other = this.trunk(trunk).find(({ identity }) => identity.peer !== peer);
    if (other) throw new RangeError(`trunk ${trunk} of array ${array} leads to ${other.identity.peer}, not to ${peer}`);
    if (this.#links[link.record]) throw new RangeError(`array ${array} has a link ${number} to ${peer} already`);
    this.#links[link.record] = link;
    return link;
  }

  /** The link of this record, if there is one; without a record, all. */
  of(record?: number): readonly TcpLink[] {
    return this.#links.flatMap((link, r) => (link && (record === undefined || r === record) ? [link] : []));
  }

  /** All links to one other array. */
  trunk(trunk: number): readonly TcpLink[] {
    return this.of().filter(({ record }) => Math.floor(record / LINKS_MAX) === trunk);
  }

  /** The link takes leave of the other array, for good; its number is free when that is done. */
  async remove(record: number): Promise<void> {
    const link = this.#links[record];
    await link?.close();
    if (this.#links[record] === link) this.#links[record] = undefined;
  }

  /** Takes leave of all other arrays. Resolves when all sockets are closed. */
  async close(): Promise<void> {
    await Promise.all(this.#links.map((link) => link?.close()));
    clearImmediate(this.#soon);
  }

  /** Takes what the remote role gave, and sends it by one write a link. Errors: RangeError, a machine check. */
  pump(): boolean {
    this.#pumping = true;
    try {
      // Each half has its effect on its own: neither stands for the other.
      let did = false;
      for (const link of this.#links) if (link?.resume()) did = true;
      return this.#take() || did;
    } finally {
      this.#pumping = false;
    }
  }

  room(): number {
    return this.#ring.capacity - this.#ring.availableLocal() - RESERVE;
  }

  wireUp(record: number): number {
    this.#times = this.#times === TIMES_MAX - 1 ? 1 : this.#times + 1;
    const trunk = Math.floor(record / LINKS_MAX);
    const wire = (trunk << TRUNK_SHIFT) | (this.#times * LINKS_MAX) | (record % LINKS_MAX);
    const { mail } = this;
    mail.m[mail.post(KIND.LINK_UP) + D_PAYLOAD] = wire;
    return wire;
  }

  wireDown(session: Session | undefined): void {
    if (session === undefined) return;
    const { mail } = this;
    mail.m[mail.post(KIND.LINK_DOWN) + D_PAYLOAD] = session.wire;
    this.#unspent[trunkOf(session.wire)] += session.unspent;
    this.#giveBack();
  }

  arrived(soon: boolean): void {
    // Whoever pumps this port goes on anyway.
    if (this.#pumping) return;
    if (soon) this.#soon ??= setImmediate(this.#run);
    else this.#run();
  }

  readonly #run = (): void => {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    this.#pump();
  };

  #take(): boolean {
    const { mail, buffers } = this;
    const { m } = mail;
    let any = false;
    for (let d = mail.peek(); d >= 0; d = mail.peek()) {
      any = true;
      const kind = m[d + D_HEAD] & 255;
      if (kind === KIND.RECEIVED) buffers.give(m[d + D_PAYLOAD]);
      else if (kind === KIND.HANG_UP) this.#hangUp(m[d + D_PAYLOAD]);
      else if (NUMBER_OF[kind] === 0) throw new RangeError(`link port: message of kind ${kind}; no link carries it`);
      else this.#send(kind, d);
      mail.drop();
    }
    if (any) for (const link of this.#links) link?.flush();
    this.#giveBack();
    return any;
  }

  #send(kind: number, d: number): void {
    const { mail, requests } = this;
    // Without a wire too: the place of an answered request is free.
    const request = MANNER[kind] === ANSWER ? requests.end(mail.m[d + D_ANSWERS]) : -1;
    const wire =
      MANNER[kind] !== ANSWER ? mail.m[d + D_PAYLOAD + WIRE_AT[kind]] : request < 0 ? 0 : requests.wire[request];
    const session = this.#links[recordOf(wire)]?.sessionOf(wire);
    if (session) session.send(kind, d, request);
    else if (CREDITS_AT[kind] >= 0) this.#unspent[trunkOf(wire)] += mail.m[d + D_PAYLOAD + CREDITS_AT[kind]];
  }

  #hangUp(wire: number): void {
    const link = this.#links[recordOf(wire)];
    if (link?.sessionOf(wire)) {
      link.hangUp(`it leads to another memory of array ${link.identity.peer} than the other links do`);
    }
  }

  /** The role hears of credits after the end of their wire. Where its ring is full, with the next pump. */
  #giveBack(): void {
    const { mail } = this;
    for (let trunk = 0; trunk < TRUNKS_MAX; trunk++) {
      const count = this.#unspent[trunk];
      if (count === 0 || this.room() + RESERVE <= 0) continue;
      const d = mail.post(KIND.UNSPENT) + D_PAYLOAD;
      mail.m[d] = count;
      mail.m[d + 1] = trunk;
      this.#unspent[trunk] = 0;
    }
  }
}
