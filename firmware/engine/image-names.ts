/**
 * What the source calls registers: part of an image, so that a debugger can say `gen` where the code has r10. Nothing runs by
 * it. In the image each set of names stands once, however many scopes have it.
 */

export interface RegisterName {
  readonly name: string;
  readonly register: number;
  /** 2: this register and the next one are one number, low word first; the source uses it so. */
  readonly words: 1 | 2;
}

/** Names in force from an instruction on, until the next of these; as an image holds them. */
export interface ImageNames {
  /** `volume=0 gen=10:2`, each set once. */
  readonly sets: readonly string[];
  /** Instruction and number of its set, one behind the other; instructions ascend. */
  readonly from: readonly number[];
}

export const NO_NAMES: ImageNames = { sets: [], from: [] };

const NAME = /^([A-Za-z_]\w*)=(\d|1[0-5])(:2)?$/;

/** As it stands in an image. */
export const setText = (names: readonly RegisterName[]): string =>
  names.map(({ name, register, words }) => `${name}=${register}${words === 2 ? ':2' : ''}`).join(' ');

/** The names of a set; undefined: it is none. */
export function namesOf(set: string): RegisterName[] | undefined {
  if (set === '') return [];
  const names: RegisterName[] = [];
  for (const text of set.split(' ')) {
    const [, name, register, pair] = NAME.exec(text) ?? [];
    if (name === undefined || (pair !== undefined && Number(register) % 2 === 1)) return undefined;
    names.push({ name, register: Number(register), words: pair === undefined ? 1 : 2 });
  }
  return names;
}

/** Is this what an image of so many instructions may have? */
export function areNames(names: ImageNames, instructions: number): boolean {
  const { sets, from } = names;
  if (!Array.isArray(sets) || !Array.isArray(from) || from.length % 2 !== 0) return false;
  if (!sets.every((set) => typeof set === 'string' && namesOf(set) !== undefined)) return false;
  return from.every((n, i) => {
    if (!Number.isInteger(n) || n < 0) return false;
    if (i % 2 === 1) return n < sets.length;
    return n < instructions && (i === 0 || n > from[i - 2]);
  });
}

/** Number of the set in force at an instruction, by halving; -1: none. */
export function setAt({ from }: ImageNames, instruction: number): number {
  let low = 0;
  let high = from.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (from[middle * 2] <= instruction) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? -1 : from[low * 2 - 1];
}
