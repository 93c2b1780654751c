/**
 * How a pair is called: by its primary volume, `A:data0`; where that one is the primary of several, with the array of the
 * other side, `A:data0@C`. The long form is understood always.
 */

/** What a name is matched with: the pair's name, and its two arrays, that of the primary first. */
export interface NamedPair {
  readonly primary: string;
  readonly arrays: readonly string[];
}

export const longName = (volume: string, other: string): string => `${volume}@${other}`;

/** `A:data0` of `A:data0@C`, and of itself. */
export const volumeOfPair = (pair: string): string => pair.split('@')[0] as string;

export const isCalled = ({ primary, arrays }: NamedPair, name: string): boolean =>
  primary === name || longName(volumeOfPair(primary), arrays[1] ?? '') === name;

/** The pairs for which a name may stand that says too little; of one that is enough, or of nothing, none. */
export function severalCalled(pairs: readonly NamedPair[], name: string): string[] {
  if (pairs.some((pair) => isCalled(pair, name))) return [];
  const names = pairs.map(({ primary }) => primary).filter((primary) => volumeOfPair(primary) === name);
  return [...new Set(names)].sort();
}

export const sayWhich = (name: string, several: readonly string[]): string =>
  `${name} is the primary of several pairs; say which: ${several.join(', ')}`;
