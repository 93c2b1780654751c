/** What an array says of a volume (VOLUME_SEEN), for people. */
import { DEVICE, RESULT, SECTOR_BYTES } from '../../memory/constants.js';
import type { ArrayConfig } from '../machine/config.js';
import { LIVE_CLOCK } from './clock.js';
import type { CopyView, VolumeImageView, VolumeView } from './system.js';

export interface VolumeSeen {
  readonly own: CopyView;
  readonly other: CopyView;
  /** Bytes of a block. */
  readonly format: number;
  readonly mappedTracks: number;
  readonly lastOperation: Date | undefined;
}

/** undefined: the array has not booted yet. */
export function volumeSeen([result, own, other, align, time_s, mappedTracks]: readonly number[]):
  | VolumeSeen
  | undefined {
  if (result !== RESULT.OK) return undefined;
  return {
    own: copyOf(own),
    other: copyOf(other),
    format: (align + 1) * SECTOR_BYTES,
    mappedTracks,
    lastOperation: time_s === 0 ? undefined : dateOf((time_s >>> 0) * 1_000_000_000),
  };
}

/** @param others the arrays of the other sides of its pairs, and what is known of the copy there. */
export function volumeView(
  { name: array, volumes, dims }: ArrayConfig,
  volume: number,
  { own, format, mappedTracks, lastOperation }: VolumeSeen,
  others: readonly (readonly [string, CopyView])[],
  image?: VolumeImageView,
): VolumeView {
  const { name, tracks } = volumes[volume];
  return {
    volume: `${array}:${name}`,
    bytes: tracks * dims.sectorsPerTrack * SECTOR_BYTES,
    mappedBytes: mappedTracks * dims.sectorsPerTrack * SECTOR_BYTES,
    format,
    ...(lastOperation && { lastOperation: toSeconds(lastOperation) }),
    copies: { [array]: own, ...Object.fromEntries(others) },
    ...(image && { image }),
  };
}

/** The clock of tracks is no finer. */
export const toSeconds = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z');

const copyOf = (bits: number): CopyView =>
  (bits & DEVICE.DEVICE_KNOWN) === 0
    ? { ready: null, writeDisabled: null }
    : { ready: (bits & DEVICE.DEVICE_READY) !== 0, writeDisabled: (bits & DEVICE.DEVICE_DISABLED) !== 0 };

/** A moment of the machine's clock. */
export const dateOf = (clock_ns: number): Date => new Date(Date.now() - (LIVE_CLOCK.now_ns() - clock_ns) / 1_000_000);
