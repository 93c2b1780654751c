/** A battery's log back into memory, batch by batch. */
import { crc32c } from '@node-rs/crc32';
import { batteryTables, slotBytes } from '../../../memory/battery-marks.js';
import type { ArrayMemory } from '../../../memory/layout.js';
import { readWhole, type StateFiles } from './files.js';
import {
  B_BYTES,
  B_CRC,
  B_MAGIC,
  B_RUNS,
  BATCH_HEAD_WORDS,
  BATCH_MAX_BYTES,
  HEAD_BYTES,
  JOINS,
  LEAVES,
  MAGIC,
  RUN_HEAD_WORDS,
  SUMMED_FROM,
} from './log-format.js';

const WINDOW_BYTES = 2 * BATCH_MAX_BYTES;
const HEAD = BATCH_HEAD_WORDS * 4;

export interface Replayed {
  readonly batches: number;
  /** Directors that came to write there, and that said that they write there no more. */
  readonly joined: number;
  readonly left: number;
  /** Bytes at the end, or before whole batches, that are no batch. */
  readonly torn_bytes: number;
  /** Whole batches behind the first such bytes. */
  readonly behindTorn: number;
}

export interface ReplayOptions {
  readonly files: StateFiles;
  readonly fd: number;
  readonly salt: number;
  readonly memory: ArrayMemory;
  /**
   * After the machine went down what was not synced may be missing in any part, so nothing behind the first gap counts.
   * Otherwise the system kept all that was written, and what is torn is the last write of a director: nobody saw more of it.
   */
  readonly stopsAtGap: boolean;
}

/** Errors: RangeError with what is wrong in words: a batch that is whole, but none of this array's. */
export function replay({ files, fd, salt, memory, stopsAtGap }: ReplayOptions): Replayed {
  const log = new Window(files, fd);
  let [batches, joined, left, torn_bytes, behindTorn] = [0, 0, 0, 0, 0];
  for (let at = HEAD_BYTES; at < log.size; ) {
    const batch = log.batch(at, salt);
    if (batch === undefined) {
      const next = stopsAtGap ? log.size : log.search(at + 1, salt);
      torn_bytes += next - at;
      at = next;
      continue;
    }
    if (batch[B_RUNS] === LEAVES) left += 1;
    else if (batch[B_RUNS] === JOINS) joined += 1;
    else apply(memory, batch);
    batches += 1;
    if (torn_bytes > 0) behindTorn += 1;
    at += batch.length * 4;
  }
  return { batches, joined, left, torn_bytes, behindTorn };
}

function apply({ layout, m }: ArrayMemory, batch: Int32Array): void {
  const places = [batteryTables(layout), slotBytes(layout)];
  let at = BATCH_HEAD_WORDS;
  for (let run = 0; run < batch[B_RUNS]; run++) {
    const word = batch[at];
    const words = batch[at + 1];
    const from = at + RUN_HEAD_WORDS;
    const isPlace = words >= 0 && places.some(([first, end]) => word >= first && word + words <= end);
    if (!isPlace || from + words > batch.length) {
      throw new RangeError(`a batch has ${words} words at ${word}, where no battery memory is`);
    }
    m.set(batch.subarray(from, from + words), word);
    at = from + words;
  }
}

/** A file, of which a part is in memory. */
class Window {
  readonly size: number;
  readonly #files: StateFiles;
  readonly #fd: number;
  readonly #bytes = Buffer.alloc(WINDOW_BYTES);
  readonly #batch = new Int32Array(BATCH_MAX_BYTES / 4);
  #from = 0;
  #length = 0;

  constructor(files: StateFiles, fd: number) {
    this.#files = files;
    this.#fd = fd;
    this.size = files.size(fd);
  }

  /** The batch at this place, valid until the next call; undefined: none is there. */
  batch(at: number, salt: number): Int32Array | undefined {
    if (at + HEAD > this.size) return undefined;
    const head = this.#view(at, HEAD);
    const bytes = head.readUInt32LE(B_BYTES * 4);
    if (head.readUInt32LE(B_MAGIC * 4) !== MAGIC) return undefined;
    if (bytes < HEAD || bytes > BATCH_MAX_BYTES || bytes % 4 !== 0 || at + bytes > this.size) return undefined;
    const whole = this.#view(at, bytes);
    if (crc32c(whole.subarray(SUMMED_FROM), salt) !== whole.readUInt32LE(B_CRC * 4)) return undefined;
    const batch = this.#batch.subarray(0, bytes / 4);
    // Little-endian on every machine that runs this.
    Buffer.from(batch.buffer, 0, bytes).set(whole);
    return batch;
  }

  /** Where the next whole batch is; the file's size if there is none. */
  search(from: number, salt: number): number {
    const magic = Buffer.alloc(4);
    magic.writeUInt32LE(MAGIC);
    for (let at = from; at + HEAD <= this.size; ) {
      const part = this.#view(at, Math.min(BATCH_MAX_BYTES, this.size - at));
      const found = part.indexOf(magic);
      if (found < 0) at += Math.max(1, part.length - 3);
      else if (this.batch(at + found, salt) !== undefined) return at + found;
      else at += found + 1;
    }
    return this.size;
  }

  #view(at: number, length: number): Buffer {
    if (at < this.#from || at + length > this.#from + this.#length) {
      this.#from = at;
      this.#length = Math.min(WINDOW_BYTES, this.size - at);
      if (!readWhole(this.#files, this.#fd, this.#bytes.subarray(0, this.#length), at)) {
        throw new RangeError('it became shorter while it was read');
      }
    }
    return this.#bytes.subarray(at - this.#from, at - this.#from + length);
  }
}
