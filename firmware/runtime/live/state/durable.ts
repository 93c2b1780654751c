/** Files and folders that must be there after the machine's own power loss. */
import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';

/** The names in a folder are as they are now. */
export function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A new file with this text. Errors: EEXIST. */
export function writeDurably(path: string, text: string): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
