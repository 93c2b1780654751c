/** Commands that were typed at a terminal, kept for the next time: the user's own file, of so many lines. */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

export const HISTORY_LINES = 1000;

/** In the folder for state of the XDG base directory specification. */
export function historyFile(env: NodeJS.ProcessEnv): string {
  const { XDG_STATE_HOME: state } = env;
  const folder = state !== undefined && isAbsolute(state) ? state : join(homedir(), '.local', 'state');
  return join(folder, 'arraylab', 'debug-history');
}

/** The newest first, as `node:readline` has it; none where there is no file, or none that can be read. */
export function loadHistory(file: string): string[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines
      .filter((line) => line !== '')
      .slice(-HISTORY_LINES)
      .reverse();
  } catch {
    return [];
  }
}

/** Only the owner may read it. Errors: those of the file system. */
export function saveHistory(file: string, newestFirst: readonly string[]): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const lines = newestFirst.slice(0, HISTORY_LINES).reverse();
  const whole = `${file}.${process.pid}`;
  writeFileSync(whole, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  chmodSync(whole, 0o600);
  renameSync(whole, file);
}
