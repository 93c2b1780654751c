/**
 * Profiles of any kind, one by one: which files one is made of, what is wrong with them, what each figure is and where it
 * is from. What the machine is built from is read elsewhere (rig.ts, profiles.ts); the checks here are theirs.
 */
import { layoutOf } from '../../memory/layout.js';
import { readObject } from '../json-reader.js';
import { type ArrayProfile, isPath, namesOf, openReference, readArrayProfile, type SourceFile } from '../profiles.js';
import { loadRig } from '../rig.js';
import { References } from '../rig-references.js';
import { readDriveProfile } from './drive.js';
import { JsonFile, type Path, pathText } from './json-file.js';
import { readLinkProfile } from './link.js';
import { type Problem, Problems, ProfileError } from './problems.js';
import { KINDS, type Kind, kindSaid, resolved, type Schema, schemaOf } from './schema.js';
import { isCalibrated, type Letter, letterOf, NOTES, sourceOf } from './sources.js';

export interface Profile {
  readonly kind: Kind;
  readonly file: SourceFile;
}

/**
 * A profile of the package by its name, or any by its path. `kind`: when its file does not say.
 * Errors: ProfileError when there is none, or several, or it is not known of which kind it is.
 */
export function findProfile(reference: string, kind?: Kind): Profile {
  const say = (message: string): never => {
    throw new ProfileError([{ file: reference, field: '', message }]);
  };
  if (kind !== undefined) return { kind, file: openReference(kind, reference) };
  if (isPath(reference)) {
    const file = openReference('rig', reference);
    const right = KINDS.map((k) => `"${k}.schema.json"`).join(' or ');
    return {
      kind:
        kindSaid(new JsonFile(file.name, file.text)) ??
        say(`$schema must end with ${right}, or --kind must say what it is`),
      file,
    };
  }
  if (reference === '') throw new ProfileError([{ file: '""', field: '', message: 'is no name, and no path' }]);
  const found = KINDS.filter((k) => namesOf(k).includes(reference));
  if (found.length > 1) say(`is the name of a profile of each kind ${found.join(', ')}; --kind must say which`);
  const only =
    found[0] ??
    say(`there is no profile of that name; "arraylab profile list" has all, and a path has a "/" or ends with .json`);
  return { kind: only, file: openReference(only, reference) };
}

/** All places of a file that name another, by its schema; of a file that is not right, those that can be found. */
function referencesOf({ kind, file }: Profile): { what: Kind; path: Path; reference: string }[] {
  const root = schemaOf(kind);
  const found: { what: Kind; path: Path; reference: string }[] = [];
  const walk = (value: unknown, schema: Schema, path: Path): void => {
    const what = schema['x-reference'];
    if (what !== undefined && typeof value === 'string') found.push({ what, path, reference: value });
    if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) walk(item, resolved(schema.items ?? {}, root), [...path, i]);
    } else if (typeof value === 'object' && value !== null) {
      for (const [field, inner] of Object.entries(value)) {
        const own = schema.properties?.[field];
        if (own) walk(inner, resolved(own, root), [...path, field]);
      }
    }
  };
  walk(new JsonFile(file.name, file.text).value, root, []);
  return found;
}

/** A profile and all that it refers to, each once, itself first. Errors: kept in `problems`. */
export function withReferences(profile: Profile, problems: Problems): Profile[] {
  const all = new Map<string, Profile>();
  const add = (one: Profile): void => {
    const key = `${one.kind} ${one.file.path}`;
    if (all.has(key)) return;
    all.set(key, one);
    for (const { what, path, reference } of problems.of(() => referencesOf(one)) ?? []) {
      const file = problems.of(() => openFrom(one.file, what, path, reference));
      if (file) add({ kind: what, file });
    }
  };
  add(profile);
  return [...all.values()];
}

function openFrom(from: SourceFile, what: Kind, path: Path, reference: string): SourceFile {
  try {
    return openReference(what, reference, from);
  } catch (error) {
    const json = new JsonFile(from.name, from.text);
    throw error instanceof ProfileError ? new ProfileError([json.problem(path, `: ${error.message}`)]) : error;
  }
}

/** Reads a file as those do who build machines from it. Errors: ProfileError. */
function readAs({ kind, file }: Profile): void {
  if (kind === 'rig') loadRig(file);
  else if (kind === 'array') readArray(file);
  else if (kind === 'drive') readDriveProfile(file);
  else readLinkProfile(file);
}

/** A class of arrays by itself. Errors: ProfileError, also when not even an array with one track can be made of it. */
export function readArray(file: SourceFile): ArrayProfile {
  const references = new References(file);
  const profile = readArrayProfile(file, (...asked) => references.open(...asked));
  try {
    layoutOf({ ...profile, tracks: [1] });
  } catch (error) {
    throw new ProfileError([new JsonFile(file.name, file.text).problem([], `: ${(error as Error).message}`)]);
  }
  return profile;
}

export interface Checked {
  readonly profile: Profile;
  /** With what it refers to. */
  readonly files: readonly Profile[];
  readonly problems: readonly Problem[];
  /** Figures that nobody has read or computed. */
  readonly uncalibrated: readonly Problem[];
}

/** Everything that is wrong with a profile and with what it refers to, by files and lines. */
export function checkProfile(profile: Profile): Checked {
  const problems = new Problems();
  const files = withReferences(profile, problems);
  for (const one of files) problems.of(() => readAs(one));
  const uncalibrated = problems.count > 0 ? [] : files.flatMap(uncalibratedOf);
  const place = ({ file }: Problem): number => files.findIndex((one) => one.file.name === file);
  const sorted = [...problems.all].sort((a, b) => place(a) - place(b) || (a.line ?? 0) - (b.line ?? 0));
  return { profile, files, problems: sorted, uncalibrated };
}

function uncalibratedOf(profile: Profile): Problem[] {
  const json = new JsonFile(profile.file.name, profile.file.text);
  const { sources = {} } = json.value as { sources?: Readonly<Record<string, string>> };
  return Object.entries(sources)
    .filter(([, source]) => !isCalibrated(letterOf(source)))
    .map(([field, source]) => json.problem(field.split('.'), `is ${source}`));
}

export interface Figure {
  readonly field: string;
  readonly value: unknown;
  readonly unit?: string;
  /** Absent: a default of the schema. */
  readonly confidence?: Letter;
  readonly source?: string;
  /** No microcode and no model reads it today. */
  readonly unused: boolean;
}

/** Every figure of a profile, those inside others by their paths; and for those that are absent what the schema takes. */
export function figuresOf({ kind, file }: Profile): Figure[] {
  const root = schemaOf(kind);
  const json = readObject(file.text, file.name, kind).file;
  const sources = (json.value as { sources?: Readonly<Record<string, string>> }).sources ?? {};
  const figures: Figure[] = [];
  const add = (value: unknown, schema: Schema, path: Path, isUnused: boolean): void => {
    const unused = isUnused || schema['x-unused'] === true;
    const parts = Object.entries(schema.properties ?? {});
    if (parts.length > 0 && typeof value === 'object') {
      for (const [field, part] of parts) {
        const inner = (value as Readonly<Record<string, unknown>>)[field];
        if (inner !== undefined) add(inner, resolved(part, root), [...path, field], unused);
      }
      return;
    }
    const items = resolved(schema.items ?? {}, root);
    if (Array.isArray(value) && items.type === 'object') {
      for (const [i, item] of value.entries()) add(item, items, [...path, i], unused);
      return;
    }
    const names = path.filter((part) => typeof part === 'string').join('.');
    const source = sourceOf(sources, names);
    const unit = schema['x-unit'];
    figures.push({
      field: pathText(path),
      value: value ?? schema.default,
      ...(unit !== undefined && { unit }),
      ...(source !== undefined && { confidence: letterOf(source), source }),
      unused,
    });
  };
  for (const [field, schema] of Object.entries(root.properties ?? {})) {
    if (NOTES.includes(field)) continue;
    const value = json.at([field]);
    if (value !== undefined || schema.default !== undefined) add(value, resolved(schema, root), [field], false);
  }
  return figures;
}
