/** A file with a secret, which only its owner may read. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';

const OTHERS = 0o077;

/**
 * The text without white space at its ends.
 * @param bytesMax the file may have so many
 * Errors: Error that names the file and what would be right.
 */
export function readSecretFile(path: string, bytesMax: number): string {
  const file = openSync(path, 'r');
  try {
    const { mode, size } = fstatSync(file);
    if ((mode & OTHERS) !== 0) {
      throw new Error(
        `${path}: others than its owner have access (mode ${(mode & 0o777).toString(8)}); it must be 600`,
      );
    }
    if (size > bytesMax) throw new Error(`${path}: ${size} bytes; a secret has ${bytesMax} at most`);
    return readFileSync(file, 'utf8').trim();
  } finally {
    closeSync(file);
  }
}
