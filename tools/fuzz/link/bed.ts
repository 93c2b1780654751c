/**
 * The link port of an array with real rings, and in place of the remote role's microcode one that notes what it is told and
 * answers everything: what matters here is what gets that far. Trunk 0 leads to the array that is not to be trusted,
 * trunk 1 to an honest one.
 */
import { TcpLinks } from '../../../adapters/link/tcp/tcp-links.js';
import { PortMail, Wiring } from '../../../firmware/engine/wiring.js';
import { SECTOR_BYTES, SHIP_FLAG, TRUNK_SHIFT } from '../../../firmware/memory/constants.js';
import { type ArrayMemory, attach, type Dimensions, layoutOf } from '../../../firmware/memory/layout.js';
import {
  D_HEAD,
  D_PAYLOAD,
  D_TOKEN,
  KIND,
  KINDS,
  type KindName,
  roleNumber,
} from '../../../firmware/ports/messages.js';
import { MemorySocket, Wire } from '../memory-socket.js';
import { FuzzFailure } from '../target.js';
import { SECRET, SECTORS_PER_TRACK } from './frames.js';

const DIMENSIONS: Dimensions = {
  sectorsPerTrack: SECTORS_PER_TRACK,
  tracks: [64],
  hostSlots: 4,
  remoteSlots: 4,
  tasks: [8, 8, 2, 4],
  commands: 8,
  transferSectors: 256,
  credits: 24,
};
/** Credits of each of the two. */
export const CREDITS = DIMENSIONS.credits / 2;
export const PEERS = ['B', 'C'] as const;
/** Trunks of the two. */
export const ANY = 0;
export const HONEST = 1;
/** No time passes by itself within an input. */
const NEVER_MS = 3_600_000;
const ROUNDS_MAX = 100_000;
const QUIET_TURNS = 2;

/** What the remote role was told. */
export interface Told {
  readonly kind: KindName;
  readonly trunk: number;
  readonly fields: Readonly<Record<string, number>>;
  /** Of a write that is not zeroes. */
  readonly bytes: Buffer | undefined;
}

export class LinkBed {
  readonly memory: ArrayMemory;
  readonly port: TcpLinks;
  readonly told: Told[] = [];
  /** Messages of service processors that came whole, in bytes. */
  service_bytes = 0;
  /** The role does not look at its mail. */
  sleeps = false;
  readonly #mail: PortMail;
  readonly #wires = new Set<Wire>();
  /** Number of the wire of each trunk that is up; 0: none. */
  readonly #up = [0, 0];
  /** What stands where no write of a link goes. */
  readonly #quiet: Buffer;

  constructor() {
    const layout = layoutOf(DIMENSIONS);
    this.memory = attach(layout, new SharedArrayBuffer(layout.bytes));
    const wiring = new Wiring(this.memory, 0);
    this.#mail = new PortMail(wiring, roleNumber('remote'));
    const mail = new PortMail(wiring, roleNumber('linkPort'));
    this.port = new TcpLinks({ memory: this.memory, mail, pump: this.pump });
    for (const [trunk, peer] of PEERS.entries()) {
      this.port.add(trunk, 0, {
        array: 'A',
        peer,
        secret: SECRET,
        listen: { host: '127.0.0.1', port: 0 },
        heartbeat_ms: NEVER_MS,
        dead_ms: NEVER_MS,
        handshake_ms: NEVER_MS,
        onService: ({ bytes }) => {
          this.service_bytes += bytes.length;
        },
      });
    }
    this.#quiet = Buffer.from(this.#untouched());
  }

  readonly pump = (): void => {
    do this.#listen();
    while (this.port.pump());
  };

  isUp(trunk: number): boolean {
    return this.#up[trunk] !== 0;
  }

  connect(trunk: number, take: (bytes: Buffer) => void): Wire {
    const wire = new Wire(1024, take);
    this.#wires.add(wire);
    this.port.trunk(trunk)[0].accept(wire.socket.asSocket, MemorySocket.receive);
    return wire;
  }

  async settle(): Promise<void> {
    for (let round = 0, turns = 0; turns < QUIET_TURNS; round++) {
      if (round > ROUNDS_MAX) throw new FuzzFailure('the link does not come to rest');
      let did = false;
      for (const wire of this.#wires) {
        if (wire.step()) did = true;
        else if (wire.isClosed) this.#wires.delete(wire);
      }
      if (did) {
        turns = 0;
        continue;
      }
      turns += 1;
      this.pump();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Says something to the other array; the next pump sends it. */
  say(kind: KindName, fields: Readonly<Record<string, number>>, token = 0): void {
    const mail = this.#mail;
    const { isReply, reply, fields: names } = KINDS[KIND[kind]];
    let d: number;
    if (isReply) d = mail.respond(KIND[kind], roleNumber('linkPort'), token);
    else d = reply ? mail.ask(KIND[kind], token) : mail.post(KIND[kind]);
    for (const [i, name] of names.entries()) mail.m[d + D_PAYLOAD + i] = fields[name] ?? 0;
  }

  /** Errors: FuzzFailure, when anything is left of those that have gone, or was written where nothing belongs. */
  checkLeft(): void {
    const { buffers, requests } = this.port;
    const left = { buffers: DIMENSIONS.credits - buffers.free, requests: requests.capacity - requests.free };
    if (left.buffers + left.requests > 0) throw new FuzzFailure(`left when all have gone: ${JSON.stringify(left)}`);
    if (!this.#quiet.equals(this.#untouched())) throw new FuzzFailure('bytes have come where no write goes');
  }

  async close(): Promise<void> {
    for (const wire of this.#wires) wire.kill();
    await this.settle();
    await this.port.close();
  }

  /** Cache slots and transfer buffers: no link writes there. */
  #untouched(): Uint8Array {
    const { bytes, layout } = this.memory;
    const from = Math.min(layout.slotsAt, layout.transferAt) * SECTOR_BYTES;
    return bytes.subarray(from, layout.receiveAt * SECTOR_BYTES);
  }

  #listen(): void {
    if (this.sleeps) return;
    const mail = this.#mail;
    const { m } = mail;
    for (let d = mail.peek(); d >= 0; d = mail.peek()) {
      const kind = KINDS[m[d + D_HEAD] & 255];
      const token = m[d + D_TOKEN];
      const fields: Record<string, number> = {};
      for (const [i, name] of kind.fields.entries()) fields[name] = m[d + D_PAYLOAD + i];
      mail.drop();
      this.#take(kind.name as KindName, token, fields);
    }
  }

  #take(kind: KindName, token: number, fields: Readonly<Record<string, number>>): void {
    const trunk = fields.trunk ?? fields.wire >>> TRUNK_SHIFT;
    const hasBytes = kind === 'FAR_APPLY' && (fields.flags & SHIP_FLAG.SHIP_ZERO) === 0;
    const from = fields.at * SECTOR_BYTES;
    const bytes = hasBytes
      ? Buffer.from(this.memory.bytes.slice(from, from + (fields.span >>> 16) * SECTOR_BYTES))
      : undefined;
    this.told.push({ kind, trunk, fields, bytes });
    if (kind === 'LINK_UP') {
      this.#up[trunk] = fields.wire;
      this.say('HELLO', { wire: fields.wire, credits: CREDITS, identity: 1 });
    } else if (kind === 'LINK_DOWN') this.#up[trunk] = 0;
    else if (kind === 'FAR_APPLY') {
      if (hasBytes) this.say('RECEIVED', { at: fields.at });
      this.say('FAR_APPLIED', { result: 0 }, token);
      this.say('FAR_CREDIT', { count: 1, wire: fields.wire });
    } else if (kind === 'FAR_CALL') this.say('FAR_ANSWER', { result: 0, a: fields.a, b: fields.b }, token);
  }
}
