/** The second system over all its rigs, as a regression suite runs it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const REGRESS = ['dist/tools/cli/main.js', 'regress', '--system', 'journal-pull', '--profile', 'tiny-*'];

test('500 runs of journal pull, over groups of two arrays and of three, end with nothing lost, held or out of order', async () => {
  const { stdout } = await promisify(execFile)('node', [...REGRESS, '--seeds', '500', '--seed-from', '1000']);
  process.stdout.write(stdout);
  expect(stdout).toContain(': 500 passed, 0 failed, 0 known');
  expect(stdout.trimEnd().endsWith('PASS')).toBe(true);
}, 300_000);
