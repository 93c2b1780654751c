// Holds the import directions of .dependency-cruiser.cjs, and proves that the check sees.
//
// A checker that finds no modules finds no violations either (dependency-cruiser does that, quietly, when it cannot load
// the compiler). So: the modules cruised must be exactly the source files on disk; and in a temporary copy of the tree
// one violation of each main rule is planted, and every one of them must be reported.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const FOLDERS = ['firmware', 'adapters', 'tools', 'test'];
const CONFIG = ['.dependency-cruiser.cjs', 'package.json', 'tsconfig.base.json', 'tsconfig.main.json'];
const SOURCE = /\.[cm]?[jt]s$/;
const BUILT = /^(node_modules|dist|dist-test)$/;
/** Projects of users, and the extension of an editor: they import what is not here. */
const OTHERS = [join('test', 'examples'), join('tools', 'vscode')];

// What is planted: file -> text. The directions are broken with `import type` and `.js` specifiers as well, since those
// are what our sources use and what a cruiser that is set up badly does not follow.
const PLANTS = {
  'firmware/engine/planted.ts': 'export const planted = 1;\nexport type Planted = number;\n',
  'firmware/ports/planted.ts': 'export const planted = 1;\n',
  'tools/planted.ts': 'export const planted = 1;\n',
  'adapters/disk/planted.ts': "import { planted } from '../../firmware/engine/planted.js';\nexport default planted;\n",
  'adapters/link/planted.ts':
    "import type { Planted } from '../../firmware/engine/planted.js';\nexport type T = Planted;\n",
  'adapters/link/planted-fine.ts': "export { planted } from '../../firmware/ports/planted.js';\n",
  'firmware/runtime/planted.ts': "import { planted } from '../../tools/planted.js';\nexport default planted;\n",
  'firmware/units/planted-a.ts': "import { b } from './planted-b.js';\nexport const a = () => b;\n",
  'firmware/units/planted-b.ts': "import { a } from './planted-a.js';\nexport const b = () => a;\n",
  'firmware/memory/planted-a.ts': "import type { B } from './planted-b.js';\nexport type A = B | 1;\n",
  'firmware/memory/planted-b.ts': "import type { A } from './planted-a.js';\nexport type B = A[] | 2;\n",
  'firmware/memory/planted-node.ts': "import { readFileSync } from 'node:fs';\nexport default readFileSync;\n",
  'adapters/disk/model/planted.ts': "import type { Socket } from 'node:net';\nexport type T = Socket;\n",
  'firmware/engine/planted-live.ts': "export { default } from '../runtime/planted.js';\n",
  'firmware/ports/planted-up.ts': "export { planted } from '../engine/planted.js';\n",
  'firmware/service/planted.ts': "export { planted } from '../../test/planted.js';\n",
  'firmware/runtime/live/planted.ts':
    "import { packageRoot } from '../../service/package-root.js';\nexport default packageRoot;\n",
  'test/planted.ts': "export { planted } from '../tools/planted.js';\n",
};

// What must be reported for them: rule, importing file, imported (as the cruiser names it).
const EXPECTED = [
  ['adapters-know-ports-and-memory', 'adapters/disk/planted.ts', 'firmware/engine/planted.ts'],
  ['adapters-know-ports-and-memory', 'adapters/link/planted.ts', 'firmware/engine/planted.ts'],
  ['nothing-imports-tools', 'firmware/runtime/planted.ts', 'tools/planted.ts'],
  ['no-cycles', 'firmware/units/planted-a.ts', 'firmware/units/planted-b.ts'],
  ['no-cycles', 'firmware/memory/planted-a.ts', 'firmware/memory/planted-b.ts'],
  ['machine-imports-no-node', 'firmware/memory/planted-node.ts', 'fs'],
  ['machine-imports-no-node', 'adapters/disk/model/planted.ts', 'net'],
  ['engine-and-units-below-runtime', 'firmware/engine/planted-live.ts', 'firmware/runtime/planted.ts'],
  ['machine-imports-machine', 'firmware/engine/planted-live.ts', 'firmware/runtime/planted.ts'],
  ['memory-and-ports-are-lowest', 'firmware/ports/planted-up.ts', 'firmware/engine/planted.ts'],
  ['runtime-below-service', 'firmware/runtime/live/planted.ts', 'firmware/service/package-root.ts'],
  ['nothing-imports-tests', 'firmware/service/planted.ts', 'test/planted.ts'],
];
const ALLOWED = ['adapters/link/planted-fine.ts', 'test/planted.ts'];

/** @returns {{modules: string[], violations: {rule: string, from: string, to: string, via: string}[]}} */
function cruise(root) {
  const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)));
  const args = [CRUISER, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...folders];
  const done = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (!done.stdout?.startsWith('{')) {
    throw new Error(`dependency-cruiser did not run: ${done.error?.message ?? done.stderr}`);
  }
  const result = JSON.parse(done.stdout);
  return {
    modules: result.modules.map((module) => module.source).filter(isOurs),
    violations: result.summary.violations.map(({ rule, from, to, cycle }) => ({
      rule: rule.name,
      from,
      to,
      via: cycle ? ` (${cycle.map((step) => step.name).join(' -> ')})` : '',
    })),
  };
}

function isOurs(path) {
  const parts = path.split('/');
  return FOLDERS.includes(parts[0]) && SOURCE.test(path) && !parts.some((part) => BUILT.test(part));
}

function sourcesOnDisk(folder, found = []) {
  if (!existsSync(folder)) return found;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (BUILT.test(entry.name)) continue;
    const path = join(folder, entry.name);
    if (OTHERS.includes(relative(ROOT, path))) continue;
    if (entry.isDirectory()) sourcesOnDisk(path, found);
    else if (SOURCE.test(entry.name)) found.push(relative(ROOT, path).split(sep).join('/'));
  }
  return found;
}

function checkTree(problems) {
  const { modules, violations } = cruise(ROOT);
  for (const { rule, from, to, via } of violations) problems.push(`${rule}: ${from} imports ${to}${via}`);
  const onDisk = FOLDERS.flatMap((folder) => sourcesOnDisk(join(ROOT, folder)));
  const seen = new Set(modules);
  if (seen.size === 0) problems.push('no modules were cruised: the check is blind');
  for (const path of onDisk) if (!seen.has(path)) problems.push(`not cruised: ${path}`);
  for (const path of seen) if (!onDisk.includes(path)) problems.push(`cruised, but not on disk: ${path}`);
  return seen.size;
}

function checkPlants(copy, problems) {
  const wanted = (path) => !BUILT.test(path.split(sep).at(-1));
  for (const name of FOLDERS) {
    if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(copy, name), { recursive: true, filter: wanted });
  }
  for (const name of CONFIG) cpSync(join(ROOT, name), join(copy, name));
  for (const [name, text] of Object.entries(PLANTS)) {
    mkdirSync(dirname(join(copy, name)), { recursive: true });
    writeFileSync(join(copy, name), text);
  }
  const { violations } = cruise(copy);
  // A cycle is reported once, from whichever of its files comes first.
  const hit = (a, b, rule, v) =>
    v.rule === rule && ((v.from === a && v.to === b) || (rule === 'no-cycles' && v.from === b && v.to === a));
  for (const [rule, from, to] of EXPECTED) {
    if (!violations.some((v) => hit(from, to, rule, v))) {
      problems.push(`blind: planted violation not reported: ${rule}: ${from} imports ${to}`);
    }
  }
  for (const { rule, from, to } of violations) {
    if (ALLOWED.includes(from)) problems.push(`too strict: ${rule} reports the allowed import of ${to} by ${from}`);
  }
}

const copy = mkdtempSync(join(tmpdir(), 'arraylab-imports-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

const problems = [];
const count = checkTree(problems);
checkPlants(copy, problems);
for (const problem of problems) console.error(`import-directions: ${problem}`);
if (problems.length > 0) process.exit(1);
console.log(`import-directions: ${count} modules, no violation; ${EXPECTED.length} planted violations reported`);
