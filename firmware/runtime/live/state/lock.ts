/** One process at a time: a file that names it, which counts as long as that process is there. */
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';

/** Locks of this process: a number that is our own in a file that is not here was another process's before. */
const held = new Set<string>();

/** Takes the lock, also from a process that is gone. Errors: Error that names the file and the process that has it. */
export function takeLock(path: string): void {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, `${process.pid}\n`, { mode: 0o600 });
  try {
    for (;;) {
      try {
        linkSync(own, path);
        held.add(path);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = holderOf(path);
      if (holder === undefined) continue;
      if (!isGone(holder, path)) {
        throw new Error(
          `${path}: process ${holder} serves this array; stop it first` +
            ` (if that is no arraylab, remove the file: its process is gone)`,
        );
      }
      // By renaming, so that of two who find it stale one has it; and who got another one than it saw puts that back.
      const stale = `${own}.stale`;
      try {
        renameSync(path, stale);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
        throw error;
      }
      const got = holderOf(stale);
      if (got !== holder) linkSync(stale, path);
      unlinkSync(stale);
    }
  } finally {
    unlinkSync(own);
  }
}

export function releaseLock(path: string): void {
  if (held.delete(path)) unlinkSync(path);
}

/** undefined: there is no such file now. 0: it names nobody. */
function holderOf(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return /^[1-9]\d*$/.test(text) ? Number(text) : 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isGone(pid: number, path: string): boolean {
  if (pid === 0) return true;
  if (pid === process.pid) return !held.has(path);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
