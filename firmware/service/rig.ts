/**
 * A rig is what a person boots or tests: arrays of a class each, their volumes, which volume mirrors to which, links.
 * `loadRig` makes of its file the configurations that machines are built from; what it refers to by name or number is
 * resolved and checked here, so that nobody after it meets a rig that cannot be.
 */
import type { DriveProfile } from '../../adapters/disk/model/drive-profile.js';
import { DriveGeometry } from '../../adapters/disk/model/geometry.js';
import type { Recipe } from '../engine/recipe.js';
import { PAIR_MODE, SECTOR_BYTES } from '../memory/constants.js';
import { layoutOf } from '../memory/layout.js';
import { PLACEMENTS, type PlacementName } from '../runtime/live/placement.js';
import {
  type ArrayConfig,
  BLOCK_BYTES,
  type BlockBytes,
  driveEnds,
  type PairConfig,
  type VolumeConfig,
} from '../runtime/machine/config.js';
import { type JsonObject, readObject } from './json-reader.js';
import type { HostSideProfile } from './profile/host-side.js';
import { Problems, ProfileError } from './profile/problems.js';
import { type ArrayProfile, type DirectorProfile, openReference, type SourceFile } from './profiles.js';
import { type HostsConfig, readHosts } from './rig-hosts.js';
import { Groups, type JournalDraft } from './rig-journals.js';
import { type LinkConfig, readLinks, trunksOf } from './rig-links.js';
import { References } from './rig-references.js';
import { readRoles } from './rig-roles.js';

export type { LinkConfig } from './rig-links.js';

export interface RigArray extends ArrayConfig, HostsConfig {
  /** What its drives are like; absent: its profile does not say. For the simulator. */
  readonly drive?: DriveProfile;
  /** How fast its directors are; absent: its profile does not say. For the simulator. */
  readonly directors?: DirectorProfile;
  /** What it is to SCSI hosts; absent: its profile does not say. */
  readonly hostSide?: HostSideProfile;
}

export interface Rig {
  readonly name: string;
  readonly arrays: readonly RigArray[];
  readonly links: readonly LinkConfig[];
  /** Where roles run when it is served. */
  readonly placement: PlacementName;
  /** Texts of the rig and of all files that it refers to: two rigs with the same one are the same. */
  readonly sourceText: string;
}

interface VolumeDraft {
  readonly json: JsonObject;
  readonly name: string;
  readonly tracks: number;
  readonly format?: BlockBytes;
  pair?: PairConfig;
  /** As `Groups` counts them. */
  group?: number;
}

/** A further pair of a volume (number `of`). */
interface FurtherDraft {
  readonly of: number;
  readonly pair: PairConfig;
  readonly group: number;
}

interface ArrayDraft {
  readonly json: JsonObject;
  readonly name: string;
  readonly profile: ArrayProfile;
  readonly drive?: DriveProfile;
  readonly volumes: readonly VolumeDraft[];
  readonly further: FurtherDraft[];
  readonly journals: readonly JournalDraft[];
  readonly roles?: NonNullable<ArrayConfig['roles']>;
}

/**
 * @param from a bare name is one of the package's rigs (`single`), any other text a path to a JSON file; or a file that was read.
 * Errors: ProfileError with everything that is wrong: file, line, field, value, what would be right.
 */
export function loadRig(from: string | SourceFile): Rig {
  const file = typeof from === 'string' ? openReference('rig', from) : from;
  const json = readObject(file.text, file.name, 'rig');
  const references = new References(file);
  const problems = new Problems();
  const groups = new Groups(json);
  const read = json.objects('arrays').map((array) => problems.of(() => draftArray(array, references, groups)));
  problems.throwIfAny();
  const drafts = read as ArrayDraft[];
  refuseTwins(drafts, 'array');
  const links = problems.of(() => readLinks(json, drafts, references, file.path));
  for (const [a, draft] of drafts.entries()) {
    for (const [v, volume] of draft.volumes.entries()) {
      // Without links that are in order, whether a pair has one cannot be said.
      for (const pair of links ? pairsOf(volume.json).filter((p) => !isStandby(p)) : [])
        problems.of(() => makePair(drafts, links ?? [], references, groups, a, v, pair));
    }
  }
  for (const [a, draft] of drafts.entries()) {
    for (const [v, volume] of draft.volumes.entries()) {
      for (const pair of links ? pairsOf(volume.json).filter(isStandby) : [])
        problems.of(() => makeStandby(drafts, links ?? [], references, groups, a, v, pair));
    }
  }
  problems.throwIfAny();
  const arrays = drafts.map((_, a) =>
    problems.of(() => ({
      ...configure(drafts, a, references.recipes, trunksOf(links ?? [], a), groups),
      ...readHosts(drafts[a], drafts, file.path),
    })),
  );
  problems.throwIfAny();
  const name = file.path.replace(/^.*[/\\]/, '').replace(/\.json$/, '');
  const placement = PLACEMENTS.find((p) => json.has('placement') && p === json.text('placement')) ?? 'dedicated';
  return { name, arrays: arrays as RigArray[], links: links ?? [], placement, sourceText: references.sourceText };
}

function draftArray(json: JsonObject, references: References, groups: Groups): ArrayDraft {
  const problems = new Problems();
  const drive = json.has('drive') ? problems.of(() => references.drive(json, 'drive')) : undefined;
  const profile = problems.of(() => references.array(json, 'profile'));
  if (profile === undefined) throw new ProfileError(problems.all);
  const volumes = json.objects('volumes').map((volume) => problems.of(() => draftVolume(volume, profile)));
  const journals = problems.of(() => groups.draftJournals(json));
  problems.throwIfAny();
  const drafts = volumes as VolumeDraft[];
  refuseTwins([...drafts, ...(journals ?? [])], 'volume');
  return {
    json,
    name: json.text('name'),
    profile,
    volumes: drafts,
    further: [],
    journals: journals ?? [],
    ...(drive && { drive }),
    ...(json.has('roles') && { roles: readRoles(json) }),
  };
}

function draftVolume(json: JsonObject, { trackBytes }: ArrayProfile): VolumeDraft {
  const size_bytes = json.number('size_bytes');
  if (size_bytes % trackBytes !== 0) {
    json.wrong('size_bytes', `a multiple of the array's track, ${trackBytes} bytes`);
  }
  const format = readFormat(json, trackBytes);
  return { json, name: json.text('name'), tracks: size_bytes / trackBytes, ...(format && { format }) };
}

function readFormat(volume: JsonObject, trackBytes: number): BlockBytes | undefined {
  if (!volume.has('format')) return undefined;
  const format = BLOCK_BYTES.find((bytes) => bytes === volume.number('format'));
  if (format === undefined || trackBytes % format === 0) return format;
  return volume.wrong('format', `a size that the array's tracks of ${trackBytes} bytes are made of`);
}

function refuseTwins(drafts: readonly { readonly json: JsonObject; readonly name: string }[], what: string): void {
  for (const [i, { json, name }] of drafts.entries()) {
    const first = drafts.findIndex((d) => d.name === name);
    if (first !== i)
      json.wrong('name', `a name that no other ${what} here has, and ${drafts[first].json.place} has it`);
  }
}

function pairsOf(volume: JsonObject): JsonObject[] {
  if (!volume.has('pairs')) return volume.has('pair') ? [volume.object('pair')] : [];
  if (volume.has('pair')) volume.wrong('pair', 'absent beside pairs');
  return volume.objects('pairs');
}

/** The array and the volume that a pair of a volume of array a leads to. */
function findTarget(
  drafts: readonly ArrayDraft[],
  links: readonly LinkConfig[],
  a: number,
  pair: JsonObject,
): { b: number; peer: number; target: VolumeDraft } {
  const [arrayName, volumeName] = pair.text('to').split(':');
  const b = drafts.findIndex((d) => d.name === arrayName);
  if (b < 0) pair.wrong('to', `in one of the arrays ${drafts.map((d) => d.name).join(', ')}`);
  if (b === a) pair.wrong('to', 'in another array');
  const peer = drafts[b].volumes.findIndex((x) => x.name === volumeName);
  const target = drafts[b].volumes[peer];
  if (!target) pair.wrong('to', `a volume of array ${arrayName}: ${drafts[b].volumes.map((x) => x.name).join(', ')}`);
  if (!links.some(({ between }) => between.includes(a) && between.includes(b))) {
    pair.wrong('to', `in an array with a link to ${drafts[a].name}; links has none between them`);
  }
  return { b, peer, target };
}

/** Writes the numbers of a pair into both of its sides. */
function makePair(
  drafts: readonly ArrayDraft[],
  links: readonly LinkConfig[],
  references: References,
  groups: Groups,
  a: number,
  v: number,
  pair: JsonObject,
): void {
  const volume = drafts[a].volumes[v];
  const { b, peer, target } = findTarget(drafts, links, a, pair);
  checkLikeness(pair, drafts[a], volume, drafts[b], target);
  const { mode, choices } = readMode(pair);
  const recipe = references.recipe(pair, choices);
  const simplex = pair.flag('simplex');
  const group = groups.join(pair, [a, b], drafts, [recipe, references.recipes[recipe]]);
  const rest = { recipe, mode, simplex };
  const source: PairConfig = { peer, trunk: trunksOf(links, a).indexOf(b), role: 'source', ...rest };
  const goesOn = target.pair;
  if ((volume.pair || goesOn) && (group === undefined || (volume.pair ?? goesOn)?.recipe !== recipe)) {
    pair.wrong('to', 'of volumes that are in no other pair, unless both pairs are of the same recipe, with groups');
  }
  const own = volume.pair ? addFurther(drafts[a], { of: v, pair: source, group: group as number }) : v;
  if (own === v) {
    volume.pair = source;
    volume.group = group;
  }
  // It mirrors on to a third array: that pair is its further one.
  if (goesOn) {
    const moved = addFurther(drafts[b], { of: peer, pair: goesOn, group: target.group as number });
    renumber(drafts, links, b, goesOn, moved);
  }
  target.pair = { peer: own, trunk: trunksOf(links, b).indexOf(a), role: 'target', ...rest };
  target.group = group;
}

const isStandby = (pair: JsonObject): boolean => pair.flag('standby');

/** A pair that stands by: of a volume that is a target, to one that is another's target or of the same source. */
function makeStandby(
  drafts: readonly ArrayDraft[],
  links: readonly LinkConfig[],
  references: References,
  groups: Groups,
  a: number,
  v: number,
  pair: JsonObject,
): void {
  const volume = drafts[a].volumes[v];
  const { b, peer, target } = findTarget(drafts, links, a, pair);
  const { mode, choices } = readMode(pair);
  const recipe = references.recipe(pair, choices);
  const isTarget = ({ pair: own }: VolumeDraft): boolean => own?.role === 'target' && own.recipe === recipe;
  if (!isTarget(volume) || drafts[a].further.some(({ of }) => of === v)) {
    pair.wrong('standby', `false: ${volume.name} is not the target of one pair of this recipe and in no other`);
  }
  if (!isTarget(target) || target.pair?.standby) {
    pair.wrong('to', 'a volume that is the target of a pair of this recipe, for which no other one stands by');
  }
  if (sourceOf(drafts, links, a, volume) !== sourceOf(drafts, links, b, target)) {
    pair.wrong('to', `a target of the volume that ${volume.name} is a target of`);
  }
  const group = groups.join(pair, [a, b], drafts, [recipe, references.recipes[recipe]]);
  const trunk = trunksOf(links, a).indexOf(b);
  const source: PairConfig = { peer, trunk, role: 'source', recipe, mode, simplex: true };
  const own = addFurther(drafts[a], { of: v, pair: source, group: group as number });
  if (target.pair) target.pair = { ...target.pair, standby: { peer: own, trunk: trunksOf(links, b).indexOf(a) } };
}

/** The volume that a target of an array is a copy of. */
function sourceOf(
  drafts: readonly ArrayDraft[],
  links: readonly LinkConfig[],
  array: number,
  { pair }: VolumeDraft,
): VolumeDraft | undefined {
  if (!pair) return undefined;
  const { volumes, further } = drafts[trunksOf(links, array)[pair.trunk ?? 0]];
  return volumes[pair.peer] ?? volumes[further[pair.peer - volumes.length].of];
}

/** Its number, behind the array's volumes. */
const addFurther = ({ volumes, further }: ArrayDraft, draft: FurtherDraft): number =>
  volumes.length + further.push(draft) - 1;

/** The other side of a pair of array b hears that its number there is another one. */
function renumber(
  drafts: readonly ArrayDraft[],
  links: readonly LinkConfig[],
  b: number,
  { peer, trunk = 0 }: PairConfig,
  number: number,
): void {
  const other = drafts[trunksOf(links, b)[trunk]].volumes[peer];
  if (other.pair) other.pair = { ...other.pair, peer: number };
}

/** What a pair chooses of its recipe: as PAIR_MODE bits, and by the names that the recipe has for them. */
function readMode(pair: JsonObject): { mode: number; choices: string[] } {
  const chooses = (field: string, choice: string): boolean => pair.has(field) && pair.text(field) === choice;
  const later = chooses('mode', 'point-in-time');
  const stored = chooses('acknowledge', 'stored');
  const domino = pair.flag('domino');
  const listed = chooses('list', 'devices');
  if (later && domino) {
    pair.wrong('domino', 'false in mode point-in-time, which gives status before the other side has the write');
  }
  return {
    mode:
      (later ? PAIR_MODE.POINT_IN_TIME : 0) |
      (stored ? PAIR_MODE.STORED : 0) |
      (domino ? PAIR_MODE.DOMINO : 0) |
      (listed ? PAIR_MODE.LISTED : 0),
    // The last stands in for what the others choose at its hooks.
    choices: ['point-in-time', 'stored', 'domino', 'devices'].filter((_, i) => [later, stored, domino, listed][i]),
  };
}

function checkLikeness(
  pair: JsonObject,
  near: ArrayDraft,
  volume: VolumeDraft,
  far: ArrayDraft,
  target: VolumeDraft,
): void {
  if (target.pair?.role === 'target') pair.wrong('to', 'a volume that is the target of no other pair');
  const others = [volume, ...near.further.filter(({ of }) => near.volumes[of] === volume)].filter(({ pair: p }) => p);
  if (others.length > 1) pair.wrong('to', `absent: volume ${volume.name} is in two other pairs`);
  if (near.profile.sectorsPerTrack !== far.profile.sectorsPerTrack) {
    const [n, f] = [near.profile.sectorsPerTrack, far.profile.sectorsPerTrack];
    pair.wrong('to', `in an array with tracks of ${n} sectors, as ${near.name} has; those of ${far.name} have ${f}`);
  }
  const formats = [volume.format ?? SECTOR_BYTES, target.format ?? SECTOR_BYTES];
  if (formats[0] !== formats[1]) {
    pair.wrong('to', `a volume of format ${formats[0]}, as ${volume.name} is; ${target.name} is of ${formats[1]}`);
  }
  if (volume.tracks === target.tracks) return;
  pair.wrong('to', `a volume of ${volume.tracks} tracks, as ${volume.name} is; ${target.name} has ${target.tracks}`);
}

function configure(
  drafts: readonly ArrayDraft[],
  a: number,
  recipes: readonly Recipe[],
  trunks: readonly number[],
  groups: Groups,
): RigArray {
  const draft = drafts[a];
  const { profile, volumes, name } = draft;
  const drive = draft.drive ?? profile.drive;
  const { sectorsPerTrack, hostSlots, remoteSlots, tasks, commands, transferSectors, credits } = profile;
  const tracks = [...volumes, ...draft.further.map(({ of }) => volumes[of])].map((v) => v.tracks);
  const journaling = groups.configure(a, drafts, volumes.length, trunks);
  const ownGroups = groups.of(draft);
  const sizes = { sectorsPerTrack, tracks, hostSlots, remoteSlots, tasks, commands, transferSectors, credits };
  const dims = { ...sizes, ...journaling.dims };
  try {
    layoutOf(dims);
  } catch (error) {
    draft.json.fail('', `: ${(error as Error).message}`);
  }
  const config: RigArray = {
    name,
    dims,
    // Each volume is a drive of its own, and behind them each journal volume.
    volumes: [
      ...volumes.map((v, drive) => configureVolume(v, drive, profile, ownGroups)),
      ...draft.further.map(
        ({ of, pair, group }): VolumeConfig => ({
          ...configureVolume(volumes[of], of, profile, ownGroups),
          of,
          name: `${volumes[of].name}@${drafts[trunks[pair.trunk ?? 0]].name}`,
          pair,
          journal: ownGroups.indexOf(group),
        }),
      ),
    ],
    hostWpLimit: profile.hostWpLimit,
    destageStart: profile.destageStart,
    destageDelay_us: profile.destageDelay_us,
    recipes,
    trunks,
    ...journaling.config,
    ...(draft.roles && { roles: draft.roles }),
    ...(drive && { drive }),
    ...(profile.directors && { directors: profile.directors }),
    ...(profile.hostSide && { hostSide: profile.hostSide }),
  };
  if (drive) checkDrives(config, draft, drive);
  return config;
}

function configureVolume(
  { name, tracks, format, pair, group }: VolumeDraft,
  drive: number,
  profile: ArrayProfile,
  ownGroups: readonly number[],
): VolumeConfig {
  return {
    name,
    tracks,
    drive,
    driveBase: 0,
    wpLimit: profile.deviceWpLimit,
    ...(format && { format }),
    ...(pair && { pair }),
    ...(group !== undefined && { journal: ownGroups.indexOf(group) }),
  };
}

/** Each volume, and its list if it has one there, fits its drive, and so does each journal volume. */
function checkDrives(config: RigArray, { volumes, journals }: ArrayDraft, drive: DriveProfile): void {
  const { sectors } = new DriveGeometry(drive);
  const problems = new Problems();
  const refuse = (json: JsonObject, most: number): undefined =>
    problems.of(() => json.wrong('size_bytes', `${most * SECTOR_BYTES} at most: its drive has no room for more`));
  for (const [v, end] of driveEnds(config).slice(0, volumes.length).entries()) {
    if (end > sectors) refuse(volumes[v].json, sectors - (end - volumes[v].tracks * config.dims.sectorsPerTrack));
  }
  for (const journal of journals) if (journal.sectors > sectors) refuse(journal.json, sectors);
  problems.throwIfAny();
}
