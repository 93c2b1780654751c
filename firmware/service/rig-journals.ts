/**
 * Journal groups of a rig (seed 000): which volumes share one order, and the journal volumes where each side keeps their
 * entries. Reads what a rig says of them, refuses what cannot be, and makes each array's configuration of it.
 */
import type { Recipe } from '../engine/recipe.js';
import { ENTRIES_AT_ONCE, INFORMATION_SECTORS, RECORDS_PER_SECTOR, SECTOR_BYTES } from '../memory/constants.js';
import type { JournalDimensions } from '../memory/layout.js';
import type { JournalConfig, JournalVolumeConfig } from '../runtime/machine/config.js';
import type { JsonObject } from './json-reader.js';
import { Problems } from './profile/problems.js';
import type { ArrayProfile } from './profiles.js';

/** Update information in battery memory: 4 MiB of a group. */
const RECORDS_MAX = 65_536;
/** Of an array's tasks for destage, beside those of its journal groups. */
const OTHER_TASKS = 2;
/** Of a group's: one that brings data to journal volumes, one that makes marks, one that waits while hosts do. */
const GROUP_TASKS = 3;
/** Beside what reads of journals take: for all else that the other array sends. */
const OTHER_CREDITS = 2;

const DEFAULTS = {
  information_ratio: 32,
  interval_us: 10_000,
  inflow_limit_us: 2_000_000,
  entries_per_read: 8,
  reads: 2,
  restorers: 4,
  restore_delay_us: 0,
} as const;
/** If a journal volume has room for it; else as much as it has room for. */
const CACHE_BYTES = 4_194_304;

export interface JournalDraft {
  readonly json: JsonObject;
  readonly name: string;
  readonly sectors: number;
  /** Index of its group. */
  readonly group: number;
}

/** What must be known of an array. */
interface JournaledArray {
  readonly json: JsonObject;
  readonly name: string;
  readonly profile: ArrayProfile;
  readonly journals: readonly JournalDraft[];
  /** Its further pairs. */
  readonly further: readonly unknown[];
}

interface Group {
  readonly json: JsonObject;
  readonly name: string;
  readonly sectorsPerInformation: number;
  readonly cache_bytes: number | undefined;
  readonly settings: Pick<
    JournalConfig,
    'entriesPerRead' | 'interval_us' | 'inflow_us' | 'reads' | 'restorers' | 'restoreDelay_us'
  >;
  /** Of its first pair. */
  pairs?: { readonly from: number; readonly to: number; readonly recipe: number; readonly place: string };
}

/** An array's part of the groups: nothing where it has none. */
export interface Journaling {
  readonly dims?: { readonly journals: readonly JournalDimensions[] };
  readonly config?: { readonly journals: readonly JournalConfig[] };
}

export class Groups {
  readonly #groups: readonly Group[];

  /** Errors: ProfileError. */
  constructor(rig: JsonObject) {
    this.#groups = rig.objects('groups').map(readGroup);
    for (const [i, { json, name }] of this.#groups.entries()) {
      const first = this.#groups.findIndex((group) => group.name === name);
      if (first !== i) {
        json.wrong('name', `a name that no other group here has, and ${this.#groups[first].json.place} has it`);
      }
    }
  }

  /** The journal volumes of an array. Errors: ProfileError. */
  draftJournals(array: JsonObject): JournalDraft[] {
    return array.objects('journals').map((json) => ({
      json,
      name: json.text('name'),
      sectors: json.number('size_bytes') / SECTOR_BYTES,
      group: this.#named(json),
    }));
  }

  /** The group of a pair from one array to another. Errors: ProfileError. */
  join(
    pair: JsonObject,
    [from, to]: readonly [number, number],
    arrays: readonly JournaledArray[],
    [number, recipe]: readonly [number, Recipe],
  ): number | undefined {
    if (!isOfGroups(recipe)) {
      if (pair.has('group')) pair.wrong('group', `absent: recipe ${recipe.name} keeps no journal`);
      return undefined;
    }
    if (!pair.has('group')) {
      const names = this.#groups.map(({ name }) => name).join(', ') || 'none yet';
      pair.wrong('group', `one of "groups" of the rig (${names}), as recipe ${recipe.name} keeps a journal of a group`);
    }
    const g = this.#named(pair);
    const group = this.#groups[g];
    // One that stands by takes what comes into the group that it is the target of.
    for (const array of pair.flag('standby') ? [arrays[from]] : [arrays[from], arrays[to]]) {
      if (array.journals.every((journal) => journal.group !== g)) {
        pair.wrong('group', `a group with a journal volume in both arrays; ${array.name} has none of ${group.name}`);
      }
    }
    group.pairs ??= { from, to, recipe: number, place: pair.place };
    const first = group.pairs;
    if (first.from !== from || first.to !== to) {
      const way = (a: number, b: number): string => `from ${arrays[a].name} to ${arrays[b].name}`;
      const right = `a group whose pairs go ${way(from, to)}; those of ${group.name} go ${way(first.from, first.to)}`;
      pair.wrong('group', `${right}, as ${first.place} does`);
    }
    if (first.recipe !== number) {
      pair.wrong('group', `a group whose pairs have the same recipe and choices; ${first.place} has others`);
    }
    return g;
  }

  /** When all pairs have joined: numbers of the groups that an array has, in the order of its configuration. */
  of(array: JournaledArray): number[] {
    return [...this.#groups.keys()].filter((g) => array.journals.some((journal) => journal.group === g));
  }

  /**
   * When all pairs have joined: the groups as the array at this index has them.
   * @param firstDrive number of its first journal volume's drive. @param trunks the arrays that it has links to.
   * Errors: ProfileError.
   */
  configure(
    index: number,
    arrays: readonly JournaledArray[],
    firstDrive: number,
    trunks: readonly number[],
  ): Journaling {
    const array = arrays[index];
    if (array.journals.length === 0) return {};
    const problems = new Problems();
    for (const { json, group } of array.journals) problems.of(() => this.#checkUse(json, group, index, array.name));
    problems.throwIfAny();
    const groups = this.of(array);
    this.#checkProfile(array, groups, trunks);
    const made = groups.map((g) => problems.of(() => this.#configure(g, array, arrays, firstDrive)));
    problems.throwIfAny();
    const all = made as { readonly dims: JournalDimensions; readonly config: JournalConfig }[];
    return { dims: { journals: all.map(({ dims }) => dims) }, config: { journals: all.map(({ config }) => config) } };
  }

  #configure(g: number, array: JournaledArray, arrays: readonly JournaledArray[], firstDrive: number) {
    const group = this.#groups[g];
    const { sectorsPerTrack } = array.profile;
    const all = arrays.flatMap(({ journals }) => journals.filter((journal) => journal.group === g));
    const smallest = Math.min(...all.map(({ sectors }) => sectors));
    const windowSectors = windowOf(group, sectorsPerTrack, smallest);
    const volumes: JournalVolumeConfig[] = [];
    for (const [v, { json, name, sectors, group: own }] of array.journals.entries()) {
      if (own !== g) continue;
      const dataSectors = dataOf(sectors, windowSectors, group.sectorsPerInformation);
      if (dataSectors === 0) {
        const least = windowSectors + Math.ceil(windowSectors / group.sectorsPerInformation);
        const of =
          group.cache_bytes === undefined ? 'a track of data' : `the ${windowSectors * SECTOR_BYTES} bytes in cache`;
        json.wrong('size_bytes', `${least * SECTOR_BYTES} at least: ${of}, and the update information to it`);
      }
      const informationSectors = Math.ceil(dataSectors / group.sectorsPerInformation);
      volumes.push({ name, drive: firstDrive + v, informationSectors, dataSectors });
    }
    const information = volumes.reduce((sum, volume) => sum + volume.informationSectors, 0);
    const records = Math.min(RECORDS_MAX, information * RECORDS_PER_SECTOR);
    if (records < ENTRIES_AT_ONCE) {
      const least = `room for ${ENTRIES_AT_ONCE} entries at least, as many go over a link together; there is room for ${records}`;
      group.json.wrong('information_ratio', `less, or the journal volumes of ${array.name} larger: ${least}`);
    }
    return {
      dims: { records, windowSectors, volumes: volumes.length },
      config: { name: group.name, volumes, ...group.settings },
    };
  }

  /** A journal volume that no pair fills is a mistake. */
  #checkUse(journal: JsonObject, g: number, index: number, name: string): void {
    const { pairs } = this.#groups[g];
    if (pairs?.from === index || pairs?.to === index) return;
    const of = pairs === undefined ? 'it has no pair' : `its pairs are of other arrays, as ${pairs.place}`;
    journal.wrong('group', `a group with a pair of a volume of ${name}; ${of}`);
  }

  /** What would wait for a task or a credit that only it could give back. */
  #checkProfile(
    { json, profile, further }: JournaledArray,
    groups: readonly number[],
    trunks: readonly number[],
  ): void {
    const settings = groups.map((g) => this.#groups[g].settings);
    const reads = settings.reduce((sum, group) => sum + group.reads, 0);
    const restorers = settings.reduce((sum, group) => sum + group.restorers, 0);
    const handing = further.length > 0 ? groups.length : 0;
    const tasks = 2 * reads + restorers + GROUP_TASKS * groups.length + handing + OTHER_TASKS;
    const readsOf = (other: number): number =>
      groups
        .map((g) => this.#groups[g])
        .filter(({ pairs }) => pairs?.from === other || pairs?.to === other)
        .reduce((sum, group) => sum + group.settings.reads, 0);
    // Each of the other arrays has as many.
    const credits = trunks.length * (2 * Math.max(...trunks.map(readsOf)) + OTHER_CREDITS);
    const names = groups.map((g) => this.#groups[g].name).join(', ');
    const has = profile.tasks[2];
    const as = `as ${groups.length > 1 ? 'groups' : 'group'} ${names} with ${reads} reads`;
    if (profile.sectorsPerTrack < INFORMATION_SECTORS) {
      json.wrong('profile', `a class with sectors_per_track of ${INFORMATION_SECTORS} at least, as it has journals`);
    }
    if (has < tasks) {
      json.wrong(
        'profile',
        `a class with tasks.destage of ${tasks} at least, ${as} and ${restorers} restorers; it has ${has}`,
      );
    }
    const remote = profile.tasks[1];
    if (remote < 2 * reads) {
      json.wrong('profile', `a class with tasks.remote of ${2 * reads} at least, ${as}; it has ${remote}`);
    }
    if (profile.credits >= credits) return;
    json.wrong('profile', `a class with credits of ${credits} at least, ${as}; it has ${profile.credits}`);
  }

  #named(json: JsonObject): number {
    const found = this.#groups.findIndex(({ name }) => name === json.text('group'));
    if (found >= 0) return found;
    return json.wrong(
      'group',
      `one of "groups" of the rig: ${this.#groups.map(({ name }) => name).join(', ') || 'none yet'}`,
    );
  }
}

/** Its pairs hear of the others of their group. */
const isOfGroups = ({ hooks }: Recipe): boolean => hooks.members !== undefined;

function readGroup(json: JsonObject): Group {
  const number = (field: keyof typeof DEFAULTS): number => (json.has(field) ? json.number(field) : DEFAULTS[field]);
  return {
    json,
    name: json.text('name'),
    sectorsPerInformation: number('information_ratio'),
    cache_bytes: json.has('cache_bytes') ? json.number('cache_bytes') : undefined,
    settings: {
      entriesPerRead: number('entries_per_read'),
      interval_us: number('interval_us'),
      inflow_us: number('inflow_limit_us'),
      reads: number('reads'),
      restorers: number('restorers'),
      restoreDelay_us: number('restore_delay_us'),
    },
  };
}

/** Whole tracks, so that none is lost before an edge. @param smallest sectors of the smallest journal volume. */
function windowOf(group: Group, sectorsPerTrack: number, smallest: number): number {
  const { cache_bytes, sectorsPerInformation } = group;
  const tracks = (sectors: number): number => Math.floor(sectors / sectorsPerTrack) * sectorsPerTrack;
  if (cache_bytes === undefined) {
    const room = Math.min(CACHE_BYTES / SECTOR_BYTES, dataOf(smallest, 1, sectorsPerInformation));
    return Math.max(sectorsPerTrack, tracks(room));
  }
  const window = tracks(cache_bytes / SECTOR_BYTES);
  if (window > 0) return window;
  return group.json.wrong(
    'cache_bytes',
    `${sectorsPerTrack * SECTOR_BYTES} at least, a track of the arrays of its pairs`,
  );
}

/** The most data, a multiple of the window, that so many sectors have room for beside their update information. */
function dataOf(sectors: number, window: number, sectorsPerInformation: number): number {
  let data = Math.floor(sectors / window) * window;
  const over = (): number => data + Math.ceil(data / sectorsPerInformation) - sectors;
  while (data > 0 && over() > 0) {
    const part = (over() * sectorsPerInformation) / (sectorsPerInformation + 1);
    data -= Math.max(1, Math.floor(part / window)) * window;
  }
  return Math.max(0, data);
}
