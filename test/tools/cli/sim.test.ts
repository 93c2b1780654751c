/** `arraylab sim`: what it refuses. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../firmware/service/package-root.js';

const sim = (...args: string[]) =>
  spawnSync(process.execPath, [join(packageRoot(), 'dist/tools/cli/main.js'), 'sim', ...args], { encoding: 'utf8' });

test.each([
  [['--set', 'toString=1'], '--set toString=1: scenario load-under-faults has the settings load_us'],
  [['--set', 'load_us=5=7'], '--set load_us is "5=7"; a whole number from 0 to 2147483647 is wanted'],
  [['--set', 'load_us'], '--set load_us is ""; a whole number from 0 to'],
  [['--set', 'load_us=2147483648'], '--set load_us is "2147483648"; a whole number from 0 to 2147483647'],
  [['--seed', ''], '--seed is ""; a whole number from 0 is wanted'],
  [['--fault', 'cut A-B at label x.uc:y on A'], "fault 'cut A-B at label x.uc:y on A': no image has code of x.uc"],
  [['--fault', 'drive-slow A:data0 3000s'], '2000s is the most'],
])('%j is refused', (args, text) => {
  const { status, stderr } = sim('load-under-faults', ...args);
  expect([status, stderr]).toEqual([2, expect.stringContaining(text)]);
});
