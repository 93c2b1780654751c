/**
 * What of an array outlives the process: its drives, and its battery memory from an orderly stop to the next start. It is
 * this process's alone until `release`.
 *
 * In the array's folder stand drive-N.img, `lock` while it is served, and one of two while it is not: battery.img after an
 * orderly stop, or `fresh` when it never served anybody. Neither says that what was in cache is lost.
 */
import { randomInt } from 'node:crypto';
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DriveFile } from '../../../../adapters/disk/file/drive-port.js';
import { SECTOR_BYTES } from '../../../memory/constants.js';
import type { ArrayMemory } from '../../../memory/layout.js';
import { type ArrayConfig, driveEnds } from '../../machine/config.js';
import type { ArrayTables } from '../../machine/tables.js';
import { syncFolder } from './durable.js';
import { releaseLock, takeLock } from './lock.js';
import { loadVault, saveVault } from './vault.js';

export const FRESH = 'fresh';
const BATTERY = 'battery.img';
const LOCK = 'lock';

export const driveFile = (drive: number): string => `drive-${drive}.img`;

/**
 * Battery memory at the start of a process, from memory of zeroes: as it was kept, or as that of a new array. An array that
 * lost it is a new one too, so the other side takes it for a stranger; it has drives, but trusts nothing that they say.
 */
export function fillBattery(
  tables: ArrayTables,
  { state, onTrouble }: { readonly state?: ArrayState; readonly onTrouble?: (text: string) => void },
): void {
  const found = state?.restore(tables.memory);
  if (found === 'kept') return;
  tables.format(randomInt(1, 0x7fff_ffff));
  if (found !== 'lost') return;
  tables.distrustDrives();
  onTrouble?.(
    'its process did not end in order, so its battery memory is lost: it has what was on its drives, lacks what was in ' +
      'cache only, and knows nothing of its pairs but what the rig says, or their lists on its drives; a pair without one is copied whole',
  );
}

export class ArrayState {
  readonly drives: readonly DriveFile[];
  readonly #folder: string;
  #hasBegun = false;

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
    takeLock(join(folder, LOCK));
  }

  /** True from `begin` on: what stands in the folder is no longer what the array is. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /**
   * Battery memory into memory of zeroes. `fresh`: a new array. `lost`: its process was killed, or the machine went down.
   * Errors: Error that names the file.
   */
  restore(memory: ArrayMemory): 'kept' | 'fresh' | 'lost' {
    if (loadVault(join(this.#folder, BATTERY), memory)) return 'kept';
    return existsSync(join(this.#folder, FRESH)) ? 'fresh' : 'lost';
  }

  /** Before anything may change what hosts see: battery memory that was kept is not used a second time. */
  begin(): void {
    if (this.#hasBegun) return;
    for (const name of [BATTERY, FRESH]) rmSync(join(this.#folder, name), { force: true });
    syncFolder(this.#folder);
    this.#hasBegun = true;
  }

  /** An orderly stop; nothing runs any more. Errors: Error that names the file, and says what is lost. */
  save(memory: ArrayMemory): void {
    if (!this.#hasBegun) return;
    const path = join(this.#folder, BATTERY);
    try {
      saveVault(path, memory);
    } catch (error) {
      throw new Error(`cannot write ${path}: ${(error as Error).message}; what was in cache only is lost`);
    }
    this.#hasBegun = false;
  }

  release(): void {
    releaseLock(join(this.#folder, LOCK));
  }
}
