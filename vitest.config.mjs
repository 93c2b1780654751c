import { defineConfig } from 'vitest/config';

// Tests run as `tsc -b` built them: vitest cannot start a worker thread from a .ts file.
const report = process.env.ARRAYLAB_TEST_REPORT;

export default defineConfig({
  test: {
    include: ['dist/test/**/*.test.js', 'firmware/sharedarraybuffer-ring/dist-test/**/*.test.js'],
    // For what hangs: a machine that has other work takes several times as long as one that has none.
    testTimeout: 60_000,
    exclude: ['**/node_modules/**', 'dist/test/long/**'],
    // .ci/run counts the tests from this file rather than from words on a screen.
    reporters: report ? ['default', 'json'] : ['default'],
    outputFile: report ? { json: report } : undefined,
  },
});
