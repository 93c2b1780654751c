/** Finds profiles, rigs and recipes by reference, and reads what an array's profile says. */
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { MAX_SECTORS_PER_TRACK, SECTOR_BYTES } from '../memory/constants.js';
import type { Dimensions } from '../memory/layout.js';
import { type JsonObject, ProfileError, parseObject } from './json-reader.js';
import { packageRoot } from './package-root.js';

/** Folder of the package in which a bare name is looked for. */
export const SHELF = { rig: 'hw-profiles/rigs', array: 'hw-profiles/arrays', recipe: 'microcode/systems' } as const;

export interface SourceFile {
  /** As errors call it: relative to the package for what is named, else as the user wrote it. */
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

/**
 * A bare name is one of the package's files; anything with a slash or ending in .json is a path, relative to the file
 * that refers to it (`from`), or to the current folder where none does.
 * Errors: ProfileError naming reference and place.
 */
export function openReference(what: keyof typeof SHELF, reference: string, from?: SourceFile): SourceFile {
  const isPath = /[/\\]/.test(reference) || reference.endsWith('.json');
  const inPackage = `${SHELF[what]}/${reference}.json`;
  const name = isPath ? (from ? besides(from.name, reference) : reference) : inPackage;
  const path = isPath ? resolve(from ? dirname(from.path) : process.cwd(), reference) : join(packageRoot(), inPackage);
  try {
    return { name, path, text: readFileSync(path, 'utf8') };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const by = from ? ` (${what} "${reference}" of ${from.name})` : '';
    throw new ProfileError(`${name}: ${code === 'ENOENT' ? 'there is no such file' : message}${by}`);
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
}

const TASKS = ['host', 'remote', 'destage', 'completion'] as const;
/** Where a message carries two slots in a word, a slot has half of it. */
const SLOTS_MAX = 0xffff;
/** Tasks of one role fit twelve bits of a wake token. */
const TASKS_MAX = 1000;
const DELAY_MAX_US = 60_000_000;

/** Errors: ProfileError. */
export function readArrayProfile(file: SourceFile): ArrayProfile {
  const figures = [
    'sectors_per_track',
    'host_slots',
    'remote_slots',
    'tasks',
    'commands',
    'transfer_bytes',
    'credits',
    'host_write_pending_percent',
    'device_write_pending_percent',
    'destage_start_percent',
    'destage_delay_us',
  ];
  const json = parseObject(file.text, file.name, ['help', ...figures, 'sources']);
  json.checkNotes();
  const tasks = json.object('tasks', TASKS);
  const sectorsPerTrack = json.integer('sectors_per_track', 1, MAX_SECTORS_PER_TRACK, 'sectors');
  const hostSlots = json.integer('host_slots', 1, SLOTS_MAX - 1, 'slots');
  const remoteSlots = json.integer('remote_slots', 1, SLOTS_MAX - hostSlots, 'slots');
  const share = (field: string): number =>
    Math.max(1, Math.floor((hostSlots * json.integer(field, 1, 100, 'percent')) / 100));
  return {
    sectorsPerTrack,
    trackBytes: sectorsPerTrack * SECTOR_BYTES,
    hostSlots,
    remoteSlots,
    tasks: [taskCount(tasks, 0), taskCount(tasks, 1), taskCount(tasks, 2), taskCount(tasks, 3)],
    commands: json.integer('commands', 1, 0xffff, 'commands'),
    transferSectors: transferSectors(json),
    // A credit is a promise of a slot.
    credits: json.integer('credits', 1, remoteSlots, 'credits (each promises one of remote_slots)'),
    hostWpLimit: share('host_write_pending_percent'),
    deviceWpLimit: share('device_write_pending_percent'),
    destageStart: share('destage_start_percent'),
    destageDelay_us: json.integer('destage_delay_us', 0, DELAY_MAX_US, 'microseconds'),
  };
}

function taskCount(tasks: JsonObject, number: number): number {
  // A rebuild holds a task of class destage while it waits for the other array, which may wait for one here.
  return tasks.integer(TASKS[number], TASKS[number] === 'destage' ? 2 : 1, TASKS_MAX, 'tasks');
}

/** Host protocols hand transfer memory out by 4 KiB; two of them are the least that a server works with. */
function transferSectors(json: JsonObject): number {
  const bytes = json.integer('transfer_bytes', 8192, 0x4000_0000, 'bytes');
  if (bytes % 4096 !== 0) json.wrong('transfer_bytes', 'a multiple of 4096 bytes');
  return bytes / SECTOR_BYTES;
}
