// Proves that what is banned in machine folders is reported there. A Grit plugin that goes wrong after an update of the
// linter only prints a note, and a folder that was renamed drops out of biome.json without a word: so every banned
// expression is planted in every kind of machine folder, in a temporary copy of the configuration, and must be reported.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const MACHINE = [
  'firmware/memory',
  'firmware/engine',
  'firmware/units',
  'firmware/ports',
  'firmware/runtime/machine',
  'firmware/runtime/simulated',
  'adapters/disk/model',
  'adapters/channel/workload',
  'test/oracle',
];
const NOT_MACHINE = 'firmware/service';
const BANNED = [
  'export const clock = Date.now();',
  'export const date = new Date();',
  'export const hidden = globalThis.Date;',
  ...['random', 'pow', 'exp', 'log', 'sin', 'cos', 'tan'].map((name) => `export const m_${name} = Math.${name};`),
  "export const computed = Math['exp'];",
  'export const { log2 } = Math;',
  'export const power = MEGA ** 2;',
  'export let raised = 2; raised **= MEGA;',
];
const ALLOWED = ['export const MEGA = 1024 * 1024;', 'export const root = Math.sqrt(Math.imul(MEGA, 3));'];

/** @returns {Set<string>} "file:line" of every error reported. */
function lint(copy) {
  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
  const args = [biome, 'lint', '--reporter=github', '--max-diagnostics=none', 'firmware', 'adapters', 'test'];
  const done = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', maxBuffer: 1 << 28 });
  const errors = `${done.stdout}${done.stderr}`.matchAll(/^::error .*?file=([^,\n]+),line=(\d+)/gm);
  return new Set(Array.from(errors, ([, file, line]) => `${file.replace(`${copy}/`, '')}:${line}`));
}

// The linter names files by their real path, and the temporary folder may be behind a link.
const copy = realpathSync(mkdtempSync(join(tmpdir(), 'arraylab-lint-')));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

cpSync(join(ROOT, 'biome.json'), join(copy, 'biome.json'));
cpSync(join(ROOT, 'tools/checks'), join(copy, 'tools/checks'), { recursive: true });
const lines = [...ALLOWED, ...BANNED];
for (const folder of [...MACHINE, NOT_MACHINE]) {
  mkdirSync(join(copy, folder), { recursive: true });
  writeFileSync(join(copy, folder, 'planted.ts'), `${lines.join('\n')}\n`);
}
const reported = lint(copy);
const problems = [];
for (const folder of [...MACHINE, NOT_MACHINE]) {
  lines.forEach((text, index) => {
    const expected = folder !== NOT_MACHINE && BANNED.includes(text);
    if (reported.has(`${folder}/planted.ts:${index + 1}`) === expected) return;
    problems.push(`${expected ? 'not reported' : 'reported, though allowed'} in ${folder}: ${text}`);
  });
}
for (const problem of problems) console.error(`lint-bans: ${problem}`);
if (problems.length > 0) process.exit(1);
console.log(`lint-bans: ${BANNED.length} banned expressions reported in ${MACHINE.length} machine folders`);
