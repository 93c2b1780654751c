/** What `serve` leaves behind: a dump when a director dies, traces at an orderly end. */
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ServedArray } from '../../firmware/runtime/live/served-array.js';
import type { ServedSystem } from '../../firmware/runtime/live/system.js';
import { liveTrace, writeLiveDump } from '../../firmware/service/dump/live.js';

/** As a fault that was planned has it (runtime/live/directors.ts): nothing went wrong in the microcode. */
const PLANNED = 'a fault that was planned';
/** Dumps of a process at most: what dies again and again must not fill a disk. */
const DUMPS_MOST = 10;

/** Where the files of a process go: the folder that was named, else the one in which the state's folder is; undefined: nowhere. */
export function folderOf(dump: string | undefined, state: string | undefined): string | undefined {
  if (dump !== undefined) return resolve(dump);
  return state === undefined ? undefined : dirname(resolve(state));
}

/** Made if it is missing. Errors: Error that names it. */
export function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new Error(`--dump ${folder}: ${(error as Error).message}`);
  }
}

export class ServeDumps {
  readonly #rig: string;
  readonly #folder: string | undefined;
  readonly #say: (text: string) => void;
  #count = 0;
  #under: Promise<unknown> = Promise.resolve();

  constructor(rig: string, folder: string | undefined, say: (text: string) => void) {
    this.#rig = rig;
    this.#folder = folder;
    this.#say = say;
  }

  /** A director of the array died. Resolves when what is to be written is, or could not be: that is said. */
  async died(array: ServedArray, reason: string): Promise<void> {
    if (this.#folder === undefined || reason === PLANNED || this.#count === DUMPS_MOST) return;
    this.#count += 1;
    const written = writeLiveDump(this.#folder, this.#rig, array.remains, reason, new Date());
    this.#under = Promise.allSettled([this.#under, written]);
    try {
      const path = await written;
      array.dumped(path);
      this.#say(`array ${array.name}: dump ${path}`);
    } catch (error) {
      this.#say(`array ${array.name}: no dump: ${(error as Error).message}`);
    }
  }

  /** After dumps that are being written; of each array that has a trace, `ARRAY.altrace`. */
  async end(system: ServedSystem): Promise<void> {
    await this.#under;
    if (this.#folder === undefined) return;
    for (const { name } of system.arrays) {
      const remains = system.remains(name);
      if (remains.traces.length === 0) continue;
      const path = join(this.#folder, `${name}.altrace`);
      try {
        writeFileSync(path, liveTrace(this.#rig, remains), { mode: 0o600 });
        this.#say(`array ${name}: trace ${path}`);
      } catch (error) {
        this.#say(`array ${name}: no trace: ${(error as Error).message}`);
      }
    }
  }
}
