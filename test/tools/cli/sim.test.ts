/** `arraylab sim`: what it refuses, and that nobody need read to its end. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../firmware/service/package-root.js';

const MAIN = join(packageRoot(), 'dist/tools/cli/main.js');
const sim = (...args: string[]) => spawnSync(process.execPath, [MAIN, 'sim', ...args], { encoding: 'utf8' });

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

test('it ends in silence when nobody reads any more', async () => {
  const child = spawn(process.execPath, [MAIN, 'sim', 'load-under-faults'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdout.destroy();
  const [status] = await once(child, 'close');
  expect([status, said]).toEqual([141, '']);
});
