/** Journal groups of a rig: the images whose writes have one order, which an array keeps in one journal. */
import type { ArrayConfig } from '../machine/array.js';
import type { SimImage } from './images.js';

export interface SimGroup {
  readonly name: string;
  /** Numbers of its images. */
  readonly images: readonly number[];
  /** Number of its journal at each array; −1: not there. */
  readonly journals: readonly number[];
  /** The arrays that have it. */
  readonly sides: readonly number[];
}

export function groupsOf(arrays: readonly ArrayConfig[], images: readonly SimImage[]): SimGroup[] {
  const groups: SimGroup[] = [];
  for (const [first, image] of images.entries()) {
    const journals = journalsOf(arrays, image);
    const { sides } = image;
    if (!image.paired || sides.some((a) => journals[a] === -1) || groups.some((g) => g.images.includes(first)))
      continue;
    const isMember = (one: SimImage): boolean =>
      one.paired && journalsOf(arrays, one).every((journal, a) => journal === journals[a]);
    const [a = 0] = sides;
    groups.push({
      name: arrays[a]?.journals?.[journals[a] as number]?.name ?? `journal group ${groups.length}`,
      images: images.flatMap((one, i) => (isMember(one) ? [i] : [])),
      journals,
      sides,
    });
  }
  return groups;
}

/** −1: it has none there. */
const journalsOf = (arrays: readonly ArrayConfig[], { volumes }: SimImage): number[] =>
  arrays.map((array, a) => array.volumes[volumes[a] as number]?.journal ?? -1);

/** Blocks of the groups' images: first and behind the last. */
export const blocksOf = (groups: readonly SimGroup[], images: readonly SimImage[]): [number, number][] =>
  groups.flatMap((group) =>
    group.images.map((i): [number, number] => {
      const { firstBlock, blocks } = images[i] as SimImage;
      return [firstBlock, firstBlock + blocks];
    }),
  );
