/** Files of a regression: read with errors that name them, written whole or not at all. */
import { accessSync, constants, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Errors: Error that names the file. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`${path}: ${code === 'ENOENT' ? 'there is no such file' : message}`);
  }
}

/** Before much work is done for a file. Errors: Error that names it, when it could not be written. */
export function checkFolder(path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`);
  }
}

/** Whoever reads the file meets the old text or the new one. Errors: Error that names the file. */
export function writeWhole(path: string, text: string): void {
  const beside = `${path}.${process.pid}.new`;
  try {
    writeFileSync(beside, text);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new Error(`${path}: ${(error as Error).message}`);
  }
}
