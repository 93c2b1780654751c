/** Where the package lies: profiles and microcode are found from there, whatever the current folder is. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function isPackageRoot(folder: string): boolean {
  try {
    const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: unknown };
    return name === 'arraylab';
  } catch {
    return false;
  }
}

/** The folder whose package.json is arraylab's, at or above `from`. Errors: Error when there is none. */
export function packageRoot(from: string = dirname(fileURLToPath(import.meta.url))): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (isPackageRoot(folder)) return folder;
    if (folder === dirname(folder)) {
      throw new Error(`${from}: neither here nor in a folder above is a package.json with "name": "arraylab"`);
    }
  }
}
