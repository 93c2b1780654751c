/**
 * The data role's function units: track flags with their hierarchical counts, generations, and the merge of host bytes
 * into a slot. Each does one step on tables; what it means and when it is done is microcode.
 */
import type { Recorder } from '../engine/recorder.js';
import type { BatteryMarks } from '../memory/battery-marks.js';
import { FLAG_BITS, SECTOR_BYTES, TRACKS_PER_CYLINDER } from '../memory/constants.js';
import { moveSectors } from '../memory/copy.js';
import type { ArrayMemory } from '../memory/layout.js';
import { fieldOffset, shiftOf } from '../memory/tables.js';

const TRACK_SHIFT = shiftOf('track');
const VOLUME_SHIFT = shiftOf('volume');
const CYLINDER_SHIFT = shiftOf('cylinder');
const SLOT_SHIFT = shiftOf('slot');
const FLAGS = fieldOffset('track', 'flags');
const TIME = fieldOffset('track', 'time');
const V_TIME = fieldOffset('volume', 'time');
const V_TRACKS = fieldOffset('volume', 'tracks');
const V_BASE = fieldOffset('volume', 'track_base');
const VALID = fieldOffset('slot', 'valid');
const DIRTY = fieldOffset('slot', 'dirty');
const MASK_WORDS = 4;
const SLOT_WORDS = fieldOffset('slot', 'spoiled') + 1;

export class Tracks {
  readonly #m: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #track: number;
  readonly #volume: number;
  readonly #cylinder: number;
  readonly #system: number;
  readonly #slot: number;
  readonly #slotsAt: number;
  readonly #sectorsPerTrack: number;
  readonly #now_s: () => number;
  /** Absent where no log keeps battery memory. */
  readonly #marks: BatteryMarks | undefined;
  readonly #trace: Recorder | undefined;

  /** @param now_s whole seconds of the clock that all of the array goes by. */
  constructor(memory: ArrayMemory, now_s: () => number, marks?: BatteryMarks, trace?: Recorder) {
    this.#now_s = now_s;
    this.#marks = marks;
    this.#trace = trace;
    const { base, slotsAt, dims } = memory.layout;
    this.#m = memory.m;
    this.#bytes = memory.bytes;
    this.#track = base.track;
    this.#volume = base.volume;
    this.#cylinder = base.cylinder;
    this.#system = base.system;
    this.#slot = base.slot;
    this.#slotsAt = slotsAt;
    this.#sectorsPerTrack = dims.sectorsPerTrack;
  }

  flags(track: number): number {
    return this.#m[this.#track + (track << TRACK_SHIFT) + FLAGS] as number;
  }

  /** And the time of the last operation, of track and volume: whatever is done to a track sets a flag of it first. */
  setFlags(track: number, volume: number, flags: number): void {
    const now_s = this.#now_s();
    this.#m[this.#volume + (volume << VOLUME_SHIFT) + V_TIME] = now_s;
    this.#setFlags(track, volume, flags, now_s);
  }

  #setFlags(track: number, volume: number, flags: number, now_s: number): void {
    const m = this.#m;
    const record = this.#track + (track << TRACK_SHIFT);
    m[record + TIME] = now_s;
    const before = m[record + FLAGS] as number;
    const fresh = flags & ~before;
    m[record + FLAGS] = before | fresh;
    if (fresh !== 0 && this.#trace !== undefined) this.#trace.flags(track, before, before | fresh);
    // The record is one grain: the time is marked with the flags.
    if (this.#marks !== undefined) this.#marks.word(record + FLAGS);
    if (fresh !== 0) this.#count(track, volume, fresh, 1);
  }

  clearFlags(track: number, volume: number, flags: number): void {
    const at = this.#track + (track << TRACK_SHIFT) + FLAGS;
    const before = this.#m[at] as number;
    const gone = flags & before;
    if (gone === 0) return;
    this.#m[at] = before & ~gone;
    if (this.#trace !== undefined) this.#trace.flags(track, before, before & ~gone);
    if (this.#marks !== undefined) this.#marks.word(at);
    this.#count(track, volume, gone, -1);
  }

  /** First track of the volume at or after `from` (both counted from 0) with one of the flags; -1 when there is none. */
  nextFlag(volume: number, from: number, flags: number): number {
    const m = this.#m;
    const v = this.#volume + (volume << VOLUME_SHIFT);
    const tracks = m[v + V_TRACKS] as number;
    const base = m[v + V_BASE] as number;
    for (let t = from >>> 0; t < tracks; ) {
      const cylinder = this.#cylinderOf(base + t, volume);
      const end = Math.min(tracks, (((t / TRACKS_PER_CYLINDER) | 0) + 1) * TRACKS_PER_CYLINDER);
      if (this.#any(cylinder, flags)) {
        for (; t < end; t++)
          if (((m[this.#track + ((base + t) << TRACK_SHIFT) + FLAGS] as number) & flags) !== 0) return t;
      }
      t = end;
    }
    return -1;
  }

  /** First track of the volume at or after `from` (both counted from 0) with none of the flags; -1 when there is none. */
  nextGap(volume: number, from: number, flags: number): number {
    const m = this.#m;
    const v = this.#volume + (volume << VOLUME_SHIFT);
    const tracks = m[v + V_TRACKS] as number;
    const base = m[v + V_BASE] as number;
    for (let t = from >>> 0; t < tracks; ) {
      const first = ((t / TRACKS_PER_CYLINDER) | 0) * TRACKS_PER_CYLINDER;
      const end = Math.min(tracks, first + TRACKS_PER_CYLINDER);
      if (!this.#all(this.#cylinderOf(base + t, volume), flags, end - first)) {
        for (; t < end; t++)
          if (((m[this.#track + ((base + t) << TRACK_SHIFT) + FLAGS] as number) & flags) === 0) return t;
      }
      t = end;
    }
    return -1;
  }

  /** Record of the cylinder of a track (counted from 0 in its volume). */
  cylinder(volume: number, track: number): number {
    const base = this.#m[this.#volume + (volume << VOLUME_SHIFT) + V_BASE] as number;
    return cylinderRecord(base, volume, track);
  }

  /** Sets flags of every track of a volume: one operation. */
  setAll(volume: number, flags: number): void {
    const v = this.#volume + (volume << VOLUME_SHIFT);
    const base = this.#m[v + V_BASE] as number;
    const now_s = this.#now_s();
    this.#m[v + V_TIME] = now_s;
    for (let t = 0; t < (this.#m[v + V_TRACKS] as number); t++) this.#setFlags(base + t, volume, flags, now_s);
  }

  /** Clears flags of the volume's tracks from one up to, and without, another. */
  clearRange(volume: number, from: number, to: number, flags: number): void {
    const v = this.#volume + (volume << VOLUME_SHIFT);
    const base = this.#m[v + V_BASE] as number;
    const end = Math.min(to >>> 0, this.#m[v + V_TRACKS] as number);
    for (let t = this.nextFlag(volume, from, flags); t >= 0 && t < end; t = this.nextFlag(volume, t + 1, flags))
      this.clearFlags(base + t, volume, flags);
  }

  /** After power on: counts and time of the volume, which are volatile, from its tracks, which are not. */
  recount(volume: number): void {
    const m = this.#m;
    const v = this.#volume + (volume << VOLUME_SHIFT);
    const base = m[v + V_BASE] as number;
    let last_s = 0;
    for (let t = base; t < base + (m[v + V_TRACKS] as number); t++) {
      this.#count(t, volume, this.flags(t), 1);
      last_s = Math.max(last_s, (m[this.#track + (t << TRACK_SHIFT) + TIME] as number) >>> 0);
    }
    m[v + V_TIME] = last_s;
  }

  /** Raises the generation; returns nothing: the caller reads it from the track's record at `genAt`. */
  bump(track: number, epoch: number): void {
    const at = this.genAt(track);
    this.#m[at] = ((this.#m[at] as number) + 1) | 0;
    this.#m[at + 1] = epoch;
    if (this.#marks !== undefined) this.#marks.word(at);
  }

  /** Word address of a track's generation. */
  genAt(track: number): number {
    return this.#track + (track << TRACK_SHIFT);
  }

  /** Bytes at a sector address into a slot; masks and generation change in the same step (the slot's header is battery). */
  merge(slot: number, span: number, at: number, genLow: number, genHigh: number): void {
    if (this.#marks !== undefined) this.#marks.room();
    moveSectors(this.#m, at, this.#sectorAt(slot, span), span >>> 16);
    this.#mark(slot, span, genLow, genHigh);
  }

  zero(slot: number, span: number, genLow: number, genHigh: number): void {
    if (this.#marks !== undefined) this.#marks.room();
    const to = this.#sectorAt(slot, span) * SECTOR_BYTES;
    this.#bytes.fill(0, to, to + (span >>> 16) * SECTOR_BYTES);
    this.#mark(slot, span, genLow, genHigh);
  }

  #sectorAt(slot: number, span: number): number {
    return this.#slotsAt + slot * this.#sectorsPerTrack + (span & 0xffff);
  }

  #mark(slot: number, span: number, genLow: number, genHigh: number): void {
    const m = this.#m;
    const header = this.#slot + (slot << SLOT_SHIFT);
    m[header] = genLow;
    m[header + 1] = genHigh;
    setMask(m, header + VALID, span);
    setMask(m, header + DIRTY, span);
    const marks = this.#marks;
    if (marks === undefined) return;
    marks.sectors(this.#sectorAt(slot, span), span >>> 16);
    marks.record(header, SLOT_WORDS);
  }

  #cylinderOf(track: number, volume: number): number {
    const base = this.#m[this.#volume + (volume << VOLUME_SHIFT) + V_BASE] as number;
    return this.#cylinder + (cylinderRecord(base, volume, track - base) << CYLINDER_SHIFT);
  }

  #any(cylinder: number, flags: number): boolean {
    for (let f = 0; f < FLAG_BITS; f++) if ((flags >> f) & 1 && this.#m[cylinder + f] !== 0) return true;
    return false;
  }

  /** Does one of the flags alone stand on every track of the cylinder? */
  #all(cylinder: number, flags: number, tracks: number): boolean {
    for (let f = 0; f < FLAG_BITS; f++) if ((flags >> f) & 1 && this.#m[cylinder + f] === tracks) return true;
    return false;
  }

  #count(track: number, volume: number, flags: number, by: number): void {
    if (flags === 0) return;
    const m = this.#m;
    const cylinder = this.#cylinderOf(track, volume);
    const v = this.#volume + (volume << VOLUME_SHIFT);
    for (let f = 0; f < FLAG_BITS; f++) {
      if (((flags >> f) & 1) === 0) continue;
      m[cylinder + f] = (m[cylinder + f] as number) + by;
      m[v + f] = (m[v + f] as number) + by;
      m[this.#system + f] = (m[this.#system + f] as number) + by;
    }
  }
}

/** Each volume begins a cylinder of its own; `volume` more leave room for the part cylinders before it. */
export const cylinderRecord = (base: number, volume: number, track: number): number =>
  ((base / TRACKS_PER_CYLINDER) | 0) + volume + ((track / TRACKS_PER_CYLINDER) | 0);

/** Bits of one mask word that a span (sector | count << 16) covers. */
export function maskWord(span: number, word: number): number {
  const from = (span & 0xffff) - word * 32;
  const to = from + (span >>> 16);
  if (to <= 0 || from >= 32) return 0;
  const low = from <= 0 ? -1 : -1 << from;
  const high = to >= 32 ? -1 : ~(-1 << to);
  return low & high;
}

export function setMask(m: Int32Array, at: number, span: number): void {
  for (let w = 0; w < MASK_WORDS; w++) m[at + w] = (m[at + w] as number) | maskWord(span, w);
}

/** True when the mask has every bit of the span. */
export function maskHolds(m: Int32Array, at: number, span: number): boolean {
  for (let w = 0; w < MASK_WORDS; w++) {
    const want = maskWord(span, w);
    if (((m[at + w] as number) & want) !== want) return false;
  }
  return true;
}

/** The next run of bits equal to `value` at or after `from` and below `end`, as a span; 0 when there is none. */
export function maskRun(m: Int32Array, at: number, from: number, end: number, value: number): number {
  const flip = value === 0 ? -1 : 0;
  const start = nextBit(m, at, from, end, flip);
  if (start >= end) return 0;
  return start | ((nextBit(m, at, start, end, ~flip) - start) << 16);
}

/** The first bit of the mask at or after `from` that is set once each word is XORed with `flip`; `end` if there is none before it. */
function nextBit(m: Int32Array, at: number, from: number, end: number, flip: number): number {
  for (let bit = from; bit < end; bit = (bit | 31) + 1) {
    const word = ((m[at + (bit >> 5)] as number) ^ flip) & (-1 << (bit & 31));
    if (word === 0) continue;
    const found = (bit & ~31) + 31 - Math.clz32(word & -word);
    return found < end ? found : end;
  }
  return end;
}
