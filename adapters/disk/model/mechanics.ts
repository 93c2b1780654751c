/**
 * One drive in time: arm, heads, platter, bus and buffer. A request that comes at a moment is done at another; from its
 * state and its profile that follows, and nothing else has a say. It serves one command after the other, in the order
 * of `serve`. What it reads on by itself is worked out when the next command comes, which ends it.
 *
 * After DiskSim's model of a drive (Bucy and others, CMU-PDL-08-101: what each figure of a profile means) and Ruemmler
 * and Wilkes, "An Introduction to Disk Drive Modeling", 1994. Defects of one drive's platters are left out.
 *
 * All state is in words of a region; all times are whole nanoseconds.
 */
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { Room } from '../../../firmware/memory/room.js';
import { readTime, writeTime } from '../../../firmware/memory/time.js';
import type { Region } from '../../../firmware/ports/schedule.js';
import { type DriveGeometry, nanoseconds, sectorsOfBytes } from './geometry.js';
import { NO_SEGMENT, Segments } from './segments.js';

/** When the last command was done. */
const DONE = 0;
/** When the platter has all that was written. */
const MEDIA = 2;
const CYLINDER = 4;
const HEAD = 5;
const AFTER_WRITE = 6;
/** Angle (ns of a turn) at which the platter stood at time 0, and whether anybody has said so. */
const PHASE = 7;
const TURNS = 11;
/** Segment + 1 into which the drive reads on; 0: it does not. */
const AHEAD = 8;
/** The sector that it reads next, and where it stops. */
const NEXT = 9;
const LIMIT = 10;
/** When that sector begins under the head. */
const NEXT_TIME = 12;
const PENDING = 16;
/** Writes that are reported and not on the platter yet. */
const WRITES_MAX = 16;
const BUFFER = PENDING + Room.words(WRITES_MAX);

export class DriveMechanics {
  static readonly words = BUFFER + Segments.words;
  readonly geometry: DriveGeometry;
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #segments: Segments;
  readonly #pending: Room;
  readonly #readBus_ns: number;
  readonly #writeBus_ns: number;
  readonly #readAhead: number;
  readonly #segmentSectors: number;

  /** Memory of zeroes is a drive at rest, its arm over cylinder 0. */
  constructor({ m, at }: Region, geometry: DriveGeometry) {
    const { profile } = geometry;
    this.geometry = geometry;
    this.#m = m;
    this.#at = at;
    this.#segmentSectors = sectorsOfBytes(profile.buffer_bytes / profile.segments);
    this.#segments = new Segments(
      { m, at: at + BUFFER },
      profile.segments,
      this.#segmentSectors,
      profile.separate_write_segment ?? false,
    );
    this.#pending = new Room(m, at + PENDING, WRITES_MAX);
    this.#readBus_ns = nanoseconds(SECTOR_BYTES / profile.bus_bytes_per_us);
    this.#writeBus_ns = nanoseconds(SECTOR_BYTES / (profile.bus_write_bytes_per_us ?? profile.bus_bytes_per_us));
    this.#readAhead = sectorsOfBytes(profile.read_ahead_bytes);
  }

  /** Where the platter stands at time 0: nanoseconds of a turn. */
  set phase_ns(ns: number) {
    this.#m[this.#at + PHASE] = ns;
    this.#m[this.#at + TURNS] = 1;
  }

  get hasPhase(): boolean {
    return this.#m[this.#at + TURNS] !== 0;
  }

  /** A read comes at a time, after those of earlier calls: when its status goes out. */
  read(now_ns: number, lba: number, sectors: number): number {
    const { profile } = this.geometry;
    const start = Math.max(now_ns, this.#time(DONE));
    this.#readOn(start);
    const afterWrite = this.#m[this.#at + AFTER_WRITE] !== 0;
    const segment = this.#segments.find(lba);
    const missed = segment === NO_SEGMENT;
    const miss = overhead(afterWrite, profile.read_overhead_us, profile.read_overhead_after_write_us);
    const hit = profile.read_hit_overhead_us ?? miss;
    const ready =
      start + nanoseconds(missed ? miss : overhead(afterWrite, hit, profile.read_hit_overhead_after_write_us));
    const last = missed ? this.#readPlatter(ready, lba, sectors) : this.#readBuffer(ready, segment, lba, sectors);
    const done = last + nanoseconds(profile.completion_us ?? 0);
    this.#m[this.#at + AFTER_WRITE] = 0;
    this.#setTime(DONE, done);
    return done;
  }

  /** A write comes at a time, after those of earlier calls: when its status goes out. */
  write(now_ns: number, lba: number, sectors: number): number {
    const { profile } = this.geometry;
    const start = Math.max(now_ns, this.#time(DONE));
    this.#readOn(start);
    this.#m[this.#at + AHEAD] = 0;
    const afterWrite = this.#m[this.#at + AFTER_WRITE] !== 0;
    const own = nanoseconds(overhead(afterWrite, profile.write_overhead_us, profile.write_overhead_after_write_us));
    let data = start + (profile.write_data_us === undefined ? own : nanoseconds(profile.write_data_us));
    if (profile.immediate_write_reports) data = this.#pending.wait_ns(data, sectors, this.#segmentSectors);
    const onPlatter = this.#writePlatter(Math.max(start + own, this.#time(MEDIA)), data, lba, sectors);
    this.#setTime(MEDIA, onPlatter);
    this.#segments.write(lba, sectors);
    const inBuffer = data + sectors * this.#writeBus_ns;
    let done: number;
    if (profile.immediate_write_reports) {
      this.#pending.take(onPlatter, sectors);
      // What is larger than a segment goes through it.
      done = sectors > this.#segmentSectors ? Math.max(inBuffer, onPlatter) : inBuffer;
    } else done = onPlatter + nanoseconds(profile.write_reselect_us ?? 0);
    done += nanoseconds(profile.write_completion_us ?? profile.completion_us ?? 0);
    this.#m[this.#at + AFTER_WRITE] = 1;
    this.#setTime(DONE, done);
    return done;
  }

  /** Sectors are given up: the drive notes it, and moves no arm. When the status goes out. */
  discard(now_ns: number, lba: number, sectors: number): number {
    const { profile } = this.geometry;
    const start = Math.max(now_ns, this.#time(DONE));
    this.#readOn(start);
    this.#m[this.#at + AHEAD] = 0;
    this.#segments.write(lba, sectors);
    const done = start + nanoseconds(profile.write_overhead_us + (profile.completion_us ?? 0));
    this.#setTime(DONE, done);
    return done;
  }

  /** All that was written shall be on the platter: when the status goes out. */
  sync(now_ns: number): number {
    const done = Math.max(now_ns, this.#time(DONE), this.#time(MEDIA));
    this.#setTime(DONE, done + nanoseconds(this.geometry.profile.completion_us ?? 0));
    return this.#time(DONE);
  }

  /** The buffer is empty, and nothing under way any more. */
  losePower(): void {
    this.#segments.forget();
    this.#pending.forget();
    this.#m[this.#at + AHEAD] = 0;
    this.#m[this.#at + AFTER_WRITE] = 0;
    this.#setTime(DONE, 0);
    this.#setTime(MEDIA, 0);
  }

  /** The buffer has the first sector at least. */
  #readBuffer(ready: number, segment: number, lba: number, sectors: number): number {
    const { profile } = this.geometry;
    const bus = ready + nanoseconds(profile.data_preparation_us ?? 0);
    const have = Math.min(sectors, this.#segments.end(segment) - lba);
    const limit = this.#limitOfAhead(segment, lba + sectors);
    const ahead = this.#m[this.#at + AHEAD] as number;
    const goesOn = ahead === segment + 1;
    const begins = profile.read_ahead_after_hit === true && ahead === 0 && limit > this.#segments.end(segment);
    if (!goesOn && (have < sectors || begins)) {
      this.#aim(segment, this.#segments.end(segment), Math.max(ready, this.#time(MEDIA)));
      this.#m[this.#at + LIMIT] = limit;
    }
    if (goesOn && limit > (this.#m[this.#at + LIMIT] as number)) this.#m[this.#at + LIMIT] = limit;
    if (have === sectors) return bus + sectors * this.#readBus_ns;
    return this.#fromPlatter(segment, lba, sectors, have, bus + have * this.#readBus_ns, 0);
  }

  #readPlatter(ready: number, lba: number, sectors: number): number {
    const { profile } = this.geometry;
    const segment = this.#segments.takeForRead(lba);
    this.#aim(segment, lba, Math.max(ready, this.#time(MEDIA)));
    this.#m[this.#at + LIMIT] = this.#limitOfAhead(segment, lba + sectors);
    const watermark = Math.max(1, Math.ceil((sectors * (profile.read_watermark_percent ?? 0)) / 100));
    return this.#fromPlatter(segment, lba, sectors, 0, ready, watermark);
  }

  /**
   * The rest of a read, from where the head waits, through the buffer to the bus. `watermark`: so many sectors of it are
   * read before the bus is asked for; 0: it has been. Returns when the last one is over.
   */
  #fromPlatter(segment: number, lba: number, sectors: number, have: number, bus: number, watermark: number): number {
    const { geometry } = this;
    const { profile } = geometry;
    const limit = this.#m[this.#at + LIMIT] as number;
    const again = nanoseconds((profile.reselect_us ?? 0) + (profile.data_preparation_us ?? 0));
    let over = bus;
    let time = this.#time(NEXT_TIME);
    for (let i = have; i < sectors; ) {
      geometry.locate(lba + i);
      const n = Math.min(sectors - i, geometry.left);
      for (let k = 1; k <= n; k++) {
        const read = time + geometry.pass_ns(k);
        if (i + k === watermark) over = Math.max(over, read) + again + watermark * this.#readBus_ns;
        else if (i + k > watermark) over = Math.max(over, read) + this.#readBus_ns;
      }
      i += n;
      time += geometry.pass_ns(n);
      if (lba + i < limit) time = this.#reach(lba + i, time, false);
    }
    this.#m[this.#at + NEXT] = lba + sectors;
    this.#setTime(NEXT_TIME, time);
    if (segment !== NO_SEGMENT) this.#segments.extend(segment, lba + sectors);
    if (lba + sectors >= limit) this.#m[this.#at + AHEAD] = 0;
    return over;
  }

  /** When all of it is on the platter. `data`: when its first byte comes over the bus. */
  #writePlatter(from: number, data: number, lba: number, sectors: number): number {
    const { geometry } = this;
    let time = this.#reach(lba, from, true);
    for (let i = 0; i < sectors; ) {
      geometry.locate(lba + i);
      const n = Math.min(sectors - i, geometry.left);
      // A sector must be in the buffer when it comes under the head; if one would not be, the track waits for a turn.
      let late = 0;
      for (let k = 0; k < n; k++) {
        late = Math.max(late, data + (i + k + 1) * this.#writeBus_ns - (time + geometry.pass_ns(k)));
      }
      time += Math.ceil(late / geometry.turn_ns) * geometry.turn_ns + geometry.pass_ns(n);
      i += n;
      if (i < sectors) time = this.#reach(lba + i, time, true);
    }
    return time;
  }

  /** The drive shall read on into a segment from a sector, as soon as the arm may move. */
  #aim(segment: number, lba: number, from: number): void {
    this.#m[this.#at + AHEAD] = segment + 1;
    this.#m[this.#at + NEXT] = lba;
    this.#setTime(NEXT_TIME, lba < this.geometry.sectors ? this.#reach(lba, from, false) : from);
  }

  /** How far it reads on after a read up to `end`. */
  #limitOfAhead(segment: number, end: number): number {
    const { geometry } = this;
    if (segment === NO_SEGMENT || this.#readAhead === 0) return end;
    let limit = end + this.#readAhead;
    if (geometry.profile.read_ahead_to === 'track' && end < geometry.sectors) {
      geometry.locate(end);
      const n = geometry.sectorsPerTrack;
      const endOfTrack = end + geometry.left;
      const isStream = this.#segments.start(segment) < endOfTrack - n;
      limit = Math.min(limit, isStream ? endOfTrack + n : endOfTrack);
    }
    return Math.min(limit, geometry.sectors);
  }

  /** What the drive read on by itself up to a time. */
  #readOn(to: number): void {
    const m = this.#m;
    const { geometry } = this;
    const segment = (m[this.#at + AHEAD] as number) - 1;
    if (segment < 0) return;
    const limit = m[this.#at + LIMIT] as number;
    let next = m[this.#at + NEXT] as number;
    let time = this.#time(NEXT_TIME);
    while (next < limit && time < to) {
      geometry.locate(next);
      const n = Math.min(geometry.left, limit - next);
      const pass = geometry.pass_ns(n);
      if (time + pass > to) {
        const passed = geometry.passed(to - time);
        time += geometry.pass_ns(passed);
        next += passed;
        break;
      }
      next += n;
      time += pass;
      if (next < limit) time = this.#reach(next, time, false);
    }
    m[this.#at + NEXT] = next;
    this.#setTime(NEXT_TIME, time);
    this.#segments.extend(segment, next);
    if (next >= limit) m[this.#at + AHEAD] = 0;
  }

  /** The arm moves and the platter turns until the sector begins under its head; the time then. */
  #reach(lba: number, from: number, isWrite: boolean): number {
    const m = this.#m;
    const { geometry } = this;
    geometry.locate(lba);
    const there = from + geometry.move_ns(m[this.#at + CYLINDER] as number, m[this.#at + HEAD] as number, isWrite);
    m[this.#at + CYLINDER] = geometry.cylinder;
    m[this.#at + HEAD] = geometry.head;
    return there + geometry.latency_ns((there + (m[this.#at + PHASE] as number)) % geometry.turn_ns);
  }

  #time(word: number): number {
    return readTime(this.#m, this.#at + word);
  }

  #setTime(word: number, ns: number): void {
    writeTime(this.#m, this.#at + word, ns);
  }
}

const overhead = (afterWrite: boolean, usual: number, then: number | undefined): number =>
  afterWrite ? (then ?? usual) : usual;
