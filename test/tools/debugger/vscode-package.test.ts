/** tools/vscode as what one installs: packed by the tool of the editor's makers, and with the adapter that it starts. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../../firmware/service/package-root.js';
import { Installed, runIn } from '../../harness/npm.js';

const FOLDER = join(packageRoot(), 'tools', 'vscode');
const manifest = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8'));
/** The one that `npm run package` there takes: `@vscode/vsce@3.9.0`. */
const [VSCE = ''] = /@vscode\/vsce@[\d.]+/.exec(manifest.scripts.package) ?? [];

const scratch = mkdtempSync(join(tmpdir(), 'arraylab-vscode-'));
const vsce = new Installed();
beforeAll(() => vsce.into(scratch, VSCE), 600_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Files of a zip archive by name, after its central directory. */
function unzipped(bytes: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const end = bytes.lastIndexOf('PK\x05\x06');
  let at = bytes.readUInt32LE(end + 16);
  for (let n = bytes.readUInt16LE(end + 10); n > 0; n--) {
    const [size, name, extra, comment] = [20, 28, 30, 32].map((o, i) =>
      i === 0 ? bytes.readUInt32LE(at + o) : bytes.readUInt16LE(at + o),
    ) as [number, number, number, number];
    const local = bytes.readUInt32LE(at + 42);
    const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(data, data + size);
    const isPacked = bytes.readUInt16LE(at + 10) !== 0;
    files.set(bytes.toString('utf8', at + 46, at + 46 + name), isPacked ? inflateRawSync(packed) : packed);
    at += 46 + name + extra + comment;
  }
  return files;
}

test('it is packed with all that it names, and nothing else', async (context) => {
  vsce.orSkip(context);
  const copy = join(scratch, 'extension');
  cpSync(FOLDER, copy, { recursive: true });
  const tool = join(scratch, 'node_modules/@vscode/vsce/vsce');
  const { status, said } = await runIn(copy, process.execPath, [tool, 'package', '--no-dependencies', '-o', 'it.vsix']);
  expect([status, said]).toEqual([0, expect.stringContaining('Packaged')]);
  const files = unzipped(readFileSync(join(copy, 'it.vsix')));
  const same = ['package.json', 'extension.js', 'words.json', 'icon.png', 'language-configuration.json'];
  const grammar = 'syntaxes/arraylab-uc.tmLanguage.json';
  for (const name of [...same, grammar])
    expect(files.get(`extension/${name}`)?.equals(readFileSync(join(FOLDER, name)))).toBe(true);
  const others = ['[Content_Types].xml', 'extension.vsixmanifest', 'extension/LICENSE.txt', 'extension/readme.md'];
  expect([...files.keys()].sort()).toEqual([...others, ...[...same, grammar].map((n) => `extension/${n}`)].sort());
});

interface Descriptor {
  readonly command: string;
  readonly args: readonly string[];
  readonly options?: { readonly cwd: string };
}

/** What the extension would start for a folder, asked of it with an editor that is a sham. */
function startedFor(folder: string | undefined, setting: readonly string[] | null = null): Descriptor {
  const place = mkdtempSync(join(scratch, 'run-'));
  cpSync(FOLDER, place, { recursive: true });
  mkdirSync(join(place, 'node_modules/vscode'), { recursive: true });
  writeFileSync(
    join(place, 'node_modules/vscode/index.js'),
    `exports.made = {};
     exports.workspace = { getConfiguration: () => ({ get: () => exports.setting }) };
     exports.DebugAdapterExecutable = class { constructor(command, args, options) { Object.assign(this, { command, args, options }); } };
     exports.debug = {
       registerDebugAdapterDescriptorFactory: (type, factory) => { exports.made[type] = factory; },
       registerDebugConfigurationProvider: () => {},
     };
     exports.languages = { registerHoverProvider: () => {} };`,
  );
  const load = createRequire(join(place, 'extension.js'));
  const editor = load('vscode');
  editor.setting = setting;
  load('./extension.js').activate({ subscriptions: [] });
  const workspaceFolder = folder === undefined ? undefined : { uri: { fsPath: folder } };
  return { ...editor.made.arraylab.createDebugAdapterDescriptor({ workspaceFolder }) };
}

test('in a clone it starts what was built there', async () => {
  const { command, args, options } = startedFor(packageRoot());
  expect([command, options]).toEqual(['node', { cwd: packageRoot() }]);
  const { status, said } = await runIn(packageRoot(), command, [...args, '--help']);
  expect([status, said]).toEqual([0, expect.stringContaining('usage: arraylab dap')]);
});

test('elsewhere it starts what the path has, unless the setting says otherwise', () => {
  expect(startedFor(undefined)).toEqual({ command: 'arraylab', args: ['dap'], options: undefined });
  const said = startedFor(scratch, ['npx', 'arraylab']);
  expect([said.command, said.args]).toEqual(['npx', ['arraylab', 'dap']]);
});
