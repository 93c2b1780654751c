/** Finds profiles, rigs and recipes by reference, and reads what an array's profile says. */
import { readdirSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { DriveProfile } from '../../adapters/disk/model/drive-profile.js';
import type { LinkProfile } from '../../adapters/link/model/link-profile.js';
import { SECTOR_BYTES } from '../memory/constants.js';
import type { Dimensions } from '../memory/layout.js';
import { type JsonObject, readObject } from './json-reader.js';
import { packageRoot } from './package-root.js';
import { readDriveProfile } from './profile/drive.js';
import { type HostSideProfile, readHostSide } from './profile/host-side.js';
import { readLinkProfile } from './profile/link.js';
import { Problems, ProfileError } from './profile/problems.js';
import { readText } from './read-text.js';

/** Folder of the package in which a bare name is looked for. */
export const SHELF = {
  rig: 'hw-profiles/rigs',
  array: 'hw-profiles/arrays',
  drive: 'hw-profiles/drives',
  link: 'hw-profiles/links',
  recipe: 'microcode/systems',
} as const;

export interface SourceFile {
  /** As errors call it: relative to the package for what is named, else as the user wrote it. */
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

/** The bare names that the package has. */
export function namesOf(what: keyof typeof SHELF): string[] {
  return readdirSync(join(packageRoot(), SHELF[what]))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

export const isPath = (reference: string): boolean => /[/\\]/.test(reference) || reference.endsWith('.json');

/** The largest of the package has 10 KB. */
const BYTES_MAX = 4 * 1024 * 1024;

/**
 * A bare name is one of the package's files; anything with a slash or ending in .json is a path, relative to the file
 * that refers to it (`from`), or to the current folder where none does.
 * Errors: ProfileError naming reference and place.
 */
export function openReference(what: keyof typeof SHELF, reference: string, from?: SourceFile): SourceFile {
  const inPackage = `${SHELF[what]}/${reference}.json`;
  const name = isPath(reference) ? (from ? besides(from.name, reference) : reference) : inPackage;
  const path = isPath(reference)
    ? resolve(from ? dirname(from.path) : process.cwd(), reference)
    : join(packageRoot(), inPackage);
  try {
    return { name, path, text: readText(path, BYTES_MAX) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const by = from ? ` (${what} "${reference}" of ${from.name})` : '';
    const others = isPath(reference) ? '' : `; there are ${namesOf(what).join(', ')}`;
    const why = code === 'ENOENT' ? `there is no such file${by}${others}` : `${message}${by}`;
    throw new ProfileError([{ file: name, field: '', message: why }]);
  }
}

const besides = (file: string, reference: string): string =>
  isAbsolute(reference) ? reference : join(dirname(file), reference);

/** What a class of arrays is like; sizes of volumes are the rig's. */
export interface ArrayProfile extends Omit<Dimensions, 'tracks'> {
  readonly trackBytes: number;
  readonly hostWpLimit: number;
  readonly deviceWpLimit: number;
  readonly destageStart: number;
  readonly destageDelay_us: number;
  readonly drive?: DriveProfile;
  readonly link?: LinkProfile;
  readonly directors?: DirectorProfile;
  readonly hostSide?: HostSideProfile;
}

/** How fast directors are; for the simulator. */
export interface DirectorProfile {
  readonly clock_mhz: number;
  readonly cycles_per_instruction: number;
  readonly command_us?: number;
}

/** Opens what a field of a file refers to. */
export type Open = (what: 'array' | 'drive' | 'link' | 'recipe', json: JsonObject, field: string) => SourceFile;

/** Where a message carries two slots in a word, a slot has half of it. */
const SLOTS_MAX = 0xffff;

/** Errors: ProfileError. */
export function readArrayProfile(file: SourceFile, open: Open): ArrayProfile {
  const json = readObject(file.text, file.name, 'array');
  checkRelations(json);
  const tasks = json.object('tasks');
  const hostSlots = json.number('host_slots');
  const sectorsPerTrack = json.number('sectors_per_track');
  const share = (field: string): number => Math.max(1, Math.floor((hostSlots * json.number(field)) / 100));
  const drive = json.has('drive') ? readDriveProfile(open('drive', json, 'drive')) : undefined;
  const link = json.has('link') ? readLinkProfile(open('link', json, 'link')) : undefined;
  return {
    sectorsPerTrack,
    trackBytes: sectorsPerTrack * SECTOR_BYTES,
    hostSlots,
    remoteSlots: json.number('remote_slots'),
    tasks: [tasks.number('host'), tasks.number('remote'), tasks.number('destage'), tasks.number('completion')],
    commands: json.number('commands'),
    transferSectors: json.number('transfer_bytes') / SECTOR_BYTES,
    credits: json.number('credits'),
    hostWpLimit: share('host_write_pending_percent'),
    deviceWpLimit: share('device_write_pending_percent'),
    destageStart: share('destage_start_percent'),
    destageDelay_us: json.number('destage_delay_us'),
    ...(drive && { drive }),
    ...(link && { link }),
    ...(json.has('directors') && { directors: readDirectors(json.object('directors')) }),
    ...(json.has('scsi') && { hostSide: readHostSide(json.object('scsi')) }),
  };
}

function readDirectors(json: JsonObject): DirectorProfile {
  return {
    clock_mhz: json.number('clock_mhz'),
    cycles_per_instruction: json.number('cycles_per_instruction'),
    ...(json.has('command_us') && { command_us: json.number('command_us') }),
  };
}

/** What figures of one profile must be to each other. */
function checkRelations(json: JsonObject): void {
  const problems = new Problems();
  const [host, remote] = [json.number('host_slots'), json.number('remote_slots')];
  const atMost = (of: JsonObject, field: string, most: number, unit: string): void => {
    if (of.number(field) > most) problems.of(() => of.wrong(field, `a whole number of ${unit} from 1 to ${most}`));
  };
  atMost(json, 'remote_slots', SLOTS_MAX - host, `slots (with host_slots ${SLOTS_MAX} at most)`);
  // A credit is a promise of a slot.
  atMost(json, 'credits', remote, 'credits (each promises one of remote_slots)');
  const delayed = json.number('host_write_pending_percent');
  if (json.has('write_pending_steps')) {
    const steps = json.object('write_pending_steps');
    atMost(steps, 'throttle_percent', delayed, 'percent (host_write_pending_percent at most)');
    atMost(steps, 'faster_destage_percent', steps.number('throttle_percent'), 'percent (throttle_percent at most)');
  }
  if (json.has('nvram')) {
    const nvram = json.object('nvram');
    const least = nvram.number('consistency_point_s');
    if (nvram.number('late_consistency_point_s') < least) {
      problems.of(() => nvram.wrong('late_consistency_point_s', `${least} seconds, consistency_point_s, or more`));
    }
  }
  problems.throwIfAny();
}
