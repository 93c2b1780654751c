import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

const report = process.env.ARRAYLAB_TEST_REPORT;

/** Files of these folders take longest: begun first, and in turn, so that one that waits for clients runs beside one that computes. */
const LONG = ['dist/test/live/', 'dist/test/simulated/', 'dist/test/tools/'];

class LongFirst extends BaseSequencer {
  async sort(files) {
    const all = await super.sort(files);
    // Without another one between them, so that they need no process more.
    const together = all.filter(({ project }) => project.name === 'together');
    const sorted = all.filter((file) => !together.includes(file));
    const queues = LONG.map((folder) => sorted.filter(({ moduleId }) => moduleId.includes(folder)));
    const turns = Array.from({ length: Math.max(...queues.map((queue) => queue.length)) }, (_, i) =>
      queues.flatMap((queue) => queue[i] ?? []),
    ).flat();
    return [...turns, ...sorted.filter((file) => !turns.includes(file)), ...together];
  }
}

/**
 * Tests of parts that leave nothing in their process: one process runs file after file, where loading what they test takes
 * longer than most of them. What they share must not call `afterEach` and the like when it is loaded, which is done once.
 */
const TOGETHER = [
  'dist/test/adapters/{disk,link,socket}/**/*.test.js',
  'dist/test/adapters/channel/*.test.js',
  'dist/test/firmware/{engine,memory,units}/**/*.test.js',
  'dist/test/microcode/**/*.test.js',
  'dist/test/tools/assembler/**/*.test.js',
];
const NEVER = ['**/node_modules/**', 'dist/test/long/**'];

// Tests run as `tsc -b` built them: vitest cannot start a worker thread from a .ts file.
export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'apart',
          include: ['dist/test/**/*.test.js', 'firmware/sharedarraybuffer-ring/dist-test/**/*.test.js'],
          exclude: [...NEVER, ...TOGETHER],
        },
      },
      { extends: true, test: { name: 'together', include: TOGETHER, exclude: NEVER, isolate: false } },
    ],
    // For what hangs: a machine that has other work takes several times as long as one that has none.
    testTimeout: 120_000,
    // Coverage of the microcode, which .ci/run looks at.
    setupFiles: process.env.ARRAYLAB_COVERAGE === undefined ? [] : ['dist/test/harness/coverage-setup.js'],
    // What `tsc` built is for Node as it stands: loaded by anything else, it takes longer to load and to run.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // The default leaves a core idle: of two, half the machine.
    maxWorkers: '100%',
    sequence: { sequencer: LongFirst },
    // .ci/run counts the tests from this file rather than from words on a screen.
    reporters: report ? ['default', 'json'] : ['default'],
    outputFile: report ? { json: report } : undefined,
  },
});
