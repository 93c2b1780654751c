/**
 * Drives that are memory: they end what they are asked within the same pump, and lose everything with the process. A
 * drive's bytes are SharedArrayBuffers of zeroes, so pages that nobody wrote cost nothing; what is discarded becomes zeroes, but
 * its pages stay, as no such buffer gives up a part.
 *
 * The disk role asks for at most MAX_PARALLEL operations a task before it waits, so one `pump` is bounded work.
 */
import { RESULT, SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import type { ArrayMemory } from '../../../firmware/memory/layout.js';
import type { Mail, Port } from '../../../firmware/ports/mail.js';
import { D_HEAD, D_PAYLOAD, KIND } from '../../../firmware/ports/messages.js';

/** 1 GiB: far below what an index of a typed array may be. */
const PART_SECTORS = 1 << 21;

/** Its bytes, PART_SECTORS in each but the last. */
type Parts = readonly SharedArrayBuffer[];

interface Drive {
  readonly sectors: number;
  readonly parts: readonly Uint8Array[];
}

export class MemoryDrives implements Port {
  readonly #bytes: Uint8Array;
  readonly #mail: Mail;
  readonly #drives: readonly Drive[];
  readonly #partSectors: number;
  /** Bytes copied to and from drives since it was made. */
  copied_bytes = 0;

  /**
   * New drives. They outlive whoever serves them: a thread, a power loss.
   * @param sectors size of each drive, by its number.
   * @param partSectors most sectors in one buffer; smaller ones are for tests.
   */
  static buffers(sectors: readonly number[], partSectors: number = PART_SECTORS): Parts[] {
    return sectors.map((size) =>
      Array.from({ length: Math.ceil(size / partSectors) }, (_, i) => {
        const length = Math.min(partSectors, size - i * partSectors);
        return new SharedArrayBuffer(length * SECTOR_BYTES);
      }),
    );
  }

  /** @param drives what `buffers` made, with the same `partSectors`. */
  constructor(memory: ArrayMemory, mail: Mail, drives: readonly Parts[], partSectors: number = PART_SECTORS) {
    this.#bytes = memory.bytes;
    this.#mail = mail;
    this.#partSectors = partSectors;
    this.#drives = drives.map((parts) => ({
      sectors: parts.reduce((sum, part) => sum + part.byteLength / SECTOR_BYTES, 0),
      parts: parts.map((part) => new Uint8Array(part)),
    }));
  }

  /** Errors: RangeError for a place that no drive has. The firmware checks ranges, so that is a machine check. */
  pump(): boolean {
    const mail = this.#mail;
    const { m } = mail;
    let any = false;
    for (let d = mail.peek(); d >= 0; d = mail.peek()) {
      any = true;
      const kind = m[d + D_HEAD] & 255;
      const drive = m[d + D_PAYLOAD];
      if (kind === KIND.DRIVE_READ || kind === KIND.DRIVE_WRITE) {
        const what = kind === KIND.DRIVE_WRITE ? 'write' : 'read';
        this.#move(what, drive, m[d + D_PAYLOAD + 1], m[d + D_PAYLOAD + 2], m[d + D_PAYLOAD + 3]);
      } else if (kind === KIND.DRIVE_DISCARD) {
        this.#move('discard', drive, m[d + D_PAYLOAD + 1], m[d + D_PAYLOAD + 2], 0);
      } else if (kind !== KIND.DRIVE_SYNC) {
        throw new RangeError(
          `drive port: message of kind ${kind}; only DRIVE_READ, DRIVE_WRITE, DRIVE_DISCARD, DRIVE_SYNC come here`,
        );
      }
      const answer = mail.answer(KIND.DRIVE_DONE, d);
      m[answer + D_PAYLOAD] = RESULT.OK;
      mail.drop();
    }
    return any;
  }

  #move(what: 'read' | 'write' | 'discard', drive: number, lba: number, sectors: number, at: number): void {
    const { parts, sectors: size } = this.#drives[drive] ?? { parts: [], sectors: 0 };
    const memoryEnd = this.#bytes.length / SECTOR_BYTES;
    if (lba < 0 || sectors < 0 || lba + sectors > size || at < 0 || at + sectors > memoryEnd) {
      throw new RangeError(
        `drive port: ${what} of sectors ${lba} + ${sectors} of drive ${drive} (${size} sectors), ` +
          `memory sector ${at}: there is no such place`,
      );
    }
    if (what !== 'discard') this.copied_bytes += sectors * SECTOR_BYTES;
    let left = sectors;
    let from = lba;
    let place = at * SECTOR_BYTES;
    while (left > 0) {
      const part = parts[Math.floor(from / this.#partSectors)];
      const offset = from % this.#partSectors;
      const n = Math.min(left, this.#partSectors - offset);
      const bytes = n * SECTOR_BYTES;
      const start = offset * SECTOR_BYTES;
      // The view is the price of a block copy between two buffers; copying words without one takes three times as long.
      if (what === 'discard') part.fill(0, start, start + bytes);
      else if (what === 'write') part.set(viewOf(this.#bytes, place, bytes), start);
      else this.#bytes.set(viewOf(part, start, bytes), place);
      left -= n;
      from += n;
      place += bytes;
    }
  }
}

/** In a quarter of the time of `subarray`. */
const viewOf = ({ buffer, byteOffset }: Uint8Array, from: number, bytes: number): Uint8Array =>
  new Uint8Array(buffer, byteOffset + from, bytes);
