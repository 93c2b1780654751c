/**
 * A rig is what a person boots or tests: arrays of a class each, their volumes, which volume mirrors to which, links.
 * `loadRig` makes of its file the configurations that machines are built from; what it refers to by name or number is
 * resolved and checked here, so that nobody after it meets a rig that cannot be.
 */
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Recipe, readRecipe } from '../engine/image.js';
import { LINKS_MAX, PAIR_MODE, SECTOR_BYTES } from '../memory/constants.js';
import { layoutOf } from '../memory/layout.js';
import { PLACEMENTS, type PlacementName } from '../runtime/live/placement.js';
import {
  type ArrayConfig,
  BLOCK_BYTES,
  type BlockBytes,
  type PairConfig,
  type VolumeConfig,
} from '../runtime/machine/config.js';
import { type JsonObject, ProfileError, parseObject } from './json-reader.js';
import { type ArrayProfile, openReference, readArrayProfile, type SourceFile } from './profiles.js';
import { readRoles } from './rig-roles.js';

export interface LinkConfig {
  /** Indexes in `Rig.arrays`; the first one listens. */
  readonly between: readonly [number, number];
  /** Where it listens when the two are in different processes. */
  readonly port?: number;
  /** Path of the file with what both must know. */
  readonly secretFile?: string;
  /** False: the service processors of its two arrays take no orders over it. */
  readonly remoteService?: boolean;
}

export interface Rig {
  readonly name: string;
  readonly arrays: readonly ArrayConfig[];
  readonly links: readonly LinkConfig[];
  /** Where roles run when it is served. */
  readonly placement: PlacementName;
  /** Texts of the rig and of all files that it refers to: two rigs with the same one are the same. */
  readonly sourceText: string;
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const NAME_RIGHT = 'a name: a letter, then up to 31 letters, digits, "_" or "-"';
const SECRET_RIGHT = 'a path; "~/" begins one in the own folder of the user';
const REFERENCE_RIGHT = 'the name of one of the package, or a path to a JSON file';
/** Sector addresses of a drive are 32 bits in messages; 31 keep them positive. */
const VOLUME_BYTES_MAX = 0x7fff_ffff * 512;

const PAIR_FIELDS = ['to', 'recipe', 'mode', 'acknowledge', 'domino', 'list', 'simplex'];

interface VolumeDraft {
  readonly json: JsonObject;
  readonly name: string;
  readonly tracks: number;
  readonly format?: BlockBytes;
  pair?: PairConfig;
}

interface ArrayDraft {
  readonly json: JsonObject;
  readonly name: string;
  readonly profile: ArrayProfile;
  readonly volumes: readonly VolumeDraft[];
  readonly roles?: NonNullable<ArrayConfig['roles']>;
}

/** Files that a rig refers to, each read once. */
class References {
  readonly #rig: SourceFile;
  readonly #texts = new Map<string, string>();
  readonly #profiles = new Map<string, ArrayProfile>();
  readonly #recipeNumbers = new Map<string, number>();
  readonly recipes: Recipe[] = [];

  constructor(rig: SourceFile) {
    this.#rig = rig;
    this.#texts.set(rig.path, rig.text);
  }

  get sourceText(): string {
    return [...this.#texts.values()].join('\n');
  }

  profile(json: JsonObject): ArrayProfile {
    const reference = json.text('profile', /./, REFERENCE_RIGHT);
    let profile = this.#profiles.get(reference);
    if (profile === undefined) {
      profile = readArrayProfile(this.#open('array', json.at('profile'), reference));
      this.#profiles.set(reference, profile);
    }
    return profile;
  }

  /** Number of the recipe in `recipes`; in the order in which the rig names them, so that others change nothing. */
  recipe(json: JsonObject, choices: readonly string[]): number {
    const reference = json.text('recipe', /./, REFERENCE_RIGHT);
    const key = [...choices, reference].join('\n');
    let number = this.#recipeNumbers.get(key);
    if (number === undefined) {
      const file = this.#open('recipe', json.at('recipe'), reference);
      number = this.recipes.push(parseRecipe(file, choices)) - 1;
      this.#recipeNumbers.set(key, number);
    }
    return number;
  }

  #open(what: 'array' | 'recipe', path: string, reference: string): SourceFile {
    try {
      const file = openReference(what, reference, this.#rig);
      this.#texts.set(file.path, file.text);
      return file;
    } catch (error) {
      throw new ProfileError(`${this.#rig.name}: ${path}: ${(error as Error).message}`);
    }
  }
}

function parseRecipe(file: SourceFile, choices: readonly string[]): Recipe {
  let json: unknown;
  try {
    json = JSON.parse(file.text);
  } catch (error) {
    throw new ProfileError(`${file.name}: this is not JSON: ${(error as Error).message}`);
  }
  return readRecipe(json, file.name, choices);
}

/**
 * @param from a bare name is one of the package's rigs (`single`), any other text a path to a JSON file; or a file that was read.
 * Errors: ProfileError, RangeError of a recipe: file, field, value, what would be right.
 */
export function loadRig(from: string | SourceFile): Rig {
  const file = typeof from === 'string' ? openReference('rig', from) : from;
  const json = parseObject(file.text, file.name, ['help', 'placement', 'arrays', 'links']);
  json.checkNotes();
  const references = new References(file);
  const drafts = json
    .objects('arrays', 1, 'arrays', ['name', 'profile', 'volumes', 'roles'])
    .map((array) => draftArray(array, references));
  refuseTwins(drafts, 'array');
  const links = readLinks(json, drafts, file.path);
  for (const [a, draft] of drafts.entries()) {
    for (const [v, volume] of draft.volumes.entries()) makePair(drafts, links, references, a, v, volume);
  }
  const arrays = drafts.map((draft) => configure(draft, references.recipes));
  const name = file.path.replace(/^.*[/\\]/, '').replace(/\.json$/, '');
  return { name, arrays, links, placement: readPlacement(json), sourceText: references.sourceText };
}

function draftArray(json: JsonObject, references: References): ArrayDraft {
  const name = json.text('name', NAME, NAME_RIGHT);
  const profile = references.profile(json);
  const volumes = json.objects('volumes', 1, 'volumes', ['name', 'size_bytes', 'format', 'pair']).map((volume) => {
    const size_bytes = volume.integer('size_bytes', 1, VOLUME_BYTES_MAX, 'bytes');
    if (size_bytes % profile.trackBytes !== 0) {
      volume.wrong('size_bytes', `a multiple of the array's track, ${profile.trackBytes} bytes`);
    }
    const name = volume.text('name', NAME, NAME_RIGHT);
    const format = readFormat(volume, profile.trackBytes);
    return { json: volume, name, tracks: size_bytes / profile.trackBytes, ...(format && { format }) };
  });
  refuseTwins(volumes, 'volume');
  return { json, name, profile, volumes, ...(json.has('roles') && { roles: readRoles(json) }) };
}

function readFormat(volume: JsonObject, trackBytes: number): BlockBytes | undefined {
  if (!volume.has('format')) return undefined;
  const bytes = volume.integer('format', Math.min(...BLOCK_BYTES), Math.max(...BLOCK_BYTES), 'bytes of a block');
  const format = BLOCK_BYTES.find((b) => b === bytes) ?? volume.wrong('format', BLOCK_BYTES.join(' or '));
  if (trackBytes % format === 0) return format;
  return volume.wrong('format', `a size that the array's tracks of ${trackBytes} bytes are made of`);
}

function refuseTwins(drafts: readonly { readonly json: JsonObject; readonly name: string }[], what: string): void {
  for (const [i, { json, name }] of drafts.entries()) {
    const first = drafts.findIndex((d) => d.name === name);
    if (first !== i) json.wrong('name', `a name that no other ${what} here has, and ${drafts[first].json.path} has it`);
  }
}

function readPlacement(json: JsonObject): PlacementName {
  if (!json.has('placement')) return 'dedicated';
  const name = json.text('placement', /./, PLACEMENTS.join(' or '));
  return PLACEMENTS.find((p) => p === name) ?? json.wrong('placement', PLACEMENTS.join(' or '));
}

function readLinks(json: JsonObject, drafts: readonly ArrayDraft[], rigPath: string): LinkConfig[] {
  if (!json.has('links')) return [];
  const others = new Map<number, number>();
  const ports = new Set<number>();
  const links = json.objects('links', 0, 'links', ['between', 'port', 'secret_file', 'remote_service']);
  if (links.length > LINKS_MAX) json.wrong('links', `a list of 0 to ${LINKS_MAX} links`);
  return links.map((link) => {
    const names = link.list('between', 2, 'names of arrays');
    const [a, b] = names.map((name) => drafts.findIndex((d) => d.name === name));
    if (names.length !== 2 || a === b || a < 0 || b < 0) {
      return link.wrong('between', `the names of two different arrays of ${drafts.map((d) => d.name).join(', ')}`);
    }
    for (const [array, other] of [
      [a, b],
      [b, a],
    ]) {
      // The remote role knows one other side.
      const known = others.get(array) ?? other;
      if (known !== other) {
        const [own, far] = [drafts[array].name, drafts[known].name];
        link.wrong('between', `of arrays without a link to a third one, and ${own} has one to ${far}`);
      }
      others.set(array, other);
    }
    if (link.has('port') && ports.has(link.integer('port', 1, 65_535, ''))) {
      link.wrong('port', 'a port that no other link has');
    }
    if (link.has('port')) ports.add(link.integer('port', 1, 65_535, ''));
    return {
      between: [a, b],
      ...(link.has('remote_service') && { remoteService: link.flag('remote_service') }),
      ...(link.has('port') && { port: link.integer('port', 1, 65_535, '') }),
      ...(link.has('secret_file') && { secretFile: secretPath(rigPath, link.text('secret_file', /./, SECRET_RIGHT)) }),
    };
  });
}

/** `~/` is the user's own folder; a relative path counts from the rig's file. */
function secretPath(rigPath: string, path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(dirname(rigPath), path);
}

/** Writes the numbers of a pair into both of its sides. */
function makePair(
  drafts: readonly ArrayDraft[],
  links: readonly LinkConfig[],
  references: References,
  a: number,
  v: number,
  volume: VolumeDraft,
): void {
  if (!volume.json.has('pair')) return;
  const pair = volume.json.object('pair', PAIR_FIELDS);
  const to = pair.text('to', /^[^:]+:[^:]+$/, '"ARRAY:VOLUME", the volume that it mirrors to');
  const [arrayName, volumeName] = to.split(':');
  const b = drafts.findIndex((d) => d.name === arrayName);
  if (b < 0) pair.wrong('to', `in one of the arrays ${drafts.map((d) => d.name).join(', ')}`);
  if (b === a) pair.wrong('to', 'in another array');
  const peer = drafts[b].volumes.findIndex((x) => x.name === volumeName);
  const target = drafts[b].volumes[peer];
  if (!target) pair.wrong('to', `a volume of array ${arrayName}: ${drafts[b].volumes.map((x) => x.name).join(', ')}`);
  if (!links.some(({ between }) => between.includes(a) && between.includes(b))) {
    pair.wrong('to', `in an array with a link to ${drafts[a].name}; links has none between them`);
  }
  checkLikeness(pair, drafts[a], volume, drafts[b], target);
  const { mode, choices } = readMode(pair);
  const recipe = references.recipe(pair, choices);
  const simplex = pair.flag('simplex');
  volume.pair = { peer, role: 'source', recipe, mode, simplex };
  target.pair = { peer: v, role: 'target', recipe, mode, simplex };
}

/** What a pair chooses of its recipe: as PAIR_MODE bits, and by the names that the recipe has for them. */
function readMode(pair: JsonObject): { mode: number; choices: string[] } {
  const oneOf = (field: string, usual: string, other: string): boolean =>
    pair.has(field) && pair.text(field, new RegExp(`^(${usual}|${other})$`), `"${usual}" or "${other}"`) === other;
  const later = oneOf('mode', 'real-time', 'point-in-time');
  const stored = oneOf('acknowledge', 'received', 'stored');
  const domino = pair.flag('domino');
  const listed = oneOf('list', 'cache', 'devices');
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
  if (target.pair || target.json.has('pair')) pair.wrong('to', 'a volume that is in no other pair');
  if (volume.pair) pair.wrong('to', `absent: volume ${volume.name} is the target of another pair`);
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

function configure(draft: ArrayDraft, recipes: readonly Recipe[]): ArrayConfig {
  const { profile, volumes, name } = draft;
  const { sectorsPerTrack, hostSlots, remoteSlots, tasks, commands, transferSectors, credits } = profile;
  const tracks = volumes.map((v) => v.tracks);
  const dims = { sectorsPerTrack, tracks, hostSlots, remoteSlots, tasks, commands, transferSectors, credits };
  try {
    layoutOf(dims);
  } catch (error) {
    throw new ProfileError(`${draft.json.file}: ${draft.json.path}: ${(error as Error).message}`);
  }
  return {
    name,
    dims,
    // Each volume is a drive of its own.
    volumes: volumes.map(
      (v, drive): VolumeConfig => ({
        name: v.name,
        tracks: v.tracks,
        drive,
        driveBase: 0,
        wpLimit: profile.deviceWpLimit,
        ...(v.format && { format: v.format }),
        ...(v.pair ? { pair: v.pair } : {}),
      }),
    ),
    hostWpLimit: profile.hostWpLimit,
    destageStart: profile.destageStart,
    destageDelay_us: profile.destageDelay_us,
    recipes,
    ...(draft.roles && { roles: draft.roles }),
  };
}
