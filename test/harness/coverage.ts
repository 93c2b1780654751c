/**
 * Coverage by tests: where ARRAYLAB_COVERAGE names a folder, what tests run of the microcode is written there, a file for each
 * test file and way, `simulated-….json` and `unit-….json`. `arraylab coverage` adds them up; .ci/run does so.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { withCounts } from '../../firmware/engine/counts.js';
import type { Image } from '../../firmware/engine/image.js';
import type { Images } from '../../firmware/runtime/machine/array.js';
import { coverageOfImages, merged } from '../../tools/coverage/coverage.js';
import { writeCoverage } from '../../tools/coverage/file.js';

const FOLDER = process.env.ARRAYLAB_COVERAGE;

const counted = { simulated: [] as Image[], unit: [] as Image[] };

/** The image that tests are to run: it counts, if somebody wants that. */
export function watched(way: keyof typeof counted, image: Image): Image {
  if (FOLDER === undefined) return image;
  const own = withCounts(image);
  counted[way].push(own);
  return own;
}

export const allWatched = (way: keyof typeof counted, images: Images): Images =>
  Object.fromEntries(Object.values(images).map((image) => [image.role, watched(way, image)]));

/** After the tests of a file. Errors: Error that names the file. */
export function writeWatched(): void {
  if (FOLDER === undefined) return;
  mkdirSync(FOLDER, { recursive: true });
  for (const [way, images] of Object.entries(counted)) {
    const coverages = images.map((image) => coverageOfImages({ [image.role]: image }));
    const sum = merged(
      coverages,
      images.map(({ role }) => role),
    );
    if (sum.some(({ files }) => files.size > 0)) writeCoverage(join(FOLDER, `${way}-${randomUUID()}.json`), sum);
  }
}
