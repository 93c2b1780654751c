/**
 * The rings of an array: one SPSC ring for each ordered pair of nodes that talk. This file is the only one that knows
 * where a message of a kind goes.
 */
import { Ring } from 'sharedarraybuffer-ring';
import { type ArrayMemory, BUSY_WORD, INBOUND_WORD } from '../memory/layout.js';
import type { Mail } from '../ports/mail.js';
import { D_ANSWERS, D_HEAD, D_TOKEN, DESCRIPTOR_WORDS, KINDS, ROLES, roleNumber } from '../ports/messages.js';

const NODES = ROLES.length;

/** Receiver of each kind. A reply goes to whoever asked, so its own entry is not used. */
export const RECEIVER: Int32Array = Int32Array.from(KINDS, (k) => roleNumber(k.to));
/** What a link carries is handed by the link port to this role. */
export const HANDLER: Int32Array = Int32Array.from(KINDS, (k) => roleNumber(k.handler ?? k.to));

export class Wiring {
  readonly m: Int32Array;
  /** `rings[from * NODES + to]` */
  readonly rings: readonly (Ring | undefined)[];
  /** Rings that end at a node, in the order of the senders. */
  readonly inbound: readonly (readonly Ring[])[];

  constructor(memory: ArrayMemory) {
    this.m = memory.m;
    const rings = new Array<Ring | undefined>(NODES * NODES).fill(undefined);
    const inbound: Ring[][] = ROLES.map(() => []);
    for (const place of memory.layout.rings) {
      const ring = new Ring(memory.m, place.base, place.capacity, DESCRIPTOR_WORDS);
      rings[place.from * NODES + place.to] = ring;
      inbound[place.to]?.push(ring);
    }
    this.rings = rings;
    this.inbound = inbound;
  }

  /** Word index of a new descriptor from one node to another; its payload is the caller's to fill. */
  push(from: number, to: number, head: number, token: number, answers: number): number {
    const ring = this.rings[from * NODES + to];
    const at = ring === undefined ? -1 : ring.claim();
    // Ring sizes follow from what can be under way (layout.ts), so this is a fault of the machine, not of a host.
    if (at < 0) throw new MachineCheck(`ring ${ROLES[from]} → ${ROLES[to]} ${ring ? 'overflows' : 'does not exist'}`);
    this.m[at + D_HEAD] = head | (from << 8);
    this.m[at + D_TOKEN] = token;
    this.m[at + D_ANSWERS] = answers;
    this.m[BUSY_WORD] = (this.m[BUSY_WORD] as number) | (1 << to);
    this.m[INBOUND_WORD + to] = (this.m[INBOUND_WORD + to] as number) | (1 << from);
    return at;
  }

  /** Senders whose ring to this node holds something, a bit each. */
  pending(node: number): number {
    return this.m[INBOUND_WORD + node] as number;
  }

  /** Gives back n descriptors of a ring. */
  release(from: number, to: number, n: number): void {
    const ring = this.rings[from * NODES + to] as Ring;
    ring.releaseLocal(n);
    if (ring.availableLocal() === 0) this.m[INBOUND_WORD + to] = (this.m[INBOUND_WORD + to] as number) & ~(1 << from);
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
