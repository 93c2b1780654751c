/**
 * An array for fuzzing: its roles, host port and drives in one process, on a clock that goes on only where the fuzzer says so, and
 * without a director: which of them makes its next step is the fuzzer's choice. Its memory goes back to what it was in no time.
 */
import { HostPort } from '../../../adapters/channel/host-port.js';
import { MemoryDrives } from '../../../adapters/disk/memory/drive-port.js';
import type { Node } from '../../../firmware/engine/node.js';
import { COMMAND_OP, RESULT, SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import type { ScsiDimensions } from '../../../firmware/memory/layout.js';
import type { Random } from '../../../firmware/memory/random.js';
import { D_PAYLOAD, KIND, roleNumber } from '../../../firmware/ports/messages.js';
import { type ArrayConfig, ArrayMachine, type Images } from '../../../firmware/runtime/machine/array.js';
import { driveEnds } from '../../../firmware/runtime/machine/config.js';
import { loadRig } from '../../../firmware/service/rig.js';
import { withScsi } from '../../../firmware/service/rig-scsi.js';
import { FuzzFailure } from '../target.js';
import type { Kind } from './world.js';

/** Of READ before the port cuts it. */
const READ_TRACKS = 8;
/** Steps until whatever was asked must have ended: a thousand times what the longest takes. */
const STEPS_MOST = 2_000_000;
const MICRO_OPERATIONS_MOST = 200_000_000;
const HOST_PORT = roleNumber('hostPort');
const DRIVE_PORT = roleNumber('drivePort');

export interface Unit extends Kind {
  readonly bytes: number;
}

/** Few of everything, so that what is not given back is soon missed. */
const FEW = { hostSlots: 64, remoteSlots: 2, commands: 40, transferSectors: 6144, credits: 2 } as const;
const TASKS = [24, 8, 4, 8] as const;
const SCSI_ROOM: Partial<ScsiDimensions> = { nexuses: 6, initiators: 6, works: 3 };

export function fuzzedConfig(units: readonly Unit[]): ArrayConfig {
  const volumes = units.map(({ bytes, blockBytes = SECTOR_BYTES, removable = false, readOnly = false }, i) => ({
    name: `data${i}`,
    size_bytes: bytes,
    format: blockBytes,
    device: { removable, read_only: readOnly },
  }));
  const text = JSON.stringify({ arrays: [{ name: 'A', profile: 'dmx', volumes }] });
  const [array] = loadRig({ name: 'fuzz', path: 'fuzz.json', text }).arrays;
  if (array === undefined) throw new RangeError('a rig without an array');
  const { dims, ...config } = withScsi({ ...array, dims: { ...array.dims, ...FEW, tasks: TASKS } });
  return { ...config, dims: { ...dims, ...(dims.scsi && { scsi: { ...dims.scsi, ...SCSI_ROOM } }) } };
}

export class FuzzedArray {
  readonly machine: ArrayMachine;
  readonly drives: MemoryDrives;
  /** Anew with each `reset`. */
  port: HostPort;
  #now_ns = 1_000_000_000;
  #snapshot = new Uint8Array(0);
  #snapshot_ns = 0;
  readonly #buffers: ReturnType<typeof MemoryDrives.buffers>;
  readonly #clock = { now_ns: (): number => this.#now_ns };

  constructor(config: ArrayConfig, images: Images) {
    const layout = ArrayMachine.layoutFor(config);
    this.machine = new ArrayMachine(config, layout, new SharedArrayBuffer(layout.bytes), images, this.#clock);
    this.#buffers = MemoryDrives.buffers(driveEnds(config));
    this.drives = new MemoryDrives(this.machine.memory, this.machine.driveMail, this.#buffers);
    this.port = new HostPort(this.machine.memory, this.machine.hostMail);
    this.machine.format(1);
    this.powerOn();
  }

  /** Nothing may be under way. */
  powerOn(): void {
    this.machine.powerOn();
    for (const kind of ['BOOT', 'CHANNEL_ON'] as const) {
      const { serviceMail, memory } = this.machine;
      serviceMail.ask(KIND[kind], 0);
      this.pump();
      const done = serviceMail.peek();
      if (done < 0 || memory.m[done + D_PAYLOAD] !== RESULT.OK) throw new FuzzFailure(`${kind} does not end well`);
      serviceMail.drop();
    }
  }

  /** Whatever is under way is gone, but for what the battery keeps. */
  losePower(): void {
    this.machine.powerOff();
    this.port = new HostPort(this.machine.memory, this.machine.hostMail);
    this.powerOn();
  }

  /** What is so now is what `reset` brings back. */
  keep(): void {
    this.#snapshot = this.machine.memory.bytes.slice();
    this.#snapshot_ns = this.#now_ns;
  }

  reset(): void {
    this.machine.memory.bytes.set(this.#snapshot);
    this.#now_ns = this.#snapshot_ns;
    for (const drive of this.#buffers) for (const part of drive) new Uint8Array(part).fill(0);
    this.port = new HostPort(this.machine.memory, this.machine.hostMail);
  }

  /** Until nothing can be done before time goes on. Errors: FuzzFailure if that does not come; what the machine says of a fault. */
  pump(): void {
    const from = this.microOperations;
    for (let step = 0; step < STEPS_MOST; step++) {
      let did = false;
      for (const node of this.machine.nodes) if (node.busy) did = node.pump() || did;
      for (const pumpPort of [this.port, this.drives]) did = pumpPort.pump() || did;
      if (!did) return;
      if (this.microOperations - from > MICRO_OPERATIONS_MOST) break;
    }
    throw new FuzzFailure('the machine is busy without end');
  }

  /** So many single steps, of whoever chance chooses. */
  stir(steps: number, random: Random): void {
    for (let i = 0; i < steps; i++) {
      const able: (Node | 'host' | 'drives')[] = this.machine.nodes.filter((node) => node.choices !== 0);
      if (this.machine.wiring.pending(HOST_PORT) !== 0) able.push('host');
      if (this.machine.wiring.pending(DRIVE_PORT) !== 0) able.push('drives');
      const who = able[random.below(Math.max(1, able.length))];
      if (who === undefined) return;
      if (who === 'host') this.port.pump();
      else if (who === 'drives') this.drives.pump();
      else step(who, random);
    }
  }

  /** Everything that waits for time, too, until `isOver`. */
  runUntil(isOver: () => boolean): boolean {
    for (let waits = 0; waits < 10_000; waits++) {
      this.pump();
      if (isOver()) return true;
      const due_ns = Math.min(...this.machine.nodes.map(({ timers }) => timers.due_ns));
      if (due_ns === Number.POSITIVE_INFINITY) return false;
      this.#now_ns = Math.max(this.#now_ns, due_ns);
      for (const node of this.machine.nodes) node.tick();
    }
    return false;
  }

  get microOperations(): number {
    return this.machine.nodes.reduce((sum, { role }) => sum + (this.machine.get('node', 'ops', role) >>> 0), 0);
  }

  /** All of a volume, past SCSI: whatever its units refuse. */
  contents(volume: number): Buffer {
    const { dims } = this.machine.memory.layout;
    const sectors = (dims.tracks[volume] ?? 0) * dims.sectorsPerTrack;
    const all = Buffer.alloc(sectors * SECTOR_BYTES);
    const most = READ_TRACKS * dims.sectorsPerTrack;
    for (let lba = 0; lba < sectors; lba += most) {
      let to = lba * SECTOR_BYTES;
      let status = -1;
      const owner = {
        pushed: (_: number, slot: number, at: number, count: number): void => {
          const from = at * SECTOR_BYTES;
          all.set(this.machine.memory.bytes.subarray(from, from + count * SECTOR_BYTES), to);
          to += count * SECTOR_BYTES;
          this.port.done(slot);
        },
        ended: (_: number, result: number): void => {
          status = result;
        },
      };
      this.port.submit(COMMAND_OP.OP_READ, volume, lba, Math.min(most, sectors - lba), 0, 0, owner);
      this.pump();
      if (status !== RESULT.OK) throw new FuzzFailure(`volume ${volume} cannot be read: result ${status}`);
    }
    return all;
  }
}

function step(node: Node, random: Random): void {
  const choices = node.choices;
  const bits = Array.from({ length: 32 }, (_, i) => i).filter((i) => (choices & (1 << i)) !== 0);
  const bit = bits[random.below(bits.length)] ?? 0;
  if ((node.pending & (1 << bit)) !== 0) node.accept(bit);
  else node.run(0x7fff_ffff, false);
}
