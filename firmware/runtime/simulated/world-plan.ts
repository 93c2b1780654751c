/** What a simulated world is made of: its rig, its memory, and where the parts of that memory stand. */
import { hostCount, SimHosts } from '../../../adapters/channel/workload/hosts.js';
import { ScsiHosts } from '../../../adapters/channel/workload/scsi-hosts.js';
import { type DriveModel, type DriveTimes, ModelDrives } from '../../../adapters/disk/model/drives.js';
import { type ModelLink, ModelLinks } from '../../../adapters/link/model/links.js';
import type { Recorder } from '../../engine/recorder.js';
import type { BatteryMarks } from '../../memory/battery-marks.js';
import { SECTOR_BYTES } from '../../memory/constants.js';
import { RANDOM_WORDS } from '../../memory/random.js';
import { type ArrayConfig, ArrayMachine } from '../machine/array.js';
import { driveEnds } from '../machine/config.js';
import { Directors, type DirectorTimes } from './director-time.js';
import { Events } from './events.js';

export interface SimRig {
  readonly name: string;
  /** ARRAYS_MAX at most. */
  readonly arrays: readonly ArrayConfig[];
  /** In the order of the rig, whose numbers they have. */
  readonly links: readonly ModelLink[];
  /** Of the drives of arrays that say nothing else in `driveModels`. */
  readonly drives: DriveTimes;
  /** By array. */
  readonly driveModels?: readonly (DriveModel | undefined)[];
  /** By array; without, its directors take no time. */
  readonly directors?: readonly (DirectorTimes | undefined)[];
  /** How far directors may fall behind: an event due within this may come in while they are busy. */
  readonly slack_us: number;
  /** By array: who hears what changes in its battery memory. For tests. */
  readonly marksOf?: (array: number) => BatteryMarks;
  /** By array: who writes the trace of its directors. Nothing that runs depends on it. */
  readonly traceOf?: (array: number) => Recorder;
}

/** Everything that is state, and nothing else. */
export interface Buffers {
  readonly world: SharedArrayBuffer;
  readonly arrays: readonly SharedArrayBuffer[];
  readonly drives: readonly { current: SharedArrayBuffer; kept: SharedArrayBuffer }[];
  readonly transit: SharedArrayBuffer;
}

/** Arrays of a world: a word has a bit for each node of each. */
export const ARRAYS_MAX = 3;
/** Events that may wait at once. */
export const EVENTS = 4096;
/** Words of the world's own state. */
export const OWN_WORDS = 21;
/** Consumers of chance: the scheduler, the script, the drives, the link, hosts that trim, what only SCSI hosts do. */
export const STREAMS = 6;
/** Of the seed's streams, those of workloads: the first, the second … that is begun. Generators have words of their own. */
export const WORKLOAD_STREAM = 1000;

/** Memory for a rig; `extraWords` for whoever scripts the world. */
export function makeBuffers(rig: SimRig, extraWords: number): Buffers {
  const plan = worldPlan(rig, extraWords);
  return {
    world: new SharedArrayBuffer(plan.words * 4),
    arrays: rig.arrays.map((a) => new SharedArrayBuffer(ArrayMachine.layoutFor(a).bytes)),
    drives: rig.arrays.map((a) => ({
      current: new SharedArrayBuffer(driveSectors(a) * SECTOR_BYTES),
      kept: new SharedArrayBuffer(driveSectors(a) * SECTOR_BYTES),
    })),
    transit: new SharedArrayBuffer(
      ModelLinks.transitBytes(Math.max(...rig.arrays.map((a) => a.dims.sectorsPerTrack)), rig.arrays.length),
    ),
  };
}

/** Where the parts of the world's own memory stand. */
export function worldPlan(rig: SimRig, extraWords: number) {
  let at = 0;
  const take = (words: number): number => {
    const here = at;
    at += words;
    return here;
  };
  const own = take(OWN_WORDS);
  const random = take(STREAMS * RANDOM_WORDS);
  const events = take(Events.words(EVENTS));
  const hosts = rig.arrays.map((a) => take((a.scsi ? ScsiHosts : SimHosts).words(a.dims)));
  const drives = rig.arrays.map((a, i) => take(ModelDrives.words(driveStarts(a), driveModel(rig, i))));
  const link = take(ModelLinks.words(rig.links, rig.arrays.length));
  const directors = take(rig.directors ? Directors.words(rig.arrays.length) : 0);
  const extra = take(extraWords);
  return { own, random, events, hosts, drives, link, directors, extra, words: at };
}

/** Volumes that hosts see: records of further pairs stand behind them. */
export const volumesOf = ({ volumes }: ArrayConfig): number => volumes.filter(({ of }) => of === undefined).length;

/** Hosts that an array has room for: one command each. */
export function hostsOf(array: ArrayConfig): number {
  return hostCount(array.dims);
}

/** Where each drive of an array begins in the memory of its content, in sectors; last, where they end. */
export function driveStarts(array: ArrayConfig): number[] {
  const starts = [0];
  for (const [d, end] of driveEnds(array).entries()) starts.push((starts[d] as number) + end);
  return starts;
}

export const driveModel = (rig: SimRig, array: number): DriveModel => rig.driveModels?.[array] ?? rig.drives;

const driveSectors = (array: ArrayConfig): number => driveStarts(array).at(-1) ?? 0;
