/** What an array is made from: the rig's and the profile's words, in numbers. */
import type { Image } from '../../engine/image.js';
import type { Recipe } from '../../engine/recipe.js';
import { PAIR_MODE } from '../../memory/constants.js';
import { type Dimensions, heatSectors } from '../../memory/layout.js';
import type { Role } from '../../ports/messages.js';
import type { DirectorName } from './director-names.js';
import type { ScsiConfig } from './scsi-config.js';

/** Of a fixed-block track. */
export const BLOCK_BYTES = [512, 4096] as const;
export type BlockBytes = (typeof BLOCK_BYTES)[number];

export interface PairConfig {
  /** Number of the volume at the other array. */
  readonly peer: number;
  /** Which of this array's trunks leads to the other one: index in `ArrayConfig.trunks`; absent: the first. */
  readonly trunk?: number;
  readonly role: 'source' | 'target';
  /** Index in `ArrayConfig.recipes`. */
  readonly recipe: number;
  /** PAIR_MODE bits. */
  readonly mode: number;
  /** The pair is not made yet: an operator will. */
  readonly simplex: boolean;
  /** Of a target: the volume of a third array that may become its source when this one is lost, as `peer` and `trunk`. */
  readonly standby?: { readonly peer: number; readonly trunk: number };
}

export interface VolumeConfig {
  readonly name: string;
  /**
   * Of a further pair of a volume (number `of`), with a third array: it stands for that volume's tracks, has marks of its own,
   * no drive, and no host sees it. Such ones stand behind all others. Absent: a volume.
   */
  readonly of?: number;
  readonly tracks: number;
  readonly drive: number;
  /** Where the volume begins on its drive, in sectors. */
  readonly driveBase: number;
  /** Most slots of the volume that may be write pending for hosts. */
  readonly wpLimit: number;
  /** Bytes of a block of its tracks at first; absent: 512. */
  readonly format?: BlockBytes;
  readonly pair?: PairConfig;
  /** Number of its journal group in `ArrayConfig.journals`. */
  readonly journal?: number;
}

/** Those that hosts see; what stands behind them is of further pairs. */
export const hostVolumes = ({ volumes }: Pick<ArrayConfig, 'volumes'>): readonly VolumeConfig[] =>
  volumes.filter(({ of }) => of === undefined);

/** Seed 000's second or third area: update information first, write data behind it, in sectors. */
export interface JournalVolumeConfig {
  readonly name: string;
  /** All of it. */
  readonly drive: number;
  readonly informationSectors: number;
  /** A multiple of the group's window. */
  readonly dataSectors: number;
}

/** A journal group as one side has it; how much of it is in memory stands in `Dimensions.journals`. */
export interface JournalConfig {
  readonly name: string;
  readonly volumes: readonly JournalVolumeConfig[];
  /** As target: most entries of one read, and time between reads when nothing waits. */
  readonly entriesPerRead: number;
  readonly interval_us: number;
  /** As source: so long hosts wait for room before what is not sent becomes marks. */
  readonly inflow_us: number;
  /** As target: most reads and restorers that run at once. */
  readonly reads: number;
  readonly restorers: number;
  /** As target: entries are restored when they are so old, as long as nothing needs them there earlier. */
  readonly restoreDelay_us: number;
}

/** Where the list of a volume stands on its drive, behind its tracks: a label, then its heat. In sectors; 0: nowhere. */
export function listOnDrive(
  { pair, tracks, driveBase }: VolumeConfig,
  dims: Dimensions,
): { lba: number; sectors: number } {
  if (((pair?.mode ?? 0) & PAIR_MODE.LISTED) === 0) return { lba: 0, sectors: 0 };
  return { lba: driveBase + tracks * dims.sectorsPerTrack, sectors: 1 + heatSectors(tracks) };
}

/** Where each drive ends, in sectors: behind the last volume on it and its list, or its journal volume. */
export function driveEnds({ volumes, dims, journals = [] }: ArrayConfig): number[] {
  const ends: number[] = [];
  for (const v of volumes) {
    if (v.of !== undefined) continue;
    const end = v.driveBase + v.tracks * dims.sectorsPerTrack + listOnDrive(v, dims).sectors;
    ends[v.drive] = Math.max(ends[v.drive] ?? 0, end);
  }
  for (const v of journals.flatMap((journal) => journal.volumes)) ends[v.drive] = v.informationSectors + v.dataSectors;
  return Array.from(ends, (end) => end ?? 0);
}

export interface ArrayConfig {
  readonly name: string;
  readonly dims: Dimensions;
  readonly volumes: readonly VolumeConfig[];
  /** Most host slots that may be write pending. */
  readonly hostWpLimit: number;
  /** Destage begins at this many dirty slots, or so long after the first. */
  readonly destageStart: number;
  readonly destageDelay_us: number;
  readonly recipes: readonly Recipe[];
  /** The arrays that it has links to, as numbers in the rig; the place of each is the trunk's number. Absent: one at most. */
  readonly trunks?: readonly number[];
  /** In the order of `dims.journals`. */
  readonly journals?: readonly JournalConfig[];
  /** With `dims.scsi`. */
  readonly scsi?: ScsiConfig;
  /** Volumes that NBD clients see; absent: all that hosts may. */
  readonly exports?: readonly number[];
  /** Roles that run, from power on, on another director than the placement says. */
  readonly roles?: Readonly<Partial<Record<Role, DirectorName>>>;
}

export type Images = Readonly<Partial<Record<Role, Image>>>;
