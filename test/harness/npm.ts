/** Packages that a test installs into a folder of its own, from npm's cache or from the registry. */
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';

export interface Ended {
  readonly status: number;
  /** Both streams. */
  readonly said: string;
}

/** What npm and vitest tell their children, which would take themselves for part of this run. */
const OURS = /^(npm_(package|lifecycle|command|config_local_prefix)|VITEST|ARRAYLAB_TEST_REPORT|INIT_CWD)/;
const environment = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name))),
  NO_COLOR: '1',
  ...more,
});

/** Runs a command in a folder to its end. */
export async function runIn(folder: string, command: string, args: readonly string[], env = {}): Promise<Ended> {
  const options = { cwd: folder, env: environment(env), maxBuffer: 1 << 26 };
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, options);
    return { status: 0, said: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { status: code, said: `${stdout}${stderr}` };
  }
}

/** The npm that runs the tests, or else the one of the path. */
export function npm(folder: string, args: readonly string[], env = {}): Promise<Ended> {
  const path = process.env.npm_execpath;
  return path?.endsWith('.js')
    ? runIn(folder, process.execPath, [path, ...args], env)
    : runIn(folder, 'npm', args, env);
}

/** What a test needs of the registry; it is not there without a network, unless npm has it in its cache. */
export class Installed {
  #missing: string | undefined;

  /** Installs into `folder`, where a package.json is or is made. No script of a package is run. */
  async into(folder: string, ...packages: string[]): Promise<void> {
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }\n');
    const quiet = ['--no-save', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', '--fetch-retries=1'];
    const { status, said } = await npm(folder, ['install', ...quiet, ...packages]);
    if (status !== 0) this.#missing = `npm install ${packages.join(' ')} ended with ${status}:\n${said}`;
  }

  /** First thing in a test: where packages could not be had it is skipped and says so; in CI it fails. */
  orSkip(context: TestContext): void {
    if (this.#missing === undefined) return;
    if (process.env.CI) throw new Error(this.#missing);
    context.skip(`without a network: ${this.#missing}`);
  }
}
