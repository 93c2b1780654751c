/**
 * What stands behind a host port in these tests: an array's memory with real rings, and a node that takes the channel
 * role's messages and answers them from slots that hold the whole volume, one track each. Not the microcode: the tests
 * here are about the port and the server before it, and want answers that are late, wrong or missing on demand.
 */
import type { PortClock } from '../../../adapters/channel/host-meters.js';
import { HostPort } from '../../../adapters/channel/host-port.js';
import { NbdServer, type NbdServerOptions } from '../../../adapters/channel/nbd/server.js';
import { PortMail, Wiring } from '../../../firmware/engine/wiring.js';
import { COMMAND_OP, RESULT, SECTOR_BYTES, TRACK_MAP } from '../../../firmware/memory/constants.js';
import { type ArrayMemory, attach, type Dimensions, layoutOf } from '../../../firmware/memory/layout.js';
import { fieldOffset, tableByName } from '../../../firmware/memory/tables.js';
import type { Mail } from '../../../firmware/ports/mail.js';
import { D_HEAD, D_PAYLOAD, KIND, roleNumber } from '../../../firmware/ports/messages.js';

export const DIMENSIONS: Dimensions = {
  sectorsPerTrack: 128,
  tracks: [64],
  hostSlots: 64,
  remoteSlots: 1,
  tasks: [8, 1, 1, 1],
  commands: 32,
  transferSectors: 4096,
  credits: 1,
};

const SHIFT = tableByName('command')?.shift ?? 0;
const field = (name: string): number => fieldOffset('command', name);
const [OP, VOLUME, TRACK, SECTOR, COUNT, AT, FLAGS] = 'op volume track sector count at flags'.split(' ').map(field);

const { OP_READ, OP_WRITE, OP_ZERO, OP_TRIM, OP_MAP, OP_INQUIRE } = COMMAND_OP;

/** A command as it was seen. */
export interface Seen {
  op: number;
  volume: number;
  track: number;
  sector: number;
  count: number;
  flags: number;
}

export class StandIn {
  readonly memory: ArrayMemory;
  readonly port: HostPort;
  /** The RESULT of the next commands; a read with another than OK pushes nothing. */
  status: number = RESULT.OK;
  /** The RESULT of the next inquiries. */
  admits: number = RESULT.OK;
  /** A read that touches this track pushes what comes before it, and ends with MEDIUM_ERROR. */
  badTrack = -1;
  /** State of each track in the two maps. */
  readonly maps: readonly [number[], number[]];
  /** Keeps commands until `release`. */
  holds = false;
  /** Keeps inquiries only. */
  holdsInquiries = false;
  readonly held: number[] = [];
  readonly seen: Seen[] = [];
  /** Slots that were pushed and not given back. */
  pins = 0;
  pinsMost = 0;
  keepsSeen = true;
  private readonly mail: Mail;
  private readonly perTrack: number;

  constructor(dims: Dimensions = DIMENSIONS, clock?: PortClock) {
    const layout = layoutOf(dims);
    this.memory = attach(layout, new SharedArrayBuffer(layout.bytes));
    const wiring = new Wiring(this.memory, 0);
    this.port = new HostPort(this.memory, new PortMail(wiring, roleNumber('hostPort')), clock);
    this.mail = new PortMail(wiring, roleNumber('channel'));
    this.perTrack = dims.sectorsPerTrack;
    const tracks = dims.tracks[0] ?? 0;
    this.maps = [new Array<number>(tracks).fill(1), new Array<number>(tracks).fill(0)];
  }

  get sectors(): number {
    return (this.memory.layout.dims.tracks[0] ?? 0) * this.perTrack;
  }

  /** Bytes of the volume. */
  volume(): Uint8Array {
    const from = this.memory.layout.slotsAt * SECTOR_BYTES;
    return this.memory.bytes.subarray(from, from + this.sectors * SECTOR_BYTES);
  }

  readonly pump = (): void => {
    do this.serve();
    while (this.port.pump());
  };

  /** Ends the commands that were held; the port still has to be pumped. */
  release(): void {
    for (const command of this.held.splice(0)) this.execute(command);
  }

  private serve(): void {
    const { m } = this.memory;
    for (let d = this.mail.peek(); d >= 0; d = this.mail.peek()) {
      const kind = m[d + D_HEAD] & 0xff;
      const command = m[d + D_PAYLOAD];
      this.mail.drop();
      if (kind === KIND.PUSHED) this.pins -= 1;
      else if (this.holds || (this.holdsInquiries && this.op(command) === OP_INQUIRE)) this.held.push(command);
      else this.execute(command);
    }
  }

  private op(command: number): number {
    return this.memory.m[this.memory.layout.base.command + (command << SHIFT) + OP];
  }

  private execute(command: number): void {
    const { m, layout } = this.memory;
    const r = layout.base.command + (command << SHIFT);
    const op = m[r + OP];
    if (op === OP_INQUIRE) {
      this.end(command, this.admits);
      return;
    }
    if (this.keepsSeen) {
      const [volume, track, sector, count, flags] = [VOLUME, TRACK, SECTOR, COUNT, FLAGS].map((f) => m[r + f]);
      this.seen.push({ op, volume, track, sector, count, flags });
    }
    const first = m[r + TRACK] * this.perTrack + m[r + SECTOR];
    let status = this.status;
    if (op === OP_READ && status === RESULT.OK && this.spoils(first, m[r + COUNT])) {
      this.push(command, first, Math.max(0, this.badTrack * this.perTrack - first));
      status = RESULT.MEDIUM_ERROR;
    } else if (status === RESULT.OK && op === OP_MAP) this.map(command, m[r + TRACK], m[r + FLAGS]);
    else if (status === RESULT.OK) this.move(command, op, first, m[r + COUNT], m[r + AT]);
    this.end(command, status);
  }

  private end(command: number, status: number): void {
    const { m } = this.memory;
    const d = this.mail.post(KIND.STATUS);
    m[d + D_PAYLOAD] = command;
    m[d + D_PAYLOAD + 1] = status;
  }

  private spoils(first: number, count: number): boolean {
    const from = this.badTrack * this.perTrack;
    return from >= 0 && first < from + this.perTrack && from < first + count;
  }

  private map(command: number, track: number, map: number): void {
    const { m } = this.memory;
    const states = this.maps[map === TRACK_MAP.MAP_OWED ? 1 : 0];
    const behind = states.findIndex((s, t) => t > track && s !== states[track]);
    const d = this.mail.post(KIND.EXTENT);
    m[d + D_PAYLOAD] = command;
    m[d + D_PAYLOAD + 1] = (behind < 0 ? states.length : behind) - track;
    m[d + D_PAYLOAD + 2] = states[track];
  }

  private move(command: number, op: number, first: number, count: number, at: number): void {
    const { layout, bytes } = this.memory;
    const place = layout.slotsAt + first;
    if (op === OP_READ) this.push(command, first, count);
    else if (op === OP_WRITE) {
      bytes.copyWithin(place * SECTOR_BYTES, at * SECTOR_BYTES, (at + count) * SECTOR_BYTES);
    } else if (op === OP_ZERO || op === OP_TRIM) bytes.fill(0, place * SECTOR_BYTES, (place + count) * SECTOR_BYTES);
  }

  private push(command: number, first: number, count: number): void {
    const { m, layout } = this.memory;
    for (let lba = first; lba < first + count; ) {
      const slot = Math.floor(lba / this.perTrack);
      const sector = lba % this.perTrack;
      const n = Math.min(this.perTrack - sector, first + count - lba);
      const d = this.mail.post(KIND.PUSH);
      m[d + D_PAYLOAD] = command;
      m[d + D_PAYLOAD + 1] = slot;
      m[d + D_PAYLOAD + 2] = layout.slotsAt + lba;
      m[d + D_PAYLOAD + 3] = sector | (n << 16);
      this.pins += 1;
      this.pinsMost = Math.max(this.pinsMost, this.pins);
      lba += n;
    }
  }
}

/** A server before a stand-in, listening on loopback. */
export async function serve(
  options: Partial<NbdServerOptions> = {},
  dims: Dimensions = DIMENSIONS,
): Promise<{ standIn: StandIn; server: NbdServer; port: number }> {
  const standIn = new StandIn(dims);
  const server = new NbdServer({
    port: standIn.port,
    pump: standIn.pump,
    volumes: [{ name: 'data0', sectors: standIn.sectors, readOnly: false }],
    ...options,
  });
  const { port } = await server.listen('127.0.0.1', 0);
  return { standIn, server, port };
}
