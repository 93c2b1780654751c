/** Writes what coverage.ts has counted. */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { coverageOfImages, merged } from '../../tools/coverage/coverage.js';
import { writeCoverage } from '../../tools/coverage/file.js';
import { counted } from './counted.js';

/** After the tests of a file; those of the next one are counted from zero. Errors: Error that names the file. */
export function writeWatched(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [way, images] of Object.entries(counted)) {
    const coverages = images.map((image) => coverageOfImages({ [image.role]: image }));
    const sum = merged(
      coverages,
      images.map(({ role }) => role),
    );
    if (sum.some(({ files }) => files.size > 0)) writeCoverage(join(folder, `${way}-${randomUUID()}.json`), sum);
    for (const { counts } of images) counts?.words.fill(0);
  }
}
