/**
 * What a director changed in battery memory since it was last written down: who stores there marks it, and whoever keeps
 * the battery's log (runtime/live/state) takes the marks and copies what stands there now. Without a log nobody has marks.
 *
 * Tables are marked in grains of four words: a track's record is one, a slot's header four. The battery's tables stand
 * before all others but the doors, so one comparison with `end` tells whether a word is theirs. Of slots only sectors
 * that became dirty are marked: what a slot has staged is on the drive. Of a journal's window all that comes there is.
 *
 * What always holds: a mark is set after the store, in the same instruction. What is copied is what stands there when the
 * marks are taken, perhaps after a slot went to another track, which alone marks nothing: so whoever marks whose a slot is
 * marks what of it is dirty, too. When no more marks fit, `onFull` is called between two stores; it takes them all. Of an
 * instruction that makes sectors dirty it is called before the first (`room`).
 */
import { MAX_SECTORS_PER_TRACK, SECTOR_BYTES } from './constants.js';
import type { Layout } from './layout.js';

export const GRAIN_WORDS = 4;
const GRAIN_SHIFT = 2;
/** That one instruction on a slot marks at most: all of one header, of another whose it is and what is dirty. */
const SLOT_GRAINS_MAX = 6;
const SLOT_SPANS_MAX = MAX_SECTORS_PER_TRACK / 2;
/** So many grains, runs of sectors and sectors fit. */
export const GRAINS_MAX = 8192;
export const SPANS_MAX = 1024;
export const MARKED_SECTORS_MAX = 2048;

/** Words of the battery's tables: from the first to the one behind the last. */
export function batteryTables({ volatile }: Layout): readonly [from: number, to: number] {
  const [doors, tables] = volatile;
  if (doors === undefined || tables === undefined) throw new RangeError('a layout without volatile tables');
  return [doors[1], tables[0]];
}

/** Words of the slots' bytes, and behind them of the journals' windows. */
export function slotBytes({ slotsAt, words }: Layout): readonly [from: number, to: number] {
  return [(slotsAt * SECTOR_BYTES) / 4, words];
}

export class BatteryMarks {
  /** Behind the battery's last table. */
  readonly end: number;
  readonly grains = new Int32Array(GRAINS_MAX);
  grainCount = 0;
  /** Sector address and number of sectors of each. */
  readonly spans = new Int32Array(SPANS_MAX * 2);
  spanCount = 0;
  /** Takes all marks: calls `clear`. */
  onFull: () => void = () => {
    throw new RangeError('nobody takes the marks of battery memory');
  };
  /** A bit for each grain that is marked. */
  readonly #marked: Int32Array;
  #sectors = 0;

  constructor(layout: Layout) {
    this.end = batteryTables(layout)[1];
    this.#marked = new Int32Array((this.end >> (GRAIN_SHIFT + 5)) + 1);
  }

  get isEmpty(): boolean {
    return this.grainCount === 0 && this.spanCount === 0;
  }

  /** The word at this address, which is before `end`, was stored to. */
  word(at: number): void {
    const grain = at >> GRAIN_SHIFT;
    const bit = 1 << (grain & 31);
    const word = grain >> 5;
    if (((this.#marked[word] as number) & bit) !== 0) return;
    if (this.grainCount === GRAINS_MAX) this.onFull();
    this.#marked[word] = (this.#marked[word] as number) | bit;
    this.grains[this.grainCount++] = grain;
  }

  /** A record of so many words, in one batch. */
  record(at: number, words: number): void {
    if (this.grainCount > GRAINS_MAX - (words + GRAIN_WORDS - 1) / GRAIN_WORDS) this.onFull();
    for (let word = 0; word < words; word += GRAIN_WORDS) this.word(at + word);
  }

  /** Before the first store of an instruction that makes sectors of a slot dirty: no batch has a part of what it does. */
  room(): void {
    const fits =
      this.grainCount <= GRAINS_MAX - SLOT_GRAINS_MAX &&
      this.spanCount <= SPANS_MAX - SLOT_SPANS_MAX &&
      this.#sectors <= MARKED_SECTORS_MAX - MAX_SECTORS_PER_TRACK;
    if (!fits) this.onFull();
  }

  /** Before their header is: sectors of one slot or window, by sector address, got bytes that no drive has. */
  sectors(at: number, count: number): void {
    if (count === 0) return;
    if (this.spanCount === SPANS_MAX || this.#sectors + count > MARKED_SECTORS_MAX) this.onFull();
    this.spans[this.spanCount * 2] = at;
    this.spans[this.spanCount * 2 + 1] = count;
    this.spanCount += 1;
    this.#sectors += count;
  }

  clear(): void {
    for (let i = 0; i < this.grainCount; i++) this.#marked[(this.grains[i] as number) >> 5] = 0;
    this.grainCount = 0;
    this.spanCount = 0;
    this.#sectors = 0;
  }
}
