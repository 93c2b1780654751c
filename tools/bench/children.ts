/** Child processes of a measurement: none outlives this process, however it ends. Each is ended by its process id. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Root of the built tree: this file is dist/tools/bench/children.js in it. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const running = new Set<ChildProcess>();
const killAll = (): void => {
  for (const child of running) child.kill('SIGKILL');
};
process.on('exit', killAll);

/** Ends all children when this process is told to end. Gives back what takes that away again. */
export function guardSignals(): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (signal: NodeJS.Signals): void => {
    // What listens to 'exit' ends the children and removes files; dying of the signal itself would leave that out.
    process.exit(128 + constants.signals[signal]);
  };
  for (const s of signals) process.on(s, onSignal);
  return () => {
    for (const s of signals) process.off(s, onSignal);
  };
}

/** Is this command installed? */
export function isInstalled(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
}

export interface Child {
  readonly process: ChildProcess;
  /** What it wrote to stdout so far; to both streams, in the order of arrival. */
  stdout(): string;
  said(): string;
}

export function start(
  name: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Child {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let out = '';
  let all = '';
  child.on('exit', () => running.delete(child));
  child.on('error', (error) => {
    running.delete(child);
    all += `${name}: ${error.message}\n`;
  });
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
    all += String(chunk);
  });
  child.stderr.on('data', (chunk) => (all += String(chunk)));
  return { process: child, stdout: () => out, said: () => all };
}

/** What a command writes to stdout. Errors: when it ends with anything but 0, with what it said. */
export function outputOf(
  name: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = start(name, command, args, env);
    const failed = (): void => reject(new Error(`${name} failed; it said: ${child.said().trim() || 'nothing'}`));
    child.process.once('error', failed);
    // Not 'exit': the pipes may still hold something then.
    child.process.once('close', (code) => (code === 0 ? resolve(child.stdout()) : failed()));
  });
}
