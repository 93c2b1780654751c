/**
 * Is what an array holds of a journal group a prefix of the group's writes: a set of issued writes, each block as the last
 * of them in the primary's order left it, and with each write all those whose status was given before it was issued?
 *
 * With the write that was issued last of those that are there, at moment M, all are in that were acknowledged before M. So no
 * block may hold what a write acknowledged before M came behind. Zeroes may be those of several writes: the earliest that
 * fits counts.
 */
import { TORN } from '../../../adapters/channel/workload/hosts.js';
import type { ArrayMachine } from '../machine/array.js';
import { arraysOf, type SimGroup } from './groups.js';
import type { SimImage } from './images.js';
import { blockValue, slotMap, UNREADABLE, valueName } from './inspect.js';
import type { Oracle } from './oracle.js';
import type { Watched } from './watched.js';

interface Held {
  readonly image: SimImage;
  readonly lba: number;
  readonly value: number;
}

/** What an array holds of a group, block by block, as far as it can be read there. */
function held(sim: Watched, { images }: SimGroup, array: number): Held[] {
  const map = slotMap(sim.world.arrays[array] as ArrayMachine);
  return images.flatMap((i) => {
    const image = sim.images[i] as SimImage;
    const volume = image.volumes[array] as number;
    return Array.from({ length: image.blocks }, (_, lba) => ({
      image,
      lba,
      value: blockValue(sim.world, array, volume, lba, image.firstBlock + lba, map),
    })).filter(({ value }) => value !== UNREADABLE);
  });
}

/** An array takes a group over that it had in PAIR. */
export function checkPrefix(sim: Watched, group: SimGroup, array: number): void {
  const { oracle, rig } = sim;
  const blocks = held(sim, group, array);
  const say = ({ image, lba, value }: Held, why: string): void =>
    sim.violate(
      `takeover of ${group.name} by ${rig.arrays[array]?.name}: no prefix of what hosts wrote: ${image.name} block ${lba} holds ${valueName(value)}${why}`,
    );
  const torn = blocks.find(({ value }) => value === TORN);
  if (torn) say(torn, '');
  if (torn || !oracle.remembers) return;
  const bad = misfitOf(
    oracle,
    blocks.map(({ image, lba, value }) => ({ block: image.firstBlock + lba, value })),
  );
  if (!bad) return;
  const { image, lba } = blocks[bad.at] as Held;
  const newest = blocks[bad.newest];
  const newer = newest ? `${newest.image.name} block ${newest.lba} holds ${valueName(newest.value)}` : 'any';
  say(
    blocks[bad.at] as Held,
    `, over which another was acknowledged before ${newer} was issued; it may hold ${oracle.possible(image.firstBlock + lba)}`,
  );
}

/**
 * Why blocks that hold this are no prefix: the place of one that holds what is too old, and of the one whose write was issued
 * last (−1: none was). Undefined: they are one.
 */
export function misfitOf(
  oracle: Oracle,
  blocks: readonly { readonly block: number; readonly value: number }[],
): { readonly at: number; readonly newest: number } | undefined {
  let moment = 0;
  let newest = -1;
  for (let grew = true; grew; ) {
    grew = false;
    for (const [at, { block, value }] of blocks.entries()) {
      const issued = oracle.issuedAt(block, value, moment);
      if (issued < 0) return { at, newest };
      if (issued <= moment) continue;
      moment = issued;
      newest = at;
      grew = true;
    }
  }
  return undefined;
}

/** What no copy of a group can be shown to hold any more is forgotten: a copy goes forwards only. */
export function forgetOld(sim: Watched, group: SimGroup): void {
  const { oracle } = sim;
  const copies = arraysOf(group, sim.images).map((a) => held(sim, group, a));
  let floor = Number.MAX_SAFE_INTEGER;
  for (const { image, lba, value } of copies.flat()) {
    const gone = oracle.goneAt(image.firstBlock + lba, value);
    if (gone !== 0 && gone < floor) floor = gone;
  }
  for (const i of group.images) {
    const { firstBlock, blocks } = sim.images[i] as SimImage;
    for (let b = firstBlock; b < firstBlock + blocks; b++) oracle.forget(b, floor);
  }
}
