/**
 * An array's memory as its service processor sees it: what it writes when power is switched on. Whoever runs directors adds
 * them (array.ts); the one who only switches power needs no more than this.
 */
import { powerOnNode } from '../../engine/node.js';
import {
  BATTERY,
  FLAG,
  INFORMATION_SECTORS,
  JOURNAL_BUFFERS,
  PAIR_MODE,
  PAIR_ROLE,
  PAIR_STATE,
  SECTOR_BYTES,
  TRACKS_PER_CYLINDER,
  TRUNK_SHIFT,
  VOLUME_STATE,
} from '../../memory/constants.js';
import {
  type ArrayMemory,
  attach,
  type Dimensions,
  heatSectors,
  type Layout,
  layoutOf,
  losePower,
} from '../../memory/layout.js';
import { fieldOffset, shiftOf, type TableName } from '../../memory/tables.js';
import { MICROCODED_ROLES, ROLES } from '../../ports/messages.js';
import { setWide } from '../../units/journals.js';
import { cylinderRecord } from '../../units/tracks.js';
import { type ArrayConfig, type JournalConfig, listOnDrive, type VolumeConfig } from './config.js';
import { placeScsi } from './scsi-tables.js';

/** Number of the director of each node, in the order of ROLES. */
export type Placement = readonly number[];

const formatFlag = (format: number): number => (format === SECTOR_BYTES ? 0 : FLAG.FBA_4096);

/** All on one thread. */
export const TOGETHER: Placement = ROLES.map(() => 0);

/** A quarter of a group's journal volumes, as long as a span can say it. */
const reserveOf = ({ volumes }: JournalConfig): number =>
  Math.min(0xffff, Math.floor(volumes.reduce((sum, { dataSectors }) => sum + dataSectors, 0) / 4));

/** Of dimensions that never change: many attach to memory of the same, one run after the other. */
const layouts = new WeakMap<Dimensions, Layout>();

export class ArrayTables {
  readonly config: ArrayConfig;
  readonly memory: ArrayMemory;

  constructor(config: ArrayConfig, layout: Layout, buffer: SharedArrayBuffer) {
    this.config = config;
    this.memory = attach(layout, buffer);
  }

  static layoutFor({ dims }: ArrayConfig): Layout {
    let layout = layouts.get(dims);
    if (layout === undefined) {
      layout = layoutOf(dims);
      layouts.set(dims, layout);
    }
    return layout;
  }

  /** Word address of a field. */
  at(table: TableName, field: string, record = 0): number {
    return this.memory.layout.base[table] + (record << shiftOf(table)) + fieldOffset(table, field);
  }

  get(table: TableName, field: string, record = 0): number {
    return this.memory.m[this.at(table, field, record)] as number;
  }

  set(table: TableName, field: string, record: number, value: number): void {
    this.memory.m[this.at(table, field, record)] = value;
  }

  /** The first power on of a new array: what the battery keeps from then on. `identity`: 32 bits, not 0, drawn for this memory. */
  format(identity: number): void {
    this.set('battery', 'identity', 0, identity);
    let track = 0;
    for (const [v, { pair, tracks, format = SECTOR_BYTES }] of this.config.volumes.entries()) {
      this.set('format', 'align', v, format / SECTOR_BYTES - 1);
      this.set('pair', 'boots', v, VOLUME_STATE.VOLUME_READY);
      for (const end = track + tracks; track < end; track++) this.set('track', 'flags', track, formatFlag(format));
      if (!pair) continue;
      const { trunk = 0 } = pair;
      this.set('pair', 'peer', v, (trunk << TRUNK_SHIFT) | pair.peer);
      this.set('pair', 'trunk', v, trunk);
      const { standby } = pair;
      if (standby) this.set('pair', 'standby', v, (standby.trunk << TRUNK_SHIFT) | standby.peer);
      this.set('pair', 'recipe', v, pair.recipe);
      this.set('pair', 'mode', v, pair.mode);
      if (pair.simplex) continue;
      this.set('pair', 'role', v, pair.role === 'source' ? PAIR_ROLE.SOURCE : PAIR_ROLE.TARGET);
      this.set('pair', 'state', v, PAIR_STATE.COPY);
    }
  }

  /**
   * After `format`, for drives that have data which battery memory was lost for: any track may have bytes, and any may
   * differ from the other side's.
   */
  distrustDrives(): void {
    let track = 0;
    this.set('battery', 'lost', 0, BATTERY.LOST);
    for (const [v, { of, tracks, pair, format = SECTOR_BYTES }] of this.config.volumes.entries()) {
      if (pair && !pair.simplex) this.set('pair', 'stale', v, 1);
      const flags = formatFlag(format) | (of === undefined ? FLAG.WRITTEN : 0) | (pair ? FLAG.M2_INV : 0);
      for (const end = track + tracks; track < end; track++) this.set('track', 'flags', track, flags);
    }
  }

  /**
   * Battery memory of which the last is missing, and some of what it was before: dirty slots are as they were then, and the
   * rest is as after `format` and `distrustDrives`. Of a volume whose list is on its drive no slot is kept: what is in none of
   * its hot cylinders is newer there. Journals are empty: every track is marked.
   */
  distrustBattery(identity: number): void {
    const { m, layout } = this.memory;
    const { volumes } = this.config;
    const isListed = volumes.map(({ pair }) => pair !== undefined && (pair.mode & PAIR_MODE.LISTED) !== 0);
    const own = FLAG.M1_WP | FLAG.M1_FP | FLAG.M1_INV;
    const kept = volumes.flatMap(({ tracks }, v) => new Array<number>(tracks).fill(isListed[v] ? 0 : own));
    for (const [track, flags] of kept.entries()) kept[track] = flags & this.get('track', 'flags', track);
    for (const table of ['track', 'pair', 'journal', 'update', 'image'] as const) {
      m.fill(0, layout.base[table], layout.base[table] + (layout.records[table] << shiftOf(table)));
    }
    for (let slot = 0; slot < layout.records.slot; slot++) {
      const at = this.at('slot', 'gen', slot);
      if (isListed[this.get('slot', 'volume', slot) - 1]) m.fill(0, at, at + (1 << shiftOf('slot')));
      else m.fill(0, at, at + 2);
    }
    this.format(identity);
    this.distrustDrives();
    for (const [track, flags] of kept.entries()) {
      this.set('track', 'flags', track, this.get('track', 'flags', track) | flags);
    }
  }

  /** What the service processor writes into volatile tables at each power on; BOOT comes after it, as a message. */
  powerOn(placement: Placement = TOGETHER): void {
    const { config } = this;
    let base = 0;
    this.set('system', 'volumes', 0, config.volumes.length);
    for (const [v, volume] of config.volumes.entries()) {
      this.set('volume', 'tracks', v, volume.tracks);
      this.set('volume', 'track_base', v, base);
      this.set('volume', 'pair', v, volume.pair ? v : -1);
      this.set('volume', 'journal', v, volume.journal ?? -1);
      this.set('volume', 'home', v, volume.of ?? v);
      this.set(
        'volume',
        'also',
        v,
        config.volumes.findIndex(({ of }) => of === v),
      );
      this.set('volume', 'drive', v, volume.drive);
      this.set('volume', 'drive_base', v, volume.driveBase);
      this.set('device', 'wp_limit', v, volume.wpLimit);
      this.#placeList(v, volume, base);
      base += volume.tracks;
    }
    this.#placeJournals();
    if (config.scsi) placeScsi(this, config.scsi);
    const { hostSlots, remoteSlots } = config.dims;
    this.set('pool', 'slots', 0, hostSlots);
    this.set('pool', 'wp_limit', 0, config.hostWpLimit);
    this.set('pool', 'slots', 1, remoteSlots);
    this.set('pool', 'wp_limit', 1, remoteSlots);
    // What may come from each of several arrays is as much; what is left over nobody gets.
    const { trunks = [0] } = config;
    for (const trunk of trunks.keys())
      this.set('trunk', 'room', trunk, Math.floor(config.dims.credits / trunks.length));
    this.set('dirty', 'start', 0, config.destageStart);
    this.set('dirty', 'delay_us', 0, config.destageDelay_us);
    for (const [node, director] of placement.entries()) this.set('node', 'director', node, director);
    for (const role of MICROCODED_ROLES.keys()) powerOnNode(this.memory, role);
  }

  /** The list of a volume on its drive, and in memory. A bound of hot cylinders that cache slots may need at once costs nothing. */
  #placeList(v: number, volume: VolumeConfig, trackBase: number): void {
    const { dims, volumes } = this.config;
    const { base } = this.memory.layout;
    const sectorWords = SECTOR_BYTES / 4;
    const { lba, sectors } = listOnDrive(volume, dims);
    const heatSector = volumes.slice(0, v).reduce((n, { tracks }) => n + heatSectors(tracks), 0);
    const first = cylinderRecord(trackBase, v, 0);
    this.set('list', 'lba', v, lba);
    this.set('list', 'sectors', v, sectors - 1);
    this.set('list', 'cylinders', v, Math.ceil(volume.tracks / TRACKS_PER_CYLINDER));
    this.set('list', 'first', v, first);
    this.set('list', 'heat', v, heatSector * sectorWords - first);
    this.set('list', 'label_at', v, base.label / sectorWords + v);
    this.set('list', 'heat_at', v, base.heat / sectorWords);
    this.set('list', 'heat_lba', v, lba + 1 - heatSector);
    this.set('list', 'end', v, trackBase + volume.tracks);
    this.set('list', 'limit', v, Math.max(2, dims.hostSlots >> 3));
  }

  #placeJournals(): void {
    const { journals = [], dims } = this.config;
    const { buffersAt } = this.memory.layout;
    let volume = 0;
    for (const [j, journal] of journals.entries()) {
      const { records = 0, windowSectors = 0 } = dims.journals?.[j] ?? {};
      this.set('journaling', 'records', j, records);
      this.set('journaling', 'spill_at', j, windowSectors >> 1);
      this.set('journaling', 'buffers_at', j, buffersAt[j] as number);
      this.set('journaling', 'buffers', j, JOURNAL_BUFFERS);
      const buffer = dims.sectorsPerTrack + INFORMATION_SECTORS;
      this.set('journaling', 'hand_at', j, (buffersAt[j] as number) + JOURNAL_BUFFERS * buffer);
      const { volumes } = this.config;
      const isFurther = volumes.some(({ of }) => of !== undefined && volumes[of]?.journal === j);
      this.set('journaling', 'further', j, isFurther ? 1 : 0);
      this.set('journaling', 'reads', j, journal.reads);
      this.set('journaling', 'restorers', j, journal.restorers);
      this.set('journaling', 'size', j, journal.entriesPerRead);
      this.set('journaling', 'least', j, journal.entriesPerRead);
      this.set('journaling', 'interval_us', j, journal.interval_us);
      this.set('journaling', 'inflow_us', j, journal.inflow_us);
      setWide(this.memory.m, this.at('journaling', 'delay', j), journal.restoreDelay_us * 1000);
      this.set('journaling', 'reserve', j, reserveOf(journal) << 16);
      for (const { drive, informationSectors, dataSectors } of journal.volumes) {
        this.set('journal_volume', 'journal', volume, j);
        this.set('journal_volume', 'drive', volume, drive);
        this.set('journal_volume', 'information_lba', volume, 0);
        this.set('journal_volume', 'information_sectors', volume, informationSectors);
        this.set('journal_volume', 'data_lba', volume, informationSectors);
        this.set('journal_volume', 'data_sectors', volume, dataSectors);
        volume += 1;
      }
    }
  }

  powerOff(): void {
    losePower(this.memory);
  }
}
