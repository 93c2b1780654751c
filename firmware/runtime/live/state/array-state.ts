/**
 * What of an array outlives the process: its drives, and its battery memory (battery.ts). It is this process's alone until
 * `release`.
 *
 * In the array's folder stand drive-N.img, `lock` while it is served, and battery-N.img with battery-N.log; `fresh` instead
 * when it never had power. If neither is there, somebody took it away.
 */
import { randomInt } from 'node:crypto';
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DriveFile } from '../../../../adapters/disk/file/drive-port.js';
import { SECTOR_BYTES } from '../../../memory/constants.js';
import type { ArrayMemory } from '../../../memory/layout.js';
import { type ArrayConfig, driveEnds } from '../../machine/config.js';
import type { ArrayTables } from '../../machine/tables.js';
import { Battery, type Running } from './battery.js';
import { releaseLock, takeLock } from './lock.js';
import type { LogPlan } from './log-format.js';

export const FRESH = 'fresh';
const LOCK = 'lock';

export const driveFile = (drive: number): string => `drive-${drive}.img`;

/**
 * Battery memory at the start of a process, from memory of zeroes: as it was kept, or as that of a new array. An array that
 * lost it, or the last of it, is a new one too, so the other side takes it for a stranger; it has drives, and what hosts
 * flushed, but trusts nothing that these say of the other side.
 */
export function fillBattery(
  tables: ArrayTables,
  { state, onTrouble }: { readonly state?: ArrayState; readonly onTrouble?: (text: string) => void },
): void {
  const found = state?.restore(tables.memory, (text) => onTrouble?.(text));
  if (found === 'kept') return;
  const identity = randomInt(1, 0x7fff_ffff);
  if (found === 'behind') {
    tables.distrustBattery(identity);
    onTrouble?.(
      'the machine went down while it was served: what hosts flushed is there, what they wrote after that may not be, ' +
        'and it knows nothing of its pairs but what the rig says, or their lists on its drives; a pair without one is ' +
        'copied whole',
    );
    return;
  }
  tables.format(identity);
  if (found !== 'lost') return;
  tables.distrustDrives();
  onTrouble?.(
    'its battery memory is not there: it has what was on its drives, lacks what was in cache only, and knows nothing of ' +
      'its pairs but what the rig says, or their lists on its drives; a pair without one is copied whole',
  );
}

export class ArrayState {
  readonly drives: readonly DriveFile[];
  readonly #folder: string;
  readonly #battery: Battery;

  /** Errors: Error that names the file: a drive that is not there or too short, or the process that serves the array. */
  constructor(folder: string, config: ArrayConfig) {
    this.#folder = folder;
    this.drives = driveEnds(config).map((sectors, drive) => ({ path: join(folder, driveFile(drive)), sectors }));
    for (const { path, sectors } of this.drives) {
      const size = statSync(path, { throwIfNoEntry: false })?.size;
      const right = `array ${config.name} has ${sectors * SECTOR_BYTES} bytes there`;
      if (size === undefined) throw new Error(`${path} is missing; ${right}`);
      if (size < sectors * SECTOR_BYTES) throw new Error(`${path} has ${size} bytes; ${right}`);
    }
    this.#battery = new Battery(folder);
    takeLock(join(folder, LOCK));
  }

  /**
   * Battery memory into memory of zeroes. `fresh`: a new array. `behind`: the machine went down, and the last of it may be
   * missing. `lost`: it is not there. Errors: Error that names the file.
   */
  restore(memory: ArrayMemory, onTrouble: (text: string) => void): 'kept' | 'fresh' | 'behind' | 'lost' {
    const restored = this.#battery.restore(memory);
    for (const note of restored?.notes ?? []) onTrouble(note);
    if (restored) return restored.found;
    return existsSync(join(this.#folder, FRESH)) ? 'fresh' : 'lost';
  }

  /** Before the array runs: what happens to battery memory from now on is kept. Errors: Error that names the file. */
  start(memory: ArrayMemory, running: Running): LogPlan {
    const plan = this.#battery.start(memory, running);
    rmSync(join(this.#folder, FRESH), { force: true });
    return plan;
  }

  /** Its log has become long. */
  checkpoint(): void {
    void this.#battery.checkpoint();
  }

  /** A director has died. @param changed it ran a role that changes battery memory. */
  directorDied(director: number, changed: boolean): void {
    this.#battery.writerDied(director, changed);
  }

  /** A director starts while the array runs. */
  join<T>(start: () => Promise<T>): Promise<T> {
    return this.#battery.join(start);
  }

  /** The array does not run any more. Errors: Error that names the file; the next start goes on from what is there. */
  stop(): void {
    this.#battery.stop();
  }

  release(): void {
    releaseLock(join(this.#folder, LOCK));
  }
}
