/** Reads a kind of drive, and refuses one that cannot be. */
import type { DriveProfile } from '../../../adapters/disk/model/drive-profile.js';
import { DriveGeometry } from '../../../adapters/disk/model/geometry.js';
import { type JsonObject, readObject } from '../json-reader.js';
import type { JsonFile } from './json-file.js';
import { Problems, ProfileError } from './problems.js';

/** Errors: ProfileError. */
export function readDriveProfile(file: { readonly name: string; readonly text: string }): DriveProfile {
  const json = readObject(file.text, file.name, 'drive');
  const { $schema, help, sources, ...profile } = json.file.value as DriveProfile & Readonly<Record<string, unknown>>;
  const problems = new Problems();
  checkZones(json, profile, problems);
  checkSeek(json.object('seek'), profile, problems);
  // What is read on goes into one segment, and would push out what was read on before.
  const segment_bytes = Math.floor(profile.buffer_bytes / profile.segments);
  if (profile.read_ahead_bytes > segment_bytes) {
    const right = `${segment_bytes} bytes, a segment (buffer_bytes / segments), or less`;
    problems.of(() => json.wrong('read_ahead_bytes', right));
  }
  problems.throwIfAny();
  checkGeometry(profile, json.file);
  return profile;
}

/** Errors: ProfileError, with the line of the field that the model says is wrong. */
function checkGeometry(profile: DriveProfile, file: JsonFile): void {
  try {
    new DriveGeometry(profile);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ProfileError([file.problemSaid(error.message)]);
  }
}

/** Zones ascend, do not overlap, end with the drive's last cylinder at the latest, and have spares of one kind. */
function checkZones(json: JsonObject, { zones, cylinders }: DriveProfile, problems: Problems): void {
  const objects = json.objects('zones');
  for (const [i, { first_cylinder: first, last_cylinder: last, ...zone }] of zones.entries()) {
    if (zone.spare_sectors_per_range !== undefined && zone.spare_sectors_per_cylinder !== undefined) {
      problems.of(() => objects[i].wrong('spare_sectors_per_cylinder', 'absent, as spare_sectors_per_range is there'));
    }
    const least = i === 0 ? 0 : zones[i - 1].last_cylinder + 1;
    if (first < least) {
      problems.of(() => objects[i].wrong('first_cylinder', `${least} or more: zones[${i - 1}] ends before it`));
    }
    if (last < first || last >= cylinders) {
      const right = `a cylinder from ${first}, first_cylinder, to ${cylinders - 1}, the last of the drive`;
      problems.of(() => objects[i].wrong('last_cylinder', right));
    }
  }
}

/** Pieces ascend, and only the last one has no end; distances of the table ascend and are the drive's. */
function checkSeek(json: JsonObject, { seek, cylinders }: DriveProfile, problems: Problems): void {
  const objects = json.objects('pieces');
  const { pieces = [], table_us: table = [] } = seek;
  if (pieces.length + table.length === 0) problems.of(() => json.fail('', 'is empty; it must have table_us or pieces'));
  let before = 0;
  for (const [i, { to_cylinders: to }] of pieces.entries()) {
    const isLast = i === pieces.length - 1;
    if (isLast && to !== undefined) {
      problems.of(() => objects[i].wrong('to_cylinders', 'absent: the last piece holds for all that is further'));
    }
    if (!isLast && (to === undefined || to <= before)) {
      problems.of(() => objects[i].wrong('to_cylinders', `more than ${before}, where the piece before it ends`));
    }
    before = Math.max(before, to ?? 0);
  }
  let last = 0;
  for (const [i, [distance]] of table.entries()) {
    if (distance <= last || distance >= cylinders || !Number.isInteger(distance)) {
      const right = `a pair of a whole distance above ${last} and below ${cylinders}, and microseconds`;
      problems.add([json.file.wrong([...json.path, 'table_us', i], right)]);
    }
    last = Math.max(last, distance);
  }
}
