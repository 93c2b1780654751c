/** Looks into arrays for the checkers: content as a host would read it, flags, and what must be at rest. Changes nothing. */
import { readStamp, TORN } from '../../../adapters/channel/workload/hosts.js';
import type { DriveContent, ModelDrives } from '../../../adapters/disk/model/drives.js';
import { FLAG, GRANT, HEAT, LIST_LABEL, PAIR_ROLE, PAIR_STATE, TRACKS_PER_CYLINDER } from '../../memory/constants.js';
import { SECTOR_WORDS } from '../../memory/copy.js';
import { fieldOffset, shiftOf } from '../../memory/tables.js';
import type { ArrayConfig, ArrayMachine, VolumeConfig } from '../machine/array.js';
import { listOnDrive } from '../machine/config.js';
import { hasPull, isIdlePull } from './journal-rest.js';
import type { World } from './world.js';
import { driveStarts } from './world-plan.js';

const SLOT_VOLUME = fieldOffset('slot', 'volume');
const SLOT_TRACK = fieldOffset('slot', 'track');
const SLOT_VALID = fieldOffset('slot', 'valid');
const SLOT_DIRTY = fieldOffset('slot', 'dirty');
const SLOT_SPOILED = fieldOffset('slot', 'spoiled');
const SLOT_SHIFT = shiftOf('slot');
const TRACK_FLAGS = fieldOffset('track', 'flags');
const TRACK_SHIFT = shiftOf('track');

/** Slot of each track of an array, all volumes in a row; −1: not in cache. A look at all slots: made once for many questions. */
export function slotMap(a: ArrayMachine): Int32Array {
  const { m, layout } = a.memory;
  const starts = trackStarts(a);
  const map = new Int32Array(layout.records.track).fill(-1);
  for (let s = 0; s < layout.records.slot; s++) {
    const at = layout.base.slot + (s << SLOT_SHIFT);
    const volume = (m[at + SLOT_VOLUME] as number) - 1;
    if (volume >= 0) map[(starts[volume] as number) + (m[at + SLOT_TRACK] as number)] = s;
  }
  return map;
}

/** What follows from an array's configuration alone, computed once. */
interface Places {
  /** Where the tracks of each volume begin. */
  readonly tracks: readonly number[];
  /** Where each volume begins in the memory of the drives' content, in sectors. */
  readonly sectors: readonly number[];
}
const known = new WeakMap<ArrayConfig, Places>();

/** Those of the three arrays that were asked for last: to look into `known` takes longer than all that is done with it. */
const last: [ArrayConfig?, ArrayConfig?, ArrayConfig?] = [];
const lastPlaces: Places[] = [];

function placesOf(config: ArrayConfig): Places {
  if (config === last[0]) return lastPlaces[0] as Places;
  if (config === last[1]) return lastPlaces[1] as Places;
  if (config === last[2]) return lastPlaces[2] as Places;
  const places = lookUp(config);
  [last[2], lastPlaces[2]] = [last[1], lastPlaces[1] ?? places];
  [last[1], lastPlaces[1]] = [last[0], lastPlaces[0] ?? places];
  [last[0], lastPlaces[0]] = [config, places];
  return places;
}

function lookUp(config: ArrayConfig): Places {
  let places = known.get(config);
  if (!places) {
    const starts = driveStarts(config);
    const tracks: number[] = [];
    let at = 0;
    for (const volume of config.volumes) {
      tracks.push(at);
      at += volume.tracks;
    }
    places = { tracks, sectors: config.volumes.map((v) => (starts[v.drive] as number) + v.driveBase) };
    known.set(config, places);
  }
  return places;
}

const trackStarts = (a: ArrayMachine): readonly number[] => placesOf(a.config).tracks;

function isValid(a: ArrayMachine, slot: number, sector: number): boolean {
  const at = a.memory.layout.base.slot + (slot << SLOT_SHIFT) + SLOT_VALID;
  return (((a.memory.m[at + (sector >> 5)] as number) >>> (sector & 31)) & 1) !== 0;
}

/** Of a slot with a parity error: did it hold what its drive has not? */
function spoiledSlot(a: ArrayMachine, slot: number): 'dirty' | 'clean' | undefined {
  const { m, layout } = a.memory;
  const at = layout.base.slot + (slot << SLOT_SHIFT);
  if (m[at + SLOT_SPOILED] === 0) return undefined;
  return m.subarray(at + SLOT_DIRTY, at + SLOT_SPOILED).some((word) => word !== 0) ? 'dirty' : 'clean';
}

/** A value that no write has: the array cannot give the sector by itself. */
export const UNREADABLE = -2;

/**
 * Which write a sector holds, as a host would read it: from its slot, else from the drive. TORN (−1): damaged. UNREADABLE
 * (−2): the track bears M1 invalid, its newest bytes were in a slot with a parity error, or the drive has an error there.
 */
export function blockValue(
  world: World,
  array: number,
  volume: number,
  lba: number,
  block: number,
  map?: Int32Array,
): number {
  const a = world.arrays[array] as ArrayMachine;
  const { sectorsPerTrack } = a.memory.layout.dims;
  const track = Math.floor(lba / sectorsPerTrack);
  const sector = lba % sectorsPerTrack;
  if (trackFlags(a, volume, track) & FLAG.M1_INV) return UNREADABLE;
  const slot = (map ?? slotMap(a))[(trackStarts(a)[volume] as number) + track] as number;
  const spoiled = slot >= 0 ? spoiledSlot(a, slot) : undefined;
  if (spoiled === 'dirty') return UNREADABLE;
  if (slot >= 0 && spoiled === undefined && isValid(a, slot, sector)) {
    return readStamp(a.memory.m, (a.memory.layout.slotsAt + slot * sectorsPerTrack + sector) * SECTOR_WORDS, block);
  }
  return onDrive(world, array, volume, lba, block);
}

/** Does a track hold zeroes only, by `blockValue` of each of its sectors? On large volumes most do, so this is a quick look. */
export function isBlank(world: World, array: number, volume: number, track: number, map: Int32Array): boolean {
  const a = world.arrays[array] as ArrayMachine;
  const { drive } = a.config.volumes[volume] as VolumeConfig;
  if (trackFlags(a, volume, track) & FLAG.M1_INV || map[(trackStarts(a)[volume] as number) + track] !== -1)
    return false;
  if (!world.drives[array]?.faults[drive]?.healthy) return false;
  const { current } = world.contents[array] as DriveContent;
  const { sectorsPerTrack } = a.memory.layout.dims;
  let at = ((placesOf(a.config).sectors[volume] as number) + track * sectorsPerTrack) * SECTOR_WORDS;
  for (const end = at + sectorsPerTrack * SECTOR_WORDS; at < end; at += SECTOR_WORDS) {
    if (current[at] !== 0 || current[at + 1] !== 0) return false;
    if (current[at + SECTOR_WORDS - 2] !== 0 || current[at + SECTOR_WORDS - 1] !== 0) return false;
  }
  return true;
}

/** The sector itself, as a host would read it; undefined: nothing can be read. Makes a view: for a few sectors. */
export function sectorWords(
  world: World,
  array: number,
  volume: number,
  lba: number,
  map: Int32Array,
): Int32Array | undefined {
  const a = world.arrays[array] as ArrayMachine;
  const { sectorsPerTrack } = a.memory.layout.dims;
  const track = Math.floor(lba / sectorsPerTrack);
  const sector = lba % sectorsPerTrack;
  const at = (m: Int32Array, s: number): Int32Array => m.subarray(s * SECTOR_WORDS, (s + 1) * SECTOR_WORDS);
  if (trackFlags(a, volume, track) & FLAG.M1_INV) return undefined;
  const slot = map[(trackStarts(a)[volume] as number) + track] as number;
  const spoiled = slot >= 0 ? spoiledSlot(a, slot) : undefined;
  if (spoiled === 'dirty') return undefined;
  if (slot >= 0 && spoiled === undefined && isValid(a, slot, sector))
    return at(a.memory.m, a.memory.layout.slotsAt + slot * sectorsPerTrack + sector);
  const place = a.config.volumes[volume] as VolumeConfig;
  if (!world.drives[array]?.faults[place.drive]?.reads(place.driveBase + lba, 1)) return undefined;
  return at((world.contents[array] as DriveContent).current, (placesOf(a.config).sectors[volume] as number) + lba);
}

/** What becomes of a sector that its drive cannot tell, should it be had all the same: zeroes if its track never got bytes. */
export function underneath(world: World, array: number, volume: number, lba: number, block: number): number {
  const a = world.arrays[array] as ArrayMachine;
  const track = Math.floor(lba / a.memory.layout.dims.sectorsPerTrack);
  if ((trackFlags(a, volume, track) & FLAG.WRITTEN) === 0) return 0;
  const at = (placesOf(a.config).sectors[volume] as number) + lba;
  return readStamp((world.contents[array] as DriveContent).current, at * SECTOR_WORDS, block);
}

/** Which write a sector holds on its drive; UNREADABLE: the drive cannot tell. */
export function onDrive(world: World, array: number, volume: number, lba: number, block: number): number {
  const place = (world.arrays[array] as ArrayMachine).config.volumes[volume];
  if (place && !world.drives[array]?.faults[place.drive]?.reads(place.driveBase + lba, 1)) return UNREADABLE;
  const at = (placesOf((world.arrays[array] as ArrayMachine).config).sectors[volume] as number) + lba;
  return readStamp((world.contents[array] as DriveContent).current, at * SECTOR_WORDS, block);
}

/** Which write a sector would hold on its drive after a power loss. */
export function onStableDrive(world: World, array: number, volume: number, lba: number, block: number): number {
  const at = (placesOf((world.arrays[array] as ArrayMachine).config).sectors[volume] as number) + lba;
  return readStamp((world.drives[array] as ModelDrives).stable(at), 0, block);
}

export function trackFlags(a: ArrayMachine, volume: number, track: number): number {
  const { m, layout } = a.memory;
  return m[layout.base.track + (((trackStarts(a)[volume] as number) + track) << TRACK_SHIFT) + TRACK_FLAGS] as number;
}

/**
 * A track that its list on the drive would let an array believe in, were its battery memory lost now. True also where no list
 * of this memory stands: then nothing is believed.
 */
export function isDistrusted(world: World, array: number, volume: number, track: number): boolean {
  const a = world.arrays[array] as ArrayMachine;
  const drives = world.drives[array] as ModelDrives;
  const config = a.config.volumes[volume] as VolumeConfig;
  const start = (placesOf(a.config).sectors[volume] as number) - config.driveBase;
  const lba = start + listOnDrive(config, a.config.dims).lba;
  const label = drives.stable(lba);
  const says = (field: string): number => label[fieldOffset('label', field)] as number;
  if (says('magic') !== LIST_LABEL.LIST_MAGIC || says('identity') !== a.get('battery', 'identity')) return true;
  const cylinder = Math.floor(track / TRACKS_PER_CYLINDER);
  const heat = drives.stable(lba + 1 + Math.floor(cylinder / SECTOR_WORDS))[cylinder % SECTOR_WORDS];
  return says('all') !== 0 || heat !== HEAT.COLD;
}

/** What an array's battery memory says of a pair. */
export interface PairSide {
  readonly state: number;
  readonly role: number;
  /** PAIR_MODE bits. */
  readonly mode: number;
  readonly epoch: number;
  readonly union: number;
  /** Memory of the other side whose list and this one's name all that differs, and this side's memory. */
  readonly known: number;
  readonly identity: number;
  /** Sectors of a block, less one, that its tracks have or shall get; the number of that change. */
  readonly align: number;
  readonly change: number;
  /** It lost its cache, and its list names where its own copy may be old. */
  readonly stale: boolean;
}

const PAIR_SHIFT = shiftOf('pair');
const PAIR = Object.fromEntries(
  (['state', 'role', 'mode', 'epoch', 'union', 'known', 'stale'] as const).map((f) => [f, fieldOffset('pair', f)]),
) as Record<'state' | 'role' | 'mode' | 'epoch' | 'union' | 'known' | 'stale', number>;
const FORMAT_SHIFT = shiftOf('format');
const FORMAT_ALIGN = fieldOffset('format', 'align');
const FORMAT_CHANGE = fieldOffset('format', 'change');
const BATTERY_IDENTITY = fieldOffset('battery', 'identity');

export function pairOf(a: ArrayMachine, volume: number): PairSide {
  const { m, layout } = a.memory;
  const pair = layout.base.pair + (volume << PAIR_SHIFT);
  const format = layout.base.format + (volume << FORMAT_SHIFT);
  return {
    state: m[pair + PAIR.state] as number,
    role: m[pair + PAIR.role] as number,
    mode: m[pair + PAIR.mode] as number,
    epoch: m[pair + PAIR.epoch] as number,
    union: m[pair + PAIR.union] as number,
    known: m[pair + PAIR.known] as number,
    identity: m[layout.base.battery + BATTERY_IDENTITY] as number,
    align: m[format + FORMAT_ALIGN] as number,
    change: m[format + FORMAT_CHANGE] as number,
    stale: m[pair + PAIR.stale] !== 0,
  };
}

const nameOf = (names: Readonly<Record<string, number>>, n: number): string =>
  Object.keys(names).find((k) => names[k] === n) ?? String(n);
export const stateName = (state: number): string => nameOf(PAIR_STATE, state);
export const roleName = (role: number): string => nameOf(PAIR_ROLE, role);

/** Flags that say what is pending or invalid. */
export const OF_COPIES = FLAG.M1_WP | FLAG.M2_WP | FLAG.M1_FP | FLAG.M2_FP | FLAG.M1_INV | FLAG.M2_INV;

/** `M1_WP|M2_INV`: what is said of the two copies, so without WRITTEN. */
export function flagNames(flags: number): string {
  return (
    Object.entries(FLAG)
      .filter(([, bit]) => OF_COPIES & bit && flags & bit)
      .map(([name]) => name)
      .join('|') || 'none'
  );
}

/** Everything of an array that must be given back when nothing is under way; each line names one thing that was not. */
export function notAtRest(a: ArrayMachine): string[] {
  const out: string[] = [];
  const { layout } = a.memory;
  const say = (text: string): void => {
    out.push(`array ${a.config.name}: ${text}`);
  };
  for (let t = 0; t < layout.records.task; t++)
    if (a.get('task', 'state', t) !== 0 && !isIdlePull(a, t))
      say(`task ${t} is not free (state ${a.get('task', 'state', t)})`);
  for (let t = 0; t < layout.records.lock; t++) {
    if (a.get('lock', 'holder', t) !== 0) say(`track ${t} is locked by task ${a.get('lock', 'holder', t)}`);
    if (a.get('lock', 'unacked', t) !== 0)
      say(`track ${t} counts ${a.get('lock', 'unacked', t)} sends without acknowledgement`);
  }
  for (let s = 0; s < layout.records.entry; s++) {
    if (a.get('entry', 'pins', s) !== 0) say(`slot ${s} has ${a.get('entry', 'pins', s)} pins`);
    const granted = a.get('entry', 'granted', s);
    if (granted !== 0 && granted !== GRANT.SPOILED) say(`slot ${s} is granted`);
    if (a.get('entry', 'credits', s) !== 0) say(`slot ${s} holds ${a.get('entry', 'credits', s)} credits`);
  }
  for (let p = 0; p < 2; p++)
    if (a.get('pool', 'wp', p) !== 0) say(`pool ${p} counts ${a.get('pool', 'wp', p)} write pending`);
  for (let v = 0; v < a.config.volumes.length; v++)
    if (a.get('device', 'wp', v) !== 0) say(`volume ${v} counts ${a.get('device', 'wp', v)} write pending`);
  if (a.get('dirty', 'count') !== 0) say(`${a.get('dirty', 'count')} slots are dirty`);
  for (const node of a.nodes)
    if (node.timers.due_ns !== Number.POSITIVE_INFINITY && !hasPull(a)) say(`role ${node.role} has a timer`);
  return out;
}

/** The counts of flags, kept step by step, against the flags themselves. */
export function wrongCounts(a: ArrayMachine): string[] {
  const out: string[] = [];
  const names = ['m1_wp', 'm2_wp', 'm1_fp', 'm2_fp', 'm1_inv', 'm2_inv', 'written', 'fba_4096'];
  for (const [v, volume] of a.config.volumes.entries()) {
    for (const [f, name] of names.entries()) {
      let n = 0;
      for (let t = 0; t < volume.tracks; t++) n += (trackFlags(a, v, t) >> f) & 1;
      if (a.get('volume', name, v) !== n)
        out.push(
          `array ${a.config.name}: volume ${volume.name} counts ${a.get('volume', name, v)} ${name}, and ${n} tracks bear it`,
        );
    }
  }
  return out;
}

/** For people: which write a sector holds. */
export const valueName = (value: number): string =>
  value === TORN
    ? 'a damaged sector'
    : value === UNREADABLE
      ? 'nothing that can be read'
      : value === 0
        ? 'zeroes'
        : `write ${value}`;
