// Makes a clone ready to run: packages as locked, sources as built. Called before `npm start`, `npm test` and the like,
// so it needs nothing but Node, says nothing when there is nothing to do, and keeps stdout for the command it precedes.
//
//   node tools/setup.mjs [--no-build]

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LOCK = join(ROOT, '.setup.lock');
const LOCK_POLL_MS = 200;

/** Runs a command in the root; ends this process with the command's output if it fails. */
function run(what, command, args) {
  const shell = process.platform === 'win32' && command === 'npm';
  const done = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', shell, maxBuffer: 1 << 28 });
  if (done.status === 0) return;
  process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}${done.error ? `${done.error.message}\n` : ''}`);
  process.stderr.write(`setup: ${what} failed\n`);
  process.exit(1);
}

function modified_ms(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

/** npm writes node_modules/.package-lock.json last, so an install that was cut short counts as none. */
function installIfStale() {
  const installed_ms = modified_ms(join(ROOT, 'node_modules/.package-lock.json'));
  if (installed_ms > 0 && installed_ms >= modified_ms(join(ROOT, 'package-lock.json'))) return;
  process.stderr.write('setup: installing packages (npm ci)\n');
  // The compiler is a devDependency: NODE_ENV=production must not leave it out.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('.js')) run('npm ci', process.execPath, [npm, ...args]);
  else run('npm ci', 'npm', args);
}

/** Removes what was built from a source that is gone: else a deleted test would go on being run. */
function prune(built, source) {
  if (!existsSync(built)) return;
  for (const entry of readdirSync(built, { withFileTypes: true })) {
    const path = join(built, entry.name);
    if (entry.isDirectory()) prune(path, join(source, entry.name));
    const stem = /^(.*?)(\.d\.ts|\.js)(\.map)?$/.exec(entry.name)?.[1];
    if (stem !== undefined && !existsSync(join(source, `${stem}.ts`))) rmSync(path);
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Two terminals in a fresh clone are common (an array in each); the second waits while the first installs. */
function takeLock() {
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      process.on('exit', () => rmSync(LOCK, { force: true }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    try {
      const holder = Number(readFileSync(LOCK, 'utf8'));
      if (holder > 0 && !alive(holder)) rmSync(LOCK, { force: true });
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS);
  }
}

takeLock();
installIfStale();
if (!process.argv.includes('--no-build')) {
  for (const folder of ['firmware', 'adapters', 'tools', 'test']) prune(join(ROOT, 'dist', folder), join(ROOT, folder));
  const ring = join(ROOT, 'firmware/sharedarraybuffer-ring');
  prune(join(ring, 'dist'), join(ring, 'src'));
  prune(join(ring, 'dist-test'), join(ring, 'test'));
  run('tsc -b', process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b']);
  // npx does this when it first sees the package, and not again when the file was built anew.
  chmodSync(join(ROOT, 'dist/tools/cli/main.js'), 0o755);
  run('assembling the microcode', process.execPath, [join(ROOT, 'dist/tools/assembler/build.js')]);
  run('compiling the schemas', process.execPath, [join(ROOT, 'dist/tools/profiles/build.js')]);
}
