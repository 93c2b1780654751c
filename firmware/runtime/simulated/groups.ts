/** Journal groups of a rig: the pairs whose writes have one order, which an array keeps in one journal. */
import type { ArrayConfig } from '../machine/array.js';
import type { SimImage, SimPair } from './images.js';

export interface SimGroup {
  readonly name: string;
  readonly pairs: readonly SimPair[];
  /** Numbers of their images. */
  readonly images: readonly number[];
  /** Number of its journal at each array; −1: not there. */
  readonly journals: readonly number[];
  /** The arrays that have it. */
  readonly sides: readonly number[];
}

export function groupsOf(arrays: readonly ArrayConfig[], images: readonly SimImage[]): SimGroup[] {
  const groups: SimGroup[] = [];
  const all = images.flatMap(({ pairs }) => pairs);
  for (const first of all) {
    const journals = journalsOf(arrays, first);
    const { sides } = first;
    if (sides.some((a) => journals[a] === -1) || groups.some((g) => g.pairs.includes(first))) continue;
    const isMember = (one: SimPair): boolean => journalsOf(arrays, one).every((journal, a) => journal === journals[a]);
    const [a = 0] = sides;
    const pairs = all.filter(isMember);
    groups.push({
      name: arrays[a]?.journals?.[journals[a] as number]?.name ?? `journal group ${groups.length}`,
      pairs,
      images: pairs.map(({ image }) => image),
      journals,
      sides,
    });
  }
  return groups;
}

/** −1: it has none there. */
const journalsOf = (arrays: readonly ArrayConfig[], { records }: SimPair): number[] =>
  arrays.map((array, a) => array.volumes[records[a] as number]?.journal ?? -1);

/** The arrays that have an image of the group. */
export const arraysOf = (group: SimGroup, images: readonly SimImage[]): number[] => [
  ...new Set(group.images.flatMap((i) => images[i]?.sides ?? [])),
];

/** Blocks of the groups' images: first and behind the last. */
export const blocksOf = (groups: readonly SimGroup[], images: readonly SimImage[]): [number, number][] =>
  [...new Set(groups.flatMap((group) => group.images))].map((i): [number, number] => {
    const { firstBlock, blocks } = images[i] as SimImage;
    return [firstBlock, firstBlock + blocks];
  });
