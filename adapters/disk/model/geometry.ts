/**
 * Where a drive's sectors are and how long its arm takes: what follows from a profile alone. Nothing here changes once
 * it is made, but `zone`, `cylinder`, `head`, `sector` and `left`, which hold for whoever called `locate` last.
 *
 * Angles are nanoseconds of a turn: sector k of n begins at ⌊k · turn / n⌋, so that n sectors are exactly a turn.
 */
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import type { DriveProfile, DriveZone, SeekPiece } from './drive-profile.js';

interface Zone {
  readonly firstLba: number;
  readonly firstCylinder: number;
  readonly sectorsPerTrack: number;
  /** Of a cylinder, with those that hold no data. */
  readonly sectorsPerCylinder: number;
  /** Cylinders with spares at their end, and what they hold; so many of these, then cylinders without spares. */
  readonly rangeCylinders: number;
  readonly sectorsPerRange: number;
  readonly ranges: number;
  readonly offset: number;
  readonly reserved: number;
  readonly trackSkew: number;
  readonly cylinderSkew: number;
}

/** Numbers of sectors are words. */
const SECTORS_MOST = 0x7fff_ffff;

/** Of µs with decimals, whole nanoseconds. */
export const nanoseconds = (us: number): number => Math.round(us * 1000);

export class DriveGeometry {
  readonly profile: DriveProfile;
  readonly turn_ns: number;
  readonly heads: number;
  readonly sectors: number;
  /** Of the sector that `locate` found. */
  cylinder = 0;
  head = 0;
  /** Counted from the index, with all skews. */
  sector = 0;
  /** Sectors from there to the end of the track's data. */
  left = 0;
  sectorsPerTrack = 1;
  readonly #zones: readonly Zone[];
  /** By distance. */
  readonly #seek_ns: Float64Array;
  readonly #headSwitch_ns: number;
  readonly #settle_ns: number;

  /** Errors: RangeError for a profile that describes no drive. */
  constructor(profile: DriveProfile) {
    const { heads } = profile;
    this.profile = profile;
    this.heads = heads;
    this.turn_ns = Math.round(60_000_000_000 / profile.rpm);
    const zones: Zone[] = [];
    let lba = 0;
    let free = 0;
    for (const [i, zone] of profile.zones.entries()) {
      checkZone(profile, zone, i, free);
      free = zone.last_cylinder + 1;
      zones.push({
        ...rangesOf(profile, zone),
        firstLba: lba,
        firstCylinder: zone.first_cylinder,
        sectorsPerTrack: zone.sectors_per_track,
        offset: zone.offset_sectors ?? 0,
        reserved: zone.reserved_sectors ?? 0,
        trackSkew: zone.track_skew_sectors ?? profile.track_skew_sectors,
        cylinderSkew: zone.cylinder_skew_sectors ?? profile.cylinder_skew_sectors,
      });
      lba += sectorsOf(profile, zone);
    }
    if (profile.buffer_bytes < profile.segments * SECTOR_BYTES)
      throw new RangeError(
        `buffer_bytes is ${profile.buffer_bytes}; ${profile.segments * SECTOR_BYTES} or more is right, a sector a segment`,
      );
    if (lba > SECTORS_MOST) throw new RangeError(`zones hold ${lba} sectors; ${SECTORS_MOST} at most is right`);
    if ((profile.sectors ?? lba) > lba)
      throw new RangeError(`sectors is ${profile.sectors}; at most ${lba}, which the zones hold, is right`);
    this.#zones = zones;
    this.sectors = profile.sectors ?? lba;
    this.#seek_ns = seeks_ns(profile);
    this.#headSwitch_ns = nanoseconds(profile.head_switch_us);
    this.#settle_ns = nanoseconds(profile.write_settle_us);
  }

  /** Errors: RangeError for a sector that the drive does not have. */
  locate(lba: number): void {
    if (lba < 0 || lba >= this.sectors) throw new RangeError(`sector ${lba} of a drive that has ${this.sectors}`);
    let z = this.#zones.length - 1;
    while ((this.#zones[z] as Zone).firstLba > lba) z--;
    const zone = this.#zones[z] as Zone;
    const n = zone.sectorsPerTrack;
    const at = lba - zone.firstLba + zone.reserved;
    const range = Math.min(Math.floor(at / zone.sectorsPerRange), zone.ranges);
    const inRange = at - range * zone.sectorsPerRange;
    const cylinderOfRange = Math.floor(inRange / zone.sectorsPerCylinder);
    const cylinder = range * zone.rangeCylinders + cylinderOfRange;
    const rest = inRange - cylinderOfRange * zone.sectorsPerCylinder;
    const head = Math.floor(rest / n);
    const sector = rest - head * n;
    const skew = (head + (this.heads - 1) * cylinder) * zone.trackSkew + cylinder * zone.cylinderSkew;
    this.cylinder = zone.firstCylinder + cylinder;
    this.head = head;
    this.sector = (zone.offset + skew + sector) % n;
    this.sectorsPerTrack = n;
    const end = this.#zones[z + 1]?.firstLba ?? this.sectors;
    const leftInRange = range < zone.ranges ? zone.sectorsPerRange - inRange : n;
    this.left = Math.min(n - sector, leftInRange, end - lba);
  }

  /** From the beginning of the located sector over so many, all on its track. */
  pass_ns(sectors: number): number {
    return this.#angle_ns(this.sector + sectors) - this.#angle_ns(this.sector);
  }

  /** Whole sectors that pass in a time, from the beginning of the located one. */
  passed(ns: number): number {
    let sectors = Math.floor((ns * this.sectorsPerTrack) / this.turn_ns);
    while (this.pass_ns(sectors + 1) <= ns) sectors++;
    while (this.pass_ns(sectors) > ns) sectors--;
    return sectors;
  }

  /** Until the located sector begins under the head, when the platter stands at this angle. */
  latency_ns(angle_ns: number): number {
    const wait = this.#angle_ns(this.sector) - angle_ns;
    return wait < 0 ? wait + this.turn_ns : wait;
  }

  seek_ns(distance: number): number {
    return this.#seek_ns[distance] as number;
  }

  /** The arm and the heads from one track to the located one: the longer of the two, and settling before a write. */
  move_ns(cylinder: number, head: number, isWrite: boolean): number {
    const seek = this.seek_ns(Math.abs(cylinder - this.cylinder));
    const change = head === this.head ? 0 : this.#headSwitch_ns;
    const move = seek > change ? seek : change;
    return move > 0 && isWrite ? move + this.#settle_ns : move;
  }

  /** Of a seek between two cylinders, each as likely as any other, the same one included. */
  get meanSeek_us(): number {
    const n = this.profile.cylinders;
    let sum = 0;
    for (let d = 1; d < n; d++) sum += 2 * (n - d) * this.seek_ns(d);
    return sum / n / n / 1000;
  }

  #angle_ns(sector: number): number {
    return Math.floor((sector * this.turn_ns) / this.sectorsPerTrack);
  }
}

type Ranges = Pick<Zone, 'sectorsPerCylinder' | 'rangeCylinders' | 'sectorsPerRange' | 'ranges'>;

/** Where a zone has the spares of its cylinders: behind each, or behind so many. */
function rangesOf({ heads }: DriveProfile, zone: DriveZone): Ranges {
  const sectorsPerCylinder = heads * zone.sectors_per_track;
  const rangeCylinders = zone.range_cylinders ?? 1;
  const spares = zone.spare_sectors_per_range ?? zone.spare_sectors_per_cylinder ?? 0;
  return {
    sectorsPerCylinder,
    rangeCylinders,
    sectorsPerRange: rangeCylinders * sectorsPerCylinder - spares,
    ranges: Math.floor((zone.last_cylinder - zone.first_cylinder + 1) / rangeCylinders),
  };
}

/** Data sectors of a zone. */
function sectorsOf(profile: DriveProfile, zone: DriveZone): number {
  const { sectorsPerCylinder, rangeCylinders, sectorsPerRange, ranges } = rangesOf(profile, zone);
  const cylinders = zone.last_cylinder - zone.first_cylinder + 1;
  const last = cylinders - ranges * rangeCylinders;
  const all = ranges * sectorsPerRange + last * sectorsPerCylinder;
  return sectorsPerRange < 1 ? 0 : all - (zone.reserved_sectors ?? 0) - (zone.spare_sectors ?? 0);
}

function checkZone(profile: DriveProfile, zone: DriveZone, i: number, free: number): void {
  const { first_cylinder: first, last_cylinder: last } = zone;
  if (first < free) throw new RangeError(`zones[${i}].first_cylinder is ${first}; ${free} or more is right`);
  if (last < first || last >= profile.cylinders)
    throw new RangeError(`zones[${i}].last_cylinder is ${last}; ${first} to ${profile.cylinders - 1} is right`);
  if (sectorsOf(profile, zone) < 1) throw new RangeError(`zones[${i}] holds no sectors once its spares are taken away`);
}

/** By distance in cylinders. Errors: RangeError for a distance of which the profile says nothing. */
function seeks_ns({ seek, cylinders }: DriveProfile): Float64Array {
  const { table_us: table = [], pieces = [] } = seek;
  const times = new Float64Array(cylinders);
  const measured = table.length === 0 ? 0 : pieces.length > 0 ? (table.at(-1)?.[0] ?? 0) : cylinders - 1;
  for (let d = 1, row = 0; d < cylinders && d <= measured; d++) {
    while (row < table.length - 1 && (table[row]?.[0] ?? 0) < d) row++;
    const [d1, us1] = table[row] as readonly [number, number];
    const [d0, us0] = table[row - 1] ?? [0, 0];
    times[d] = nanoseconds(us0 + ((us1 - us0) * (d - d0)) / (d1 - d0));
    if ((times[d] as number) < 0)
      throw new RangeError(
        `seek.table_us goes on below 0 µs, at a distance of ${d} cylinders; a later row, or pieces, must say how long a seek is there`,
      );
  }
  for (let d = measured + 1, i = 0; d < cylinders; d++) {
    while (i < pieces.length && (pieces[i]?.to_cylinders ?? d) < d) i++;
    const piece = pieces[i];
    if (!piece) throw new RangeError(`seek.pieces ends before a distance of ${d} cylinders; it must go on`);
    times[d] = nanoseconds(curve_us(piece, d));
  }
  return times;
}

const curve_us = ({ constant_us, sqrt_us = 0, linear_us = 0 }: SeekPiece, distance: number): number =>
  constant_us + sqrt_us * Math.sqrt(distance) + linear_us * distance;

export const sectorsOfBytes = (bytes: number): number => Math.floor(bytes / SECTOR_BYTES);
