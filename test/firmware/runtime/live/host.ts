/** A host for tests: commands to a HostPort as promises, and arrays to put it before. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostListener } from '../../../../adapters/channel/host-port.js';
import { COMMAND_OP, SECTOR_BYTES } from '../../../../firmware/memory/constants.js';
import { LiveArray } from '../../../../firmware/runtime/live/live-array.js';
import { loadImages } from '../../../../firmware/service/microcode.js';
import { loadRig, type Rig } from '../../../../firmware/service/rig.js';

/** Writes files to a folder of their own for the time of `use`; its path. */
export function withFiles<T>(files: Readonly<Record<string, unknown>>, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'arraylab-rig-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
    }
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A rig of one array of a class of the package, each volume of so many bytes. */
export function singleRig(profile: string, ...sizes: number[]): Rig {
  const volumes = sizes.map((size_bytes, i) => ({ name: `data${i}`, size_bytes }));
  const rig = { arrays: [{ name: 'A', profile, volumes }] };
  return withFiles({ 'rig.json': rig }, (folder) => loadRig(join(folder, 'rig.json')));
}

/** Booted; what stopped it is in `faults`. */
export function bootArray(rig: Rig): { array: LiveArray; faults: Error[] } {
  const faults: Error[] = [];
  const array = new LiveArray({
    config: rig.arrays[0],
    images: loadImages(),
    onFault: (reason) => faults.push(reason),
  });
  array.boot();
  return { array, faults };
}

interface Pending {
  readonly resolve: (outcome: Outcome) => void;
  readonly parts: Uint8Array[];
}

export interface Outcome {
  readonly status: number;
  /** What a read brought. */
  readonly data: Buffer;
}

export class Host implements HostListener {
  readonly array: LiveArray;
  /** So many slots at most are kept by reads until `letGo`. */
  holdsMost = 0;
  /** Slots that are kept, with a copy of what stood there when they came. */
  readonly held: { slot: number; place: Uint8Array; was: Buffer }[] = [];
  private readonly pending = new Map<number, Pending>();

  constructor(array: LiveArray) {
    this.array = array;
  }

  read(volume: number, lba: number, sectors: number): Promise<Outcome> {
    return this.submit(COMMAND_OP.OP_READ, volume, lba, sectors, 0);
  }

  async write(volume: number, lba: number, data: Uint8Array): Promise<Outcome> {
    const { hostPort } = this.array;
    const sectors = data.length / SECTOR_BYTES;
    const at = hostPort.allocate(sectors);
    if (at < 0) throw new Error(`no transfer memory for ${sectors} sectors`);
    hostPort.memory.bytes.set(data, at * SECTOR_BYTES);
    const outcome = await this.submit(COMMAND_OP.OP_WRITE, volume, lba, sectors, at);
    hostPort.release(at, sectors);
    return outcome;
  }

  submit(op: number, volume: number, lba: number, sectors: number, at: number): Promise<Outcome> {
    const command = this.array.hostPort.submit(op, volume, lba, sectors, at, 0, this);
    if (command < 0) throw new Error('no command record is free');
    return new Promise((resolve) => this.pending.set(command, { resolve, parts: [] }));
  }

  /** Gives back the slots that are kept, and keeps none from now on. */
  letGo(): void {
    this.holdsMost = 0;
    for (const { slot } of this.held.splice(0)) this.array.hostPort.done(slot);
  }

  pushed(command: number, slot: number, at: number, sectors: number): void {
    const place = this.array.hostPort.memory.bytes.subarray(at * SECTOR_BYTES, (at + sectors) * SECTOR_BYTES);
    this.pending.get(command)?.parts.push(Buffer.from(place));
    if (this.held.length < this.holdsMost) this.held.push({ slot, place, was: Buffer.from(place) });
    else this.array.hostPort.done(slot);
  }

  ended(command: number, status: number): void {
    const pending = this.pending.get(command);
    this.pending.delete(command);
    pending?.resolve({ status, data: Buffer.concat(pending.parts) });
  }
}
