/** A SCSI initiator for tests: CDBs to the real port and microcode of one array of this process. */

import type { HostPort } from '../../adapters/channel/host-port.js';
import type { ScsiCommand, ScsiEnd, ScsiListener } from '../../adapters/channel/scsi-port.js';
import type { Clock } from '../../firmware/engine/engine.js';
import { SECTOR_BYTES } from '../../firmware/memory/constants.js';
import type { ScsiDimensions } from '../../firmware/memory/layout.js';
import { LiveArray } from '../../firmware/runtime/live/live-array.js';
import type { ScsiConfig } from '../../firmware/runtime/machine/scsi-config.js';
import { loadImages } from '../../firmware/service/microcode.js';
import type { RigArray } from '../../firmware/service/rig.js';
import { withScsi } from '../../firmware/service/rig-scsi.js';
import { singleRig } from '../firmware/runtime/live/host.js';
import { allWatched } from './coverage.js';

const IMAGES = allWatched('unit', loadImages());

/** What an initiator sees of a command. */
export interface Answer {
  /** SAM status; NO_STATUS of one that was aborted. */
  readonly status: number;
  /** "KEY/ASC/ASCQ" in hex digits (`5/24/00`); empty with any other status than CHECK CONDITION. */
  readonly sense: string;
  readonly data: Buffer;
  readonly end: ScsiEnd;
}

export interface Sent {
  readonly lun?: number;
  readonly out?: Uint8Array;
  /** Most bytes of data-in; 65536 when left out, and 0 with data-out. */
  readonly inBytes?: number;
  readonly attribute?: number;
}

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
const IN_BYTES = 65_536;

/** An array with a volume of each size (bytes) and its LUNs in that order. Errors of its director are thrown by `pump`. */
export class ScsiArray {
  readonly array: LiveArray;
  readonly #faults: Error[] = [];

  /** @param prepare what the rig says of the array, beside its volumes. With a `clock` only that lets time pass. */
  constructor(
    sizes: readonly number[] = [1 << 20],
    change: (scsi: ScsiConfig) => ScsiConfig = (scsi) => scsi,
    prepare: (array: RigArray) => RigArray = (array) => array,
    room: Partial<ScsiDimensions> = {},
    clock?: Clock,
  ) {
    const [single] = singleRig('dmx', ...sizes).arrays;
    const array = prepare({ ...single, dims: { ...single.dims, hostSlots: 64 } });
    const { dims, ...scsi } = withScsi(array, change);
    const config = { ...scsi, dims: { ...dims, ...(dims.scsi && { scsi: { ...dims.scsi, ...room } }) } };
    this.array = new LiveArray({
      config,
      images: IMAGES,
      onFault: (fault) => this.#faults.push(fault),
      ...(clock && { clock }),
    });
    this.array.boot();
  }

  get port(): HostPort {
    return this.array.hostPort;
  }

  pump(): void {
    this.array.director.pump();
    const [fault] = this.#faults;
    if (fault) throw fault;
  }

  /** Nothing may be under way. Sessions are gone, what the battery keeps is there. */
  losePower(): void {
    this.array.machine.powerOff();
    this.array.powerOn();
  }

  close(): void {
    this.array.director.close();
  }
}

interface Waiting {
  readonly parts: Buffer[];
  readonly out: { readonly at: number; readonly sectors: number } | undefined;
  readonly resolve: (answer: Answer) => void;
}

/** A session of an initiator port. */
export class Initiator implements ScsiListener {
  nexus = -1;
  readonly #host: ScsiArray;
  readonly #waiting = new Map<number, Waiting>();

  constructor(host: ScsiArray, name = 'iqn.2026-11.example.test:one', isid = '0x400001370000') {
    this.#host = host;
    const id = transportId(`${name},i,${isid}`);
    const at = host.port.allocate(1);
    host.port.memory.bytes.set(id, at * SECTOR_BYTES);
    host.port.openNexus(at, id.length, 0, this);
    host.pump();
    host.port.release(at, 1);
  }

  /** A CDB from hex digits, as `28 00 00000000 00 0001 00`. */
  command(cdb: string, sent: Sent = {}): Promise<Answer> {
    const { out, lun = 0, attribute = 1 } = sent;
    const { port } = this.#host;
    const sectors = out ? Math.max(1, Math.ceil(out.length / SECTOR_BYTES)) : 0;
    const at = sectors > 0 ? port.allocate(sectors) : 0;
    if (out) port.memory.bytes.set(out, at * SECTOR_BYTES);
    const bytes = Buffer.alloc(16);
    bytes.set(Buffer.from(cdb.replaceAll(' ', ''), 'hex'));
    const command: ScsiCommand = {
      nexus: this.nexus,
      lunHigh: lun << 16,
      lunLow: 0,
      attribute,
      cdb: bytes,
      at,
      outBytes: out?.length ?? 0,
      inBytes: sent.inBytes ?? (out ? 0 : IN_BYTES),
    };
    return new Promise((resolve, reject) => {
      const number = port.submitScsi(command, this);
      if (number < 0) reject(new Error('no command is free'));
      this.#waiting.set(number, { parts: [], out: out && { at, sectors }, resolve });
      this.#host.pump();
    });
  }

  /** Task management; its response code. @param task number of the command, as `numbers` tells */
  manage(what: number, lun = 0, task = -1): Promise<number> {
    return new Promise((resolve) => {
      const number = this.#host.port.manage(this.nexus, lun << 16, 0, what, task, this);
      this.#waiting.set(number, { parts: [], out: undefined, resolve: ({ status }) => resolve(status) });
      this.#host.pump();
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      const number = this.#host.port.closeNexus(this.nexus, this);
      this.#waiting.set(number, { parts: [], out: undefined, resolve: () => resolve() });
      this.#host.pump();
    });
  }

  /** Numbers of its commands that have not ended. */
  get numbers(): number[] {
    return [...this.#waiting.keys()];
  }

  pushed(command: number, slot: number, at: number, sectors: number): void {
    this.#take(command, at, sectors * SECTOR_BYTES);
    this.#host.port.done(slot);
  }

  gave(command: number, at: number, bytes: number): void {
    this.#take(command, at, bytes);
  }

  nexusAnswered(command: number, nexus: number): void {
    const closing = this.#waiting.get(command);
    this.#waiting.delete(command);
    this.nexus = closing ? -1 : nexus;
    closing?.resolve({ status: 0, sense: '', data: Buffer.alloc(0), end: NOTHING });
  }

  scsiEnded(command: number, end: ScsiEnd): void {
    const waiting = this.#waiting.get(command);
    if (waiting === undefined) throw new Error(`command ${command} ended, which was not sent`);
    this.#waiting.delete(command);
    if (waiting.out) this.#host.port.release(waiting.out.at, waiting.out.sectors);
    const { status, sense } = end;
    const text = `${hex((sense >> 16) & 15, 1)}/${hex((sense >> 8) & 255, 2)}/${hex(sense & 255, 2)}`;
    waiting.resolve({ status, sense: status === 2 ? text : '', data: Buffer.concat(waiting.parts), end: { ...end } });
  }

  #take(command: number, at: number, bytes: number): void {
    const from = at * SECTOR_BYTES;
    this.#waiting.get(command)?.parts.push(Buffer.from(this.#host.port.memory.bytes.slice(from, from + bytes)));
  }
}

const NOTHING: ScsiEnd = { status: 0, sense: 0, informationHigh: 0, informationLow: 0, specific: 0, wantedBytes: 0 };

/** iSCSI, format 01b (SPC-6, 7.6.4.6). */
export function transportId(name: string): Buffer {
  const text = Buffer.from(`${name}\0`);
  const bytes = Buffer.alloc(4 + ((text.length + 3) & ~3));
  bytes[0] = 0x45;
  bytes.writeUInt16BE(bytes.length - 4, 2);
  text.copy(bytes, 4);
  return bytes;
}
