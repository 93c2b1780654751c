/** What the tables for people have in common: their words, and names of what they show. */
import { listed, type Rig } from '../machines.js';
import type { Table, TaskRef } from '../target.js';

/** Errors: RangeError with the words that are wanted. */
export type Looking = (rig: Rig, words: readonly string[], task: TaskRef | undefined) => Table;

export interface Wanted {
  readonly array: number;
  /** All of them, if absent. */
  readonly volume?: number;
}

const arraysOf = (rig: Rig): string => listed(rig.arrays.map(({ name }) => name));

/** All arrays, or the one that the only word names. */
export function arraysWanted(rig: Rig, what: string, words: readonly string[]): number[] {
  const [name] = words;
  if (words.length > 1 || name?.includes(':'))
    throw new RangeError(`${[what, ...words].join(' ')}: it is "${what}" or "${what} ARRAY", of ${arraysOf(rig)}`);
  return name === undefined ? [...rig.arrays.keys()] : [rig.array(name)];
}

/** Of one volume too: `A:data0`. */
export function volumesWanted(rig: Rig, what: string, words: readonly string[], task: TaskRef | undefined): Wanted[] {
  const [name] = words;
  if (words.length > 1)
    throw new RangeError(
      `${[what, ...words].join(' ')}: it is "${what}", "${what} ARRAY" or "${what} ARRAY:VOLUME", of ${arraysOf(rig)}`,
    );
  if (name === undefined) return [...rig.arrays.keys()].map((array) => ({ array }));
  const array = rig.arrayNumber(name);
  if (array >= 0) return [{ array }];
  // Where no array is named, those of the task's are asked about what may be a volume of it.
  if (!name.includes(':') && task === undefined) rig.array(name);
  return [rig.volumeNamed(name, task)];
}

/** Numbers of the volumes that are meant. */
export const volumesOf = (rig: Rig, { array, volume }: Wanted): number[] =>
  volume === undefined ? [...rig.tables(array).config.volumes.keys()] : [volume];

export const volumeName = (rig: Rig, array: number, volume: number): string =>
  `${rig.arrays[array].name}:${rig.tables(array).config.volumes[volume]?.name ?? volume}`;

/** A word of a table's record, as people read it; several as they stand. */
export const yes = (word: number): string => (word === 0 ? '' : 'yes');
