/**
 * The battery of a live array: what of its memory outlives the process, however that ends. Checkpoint N and the log N that
 * goes on from it; when that has become long, log N + 1, then checkpoint N + 1, which takes the place of both.
 *
 * A checkpoint is copied while the array runs, so it is of no one moment. That does no harm: all that changed since log
 * N + 1 began stands in that log, which is played over it, and before the checkpoint counts every director has written
 * down what the copy may have seen.
 */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { slotBytes } from '../../../memory/battery-marks.js';
import type { ArrayMemory } from '../../../memory/layout.js';
import { generationOf, type Restored, restoreBattery } from './battery-restore.js';
import { type StateFiles, SYSTEM_FILES, writeWhole } from './files.js';
import {
  allHaveGoneOn,
  bareBatch,
  C,
  CONTROL_WORDS,
  checkpointFile,
  encodeHead,
  LEAVES,
  LOG_FORMAT,
  LOG_VERSION,
  type LogPlan,
  logFile,
  saltAt,
  saltOf,
  writersOf,
} from './log-format.js';
import { layoutPrint, saveVault, vaultParts } from './vault.js';

/** A log becomes about as long as a checkpoint can be, within these bounds. */
const LOG_LEAST_BYTES = 4 * 1024 * 1024;
const LOG_MOST_BYTES = 512 * 1024 * 1024;
const LOOK_MS = 1;
/** After a checkpoint that failed. */
const AGAIN_MS = 10_000;

export interface BatteryOptions {
  readonly files?: StateFiles;
  readonly limit_bytes?: number;
  readonly again_ms?: number;
}

/** What a running array is to its battery. */
export interface Running {
  /** Rings all directors: they pass the barrier, and go on to a new log. */
  readonly ring: () => void;
  readonly onTrouble: (text: string) => void;
}

/** The array is off, or one of its directors is dead: what is under way is not ended. */
class Abandoned extends Error {}

export class Battery {
  readonly #folder: string;
  readonly #files: StateFiles;
  readonly #options: BatteryOptions;
  #running: (Running & { readonly memory: ArrayMemory; readonly control: Int32Array }) | undefined;
  #busy = false;
  #joining = 0;
  #underWay: Promise<void> = Promise.resolve();
  /** All directors live. */
  #isWhole = true;

  constructor(folder: string, options: BatteryOptions = {}) {
    this.#folder = folder;
    this.#files = options.files ?? SYSTEM_FILES;
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#running !== undefined;
  }

  /** As `restoreBattery`. */
  restore(memory: ArrayMemory): Restored | undefined {
    return restoreBattery(this.#folder, memory, this.#files);
  }

  /** Before the array runs: from now on what happens to its memory is kept. Errors: Error that names the file. */
  start(memory: ArrayMemory, running: Running): LogPlan {
    const generation = this.#newest() + 1;
    const control = new SharedArrayBuffer(CONTROL_WORDS * 4);
    const words = new Int32Array(control);
    words[C.generation] = generation;
    words[C.stable] = generation;
    this.#createLog(generation, memory, words);
    this.#save(generation, memory, false);
    this.#running = { ...running, memory, control: words };
    this.#isWhole = true;
    const [from, end] = slotBytes(memory.layout);
    const long_bytes = Math.min(Math.max((end - from) * 4, LOG_LEAST_BYTES), LOG_MOST_BYTES);
    return { folder: this.#folder, control, limit_bytes: this.#options.limit_bytes ?? long_bytes };
  }

  /**
   * A director is dead, and writes to no log any more. @param changed it changed battery memory: what it did since its last
   * batch must not be copied, so there are no checkpoints any more. Such an array serves nobody, and its log hardly grows.
   */
  writerDied(writer: number, changed: boolean): void {
    const running = this.#running;
    if (running === undefined) return;
    if (changed) this.#isWhole = false;
    const { control, onTrouble } = running;
    const generation = Atomics.exchange(control, C.writes + writer, 0);
    if (generation === 0 || generation === control[C.generation]) return;
    try {
      this.#leave(generation, saltOf(control, generation));
    } catch (error) {
      onTrouble(`battery memory: ${(error as Error).message}`);
    }
  }

  /** While `start` starts a director that writes to the log, no other log begins. */
  async join<T>(start: () => Promise<T>): Promise<T> {
    this.#joining += 1;
    try {
      await this.#underWay;
      return await start();
    } finally {
      this.#joining -= 1;
    }
  }

  /** The array does not run any more. Errors: Error that names the file; its log has everything then. */
  stop(): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    this.#busy = false;
    this.#save(this.#newest() + 1, running.memory, true);
  }

  /** The log is long. Trouble is told, and tried again after a while. */
  async checkpoint(): Promise<void> {
    const running = this.#running;
    if (this.#busy || !this.#isWhole || running === undefined) return;
    if (this.#joining > 0) {
      setTimeout(() => void this.checkpoint(), LOOK_MS * 100).unref();
      return;
    }
    this.#busy = true;
    const checkpoint = this.#checkpoint();
    this.#underWay = checkpoint.catch(() => undefined);
    try {
      await checkpoint;
      if (this.#running === running) this.#busy = false;
    } catch (error) {
      if (error instanceof Abandoned) return;
      running.onTrouble(`battery memory: no checkpoint: ${(error as Error).message}; the log grows until there is one`);
      setTimeout(() => {
        if (this.#running !== running) return;
        this.#busy = false;
        void this.checkpoint();
      }, this.#options.again_ms ?? AGAIN_MS).unref();
    }
  }

  async #checkpoint(): Promise<void> {
    const files = this.#files;
    const running = this.#running;
    if (running === undefined) return;
    const { memory, control, ring } = running;
    if (control[C.generation] === control[C.stable]) this.#beginLog();
    const generation = control[C.generation];
    ring();
    await this.#until(running, () => allHaveGoneOn(control));
    const path = join(this.#folder, checkpointFile(generation));
    const next = `${path}.new`;
    files.remove(next);
    const fd = files.create(next);
    try {
      for (const part of vaultParts(memory, { generation, ended: false })) {
        writeWhole(files, fd, part);
        await nextTurn();
        if (this.#running !== running || !this.#isWhole) throw new Abandoned();
      }
      const barrier = Atomics.add(control, C.barrier, 1) + 1;
      ring();
      const passed = (writer: number): boolean => Atomics.load(control, C.passed + writer) === barrier;
      await this.#until(running, () => writersOf(control).every(passed));
      // What the copy has seen is stable before the copy counts.
      const log = files.append(join(this.#folder, logFile(generation)));
      try {
        await this.#synced(log);
      } finally {
        files.close(log);
      }
      await this.#synced(fd);
      if (this.#running !== running) throw new Abandoned();
      files.rename(next, path);
      files.syncFolder(this.#folder);
      Atomics.store(control, C.stable, generation);
      this.#removeBefore(generation);
    } finally {
      files.close(fd);
    }
  }

  #beginLog(): void {
    const running = this.#running;
    if (running === undefined) return;
    const { memory, control } = running;
    const generation = control[C.generation] + 1;
    this.#createLog(generation, memory, control);
    Atomics.store(control, C.length, 0);
    Atomics.store(control, C.generation, generation);
  }

  #leave(generation: number, salt: number): void {
    const files = this.#files;
    const fd = files.append(join(this.#folder, logFile(generation)));
    try {
      writeWhole(files, fd, bareBatch(LEAVES, salt));
    } catch (error) {
      throw new Error(`${logFile(generation)}: ${(error as Error).message}`);
    } finally {
      files.close(fd);
    }
  }

  #createLog(generation: number, memory: ArrayMemory, control: Int32Array): void {
    const files = this.#files;
    const path = join(this.#folder, logFile(generation));
    const salt = randomInt(0x1_0000_0000);
    files.remove(path);
    const fd = files.create(path);
    try {
      const boot = files.bootId() ?? null;
      const layout = layoutPrint(memory.layout);
      const writers = writersOf(control).length;
      const head = { format: LOG_FORMAT, version: LOG_VERSION, layout, generation, boot, salt, writers };
      writeWhole(files, fd, encodeHead(head));
      files.sync(fd);
    } finally {
      files.close(fd);
    }
    files.syncFolder(this.#folder);
    Atomics.store(control, saltAt(generation), salt);
  }

  #save(generation: number, memory: ArrayMemory, ended: boolean): void {
    const path = join(this.#folder, checkpointFile(generation));
    try {
      saveVault(path, memory, { generation, ended }, this.#files);
    } catch (error) {
      throw new Error(`cannot write ${path}: ${(error as Error).message}`);
    }
    this.#removeBefore(generation);
  }

  #newest(): number {
    return this.#files.list(this.#folder).reduce((most, name) => Math.max(most, generationOf(name) ?? 0), 0);
  }

  #removeBefore(generation: number): void {
    for (const name of this.#files.list(this.#folder)) {
      if ((generationOf(name) ?? generation) < generation) this.#files.remove(join(this.#folder, name));
    }
  }

  async #until(running: Running, holds: () => boolean): Promise<void> {
    while (!holds()) {
      await sleep(LOOK_MS);
      if (this.#running !== running || !this.#isWhole) throw new Abandoned();
    }
  }

  #synced(fd: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#files.syncLater(fd, (error) => (error === null ? resolve() : reject(error)));
    });
  }
}
