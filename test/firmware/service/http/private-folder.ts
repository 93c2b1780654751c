/** A runtime folder of a test file's own, so that it sees no other processes of this machine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/** Makes it before the tests of the file. @returns where it is, from then on. */
export function usePrivateFolder(): () => string {
  const before = process.env.XDG_RUNTIME_DIR;
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'arraylab-run-'));
    process.env.XDG_RUNTIME_DIR = folder;
  });
  afterAll(() => {
    if (before === undefined) delete process.env.XDG_RUNTIME_DIR;
    else process.env.XDG_RUNTIME_DIR = before;
    rmSync(folder, { recursive: true, force: true });
  });
  return () => folder;
}
