import { defineConfig } from 'vitest/config';

// Runs that take minutes or hours: their own command, so that `npm test` stays short.
export default defineConfig({
  test: {
    include: ['dist/test/long/**/*.test.js'],
    testTimeout: 0,
    hookTimeout: 0,
  },
});
