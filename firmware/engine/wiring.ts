/**
 * The rings of an array as one director has them: one SPSC ring for each ordered pair of nodes that talk. This file is the
 * only one that knows where a message of a kind goes, and whether its ring leads to another thread.
 *
 * What always holds: a node's `inbound` bits and a director's busy word are touched by that director's thread alone.
 * Between two nodes of one director a message is there when it was pushed; what goes to another director is seen there
 * after `publish`, and what came from there after `listen`.
 */
import { Doorbell, Ring } from 'sharedarraybuffer-ring';
import { type ArrayMemory, bellAt, busyAt } from '../memory/layout.js';
import type { Mail } from '../ports/mail.js';
import * as MESSAGES from '../ports/messages.js';
import { DESCRIPTOR_WORDS, KINDS, roleNumber } from '../ports/messages.js';
import * as TASKS from './tasks.js';
import { N_DIRECTOR } from './tasks.js';

/** Of this module: so compiled code has them as constants, which it looks up where they are imported. */
const { N_INBOUND, NODE_SHIFT } = TASKS;
const { D_ANSWERS, D_HEAD, D_TOKEN, ROLES } = MESSAGES;

const NODES = ROLES.length;

/** Receiver of each kind. A reply goes to whoever asked, so its own entry is not used. */
export const RECEIVER: Int32Array = Int32Array.from(KINDS, (k) => roleNumber(k.to));
/** What a link carries is handed by the link port to this role. */
export const HANDLER: Int32Array = Int32Array.from(KINDS, (k) => roleNumber(k.handler ?? k.to));

export class Wiring {
  readonly m: Int32Array;
  /** `rings[from * NODES + to]` */
  readonly rings: readonly (Ring | undefined)[];
  /** Word with a bit for each node of this director that may have something to do. */
  readonly busy: number;
  /** What other directors ring: a bit for each node that was sent something, and whatever else the runtime agrees on. */
  readonly bell: Doorbell;
  readonly #memory: ArrayMemory;
  readonly #director: number;
  readonly #inbound: number;
  /** By node: does it live on another director? */
  readonly #far = new Uint8Array(NODES);
  /** By node: that of its director. */
  readonly #bells: Doorbell[] = [];
  /** By node: senders on other directors, a bit each. */
  readonly #farSenders = new Int32Array(NODES);
  /** Senders of this director that pushed what is not published, a bit each; and by sender, to whom. */
  #unpublished = 0;
  readonly #unpublishedTo = new Int32Array(NODES);

  /** Placement is what stands in `node.director` now; memory of zeroes is one director for all. */
  constructor(memory: ArrayMemory, director: number) {
    const { m, layout } = memory;
    this.m = m;
    this.#memory = memory;
    this.#director = director;
    this.busy = busyAt(director);
    this.bell = new Doorbell(m, bellAt(director));
    this.#inbound = layout.base.node + N_INBOUND;
    const rings = new Array<Ring | undefined>(NODES * NODES).fill(undefined);
    for (const place of layout.rings) {
      rings[place.from * NODES + place.to] = new Ring(m, place.base, place.capacity, DESCRIPTOR_WORDS);
    }
    this.rings = rings;
    this.#look();
  }

  /**
   * The placement in memory is another one now. All directors of the array stand still from before it changed until each
   * of them has called this or stands still yet; and before it changed, all rings were shown (`showAll`).
   */
  place(): void {
    this.#look();
    const { m } = this;
    m[this.busy] = 0;
    for (let to = 0; to < NODES; to++) {
      if (this.#far[to] !== 0) continue;
      let senders = 0;
      for (let from = 0; from < NODES; from++) {
        const ring = this.rings[from * NODES + to];
        if (ring !== undefined && this.waiting(from, to) > 0) senders |= 1 << from;
      }
      m[this.#inbound + (to << NODE_SHIFT)] = senders;
      // Whoever came here may have been busy there.
      m[this.busy] = (m[this.busy] as number) | (1 << to);
    }
  }

  /** Shows what was pushed to any ring, whoever pushed it. All directors of the array stand still. */
  showAll(): void {
    this.publish();
    for (const ring of this.rings) ring?.publish();
  }

  #look(): void {
    const { m, layout } = this.#memory;
    const directorOf = ROLES.map((_, node) => m[layout.base.node + (node << NODE_SHIFT) + N_DIRECTOR] as number);
    this.#farSenders.fill(0);
    for (const [node, director] of directorOf.entries()) {
      this.#far[node] = director === this.#director ? 0 : 1;
      this.#bells[node] = new Doorbell(m, bellAt(director));
    }
    for (const { from, to } of layout.rings) {
      if (this.#far[from] !== 0 && this.#far[to] === 0) {
        this.#farSenders[to] = (this.#farSenders[to] as number) | (1 << from);
      }
    }
  }

  /** Word index of a new descriptor from one node to another; its payload is the caller's to fill. */
  push(from: number, to: number, head: number, token: number, answers: number): number {
    const ring = this.rings[from * NODES + to];
    const at = ring === undefined ? -1 : ring.claim();
    // Ring sizes follow from what can be under way (layout.ts), so this is a fault of the machine, not of a host.
    if (at < 0) throw new MachineCheck(`ring ${ROLES[from]} → ${ROLES[to]} ${ring ? 'overflows' : 'does not exist'}`);
    const m = this.m;
    m[at + D_HEAD] = head | (from << 8);
    m[at + D_TOKEN] = token;
    m[at + D_ANSWERS] = answers;
    if (this.#far[to] === 0) {
      const inbound = this.#inbound + (to << NODE_SHIFT);
      m[this.busy] = (m[this.busy] as number) | (1 << to);
      m[inbound] = (m[inbound] as number) | (1 << from);
    } else {
      this.#unpublished |= 1 << from;
      this.#unpublishedTo[from] = (this.#unpublishedTo[from] as number) | (1 << to);
    }
    return at;
  }

  /** The bell of any director of this array. */
  bellOf(director: number): Doorbell {
    return new Doorbell(this.m, bellAt(director));
  }

  /** Shows other directors what was pushed to them, and wakes those that sleep. */
  publish(): void {
    let receivers = 0;
    for (let senders = this.#unpublished; senders !== 0; senders &= senders - 1) {
      const from = 31 - Math.clz32(senders & -senders);
      const to = this.#unpublishedTo[from] as number;
      this.#unpublishedTo[from] = 0;
      receivers |= to;
      for (let left = to; left !== 0; left &= left - 1) {
        this.rings[from * NODES + 31 - Math.clz32(left & -left)]?.publish();
      }
    }
    this.#unpublished = 0;
    for (; receivers !== 0; receivers &= receivers - 1) {
      const to = 31 - Math.clz32(receivers & -receivers);
      (this.#bells[to] as Doorbell).ring(to);
    }
  }

  /** Looks at what other directors published since. Returns the bell's bits, of which those of nodes are dealt with. */
  listen(): number {
    const bits = this.bell.take();
    const m = this.m;
    for (let left = bits & ((1 << NODES) - 1); left !== 0; left &= left - 1) {
      const to = 31 - Math.clz32(left & -left);
      const inbound = this.#inbound + (to << NODE_SHIFT);
      for (let senders = this.#farSenders[to] as number; senders !== 0; senders &= senders - 1) {
        const from = 31 - Math.clz32(senders & -senders);
        if ((this.rings[from * NODES + to] as Ring).available() > 0) m[inbound] = (m[inbound] as number) | (1 << from);
      }
      if (m[inbound] !== 0) m[this.busy] = (m[this.busy] as number) | (1 << to);
    }
    return bits;
  }

  /** Senders whose ring to this node holds something, a bit each. */
  pending(node: number): number {
    return this.m[this.#inbound + (node << NODE_SHIFT)] as number;
  }

  /** How many descriptors a ring to a node of this director holds. */
  waiting(from: number, to: number): number {
    const ring = this.rings[from * NODES + to] as Ring;
    return this.#far[from] === 0 ? ring.availableLocal() : ring.available();
  }

  /** Gives back n descriptors of a ring. */
  release(from: number, to: number, n: number): void {
    const ring = this.rings[from * NODES + to] as Ring;
    if (this.#far[from] === 0) {
      ring.releaseLocal(n);
      if (ring.availableLocal() > 0) return;
    } else {
      ring.release(n);
      // More may be published right after this look; its bell then says so.
      if (ring.available() > 0) return;
    }
    const inbound = this.#inbound + (to << NODE_SHIFT);
    this.m[inbound] = (this.m[inbound] as number) & ~(1 << from);
  }
}

/** The hardware found itself in a state that it must never be in. */
export class MachineCheck extends Error {}

/** The rings of a port. */
export class PortMail implements Mail {
  readonly m: Int32Array;
  readonly #wiring: Wiring;
  readonly #node: number;
  #shown = -1;

  constructor(wiring: Wiring, node: number) {
    this.m = wiring.m;
    this.#wiring = wiring;
    this.#node = node;
  }

  peek(): number {
    const bits = this.#wiring.pending(this.#node);
    if (bits === 0) return -1;
    this.#shown = 31 - Math.clz32(bits & -bits);
    return (this.#wiring.rings[this.#shown * NODES + this.#node] as Ring).at(0);
  }

  drop(): void {
    if (this.#shown >= 0) this.#wiring.release(this.#shown, this.#node, 1);
    this.#shown = -1;
  }

  post(kind: number): number {
    return this.#wiring.push(this.#node, RECEIVER[kind] as number, kind, 0, 0);
  }

  answer(kind: number, request: number): number {
    const from = ((this.m[request + D_HEAD] as number) >> 8) & 255;
    return this.respond(kind, from, this.m[request + D_TOKEN] as number);
  }

  respond(kind: number, node: number, token: number): number {
    return this.#wiring.push(this.#node, node, kind, 0, token);
  }

  forward(kind: number, token: number, answers: number): number {
    return this.#wiring.push(this.#node, HANDLER[kind] as number, kind, token, answers);
  }

  ask(kind: number, token: number): number {
    return this.#wiring.push(this.#node, RECEIVER[kind] as number, kind, token, 0);
  }
}
