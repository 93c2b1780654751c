/**
 * The load generator for iSCSI, `iscsi-load/` beside this file: a C program on libiscsi, compiled when it is first needed
 * and when its sources changed, into the built tree, which is in no version control.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, outputOf, ROOT } from './children.js';

const SOURCES = join(ROOT, 'tools/bench/iscsi-load');
const BUILT = join(ROOT, 'dist/tools/bench/iscsi-load');
const PROGRAM = join(BUILT, 'iscsi-load');
const COMPILER = 'cc';

export interface LoadReport {
  /** Commands with status GOOD that moved all their bytes. */
  readonly ios: number;
  readonly bytes: number;
  /** From the first command to the last answer. */
  readonly seconds: number;
  /** Commands with any other status, and those that moved less. */
  readonly errors: number;
  readonly p50_us: number;
  readonly p99_us: number;
  /** Of the generator's one thread: near `seconds`, it is the limit, and not what is measured. */
  readonly client_cpu_seconds: number;
}

/** The generator cannot be compiled here. */
export class NotInstalledError extends Error {}

function isStale(sources: readonly string[]): boolean {
  if (!existsSync(PROGRAM)) return true;
  const built_ms = statSync(PROGRAM).mtimeMs;
  return sources.some((source) => statSync(source).mtimeMs > built_ms);
}

/** The program's path. Errors: NotInstalledError, with the packages that are missing; Error with what the compiler said. */
export async function loadProgram(): Promise<string> {
  const sources = readdirSync(SOURCES).map((name) => join(SOURCES, name));
  if (!isStale(sources)) return PROGRAM;
  if (!isInstalled(COMPILER)) {
    throw new NotInstalledError(
      `${COMPILER} is not installed, which compiles the load generator (Debian package gcc, libc6-dev)`,
    );
  }
  mkdirSync(BUILT, { recursive: true });
  // Two that compile at once do not see each other's halves.
  const fresh = join(BUILT, `iscsi-load.${process.pid}`);
  const code = sources.filter((name) => name.endsWith('.c'));
  try {
    await outputOf(COMPILER, COMPILER, ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-o', fresh, ...code, '-liscsi']);
  } catch (error) {
    rmSync(fresh, { force: true });
    const said = error instanceof Error ? error.message : String(error);
    if (!/iscsi\/iscsi\.h|-liscsi/.test(said)) throw error;
    throw new NotInstalledError(
      'libiscsi is not installed for compiling: the load generator needs its headers (Debian package libiscsi-dev)',
    );
  }
  renameSync(fresh, PROGRAM);
  return PROGRAM;
}

/** One run. Errors: as for `loadProgram`; Error when there is no session, or it is lost. */
export async function runLoad(url: string, args: readonly string[]): Promise<LoadReport> {
  return JSON.parse(await outputOf('iscsi-load', await loadProgram(), [...args, url])) as LoadReport;
}
