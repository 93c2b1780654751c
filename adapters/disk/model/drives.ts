/**
 * Drives of a simulated array: content in memory, a time for each operation, and a volatile write cache. What was not
 * synced when power goes lands or does not, sector by sector; operations under way may land in part.
 *
 * `starts`: where each drive begins in the content, in sectors, and where the last ends. `current` is what a read sees; `kept`
 * is what sectors that are not synced held before, at the places that `Unsynced` says: so a sync copies nothing.
 */
import { RESULT } from '../../../firmware/memory/constants.js';
import { copySectors, SECTOR_WORDS, zeroSectors } from '../../../firmware/memory/copy.js';
import type { ArrayMemory } from '../../../firmware/memory/layout.js';
import type { Mail, Port } from '../../../firmware/ports/mail.js';
import * as MESSAGES from '../../../firmware/ports/messages.js';
import { type Chance, EVENT, type Region, type Schedule } from '../../../firmware/ports/schedule.js';
import { DriveFaults } from './faults.js';
import { DriveGeometry } from './geometry.js';
import { DriveMechanics } from './mechanics.js';
import { NOT_KEPT, Unsynced, ZEROES } from './unsynced.js';

/** Of this module: so compiled code has them as constants, which it looks up where they are imported. */
const { D_HEAD, D_PAYLOAD, D_TOKEN, KIND } = MESSAGES;

const OP_WORDS = 8;
/** Operations under way at once: the disk role's tasks times what one may ask. */
const OPS = 64;
const FREE = 0;
const TABLE = 8;
const UNSYNCED = TABLE + OPS * OP_WORDS;
/** On a drive that was just put in. */
const NOBODYS = 0x5a5a5a5a;

export interface DriveContent {
  readonly current: Int32Array;
  readonly kept: Int32Array;
}

export interface DriveTimes {
  readonly least_us: number;
  /** So much more at most, by chance. */
  readonly spread_us: number;
}

/** How long operations take: as the kind of the drives has it, or some time by chance. */
export type DriveModel = DriveGeometry | DriveTimes;

/** Where the faults of a drive stand; of the number behind the last: where they end. */
function faultsAt(starts: readonly number[], drive: number): number {
  let at = UNSYNCED + Unsynced.words(starts.at(-1) ?? 0);
  for (let d = 0; d < drive; d++) at += DriveFaults.words((starts[d + 1] as number) - (starts[d] as number));
  return at;
}

export class ModelDrives implements Port {
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #array: number;
  readonly #memory: ArrayMemory;
  readonly #mail: Mail;
  readonly #content: DriveContent;
  readonly #schedule: Schedule;
  readonly #chance: Chance;
  readonly #model: DriveModel;
  /** By drive; none where times are by chance. */
  readonly #mechanics: readonly DriveMechanics[];
  readonly #starts: readonly number[];
  readonly #unsynced: Unsynced;
  /** By drive. */
  readonly faults: readonly DriveFaults[];

  /**
   * The write serial of each sector not synced stands beside its number; what is wrong with each drive, behind them, and
   * last what each drive is doing, if its kind is known.
   */
  static words(starts: readonly number[], model: DriveModel): number {
    const drives = starts.length - 1;
    return faultsAt(starts, drives) + (model instanceof DriveGeometry ? drives * DriveMechanics.words : 0);
  }

  constructor(
    region: Region,
    array: number,
    memory: ArrayMemory,
    mail: Mail,
    content: DriveContent,
    schedule: Schedule,
    chance: Chance,
    model: DriveModel,
    starts: readonly number[],
  ) {
    this.#m = region.m;
    this.#at = region.at;
    this.#array = array;
    this.#memory = memory;
    this.#mail = mail;
    this.#content = content;
    this.#schedule = schedule;
    this.#chance = chance;
    this.#model = model;
    this.#starts = starts;
    this.#unsynced = new Unsynced({ m: region.m, at: region.at + UNSYNCED }, starts.at(-1) ?? 0);
    this.faults = starts
      .slice(1)
      .map((end, d) => new DriveFaults(region.m, region.at + faultsAt(starts, d), end - (starts[d] as number)));
    const at = region.at + faultsAt(starts, starts.length - 1);
    this.#mechanics =
      model instanceof DriveGeometry
        ? this.faults.map((_, d) => new DriveMechanics({ m: region.m, at: at + d * DriveMechanics.words }, model))
        : [];
  }

  pump(): boolean {
    const m = this.#mail.m;
    let did = false;
    for (let d = this.#mail.peek(); d >= 0; d = this.#mail.peek()) {
      did = true;
      const op = this.#allocate();
      const o = this.#op(op);
      const kind = (m[d + D_HEAD] as number) & 255;
      this.#m[o] = kind;
      this.#m[o + 1] = ((m[d + D_HEAD] as number) >> 8) & 255;
      this.#m[o + 2] = m[d + D_TOKEN] as number;
      const drive = m[d + D_PAYLOAD] as number;
      this.#m[o + 3] = (m[d + D_PAYLOAD + 1] as number) + (this.#starts[drive] as number);
      this.#m[o + 4] = m[d + D_PAYLOAD + 2] as number;
      this.#m[o + 5] = m[d + D_PAYLOAD + 3] as number;
      // A sync makes stable what was written before it, not what is written while it runs.
      this.#m[o + 6] = this.#unsynced.serial;
      this.#m[o + 7] = drive;
      this.#mail.drop();
      const now = this.#schedule.now_ns();
      const ends = this.#ends_ns(o);
      const slowed = now + (this.faults[drive] as DriveFaults).slowed(ends - now);
      this.#schedule.at(slowed, EVENT.DRIVE, this.#array, op, 0);
    }
    return did;
  }

  /** When an operation that is asked for now will be done. */
  #ends_ns(o: number): number {
    const now = this.#schedule.now_ns();
    const model = this.#model;
    if (!(model instanceof DriveGeometry))
      return now + (model.least_us + this.#chance.below(model.spread_us + 1)) * 1000;
    const drive = this.#m[o + 7] as number;
    const mechanics = this.#mechanics[drive] as DriveMechanics;
    if (!mechanics.hasPhase) mechanics.phase_ns = this.#chance.below(model.turn_ns);
    const kind = this.#m[o] as number;
    if (kind === KIND.DRIVE_SYNC) return mechanics.sync(now);
    const lba = (this.#m[o + 3] as number) - (this.#starts[drive] as number);
    const sectors = this.#m[o + 4] as number;
    if (kind === KIND.DRIVE_DISCARD) return mechanics.discard(now, lba, sectors);
    return kind === KIND.DRIVE_READ ? mechanics.read(now, lba, sectors) : mechanics.write(now, lba, sectors);
  }

  /** An operation ends (EVENT.DRIVE). */
  finish(op: number): void {
    const o = this.#op(op);
    const kind = this.#m[o] as number;
    if (kind === 0) return; // it was under way when power went
    const lba = this.#m[o + 3] as number;
    const sectors = this.#m[o + 4] as number;
    const at = this.#m[o + 5] as number;
    const { m } = this.#memory;
    const drive = this.#m[o + 7] as number;
    const from = lba - (this.#starts[drive] as number);
    const faults = this.faults[drive] as DriveFaults;
    let result: number = RESULT.OK;
    if (
      kind === KIND.DRIVE_SYNC
        ? faults.lost
        : kind === KIND.DRIVE_READ
          ? !faults.reads(from, sectors)
          : !faults.writes(from, sectors)
    )
      result = RESULT.MEDIUM_ERROR;
    else if (kind === KIND.DRIVE_READ) this.#read(lba, m, at, sectors);
    else if (kind !== KIND.DRIVE_SYNC) {
      const landed = faults.lands(sectors);
      this.#write(kind === KIND.DRIVE_WRITE ? m : undefined, at, lba, landed);
      if (landed < sectors) result = RESULT.MEDIUM_ERROR;
    } else {
      this.#unsynced.sync(this.#m[o + 6] as number, this.#starts[drive] as number, this.#starts[drive + 1] as number);
    }
    const answer = this.#mail.respond(KIND.DRIVE_DONE, this.#m[o + 1] as number, this.#m[o + 2] as number);
    this.#mail.m[answer + D_PAYLOAD] = result;
    this.#release(op);
  }

  /** Another drive stands in the place of this one; what it holds is nobody's. */
  replace(drive: number): void {
    const from = this.#starts[drive] as number;
    const to = this.#starts[drive + 1] as number;
    const { current, kept } = this.#content;
    current.fill(NOBODYS, from * SECTOR_WORDS, to * SECTOR_WORDS);
    this.#unsynced.filled(from, to, (place) => kept.fill(NOBODYS, place * SECTOR_WORDS, (place + 1) * SECTOR_WORDS));
    this.faults[drive]?.replace();
    this.#mechanics[drive]?.losePower();
  }

  /** Who asked is gone: what is under way ends now, in part, and is not answered. */
  abandon(): void {
    const m = this.#m;
    for (let op = 0; op < OPS; op++) {
      const o = this.#op(op);
      const writes = m[o] === KIND.DRIVE_WRITE;
      if (writes || m[o] === KIND.DRIVE_DISCARD) {
        for (let s = 0; s < (m[o + 4] as number); s++) {
          if (this.#chance.below(2) === 0) continue;
          const lba = (m[o + 3] as number) + s;
          const drive = m[o + 7] as number;
          if (!this.faults[drive]?.writes(lba - (this.#starts[drive] as number), 1)) continue;
          this.#write(writes ? this.#memory.m : undefined, (m[o + 5] as number) + s, lba, 1);
        }
      }
      m.fill(0, o, o + OP_WORDS);
    }
    m[this.#at + FREE] = 0;
  }

  /** Power goes: what was not synced is kept or lost, a sector at a time, by chance; then reads see what is left. */
  losePower(): void {
    this.abandon();
    for (const mechanics of this.#mechanics) mechanics.losePower();
    const { current, kept } = this.#content;
    for (let i = 0; i < this.#unsynced.count; i++) {
      const lba = this.#unsynced.sector(i);
      if (this.#chance.below(2) === 0) continue;
      const place = this.#unsynced.placeOf(i);
      if (place === ZEROES) current.fill(0, lba * SECTOR_WORDS, (lba + 1) * SECTOR_WORDS);
      else copySectors(kept, place, current, lba, 1);
    }
    this.#unsynced.clear();
  }

  /** Drives that nobody ever wrote to stand in the places of all. What is under way is over. */
  empty(): void {
    const { current } = this.#content;
    for (let sector = this.#starts.at(-1) as number; sector-- > 0; )
      if (!this.#unsynced.isBlank(sector)) current.fill(0, sector * SECTOR_WORDS, (sector + 1) * SECTOR_WORDS);
    this.#unsynced.empty();
  }

  /** What a sector would hold after a power loss that kept nothing of what is not synced. Makes a view: for a few sectors. */
  stable(sector: number): Int32Array {
    const place = this.#unsynced.place(sector);
    if (place === ZEROES) return new Int32Array(SECTOR_WORDS);
    const { current, kept } = this.#content;
    const [half, at] = place === NOT_KEPT ? [current, sector] : [kept, place];
    return half.subarray(at * SECTOR_WORDS, (at + 1) * SECTOR_WORDS);
  }

  /** @param from none: the sectors are given up, and hold zeroes. */
  #write(from: Int32Array | undefined, at: number, lba: number, sectors: number): void {
    const { current, kept } = this.#content;
    // Neighbours were mostly written together, and are kept together.
    let first = lba;
    let place = NOT_KEPT;
    for (let sector = lba; sector < lba + sectors; sector++) {
      const keepAt = this.#unsynced.wrote(sector);
      if (place !== NOT_KEPT && keepAt !== place + sector - first) {
        copySectors(current, first, kept, place, sector - first);
        place = NOT_KEPT;
      }
      if (place === NOT_KEPT) {
        first = sector;
        place = keepAt;
      }
    }
    if (place !== NOT_KEPT) copySectors(current, first, kept, place, lba + sectors - first);
    if (from === undefined) zeroSectors(current, lba, sectors);
    else copySectors(from, at, current, lba, sectors);
  }

  /** What was never written is zeroes without a look at it. */
  #read(lba: number, to: Int32Array, at: number, sectors: number): void {
    const { current } = this.#content;
    for (let first = 0; first < sectors; ) {
      const isBlank = this.#unsynced.isBlank(lba + first);
      let end = first + 1;
      while (end < sectors && this.#unsynced.isBlank(lba + end) === isBlank) end++;
      if (isBlank) zeroSectors(to, at + first, end - first);
      else copySectors(current, lba + first, to, at + first, end - first);
      first = end;
    }
  }

  #op(op: number): number {
    return this.#at + TABLE + op * OP_WORDS;
  }

  #allocate(): number {
    const start = this.#m[this.#at + FREE] as number;
    for (let i = 0; i < OPS; i++) {
      const op = (start + i) % OPS;
      if (this.#m[this.#op(op)] === 0) {
        this.#m[this.#at + FREE] = (op + 1) % OPS;
        return op;
      }
    }
    throw new RangeError(`a simulated array has more than ${OPS} drive operations under way`);
  }

  #release(op: number): void {
    this.#m[this.#op(op)] = 0;
  }
}
