/** The drives of an array, and what is wrong with them: both outlive a power loss. */
import { MemoryDrives } from '../../../adapters/disk/memory/drive-port.js';
import { DriveFaults } from '../../../adapters/disk/model/faults.js';
import { type ArrayConfig, driveEnds } from '../machine/config.js';
import type { DrivesPlan } from './director-job.js';
import type { ArrayState } from './state/array-state.js';

export class ArrayDrives {
  readonly plan: DrivesPlan;
  /** By drive, what DriveFaults reads. */
  readonly faultWords: readonly SharedArrayBuffer[];
  readonly #config: ArrayConfig;
  readonly #faults: readonly DriveFaults[];

  /** @param state without it drives are memory. */
  constructor(config: ArrayConfig, state: ArrayState | undefined) {
    const sizes = driveEnds(config);
    this.#config = config;
    this.plan = state ? { files: state.drives } : { buffers: MemoryDrives.buffers(sizes) };
    this.faultWords = sizes.map((sectors) => new SharedArrayBuffer(4 * DriveFaults.words(sectors)));
    this.#faults = this.faultWords.map((words, d) => new DriveFaults(new Int32Array(words), 0, sizes[d]));
  }

  /** The drive of a volume, and what is wrong with it. */
  of(volume: number): { readonly drive: number; readonly faults: DriveFaults } {
    const { drive } = this.#config.volumes[volume];
    return { drive, faults: this.#faults[drive] };
  }
}
