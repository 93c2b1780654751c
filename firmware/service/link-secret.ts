/** The secret by which two arrays know each other, kept in a file that only its owner may read. */
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readSecretFile } from './secret-file.js';

const BYTES = 32;
/** Shorter ones could be guessed. */
const LEAST_CHARACTERS = 32;
const BYTES_MAX = 4096;

/**
 * Makes the file if there is none, so that two processes of one user find each other without further ado; for another
 * machine it must be carried over. The text without white space at its ends is the secret.
 * Errors: Error that names the file and what would be right.
 */
export function readLinkSecret(path: string): Uint8Array {
  makeIfMissing(path);
  const text = readSecretFile(path, BYTES_MAX);
  if (text.length < LEAST_CHARACTERS) {
    throw new Error(`${path}: ${text.length} characters; a secret has ${LEAST_CHARACTERS} at least`);
  }
  return Buffer.from(text);
}

/** It has its name once it is whole: another process may look for it at the same moment. */
function makeIfMissing(path: string): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const made = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    writeFileSync(made, `${randomBytes(BYTES).toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
    linkSync(made, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(made, { force: true });
  }
}
