/** Before each test file, where coverage is wanted: vitest.config.mjs. */
import { afterAll } from 'vitest';
import { writeWatched } from './coverage.js';

afterAll(writeWatched);
