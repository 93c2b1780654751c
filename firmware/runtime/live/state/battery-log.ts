/**
 * A director's end of its array's battery log: `commit` writes what the director changed, in one write, before anybody can
 * see it: other directors, hosts, the other array. It is in the system's page cache then, which outlives the process;
 * hosts that want more wait for `LogSync`.
 */

import { join } from 'node:path';
import { crc32c } from '@node-rs/crc32';
import { type BatteryMarks, GRAIN_WORDS } from '../../../memory/battery-marks.js';
import { SECTOR_WORDS } from '../../../memory/copy.js';
import type { ArrayMemory } from '../../../memory/layout.js';
import { type StateFiles, SYSTEM_FILES } from './files.js';
import {
  B_BYTES,
  B_CRC,
  B_MAGIC,
  B_RUNS,
  BATCH_HEAD_WORDS,
  BATCH_MAX_BYTES,
  bareBatch,
  C,
  JOINS,
  LEAVES,
  LENGTH_UNIT_BYTES,
  type LogPlan,
  logFile,
  MAGIC,
  RUN_HEAD_WORDS,
  SUMMED_FROM,
  saltOf,
} from './log-format.js';

/** From so many words on a view costs less than a copy: they go to the file from where they stand. */
const VIEW_WORDS = 4096;

export interface BatteryLogOptions {
  readonly memory: ArrayMemory;
  readonly marks: BatteryMarks;
  readonly plan: LogPlan;
  /** The director's number. */
  readonly writer: number;
  /** The log has become long. May be called again. */
  readonly onDue: () => void;
  readonly files?: StateFiles;
}

export class BatteryLog {
  readonly #memory: ArrayMemory;
  readonly #marks: BatteryMarks;
  readonly #control: Int32Array;
  readonly #options: BatteryLogOptions;
  readonly #files: StateFiles;
  readonly #limit: number;
  readonly #batch = new Int32Array(BATCH_MAX_BYTES / 4);
  readonly #bytes = new Uint8Array(this.#batch.buffer);
  /** Of a batch with views: its parts so far, how many words of `#batch` are among them, and bytes that are not in it. */
  #parts: Uint8Array[] = [];
  #copied = 0;
  #viewed_bytes = 0;
  #generation: number;
  #salt: number;
  #fd: number;
  #isDue = false;

  /** Errors: those of the system. */
  constructor(options: BatteryLogOptions) {
    const { memory, marks, plan, files = SYSTEM_FILES } = options;
    this.#options = options;
    this.#files = files;
    this.#memory = memory;
    this.#marks = marks;
    this.#control = new Int32Array(plan.control);
    this.#limit = Math.floor(plan.limit_bytes / LENGTH_UNIT_BYTES);
    this.#generation = Atomics.load(this.#control, C.generation);
    this.#salt = saltOf(this.#control, this.#generation);
    this.#fd = files.append(join(plan.folder, logFile(this.#generation)));
    this.#say(JOINS);
    Atomics.store(this.#control, C.writes + options.writer, this.#generation);
    marks.onFull = () => this.commit();
  }

  /** Writes down what is marked. Errors: Error that names the file; the director must end then, and show nobody anything. */
  commit(): void {
    // Before each batch: who has seen a batch of a newer log sees that log here.
    if (Atomics.load(this.#control, C.generation) !== this.#generation) this.#moveOn();
    if (!this.#marks.isEmpty) this.#write(this.#fill());
  }

  /** The bell asked: all that was changed before is written down. */
  pass(): void {
    const { writer } = this.#options;
    const barrier = Atomics.load(this.#control, C.barrier);
    this.commit();
    Atomics.store(this.#control, C.passed + writer, barrier);
  }

  close(): void {
    this.#files.close(this.#fd);
  }

  #moveOn(): void {
    this.#say(LEAVES);
    this.#files.close(this.#fd);
    this.#generation = Atomics.load(this.#control, C.generation);
    this.#salt = saltOf(this.#control, this.#generation);
    this.#isDue = false;
    this.#fd = this.#files.append(join(this.#options.plan.folder, logFile(this.#generation)));
    Atomics.store(this.#control, C.writes + this.#options.writer, this.#generation);
  }

  #say(what: typeof JOINS | typeof LEAVES): void {
    const bytes = bareBatch(what, this.#salt);
    this.#append(bytes.length, () => this.#files.write(this.#fd, bytes, 0, bytes.length));
  }

  /** Takes the marks; the batch's bytes. */
  #fill(): number {
    const marks = this.#marks;
    const batch = this.#batch;
    const { grains, grainCount, spans, spanCount } = marks;
    let runs = 0;
    let at = BATCH_HEAD_WORDS;
    for (let i = 0; i < grainCount; ) {
      const first = grains[i];
      let n = 1;
      while (i + n < grainCount && grains[i + n] === first + n) n++;
      at = this.#put(at, first * GRAIN_WORDS, n * GRAIN_WORDS);
      runs += 1;
      i += n;
    }
    for (let i = 0; i < spanCount; i++) {
      at = this.#put(at, spans[i * 2] * SECTOR_WORDS, spans[i * 2 + 1] * SECTOR_WORDS);
      runs += 1;
    }
    batch[B_RUNS] = runs;
    marks.clear();
    return at * 4;
  }

  #put(at: number, from: number, words: number): number {
    const { m, bytes } = this.#memory;
    const batch = this.#batch;
    batch[at] = from;
    batch[at + 1] = words;
    const to = at + RUN_HEAD_WORDS;
    if (words < VIEW_WORDS) {
      for (let i = 0; i < words; i++) batch[to + i] = m[from + i];
      return to + words;
    }
    this.#parts.push(this.#bytes.subarray(this.#copied * 4, to * 4), bytes.subarray(from * 4, (from + words) * 4));
    this.#copied = to;
    this.#viewed_bytes += words * 4;
    return to;
  }

  /** @param own_bytes of `#batch`. */
  #write(own_bytes: number): void {
    const batch = this.#batch;
    const bytes = own_bytes + this.#viewed_bytes;
    batch[B_MAGIC] = MAGIC;
    batch[B_BYTES] = bytes;
    if (this.#viewed_bytes === 0) this.#append(bytes, () => this.#writeOwn(bytes));
    else this.#append(bytes, () => this.#writeParts(own_bytes));
  }

  #append(bytes: number, write: () => number): void {
    let written: number;
    try {
      written = write();
    } catch (error) {
      throw this.#failure((error as Error).message);
    }
    // The rest may not follow: another director may have written meanwhile.
    if (written !== bytes) throw this.#failure(`the system took ${written} of ${bytes} bytes`);
    const had = Atomics.add(this.#control, C.length, Math.ceil(bytes / LENGTH_UNIT_BYTES));
    if (had < this.#limit || this.#isDue) return;
    this.#isDue = true;
    this.#options.onDue();
  }

  #writeOwn(bytes: number): number {
    this.#batch[B_CRC] = crc32c(this.#bytes.subarray(SUMMED_FROM, bytes), this.#salt);
    return this.#files.write(this.#fd, this.#bytes, 0, bytes);
  }

  #writeParts(own_bytes: number): number {
    const parts = this.#parts;
    parts.push(this.#bytes.subarray(this.#copied * 4, own_bytes));
    this.#parts = [];
    this.#copied = 0;
    this.#viewed_bytes = 0;
    let sum = this.#salt;
    for (const [i, part] of parts.entries()) sum = crc32c(i === 0 ? part.subarray(SUMMED_FROM) : part, sum);
    this.#batch[B_CRC] = sum;
    return this.#files.writeAll(this.#fd, parts);
  }

  #failure(what: string): Error {
    const file = join(this.#options.plan.folder, logFile(this.#generation));
    return new Error(`battery memory cannot be kept: ${file}: ${what}`);
  }
}
