/** Reads the links of a rig. */
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { LinkProfile } from '../../adapters/link/model/link-profile.js';
import { LinkKind } from '../../adapters/link/model/wires.js';
import { LINKS_MAX, TRUNKS_MAX } from '../memory/constants.js';
import type { JsonObject } from './json-reader.js';
import { Problems } from './profile/problems.js';
import { schemaOf } from './profile/schema.js';
import type { References } from './rig-references.js';

export interface LinkConfig {
  /** Indexes in `Rig.arrays`; the first one listens. */
  readonly between: readonly [number, number];
  /** Where it listens when the two are in different processes. */
  readonly port?: number;
  /** Path of the file with what both must know. */
  readonly secretFile?: string;
  /** False: the service processors of its two arrays take no orders over it. */
  readonly remoteService?: boolean;
  /** What the simulator makes of it; with distance_km or not at all. */
  readonly profile?: LinkProfile;
  readonly distance_km?: number;
}

/** What a link must know of an array. */
export interface LinkedArray {
  readonly name: string;
  readonly profile: { readonly link?: LinkProfile };
}

/** @param arrays those of the rig. Errors: ProfileError. */
export function readLinks(
  json: JsonObject,
  arrays: readonly LinkedArray[],
  references: References,
  rigPath: string,
): LinkConfig[] {
  const ports = new Set<number>();
  const counts = new Map<string, number>();
  const names = arrays.map(({ name }) => name);
  const problems = new Problems();
  const links = json.objects('links').map((link) =>
    problems.of((): LinkConfig => {
      const between = readEnds(link, names);
      const pair = [...between].sort((a, b) => a - b).join('-');
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
      if ((counts.get(pair) ?? 0) > LINKS_MAX)
        link.wrong('between', `two arrays that ${LINKS_MAX} links at most join; before it there are ${LINKS_MAX}`);
      const port = link.has('port') ? link.number('port') : undefined;
      if (port !== undefined && ports.has(port)) link.wrong('port', 'a port that no other link has');
      if (port !== undefined) ports.add(port);
      return {
        between,
        ...(link.has('remote_service') && { remoteService: link.flag('remote_service') }),
        ...(port !== undefined && { port }),
        ...(link.has('secret_file') && { secretFile: secretPath(rigPath, link.text('secret_file')) }),
        ...(link.has('distance_km') && readModel(link, [arrays[between[0]], arrays[between[1]]], references)),
      };
    }),
  );
  problems.throwIfAny();
  const read = links as LinkConfig[];
  for (const [a, name] of names.entries()) {
    const others = trunksOf(read, a).length;
    if (others > TRUNKS_MAX)
      json.wrong('links', `to ${TRUNKS_MAX} other arrays at most; ${name} has links to ${others}`);
  }
  return read;
}

/** The arrays that one has links to, in the order of the rig: their places are its trunks' numbers. */
export const trunksOf = (links: readonly LinkConfig[], array: number): number[] => {
  const others = links.flatMap(({ between: [a, b] }) => (a === array ? [b] : b === array ? [a] : []));
  return [...new Set(others)].sort((a, b) => a - b);
};

function readEnds(link: JsonObject, arrays: readonly string[]): [number, number] {
  const [a, b] = link.list('between').map((name) => arrays.indexOf(name as string));
  if (a === b || a < 0 || b < 0) link.wrong('between', `the names of two different arrays of ${arrays.join(', ')}`);
  return [a, b];
}

/** A link of a kind: its own, else the one that the classes of both its arrays name. */
function readModel(
  link: JsonObject,
  [a, b]: readonly [LinkedArray, LinkedArray],
  references: References,
): Pick<LinkConfig, 'profile' | 'distance_km'> {
  const distance_km = link.number('distance_km');
  const isOfArrays = isDeepStrictEqual(a.profile.link, b.profile.link);
  const profile = link.has('profile')
    ? references.link(link, 'profile')
    : ((isOfArrays ? a.profile.link : undefined) ??
      link.wrong(
        'profile',
        `the kind of the link, as the classes of ${a.name} and ${b.name} do not name the same one`,
      ));
  const { longest_km: longest } = profile;
  if (longest !== undefined && distance_km > longest) {
    link.wrong('distance_km', `${longest} km at most, the longest that this kind of link can be`);
  }
  // What no kind of link may have at 0 km, none has further away: times would be no numbers any more.
  const { minimum: slowest = 0 } = schemaOf('link').properties?.bytes_per_us ?? {};
  if (new LinkKind(profile, distance_km).bytesPer_us < slowest) {
    link.wrong('distance_km', `less: over so many km the droop of this kind leaves less than ${slowest} bytes a µs`);
  }
  return { profile, distance_km };
}

/** `~/` is the user's own folder; a relative path counts from the rig's file. */
export function secretPath(rigPath: string, path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(dirname(rigPath), path);
}
