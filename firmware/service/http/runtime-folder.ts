/** The folder, this user's alone, where running processes leave their tokens and records. */
import { accessSync, constants, lstatSync, mkdirSync, type Stats, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Without POSIX users (undefined) the system's own rules for the folder of temporary files must do. */
const uid = process.getuid?.();

/** The session's own folder, if there is one that is this user's. */
function sessionFolder(): string | undefined {
  const folder = process.env.XDG_RUNTIME_DIR;
  if (folder === undefined || !isAbsolute(folder)) return undefined;
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const at = statSync(folder);
    return at.isDirectory() && (uid === undefined || at.uid === uid) ? join(folder, 'arraylab') : undefined;
  } catch {
    return undefined;
  }
}

function folderName(): string {
  return sessionFolder() ?? join(tmpdir(), `arraylab-${uid ?? userInfo().username}`);
}

/** Errors: Error when others could read, change or have planted what stands there. */
function refuseUnsafe(folder: string, at: Stats): void {
  if (at.isSymbolicLink()) throw new Error(`${folder} is a symbolic link; it must be a folder of this user alone`);
  if (!at.isDirectory()) throw new Error(`${folder} is a file; it must be a folder of this user alone`);
  if (uid === undefined) return;
  if (at.uid !== uid) throw new Error(`${folder} belongs to user ${at.uid}; it must belong to this one, ${uid}`);
  const mode = at.mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw new Error(`${folder} has mode ${mode.toString(8)}, so others may look into it; it must be 700`);
  }
}

/** Makes it where it is missing. Errors: Error when it is not private. */
export function runtimeFolder(): string {
  const folder = folderName();
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  refuseUnsafe(folder, lstatSync(folder));
  return folder;
}
