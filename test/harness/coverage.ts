/**
 * Coverage by tests: where ARRAYLAB_COVERAGE names a folder, what tests run of the microcode is written there, a file for each
 * test file and way, `simulated-….json` and `unit-….json`. `arraylab coverage` adds them up; .ci/run does so.
 */
import { withCounts } from '../../firmware/engine/counts.js';
import type { Image } from '../../firmware/engine/image.js';
import type { Images } from '../../firmware/runtime/machine/array.js';
import { counted } from './counted.js';

const FOLDER = process.env.ARRAYLAB_COVERAGE;

/** The image that tests are to run: it counts, if somebody wants that. */
export function watched(way: keyof typeof counted, image: Image): Image {
  if (FOLDER === undefined) return image;
  const own = withCounts(image);
  counted[way].push(own);
  return own;
}

export const allWatched = (way: keyof typeof counted, images: Images): Images =>
  Object.fromEntries(Object.values(images).map((image) => [image.role, watched(way, image)]));
