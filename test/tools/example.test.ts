/** The package as a user has it: packed, installed beside a suite of the user's own, and run there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../firmware/service/package-root.js';
import { type Ended, Installed, npm, runIn } from '../harness/npm.js';

const TIMEOUT_MS = 300_000;
/** In the user's folder. */
const CLI = 'node_modules/arraylab/dist/tools/cli/main.js';
const EXAMPLE = join(packageRoot(), 'test/examples/own-suite');

const packages = new Installed();
let folder: string;
let suite: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'arraylab-example-'));
  suite = join(folder, 'own-suite');
  cpSync(EXAMPLE, suite, { recursive: true });
  // Without its script, which would build what these tests run from.
  const packed = await npm(packageRoot(), ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]);
  expect(packed.status, packed.said).toBe(0);
  const [name] = /arraylab-[\w.-]+\.tgz/.exec(packed.said) ?? [];
  await packages.into(suite, join(folder, String(name)));
}, TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }), TIMEOUT_MS);

/** `npx arraylab ...` in the user's folder. */
const arraylab = (...args: string[]): Promise<Ended> => runIn(suite, process.execPath, [CLI, ...args]);

test('its suite passes where the package is installed', { timeout: TIMEOUT_MS }, async (context) => {
  packages.orSkip(context);
  const { status, said } = await npm(suite, ['test']);
  expect(said).toMatch(/Tests +6 passed/);
  expect(status).toBe(0);
});

test('its suite fails on microcode with a bug, and says what repeats the run', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  packages.orSkip(context);
  cpSync(join(suite, 'node_modules/arraylab/microcode'), join(suite, 'my-microcode'), { recursive: true });
  const file = join(suite, 'my-microcode/base/data/write.uc');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('    flag.set t, volume, #M1_WP|WRITTEN\n', ''));
  const { status, said } = await npm(suite, ['test'], { MICROCODE: './my-microcode' });
  expect(status).toBe(1);
  expect(said).toMatch(/Tests +\d failed/);
  const [, hash, command = ''] =
    /hash ([0-9a-f]{16}); repeat it: npx arraylab (.+--microcode \.\/my-microcode.+)/.exec(said) ?? [];
  const again = await arraylab(...command.split(' '));
  expect(again.said).toContain(`FAIL ${hash}`);
  expect(again.status).toBe(1);
});

test('its types are those that the package declares', { timeout: TIMEOUT_MS }, async (context) => {
  packages.orSkip(context);
  // What must not compile is part of what is declared.
  const wrong = ["run('storm')", 'run(s, { seed: "1" })', 'runSeeds(s, {})', 's.run(1, {})'];
  const lines = wrong.map((call) => `// @ts-expect-error\n${call};`);
  const imports = "import { run, runSeeds } from 'arraylab/test';\nimport s from './scenarios/link-away.js';";
  writeFileSync(join(suite, 'wrong.ts'), `${imports}\n${lines.join('\n')}\n`);
  const tsc = join(packageRoot(), 'node_modules/typescript/bin/tsc');
  expect(await runIn(suite, process.execPath, [tsc, '-p', '.'])).toEqual({ status: 0, said: '' });
});

test('commands find there what they need: scenarios, rigs, plants, microcode and its recipes', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  packages.orSkip(context);
  const said = async (...args: string[]): Promise<string> => {
    const ended = await arraylab(...args);
    expect(ended, args.join(' ')).toMatchObject({ status: 0 });
    return ended.said;
  };
  const clone = await runIn(folder, process.execPath, [join(packageRoot(), 'dist/tools/cli/main.js'), 'sim', '--list']);
  expect(await said('sim', '--list')).toBe(clone.said);
  expect(await said('sim', 'takeover-and-return', '--rig', 'rigs/two-sites.json')).toContain('PASS');
  expect(await said('sim', 'scenarios/link-away.js', '--seed', '7')).toContain('PASS');
  expect((await arraylab('sim', 'storm', '--seeds', '100', '--plant', 'unlock-forgotten')).said).toContain('FAIL');
  expect(await said('systems', 'list')).toContain('track-mirror');
  expect(await said('asm')).toBe('');
  expect(await said('profile', 'check', 'rigs/two-sites.json')).toContain('rig in order');
  // On its own rig and on whatever of the package's it fits.
  const regression = await said('regress', '--scenario', './scenarios/link-away.js', '--seeds', '4');
  expect(regression).toContain('./rigs/two-sites.json');
  expect(regression).toMatch(/PASS\n/);
  for (const command of ['serve', 'ctl', 'mutate', 'disasm']) expect(await said(command, '--help')).toContain('usage');
});

test('arrays are served from there, and stop in order', { timeout: TIMEOUT_MS }, async (context) => {
  packages.orSkip(context);
  const args = [CLI, 'serve', 'rigs/two-sites.json', '--port-base', '0', '--placement', 'fused'];
  const child = spawn(process.execPath, args, { cwd: suite, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  let out = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    out += text;
    if (out.includes('\n')) child.kill('SIGTERM');
  }
  expect(await ended).toEqual([0, null]);
  expect(out).toMatch(
    /^ready \{"arrays":\[\{"name":"A","nbd":"127\.0\.0\.1:\d+","iscsi":"127\.0\.0\.1:\d+","iqn":"[^"]+"\}/,
  );
});
