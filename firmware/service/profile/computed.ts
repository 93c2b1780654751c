/** What follows from the figures of a profile, for people who look at it. */
import { DriveGeometry } from '../../../adapters/disk/model/geometry.js';
import { LIGHT_US_PER_KM } from '../../../adapters/link/model/wires.js';
import { SECTOR_BYTES } from '../../memory/constants.js';
import { layoutOf } from '../../memory/layout.js';
import { loadRig } from '../rig.js';
import { type Profile, readArray } from './catalog.js';
import { readDriveProfile } from './drive.js';
import { readLinkProfile } from './link.js';

export interface Computed {
  readonly field: string;
  readonly value: number;
  readonly unit: string;
  /** The formula, in the names of figures. */
  readonly from: string;
}

/** Whole numbers are counts, and exact. */
const rounded = (n: number): number => (Number.isInteger(n) ? n : Number(n.toPrecision(9)));

/** Errors: ProfileError. */
export function computedOf(profile: Profile): Computed[] {
  const rows = { array: ofArray, drive: ofDrive, link: ofLink, rig: ofRig }[profile.kind](profile);
  return rows.map(([field, value, unit, from]) => ({ field, value: rounded(value), unit, from }));
}

type Row = readonly [field: string, value: number, unit: string, from: string];

function ofArray({ file }: Profile): Row[] {
  const p = readArray(file);
  const { directors } = p;
  return [
    ['track_bytes', p.trackBytes, 'bytes', 'sectors_per_track × 512'],
    ['host_cache_bytes', p.hostSlots * p.trackBytes, 'bytes', 'host_slots × track_bytes'],
    ['remote_cache_bytes', p.remoteSlots * p.trackBytes, 'bytes', 'remote_slots × track_bytes'],
    ['host_write_pending_slots', p.hostWpLimit, 'slots', 'host_slots × host_write_pending_percent'],
    ['device_write_pending_slots', p.deviceWpLimit, 'slots', 'host_slots × device_write_pending_percent'],
    ['destage_start_slots', p.destageStart, 'slots', 'host_slots × destage_start_percent'],
    ...(directors
      ? [
          [
            'instruction_us',
            directors.cycles_per_instruction / directors.clock_mhz,
            'microseconds',
            'directors.cycles_per_instruction / directors.clock_mhz',
          ] as const,
        ]
      : []),
  ];
}

function ofDrive({ file }: Profile): Row[] {
  const p = readDriveProfile(file);
  const geometry = new DriveGeometry(p);
  const turn_us = 60_000_000 / p.rpm;
  const rates = p.zones.map((zone) => (zone.sectors_per_track * SECTOR_BYTES) / turn_us);
  return [
    ['capacity_bytes', geometry.sectors * SECTOR_BYTES, 'bytes', 'data_sectors × 512'],
    ['turn_us', turn_us, 'microseconds', '60,000,000 / rpm'],
    [
      'data_sectors',
      geometry.sectors,
      'sectors',
      'what zones hold without reserved and spare sectors; sectors if that is less',
    ],
    ['mean_seek_us', geometry.meanSeek_us, 'microseconds', 'seek, between any two cylinders of cylinders'],
    ['full_seek_us', geometry.seek_ns(p.cylinders - 1) / 1000, 'microseconds', 'seek over cylinders − 1'],
    ['mean_latency_us', turn_us / 2, 'microseconds', 'turn_us / 2'],
    ['fastest_track_bytes_per_us', Math.max(...rates), 'bytes a microsecond', 'sectors_per_track × 512 / turn_us'],
    ['slowest_track_bytes_per_us', Math.min(...rates), 'bytes a microsecond', 'sectors_per_track × 512 / turn_us'],
    ['segment_bytes', Math.floor(p.buffer_bytes / p.segments), 'bytes', 'buffer_bytes / segments'],
  ];
}

function ofLink({ file }: Profile): Row[] {
  const p = readLinkProfile(file);
  return [
    ['mbit_per_s', p.bytes_per_us * 8, 'Mb/s', 'bytes_per_us × 8'],
    ['sector_us', SECTOR_BYTES / p.bytes_per_us, 'microseconds', '512 / bytes_per_us'],
    [
      'write_light_us_per_km',
      2 * LIGHT_US_PER_KM * p.round_trips_per_write,
      'microseconds',
      'there and back 10 × round_trips_per_write, for a write',
    ],
  ];
}

function ofRig({ file }: Profile): Row[] {
  const { arrays, links } = loadRig(file);
  return [
    ...arrays.flatMap(({ name, dims, volumes }): Row[] => [
      [`${name}.memory_bytes`, layoutOf(dims).bytes, 'bytes', 'all tables, slots and transfer memory'],
      ...volumes.map((v): Row => [`${name}.${v.name}.tracks`, v.tracks, 'tracks', 'size_bytes / track_bytes']),
    ]),
    ...links.flatMap(({ distance_km }, i): Row[] =>
      distance_km === undefined
        ? []
        : [[`links[${i}].light_us`, distance_km * LIGHT_US_PER_KM, 'microseconds', '5 × distance_km, one way']],
    ),
  ];
}
