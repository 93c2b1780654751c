/** Where each figure of a profile is from, and how far it can be trusted. */
import type { JsonFile } from './json-file.js';
import type { Problem } from './problems.js';
import { type Kind, schemaOf } from './schema.js';

/** How a source begins, the longer before the shorter, and what that says of the figure. */
export const CONFIDENCE = [
  { begins: 'read', letter: 'R', words: 'read in the source that is named' },
  { begins: 'computed', letter: 'V', words: 'computed, or found by running' },
  { begins: 'uncalibrated: known', letter: 'K', words: 'general knowledge, no source read' },
  { begins: 'uncalibrated: inferred', letter: 'I', words: 'inferred from other figures' },
  { begins: 'uncalibrated', letter: 'U', words: 'a setting: nobody has measured it' },
] as const;
export type Letter = (typeof CONFIDENCE)[number]['letter'];

/** Of a source that its schema accepts. */
export const letterOf = (source: string): Letter =>
  CONFIDENCE.find(
    ({ begins }) => source === begins || source.startsWith(`${begins}:`) || source.startsWith(`${begins},`),
  )?.letter ?? 'U';

export const isCalibrated = (letter: Letter): boolean => letter === 'R' || letter === 'V';

/** Fields that say nothing of the hardware. */
export const NOTES: readonly string[] = ['$schema', 'help', 'sources'];

/** Fields of a profile that need a source: figures, and what it refers to. */
function sourcedFields(kind: Kind): string[] {
  const { properties = {} } = schemaOf(kind);
  if (properties.sources === undefined) return [];
  return Object.keys(properties).filter((field) => !NOTES.includes(field));
}

/** The source of a field, or of the field around it: `seek.table_us`, else `seek`; names have no places in lists. */
export function sourceOf(sources: Readonly<Record<string, string>>, field: string): string | undefined {
  for (let at = field; ; at = at.slice(0, at.lastIndexOf('.'))) {
    if (Object.hasOwn(sources, at)) return sources[at];
    if (!at.includes('.')) return undefined;
  }
}

/** Each figure has a source, and each source a figure. */
export function checkSources(file: JsonFile, kind: Kind): Problem[] {
  const figures = sourcedFields(kind);
  if (figures.length === 0) return [];
  const profile = file.value as Readonly<Record<string, unknown>>;
  const sources = profile.sources as Readonly<Record<string, string>>;
  const present = figures.filter((field) => profile[field] !== undefined);
  const isFigure = (named: string): boolean =>
    present.includes(named.split('.')[0]) && isThere(profile, named.split('.'));
  return [
    ...Object.keys(sources)
      .filter((named) => !isFigure(named))
      .map((named) =>
        file.problem(
          ['sources', named],
          `is not a field; a source is for a figure of this file: ${present.join(', ')}, or one inside it`,
        ),
      ),
    ...present.flatMap((field) => unsourced(file, sources, field)),
  ];
}

/** Is there such a figure? In a list it has the name without the number, "zones.last_cylinder", and stands for all of them. */
function isThere(value: unknown, names: readonly string[]): boolean {
  const [name, ...inside] = names;
  if (name === undefined) return true;
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((item) => isThere(item, names));
  return Object.hasOwn(value, name) && isThere((value as Readonly<Record<string, unknown>>)[name], inside);
}

function unsourced(file: JsonFile, sources: Readonly<Record<string, string>>, field: string): Problem[] {
  const bare = (at: string): boolean => sourceOf(sources, at) === undefined;
  const missing = (at: string): Problem =>
    file.problem(at.split('.'), `has no source; sources.${at} must say where it is from, or that it is "uncalibrated"`);
  if (!bare(field)) return [];
  const value = file.at([field]);
  const inside = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  const bareInside = inside.map((name) => `${field}.${name}`).filter(bare);
  // Either the whole has a source, or all of its parts.
  if (inside.length > 0 && bareInside.length < inside.length) return bareInside.map(missing);
  return [missing(field)];
}
