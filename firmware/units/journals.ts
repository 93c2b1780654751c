/**
 * The data role's journal unit: where the entries of a journal group and their write data stand, in battery memory and on
 * the journal volumes (seed 000, Fig. 8). Each does one step on tables; what it means and when it is done is microcode.
 *
 * Entry n stands in record n mod records of its group, on the journal volumes in that order, too. A position counts sectors
 * of write data since the group was formatted, and never goes back: it stands at position mod D in the data region of D
 * sectors, and at position mod W in the window of W sectors that memory has, until tail − position is more than W. No
 * piece of data goes over an edge, a multiple of W; as D and each journal volume's part of it are multiples of W, no piece
 * goes over the end of a journal volume either.
 *
 * Numbers and positions of 64 bits are numbers here, exact below 2^53.
 */
import type { BatteryMarks } from '../memory/battery-marks.js';
import { RECORDS_PER_SECTOR, SECTOR_BYTES } from '../memory/constants.js';
import type { ArrayMemory } from '../memory/layout.js';
import { fieldOffset, shiftOf } from '../memory/tables.js';

const JOURNAL_SHIFT = shiftOf('journal');
const UPDATE_SHIFT = shiftOf('update');
const VOLUME_SHIFT = shiftOf('journal_volume');
const LAST = fieldOffset('journal', 'last');
const FREED = fieldOffset('journal', 'freed');
const TAIL = fieldOffset('journal', 'tail');
const HEAD = fieldOffset('journal', 'head');
const SPILLED = fieldOffset('journal', 'spilled');
const NUMBER_WORDS = fieldOffset('update', 'gen');
const UPDATE_WORDS = 1 << UPDATE_SHIFT;
const DRIVE = fieldOffset('journal_volume', 'drive');
const INFORMATION = fieldOffset('journal_volume', 'information_lba');
const DATA = fieldOffset('journal_volume', 'data_lba');
/** The sectors of a region stand right behind where it begins. */
const SECTORS = 1;
const SECTOR_SHIFT = 7;

/** `room`: it fits; not in memory until more data are on the journal volumes; not until entries are freed. */
export const ROOM = { FITS: 0, MEMORY: 1, JOURNAL: 2 } as const;

interface Group {
  /** Word address of its record of `journal`. */
  readonly at: number;
  readonly firstRecord: number;
  readonly records: number;
  readonly window: number;
  /** Sector address. */
  readonly windowAt: number;
  /** Word addresses of the first record of `journal_volume`, and of the one behind the last. */
  readonly volumes: number;
  readonly volumesEnd: number;
}

export class Journals {
  readonly #m: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #groups: readonly Group[];
  readonly #update: number;
  readonly #updates: number;
  /** Absent where no log keeps battery memory. */
  readonly #marks: BatteryMarks | undefined;

  constructor(memory: ArrayMemory, marks?: BatteryMarks) {
    const { base, records, windowsAt, dims } = memory.layout;
    this.#m = memory.m;
    this.#bytes = memory.bytes;
    this.#marks = marks;
    this.#update = base.update;
    this.#updates = records.update;
    let firstRecord = 0;
    let volumes = base.journal_volume;
    this.#groups = (dims.journals ?? []).map((journal, j) => {
      const volumesEnd = volumes + (journal.volumes << VOLUME_SHIFT);
      const group = {
        at: base.journal + (j << JOURNAL_SHIFT),
        firstRecord,
        records: journal.records,
        window: journal.windowSectors,
        windowAt: windowsAt[j] as number,
        volumes,
        volumesEnd,
      };
      firstRecord += journal.records;
      volumes = volumesEnd;
      return group;
    });
  }

  has(journal: number): boolean {
    return journal >= 0 && journal < this.#groups.length;
  }

  hasRecord(record: number): boolean {
    return record >= 0 && record < this.#updates;
  }

  /** The record of `update` for the entry of this number, whichever stands there now. */
  find(journal: number, number: number): number {
    const { firstRecord, records } = this.#group(journal);
    return firstRecord + (number % records);
  }

  /** ROOM for one more entry with so many sectors of data. */
  room(journal: number, sectors: number): number {
    const group = this.#group(journal);
    const { at, window } = group;
    const head = this.#wide(at + HEAD);
    const end = this.#place(group, sectors) + sectors;
    if (this.#wide(at + LAST) - this.#wide(at + FREED) >= group.records) return ROOM.JOURNAL;
    if (end - head > this.#dataSectors(group)) return ROOM.JOURNAL;
    return end - Math.max(this.#wide(at + SPILLED), head) > window ? ROOM.MEMORY : ROOM.FITS;
  }

  /** The position of so many sectors of data; the tail is behind them. */
  reserve(journal: number, sectors: number): number {
    const group = this.#group(journal);
    const place = this.#place(group, sectors);
    setWide(this.#m, group.at + TAIL, place + sectors);
    if (this.#marks !== undefined) this.#marks.word(group.at + TAIL);
    return place;
  }

  /** So many sectors, a track's at most, which go over no edge, from a sector address to a position in memory. */
  data(journal: number, place: number, from: number, sectors: number): void {
    const { windowAt, window } = this.#group(journal);
    const to = windowAt + (place % window);
    this.#bytes.copyWithin(to * SECTOR_BYTES, from * SECTOR_BYTES, (from + sectors) * SECTOR_BYTES);
    if (this.#marks !== undefined) this.#marks.sectors(to, sectors);
  }

  /** Sector address of a position; −1: newer data stand there. */
  at(journal: number, place: number): number {
    const { at, windowAt, window } = this.#group(journal);
    return this.#wide(at + TAIL) - place > window ? -1 : windowAt + (place % window);
  }

  /** Sector addresses of all that memory has and that is kept: two pieces, of which any may be empty. */
  kept(journal: number): readonly (readonly [from: number, sectors: number])[] {
    const { at, windowAt, window } = this.#group(journal);
    const tail = this.#wide(at + TAIL);
    const sectors = tail - this.#wide(at + HEAD);
    // While directors run a number may be read half old, half new.
    if (sectors < 0 || sectors >= window) return [[windowAt, window]];
    const end = tail % window;
    const before = Math.max(0, sectors - end);
    return [
      [windowAt + window - before, before],
      [windowAt + end - (sectors - before), sectors - before],
    ];
  }

  /** Sectors from a position to the next edge. */
  run(journal: number, place: number): number {
    const { window } = this.#group(journal);
    return window - (place % window);
  }

  /** Drive and sector of a position, to a pair of words. */
  drive(journal: number, place: number, to: number): void {
    const group = this.#group(journal);
    this.#locate(group, DATA, place % this.#dataSectors(group), to);
  }

  /** Sector address of the sector of `update` in which the entry of this number stands. */
  information(journal: number, number: number): number {
    return (this.#update >> SECTOR_SHIFT) + Math.floor(this.find(journal, number) / RECORDS_PER_SECTOR);
  }

  /** Drive and sector of the update information of this number, to a pair of words. */
  home(journal: number, number: number, to: number): void {
    const group = this.#group(journal);
    this.#locate(group, INFORMATION, Math.floor((number % group.records) / RECORDS_PER_SECTOR), to);
  }

  /** Number of the n-th piece of update information behind a sector address, to a pair of words. */
  peek(at: number, n: number, to: number): void {
    const from = (at << SECTOR_SHIFT) + (n << UPDATE_SHIFT);
    this.#m[to] = this.#m[from] as number;
    this.#m[to + 1] = this.#m[from + 1] as number;
  }

  /** That piece into a record, but for its number: with that it exists. */
  learn(record: number, at: number, n: number): void {
    const from = (at << SECTOR_SHIFT) + (n << UPDATE_SHIFT);
    const to = this.#update + (record << UPDATE_SHIFT);
    this.#m.copyWithin(to + NUMBER_WORDS, from + NUMBER_WORDS, from + UPDATE_WORDS);
    if (this.#marks !== undefined) this.#marks.record(to, UPDATE_WORDS);
  }

  /** A record, with its number, becomes the n-th piece of update information behind a sector address in volatile memory. */
  tell(record: number, at: number, n: number): void {
    const from = this.#update + (record << UPDATE_SHIFT);
    this.#m.copyWithin((at << SECTOR_SHIFT) + (n << UPDATE_SHIFT), from, from + UPDATE_WORDS);
  }

  /** So many sectors from one sector address to another in volatile memory. */
  copy(to: number, from: number, sectors: number): void {
    this.#bytes.copyWithin(to * SECTOR_BYTES, from * SECTOR_BYTES, (from + sectors) * SECTOR_BYTES);
  }

  /** Where the next so many sectors go: behind the tail, or at the next edge if they would go over it. */
  #place({ at, window }: Group, sectors: number): number {
    const tail = this.#wide(at + TAIL);
    const left = window - (tail % window);
    return sectors > left ? tail + left : tail;
  }

  #dataSectors({ volumes, volumesEnd }: Group): number {
    let sectors = 0;
    for (let v = volumes; v < volumesEnd; v += 1 << VOLUME_SHIFT) sectors += this.#m[v + DATA + SECTORS] as number;
    return sectors;
  }

  /** A sector of a region that goes over the journal volumes in their order. */
  #locate({ volumes, volumesEnd }: Group, region: number, sector: number, to: number): void {
    const m = this.#m;
    let left = sector;
    for (let v = volumes; v < volumesEnd; v += 1 << VOLUME_SHIFT) {
      const sectors = m[v + region + SECTORS] as number;
      if (left < sectors) {
        m[to] = m[v + DRIVE] as number;
        m[to + 1] = (m[v + region] as number) + left;
        return;
      }
      left -= sectors;
    }
  }

  #group(journal: number): Group {
    return this.#groups[journal] as Group;
  }

  #wide(at: number): number {
    return wide(this.#m, at);
  }
}

/** 64 bits, low word first, as a number. */
export const wide = (m: Int32Array, at: number): number =>
  ((m[at] as number) >>> 0) + ((m[at + 1] as number) >>> 0) * 0x1_0000_0000;

export function setWide(m: Int32Array, at: number, value: number): void {
  m[at] = value | 0;
  m[at + 1] = Math.floor(value / 0x1_0000_0000);
}
