/**
 * The cache role's function units: the directory of slots (hash, free lists, LRU, dirty list), pins and grants. Each does
 * one step on tables; who gets a slot, and when, is microcode. Lists hold slot + 1; 0 ends them.
 *
 * What always holds: the LRU has only clean slots that nobody pins or is granted, so eviction is its last entry. A parity
 * error (`spoil`) does not move a slot: microcode finds it where it looks whether somebody is granted the slot.
 */
import type { BatteryMarks } from '../memory/battery-marks.js';
import { GRANT, SECTOR_BYTES } from '../memory/constants.js';
import { zeroSectors } from '../memory/copy.js';
import type { ArrayMemory } from '../memory/layout.js';
import { fieldOffset, shiftOf } from '../memory/tables.js';
import { maskHolds, maskRun, setMask } from './tracks.js';

const e = (field: string): number => fieldOffset('entry', field);

const SLOT_SHIFT = shiftOf('slot');
const ENTRY_SHIFT = shiftOf('entry');
const POOL_SHIFT = shiftOf('pool');
const VOLUME = fieldOffset('slot', 'volume');
const TRACK = fieldOffset('slot', 'track');
const VALID = fieldOffset('slot', 'valid');
const DIRTY = fieldOffset('slot', 'dirty');
const SPOILED = fieldOffset('slot', 'spoiled');
const SLOT_WORDS = SPOILED + 1;
const E_POOL = e('pool');
const E_GRANTED = e('granted');
const E_PINS = e('pins');
const E_LIST = e('list');
const E_PREV = e('prev');
const E_NEXT = e('next');
const E_CHAIN = e('chain');
const E_ORPHAN = e('orphan');
const E_QUEUED = e('queued');
const E_QPREV = e('qprev');
const E_QNEXT = e('qnext');
const E_CREDITS = e('credits');
const E_SESSION = e('session');
const P_FREE = fieldOffset('pool', 'free');
const P_FIRST = fieldOffset('pool', 'lru_first');
const P_LAST = fieldOffset('pool', 'lru_last');
const D_FIRST = fieldOffset('dirty', 'first');
const D_LAST = fieldOffset('dirty', 'last');
const D_COUNT = fieldOffset('dirty', 'count');

/** `entry.list` */
const NOWHERE = 0;
const FREE = 1;
const LRU = 2;

export class Slots {
  readonly #m: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #slot: number;
  readonly #entry: number;
  readonly #pool: number;
  readonly #dirty: number;
  readonly #bucket: number;
  readonly #mask: number;
  readonly #at: number;
  readonly #sectorsPerTrack: number;
  /** Absent where no log keeps battery memory. A slot that is clean is not kept: only what makes dirty or clean is marked. */
  readonly #marks: BatteryMarks | undefined;

  constructor(memory: ArrayMemory, marks?: BatteryMarks) {
    this.#marks = marks;
    const { base, bucketMask, slotsAt, dims } = memory.layout;
    this.#m = memory.m;
    this.#bytes = memory.bytes;
    this.#slot = base.slot;
    this.#entry = base.entry;
    this.#pool = base.pool;
    this.#dirty = base.dirty;
    this.#bucket = base.bucket;
    this.#mask = bucketMask;
    this.#at = slotsAt;
    this.#sectorsPerTrack = dims.sectorsPerTrack;
  }

  /** Sector address of a span's first sector. */
  at(slot: number, span: number): number {
    return this.#at + slot * this.#sectorsPerTrack + (span & 0xffff);
  }

  find(volume: number, track: number): number {
    const m = this.#m;
    let s = m[this.#bucketOf(volume, track)] as number;
    while (s !== 0) {
      const h = this.#slot + ((s - 1) << SLOT_SHIFT);
      if (m[h + TRACK] === track && m[h + VOLUME] === volume + 1) return s - 1;
      s = m[this.#entry + ((s - 1) << ENTRY_SHIFT) + E_CHAIN] as number;
    }
    return -1;
  }

  alloc(pool: number): number {
    const m = this.#m;
    const p = this.#pool + (pool << POOL_SHIFT);
    const free = m[p + P_FREE] as number;
    if (free !== 0) {
      const en = this.#e(free - 1);
      m[p + P_FREE] = m[en + E_NEXT] as number;
      m[en + E_LIST] = NOWHERE;
      return free - 1;
    }
    const last = m[p + P_LAST] as number;
    if (last === 0) return -1;
    this.#leaveLru(last - 1);
    this.#leaveHash(last - 1);
    m[this.#h(last - 1) + VOLUME] = 0;
    m[this.#e(last - 1) + E_GRANTED] = 0; // a parity error of what it held
    return last - 1;
  }

  enter(slot: number, volume: number, track: number): void {
    const h = this.#h(slot);
    this.#m.fill(0, h, h + SLOT_WORDS);
    this.#m[h + VOLUME] = volume + 1;
    this.#m[h + TRACK] = track;
    this.#m[this.#e(slot) + E_ORPHAN] = 0;
    this.#enterHash(slot);
  }

  /** In one step: bytes, header, directory, dirty list, credits go to the new slot; the old is an orphan for its readers. */
  move(to: number, from: number): void {
    const m = this.#m;
    if (this.#marks !== undefined) this.#marks.room();
    const a = this.at(from, 0) * SECTOR_BYTES;
    this.#bytes.copyWithin(this.at(to, 0) * SECTOR_BYTES, a, a + this.#sectorsPerTrack * SECTOR_BYTES);
    this.#leaveHash(from);
    const h = this.#h(from);
    m.copyWithin(this.#h(to), h, h + SLOT_WORDS);
    // Whoever has the old one pinned (a destage) still finds track, masks and generation; the battery's owner is the new.
    m[h + VOLUME] = 0;
    if (this.#marks !== undefined) this.#markMove(this.#marks, to, from);
    this.#enterHash(to);
    const en = this.#e(from);
    const tn = this.#e(to);
    m[tn + E_ORPHAN] = 0;
    m[tn + E_CREDITS] = m[en + E_CREDITS] as number;
    m[tn + E_SESSION] = m[en + E_SESSION] as number;
    m[en + E_CREDITS] = 0;
    m[en + E_ORPHAN] = 1;
    if (m[en + E_LIST] === LRU) this.#leaveLru(from);
    if (m[en + E_QUEUED] !== 0) {
      this.#leaveDirty(from);
      this.soil(to);
    }
  }

  pin(slot: number): void {
    const en = this.#e(slot);
    if (this.#m[en + E_LIST] === LRU) this.#leaveLru(slot);
    this.#m[en + E_PINS] = (this.#m[en + E_PINS] as number) + 1;
  }

  /** False when nobody had it pinned: a fault of the microcode. */
  unpin(slot: number): boolean {
    const en = this.#e(slot);
    if ((this.#m[en + E_PINS] as number) <= 0) return false;
    this.#m[en + E_PINS] = (this.#m[en + E_PINS] as number) - 1;
    return true;
  }

  /** False when it is granted already. */
  grant(slot: number): boolean {
    const en = this.#e(slot);
    if (this.#m[en + E_GRANTED] !== 0) return false;
    if (this.#m[en + E_LIST] === LRU) this.#leaveLru(slot);
    this.#m[en + E_GRANTED] = GRANT.GRANTED;
    return true;
  }

  give(slot: number): boolean {
    const en = this.#e(slot);
    if (this.#m[en + E_GRANTED] === 0) return false;
    this.#m[en + E_GRANTED] = 0;
    return true;
  }

  settle(slot: number): void {
    const m = this.#m;
    const en = this.#e(slot);
    if (m[en + E_LIST] !== NOWHERE || m[en + E_PINS] !== 0 || m[en + E_GRANTED] !== 0) return;
    const p = this.#pool + ((m[en + E_POOL] as number) << POOL_SHIFT);
    if (m[en + E_ORPHAN] !== 0 || m[this.#h(slot) + VOLUME] === 0) {
      m[en + E_ORPHAN] = 0;
      m[en + E_NEXT] = m[p + P_FREE] as number;
      m[p + P_FREE] = slot + 1;
      m[en + E_LIST] = FREE;
    } else if (!this.isDirty(slot)) {
      const first = m[p + P_FIRST] as number;
      m[en + E_PREV] = 0;
      m[en + E_NEXT] = first;
      if (first !== 0) m[this.#e(first - 1) + E_PREV] = slot + 1;
      else m[p + P_LAST] = slot + 1;
      m[p + P_FIRST] = slot + 1;
      m[en + E_LIST] = LRU;
    }
  }

  holds(slot: number, span: number): boolean {
    return maskHolds(this.#m, this.#h(slot) + VALID, span);
  }

  run(slot: number, from: number): number {
    return maskRun(this.#m, this.#h(slot) + DIRTY, from, this.#sectorsPerTrack, 1);
  }

  gap(slot: number, from: number): number {
    return maskRun(this.#m, this.#h(slot) + VALID, from, this.#sectorsPerTrack, 0);
  }

  filled(slot: number, span: number): void {
    setMask(this.#m, this.#h(slot) + VALID, span);
  }

  /** What it does not hold is zeroes from now on, and held; nothing of it gets dirty. */
  blank(slot: number): void {
    for (let span = this.gap(slot, 0); span !== 0; span = this.gap(slot, 0)) {
      zeroSectors(this.#m, this.at(slot, span), span >>> 16);
      this.filled(slot, span);
    }
  }

  isDirty(slot: number): boolean {
    const h = this.#h(slot) + DIRTY;
    const m = this.#m;
    return ((m[h] as number) | (m[h + 1] as number) | (m[h + 2] as number) | (m[h + 3] as number)) !== 0;
  }

  soil(slot: number): void {
    const m = this.#m;
    const en = this.#e(slot);
    if (m[en + E_QUEUED] !== 0) return;
    const last = m[this.#dirty + D_LAST] as number;
    m[en + E_QUEUED] = 1;
    m[en + E_QPREV] = last;
    m[en + E_QNEXT] = 0;
    if (last !== 0) m[this.#e(last - 1) + E_QNEXT] = slot + 1;
    else m[this.#dirty + D_FIRST] = slot + 1;
    m[this.#dirty + D_LAST] = slot + 1;
    m[this.#dirty + D_COUNT] = (m[this.#dirty + D_COUNT] as number) + 1;
  }

  clean(slot: number): void {
    if (this.#m[this.#e(slot) + E_QUEUED] !== 0) this.#leaveDirty(slot);
    const h = this.#h(slot) + DIRTY;
    this.#m.fill(0, h, h + 4);
    if (this.#marks !== undefined) this.#marks.word(h);
  }

  /** No sector is held, and nobody is granted it: what it held is lost, or on its drive. */
  empty(slot: number): void {
    const h = this.#h(slot);
    this.#m.fill(0, h + VALID, h + SLOT_WORDS);
    this.#m[this.#e(slot) + E_GRANTED] = 0;
    if (this.#marks !== undefined) this.#marks.record(h, SLOT_WORDS);
  }

  /** A parity error, from outside the array: its bytes are lost. Not of a slot that somebody has, nor of an empty one. */
  spoil(slot: number): boolean {
    const m = this.#m;
    const en = this.#e(slot);
    const h = this.#h(slot);
    if (m[h + VOLUME] === 0 || m[en + E_PINS] !== 0 || m[en + E_GRANTED] !== 0) return false;
    m[h + SPOILED] = 1;
    m[en + E_GRANTED] = GRANT.SPOILED;
    const at = this.at(slot, 0) * SECTOR_BYTES;
    this.#bytes.fill(0xa5, at, at + this.#sectorsPerTrack * SECTOR_BYTES);
    if (this.#marks !== undefined) this.#marks.record(h, SLOT_WORDS);
    return true;
  }

  oldest(): number {
    const m = this.#m;
    let s = m[this.#dirty + D_FIRST] as number;
    while (s !== 0) {
      const en = this.#e(s - 1);
      if (m[en + E_GRANTED] !== GRANT.GRANTED) return s - 1;
      s = m[en + E_QNEXT] as number;
    }
    return -1;
  }

  /** 1: it left the dirty list; 2: so it did, and its bytes are lost; 0: it was not there, or is granted. */
  take(slot: number): number {
    const en = this.#e(slot);
    if (this.#m[en + E_QUEUED] === 0 || this.#m[en + E_GRANTED] === GRANT.GRANTED) return 0;
    this.#leaveDirty(slot);
    return this.#m[en + E_GRANTED] === 0 ? 1 : 2;
  }

  /** After power on, when all volatile tables are zero. */
  adopt(slot: number): boolean {
    const h = this.#h(slot);
    const en = this.#e(slot);
    this.#m[en + E_POOL] = slot < (this.#m[this.#pool + fieldOffset('pool', 'slots')] as number) ? 0 : 1;
    if (this.#m[h + VOLUME] !== 0 && this.isDirty(slot)) {
      this.#enterHash(slot);
      this.soil(slot);
      if (this.#m[h + SPOILED] !== 0) this.#m[en + E_GRANTED] = GRANT.SPOILED;
      return true;
    }
    this.#m.fill(0, h, h + SLOT_WORDS);
    this.settle(slot);
    return false;
  }

  #markMove(marks: BatteryMarks, to: number, from: number): void {
    for (let span = this.run(to, 0); span !== 0; span = this.run(to, (span & 0xffff) + (span >>> 16))) {
      marks.sectors(this.at(to, span), span >>> 16);
    }
    // Never two dirty slots of a track, and never none.
    marks.record(this.#h(to), SLOT_WORDS);
    // Before these marks are taken, it may be free again and have another track: then nothing of it is dirty.
    marks.word(this.#h(from) + VOLUME);
    marks.word(this.#h(from) + DIRTY);
  }

  #h(slot: number): number {
    return this.#slot + (slot << SLOT_SHIFT);
  }

  #e(slot: number): number {
    return this.#entry + (slot << ENTRY_SHIFT);
  }

  #bucketOf(volume: number, track: number): number {
    return this.#bucket + ((Math.imul(track + Math.imul(volume, 0x9e37), 0x9e3779b1) >>> 12) & this.#mask);
  }

  #enterHash(slot: number): void {
    const h = this.#h(slot);
    const b = this.#bucketOf((this.#m[h + VOLUME] as number) - 1, this.#m[h + TRACK] as number);
    this.#m[this.#e(slot) + E_CHAIN] = this.#m[b] as number;
    this.#m[b] = slot + 1;
  }

  #leaveHash(slot: number): void {
    const m = this.#m;
    const h = this.#h(slot);
    let at = this.#bucketOf((m[h + VOLUME] as number) - 1, m[h + TRACK] as number);
    while (m[at] !== 0 && m[at] !== slot + 1) at = this.#e((m[at] as number) - 1) + E_CHAIN;
    if (m[at] !== 0) m[at] = m[this.#e(slot) + E_CHAIN] as number;
  }

  #leaveLru(slot: number): void {
    const m = this.#m;
    const en = this.#e(slot);
    const p = this.#pool + ((m[en + E_POOL] as number) << POOL_SHIFT);
    const prev = m[en + E_PREV] as number;
    const next = m[en + E_NEXT] as number;
    if (prev !== 0) m[this.#e(prev - 1) + E_NEXT] = next;
    else m[p + P_FIRST] = next;
    if (next !== 0) m[this.#e(next - 1) + E_PREV] = prev;
    else m[p + P_LAST] = prev;
    m[en + E_LIST] = NOWHERE;
  }

  #leaveDirty(slot: number): void {
    const m = this.#m;
    const en = this.#e(slot);
    const prev = m[en + E_QPREV] as number;
    const next = m[en + E_QNEXT] as number;
    if (prev !== 0) m[this.#e(prev - 1) + E_QNEXT] = next;
    else m[this.#dirty + D_FIRST] = next;
    if (next !== 0) m[this.#e(next - 1) + E_QPREV] = prev;
    else m[this.#dirty + D_LAST] = prev;
    m[en + E_QUEUED] = 0;
    m[this.#dirty + D_COUNT] = (m[this.#dirty + D_COUNT] as number) - 1;
  }
}
