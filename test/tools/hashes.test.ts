/** The same runs on two versions of Node, in one process and in several, whole and put away again and again. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../firmware/service/package-root.js';
import { Installed, runIn } from '../harness/npm.js';

const CLI = join(packageRoot(), 'dist/tools/cli/main.js');
const TIMEOUT_MS = 300_000;

/** Tests run on the oldest that is supported, or on what a user has; the other one is far enough from both. */
const OTHER = process.versions.node.startsWith('24.') ? '20.20.2' : '24.21.0';
/** The package with the binary for this machine, which the package `node` would choose by a script. */
const PLATFORM = process.platform === 'win32' ? 'win' : process.platform;
const PREFIX = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
const PACKAGE = `${PREFIX}-${PLATFORM}-${process.arch}`;

const otherNode = new Installed();
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'arraylab-node-'));
  await otherNode.into(folder, `${PACKAGE}@${OTHER}`);
}, TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function hashes(node: string, ...args: string[]): Promise<string[]> {
  const { said } = await runIn(folder, node, [CLI, 'sim', 'hashes', ...args]);
  return said.trimEnd().split('\n');
}

test(`200 runs have the same hashes on Node ${OTHER}, in two processes, with snapshots on the way`, {
  timeout: TIMEOUT_MS,
}, async (context) => {
  otherNode.orSkip(context);
  const node = join(folder, 'node_modules', PACKAGE, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  expect((await runIn(folder, node, ['--version'])).said).toBe(`v${OTHER}\n`);
  const here = await hashes(process.execPath);
  expect(here).toHaveLength(201);
  expect(here.at(-1)).toMatch(/^PASS 200 runs [0-9a-f]{16}$/);
  expect(await hashes(node, '--jobs', '2', '--snapshot')).toEqual(here);
});

test('the lines are those of the runs, one by one; another rig gives other ones', { timeout: TIMEOUT_MS }, async () => {
  const few = ['cut-and-return', 'takeover-and-return', '--runs', '3'];
  const lines = await hashes(process.execPath, ...few);
  const one = await runIn(folder, process.execPath, [CLI, 'sim', 'cut-and-return', '--seed', '2']);
  const hash = one.said.trimEnd().split(' ').at(-1);
  expect(lines[2]).toBe(`cut-and-return tiny-pair 2 ${hash}`);
  const others = await hashes(process.execPath, ...few, '--rig', 'two-slots', '--jobs', '3');
  expect(others.map((line) => line.split(' ').slice(0, 3))).toEqual([
    ['cut-and-return', 'two-slots', '1'],
    ['takeover-and-return', 'two-slots', '1'],
    ['cut-and-return', 'two-slots', '2'],
    ['PASS', '3', 'runs'],
  ]);
  expect(others[2]).not.toContain(hash);
});

test('a run that fails says why, and the exit status is 1, in processes of their own too', async () => {
  const never = "{ help: 'never', rig: 'single', run: (sim) => sim.expect(sim.seed === 2, 'seed 2') }";
  writeFileSync(join(folder, 'never.mjs'), `export default ${never};\n`);
  const args = [CLI, 'sim', 'hashes', './never.mjs', '--runs', '2'];
  for (const jobs of ['1', '2']) {
    const { status, said } = await runIn(folder, process.execPath, [...args, '--jobs', jobs]);
    expect(status).toBe(1);
    expect(said).toMatch(/^\.\/never\.mjs single 1 [0-9a-f]{16} FAIL at 0 µs: expected: seed 2$/m);
    expect(said).toMatch(/^\.\/never\.mjs single 2 [0-9a-f]{16}$/m);
    expect(said).toMatch(/^FAIL 2 runs [0-9a-f]{16}$/m);
  }
  const wrong = await runIn(folder, process.execPath, [CLI, 'sim', 'hashes', 'no-such', '--jobs', '2']);
  expect(wrong.status).toBe(2);
  expect(wrong.said).toContain('no scenario "no-such"');
});
