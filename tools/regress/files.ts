/** Files of a regression: read with errors that name them, written whole or not at all. */
import {
  accessSync,
  constants,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
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

/** Before much work is done for the file of an option, if it is given. Errors: Error that names it, when it could not be written. */
export function checkWritable(path: string | undefined, option: string): void {
  if (path === undefined) return;
  if (path === '') throw new RangeError(`${option} is ""; a path is wanted`);
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory()) throw new Error('this is a folder; a path to a file is wanted');
    accessSync(!there || there.isFile() ? dirname(placeOf(path)) : path, constants.W_OK);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`);
  }
}

/**
 * Whoever reads the file meets the old text or the new one. What a link names is written, and the link stays; so does what is
 * no file of a disk, as /dev/stdout. Errors: Error that names the file.
 */
export const writeWhole = (path: string, text: string): void => writeBytesWhole(path, Buffer.from(text));

/** The same of bytes. Errors: as `writeWhole`. */
export function writeBytesWhole(path: string, text: Uint8Array): void {
  let beside: string | undefined;
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) {
      writeFileSync(path, text);
      return;
    }
    const place = placeOf(path);
    beside = `${place}.${process.pid}.new`;
    writeFileSync(beside, text);
    renameSync(beside, place);
  } catch (error) {
    if (beside !== undefined) rmSync(beside, { force: true });
    throw new Error(`${path}: ${(error as Error).message}`);
  }
}

/** Where a file is, links followed; of one that is not there, where it will be. */
function placeOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
