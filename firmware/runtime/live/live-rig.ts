/** A rig as it is served live, and how its pairs, volumes and links are called. */
import { MICROCODED_ROLES, type Role } from '../../ports/messages.js';
import { type ArrayConfig, hostVolumes, type VolumeConfig } from '../machine/config.js';
import { DIRECTORS, type DirectorName } from '../machine/director-names.js';
import { isCalled, longName, sayWhich, severalCalled } from './pair-names.js';
import { Unknown } from './system.js';

export interface LiveLink {
  /** Positions of its two arrays; the first one listens. */
  readonly between: readonly [number, number];
  /** Where it listens, for a link between two processes. */
  readonly host?: string;
  readonly port?: number;
  /** False: the service processors of its two arrays take no orders over it. */
  readonly remoteService?: boolean;
}

export interface LiveRig {
  readonly name: string;
  readonly arrays: readonly ArrayConfig[];
  readonly links: readonly LiveLink[];
}

/** A volume by the positions of its array and itself; of a further pair, its record there. */
export interface PairEnd {
  readonly array: number;
  readonly volume: number;
}

/** A pair as the rig made it: the first end is the primary. */
export interface RigPair {
  /** Its name: see pair-names.ts. */
  readonly primary: string;
  readonly secondary: string;
  /** PAIR_MODE bits. */
  readonly mode: number;
  readonly ends: readonly [PairEnd, PairEnd];
  /** Number of its journal group at the first end. */
  readonly group?: number;
}

export function linkName(rig: LiveRig, { between: [a, b] }: Pick<LiveLink, 'between'>): readonly [string, string] {
  return [rig.arrays[a].name, rig.arrays[b].name];
}

/** The links with their numbers: each counts those before it between the same two arrays. */
export function numbered({ links }: Pick<LiveRig, 'links'>): { readonly link: LiveLink; readonly number: number }[] {
  const isLike = (x: LiveLink, y: LiveLink): boolean => x.between.every((array) => y.between.includes(array));
  return links.map((link, i) => ({ link, number: links.slice(0, i).filter((before) => isLike(before, link)).length }));
}

/** Which of an array's trunks leads to another one. @param other its position. */
export const trunkTo = ({ trunks = [] }: ArrayConfig, other: number): number => Math.max(0, trunks.indexOf(other));

/** Position of the array behind a trunk; undefined: there is no link. */
function behind(rig: LiveRig, a: number, trunk: number): number | undefined {
  const known = rig.arrays[a].trunks?.[trunk];
  if (known !== undefined) return known;
  const between = rig.links.find((link) => link.between.includes(a))?.between;
  return between?.[between[0] === a ? 1 : 0];
}

/** The volume of a record. */
const homeOf = ({ volumes }: ArrayConfig, volume: number): number => volumes[volume].of ?? volume;

const volumeName = (array: ArrayConfig, volume: number): string =>
  `${array.name}:${array.volumes[homeOf(array, volume)].name}`;

export function pairsOf(rig: LiveRig): RigPair[] {
  const pairs = rig.arrays.flatMap((array, a) =>
    array.volumes.flatMap(({ pair, journal }, v): RigPair[] => {
      if (pair?.role !== 'source') return [];
      const b = behind(rig, a, pair.trunk ?? 0);
      if (b === undefined) return [];
      const other = rig.arrays[b];
      return [
        {
          primary: volumeName(array, v),
          secondary: volumeName(other, pair.peer),
          mode: pair.mode,
          ends: [
            { array: a, volume: v },
            { array: b, volume: pair.peer },
          ],
          ...(journal !== undefined && { group: journal }),
        },
      ];
    }),
  );
  return pairs.map((pair) =>
    pairs.some((other) => other !== pair && other.primary === pair.primary)
      ? { ...pair, primary: longName(pair.primary, rig.arrays[pair.ends[1].array].name) }
      : pair,
  );
}

/** The other arrays of the pairs of a volume, or of its record, and the record that its own array has for each. */
export function othersOf(rig: LiveRig, array: number, record: number): { name: string; record: number }[] {
  const volume = homeOf(rig.arrays[array], record);
  return pairsOf(rig).flatMap(({ ends }) =>
    ends.flatMap((end, i) => {
      if (end.array !== array || homeOf(rig.arrays[array], end.volume) !== volume) return [];
      return [{ name: rig.arrays[ends[1 - i].array].name, record: end.volume }];
    }),
  );
}

/** Of a pair that stands by, the name of the one whose target it may get; undefined: it does not stand by. */
export function insteadOf(rig: LiveRig, { ends: [own, { array, volume }] }: RigPair): string | undefined {
  const target = rig.arrays[array].volumes[volume].pair;
  if (target?.standby === undefined || behind(rig, array, target.standby.trunk) !== own.array) return undefined;
  const isFirst = ({ ends: [source, end] }: RigPair): boolean =>
    end.array === array && end.volume === volume && source.array !== own.array;
  return pairsOf(rig).find(isFirst)?.primary;
}

/** Errors: Unknown, which names the pairs that there are. */
export function findPair(rig: LiveRig, primary: string): RigPair {
  const pairs = pairsOf(rig);
  const named = pairs.map((pair) => ({ ...pair, arrays: pair.ends.map(({ array }) => rig.arrays[array].name) }));
  const pair = pairs.find((_, i) => isCalled(named[i], primary));
  if (pair) return pair;
  const several = severalCalled(named, primary);
  if (several.length > 0) throw new Unknown(`rig ${rig.name}: ${sayWhich(primary, several)}`);
  const secondary = pairs.find((p) => p.secondary === primary);
  const right = secondary ? `a pair is named by its primary: ${secondary.primary}` : list(pairs.map((p) => p.primary));
  throw new Unknown(`rig ${rig.name} has no pair ${primary}; ${right}`);
}

/** Errors: Unknown, which names what there is. */
export function findVolume(rig: LiveRig, name: string): PairEnd & { config: VolumeConfig } {
  const [arrayName, ownName] = name.split(':');
  const array = rig.arrays.findIndex((a) => a.name === arrayName);
  const volumes = array < 0 ? [] : hostVolumes(rig.arrays[array]);
  const volume = volumes.findIndex((v) => v.name === ownName);
  if (volume >= 0) return { array, volume, config: volumes[volume] };
  const names = rig.arrays.flatMap((a) => hostVolumes(a).map((v) => `${a.name}:${v.name}`));
  throw new Unknown(`rig ${rig.name} has no volume ${name}; ${list(names)}`);
}

/** Errors: Unknown, which names the directors of an array. */
export function findDirector(array: string, name: string): DirectorName {
  const director = DIRECTORS.find((d) => d === name);
  if (!director) throw new Unknown(`array ${array} has no director ${name}; it has ${DIRECTORS.join(', ')}`);
  return director;
}

/** Errors: Unknown, which names the roles. */
export function findRole(name: string): Role {
  const role = MICROCODED_ROLES.find((r) => r === name);
  if (!role) throw new Unknown(`there is no role ${name}; roles are ${MICROCODED_ROLES.join(', ')}`);
  return role;
}

const list = (names: readonly string[]): string => (names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`);
