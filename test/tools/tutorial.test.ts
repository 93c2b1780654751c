/** README.md, "Your own hardware", done step by step in an empty folder, as somebody who has only the package does it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../firmware/service/package-root.js';
import { Installed, npm, runIn } from '../harness/npm.js';
import { isPrinted, type Step, stepsOf } from '../harness/tutorial.js';

const TIMEOUT_MS = 300_000;
const HEADING = '## Your own hardware';
const README = readFileSync(join(packageRoot(), 'README.md'), 'utf8');

const packages = new Installed();
let folder: string;
let tarballs: string;
beforeAll(async () => {
  tarballs = mkdtempSync(join(tmpdir(), 'arraylab-tutorial-'));
  folder = join(tarballs, 'empty');
  mkdirSync(folder);
  const packed = await npm(packageRoot(), ['pack', '--ignore-scripts', '--pack-destination', tarballs]);
  expect(packed.status, packed.said).toBe(0);
  const [name] = /arraylab-[\w.-]+\.tgz/.exec(packed.said) ?? [];
  await packages.into(folder, join(tarballs, String(name)));
}, TIMEOUT_MS);
afterAll(() => rmSync(tarballs, { recursive: true, force: true }), TIMEOUT_MS);

/** What it prints is compared but for its figures, which change with the microcode. */
async function take({ line, file, text, prints }: Step): Promise<void> {
  if (file !== undefined) {
    writeFileSync(join(folder, file), text);
    return;
  }
  const commands = text.replaceAll('PATH/TO', tarballs);
  const quiet = { npm_config_loglevel: 'error', npm_config_audit: 'false', npm_config_fund: 'false' };
  const ended = await runIn(folder, 'bash', ['-euo', 'pipefail', '-c', commands], quiet);
  expect(ended.status, `README.md:${line}: ${ended.said}`).toBe(0);
  if (prints !== undefined && !isPrinted(prints, ended.said)) expect(ended.said, `README.md:${line}`).toBe(prints);
}

test('what README.md says of hardware of one’s own can be done, and ends as it says', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  packages.orSkip(context);
  const steps = stepsOf(README, HEADING);
  expect(steps.filter(({ file }) => file !== undefined).length).toBeGreaterThan(1);
  for (const step of steps) await take(step);
});
