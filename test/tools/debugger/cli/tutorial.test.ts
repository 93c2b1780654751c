/** README.md, "Debug": its steps are done, and end as it says; what it lists is what there is. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { packageRoot } from '../../../../firmware/service/package-root.js';
import { MICROCODE_ROOT } from '../../../../tools/assembler/load-sources.js';
import { GROUPS } from '../../../../tools/debugger/cli/commands.js';
import { commandList } from '../../../../tools/debugger/cli/help.js';
import { runIn } from '../../../harness/npm.js';
import { isPrinted, stepsOf } from '../../../harness/tutorial.js';
import { PLANTS } from '../../../plants.js';

vi.setConfig({ testTimeout: 120_000 });

const MAIN = join(packageRoot(), 'dist/tools/cli/main.js');
const README = readFileSync(join(packageRoot(), 'README.md'), 'utf8');
const STEPS = stepsOf(README, '### From a failure to its line in five minutes');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'arraylab-debug-tutorial-'));
  for (const { file, text } of STEPS) if (file !== undefined) writeFileSync(join(folder, file), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The commands of a step, by the arraylab of this build. */
async function done(commands: string): Promise<string> {
  const text = commands.replaceAll('npx arraylab', `'${process.execPath}' '${MAIN}'`);
  const { status, said } = await runIn(folder, 'bash', ['--norc', '-euo', 'pipefail', '-c', text]);
  expect(status, said).toBe(0);
  return said;
}

test.each(STEPS.filter(({ file }) => file === undefined).map((step) => [step.line, step] as const))(
  'README.md:%i prints what it says',
  async (_line, { text, prints }) => {
    const said = await done(text);
    if (!isPrinted(prints ?? '', said)) expect(said).toBe(prints);
  },
);

test('it ends at the line of the bug that is planted', async () => {
  const command = STEPS.filter(({ text }) => text.includes('arraylab debug')).at(-1)?.text ?? '';
  const [, name] = /--plant (\S+)/.exec(command) ?? [];
  const { file = '', find = '', replace = '' } = PLANTS.find((plant) => plant.name === name) ?? {};
  const before = readFileSync(join(MICROCODE_ROOT, file), 'utf8').split(find)[0] as string;
  const line = before.split('\n').length;
  const source = replace.split('\n')[0] as string;
  const said = await done(command);
  expect(said).toContain(` at microcode/${file}:${line} `);
  expect(said).toContain(`\n> ${line}  ${source}\n`);
});

test('the command that regress prints is the one that is debugged', async () => {
  const [regress = '', debug = ''] = STEPS.filter(({ file }) => file === undefined).map(({ text }) => text);
  const [, printed = ''] = /^ +npx arraylab sim (.*)$/m.exec(await done(regress)) ?? [];
  expect(debug.replace(/--seed \d+ /, '')).toContain(`arraylab debug ${printed.replace(/--seed \d+ /, '')} -x`);
});

test('the list of commands is the one that there is', () => {
  const [, list] = /<!-- arraylab debug --help-commands -->\n\n```\n([\s\S]*?)```/.exec(README) ?? [];
  expect(list).toBe(`${commandList(GROUPS).join('\n')}\n`);
});

test('the script that README.md shows holds, and fails where a bug is planted', async () => {
  const [, script = ''] = /```\n(# When bytes are in the slot[\s\S]*?)```/.exec(README) ?? [];
  writeFileSync(join(folder, 'marked.debug'), script);
  const run = 'npx arraylab debug stale-acknowledgement-keeps-m2 --batch -x marked.debug';
  expect(await done(run)).not.toContain('assert');
  expect(await done(`${run} --plant flags-after-merge || true`)).toMatch(/marked\.debug:4: assert .*: it is not so/);
});
