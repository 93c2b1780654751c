/** Before each test file, where coverage is wanted: vitest.config.mjs. */
import { afterAll } from 'vitest';
import { counted } from './counted.js';

afterAll(async () => {
  const folder = process.env.ARRAYLAB_COVERAGE;
  // What writes it takes longer to load than many test files to run, and most have nothing to write.
  if (folder !== undefined && Object.values(counted).some((images) => images.length > 0))
    (await import('./coverage-write.js')).writeWatched(folder);
});
