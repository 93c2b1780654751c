/** Whether the rigs of a regression and its microcode fit, before the first run. */
import { linkRecipes } from '../../firmware/service/microcode.js';
import { imagesFrom } from './images.js';
import type { Matrix } from './matrix.js';

/** @param given the microcode that was asked for; none: the package's. Errors: RangeError, as `linkRecipes`; as `imagesFrom`. */
export async function linkMatrix({ columns }: Matrix, given: readonly string[]): Promise<void> {
  const arrays = columns.flatMap(({ rig }) => rig?.arrays ?? []);
  for (const image of given.length > 0 ? given : [undefined]) linkRecipes(await imagesFrom({ image }), arrays);
}
