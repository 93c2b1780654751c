/** Rigs for a test suite: from the package, from a file, or written in the test. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SimRig } from '../../firmware/runtime/simulated/world-plan.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { asTyped, rigBeside } from '../regress/scenario-file.js';

/** A rig that was read and checked. */
export interface Rig extends SimRig {
  /** What it was read from, as `arraylab sim --rig` takes it: a name, or an absolute path. None for one written in a test. */
  readonly reference?: string;
}

/** A rig as its JSON file has it. `arraylab profile` and README.md tell what may stand in it; `rig()` checks it. */
export interface RigDocument {
  readonly arrays: readonly object[];
  readonly links?: readonly object[];
  readonly [field: string]: unknown;
}

export interface RigOptions {
  /**
   * What paths are relative to: a folder, or `import.meta.url` for the folder of the test. The current folder when not
   * given. What a rig file refers to is relative to that file.
   */
  readonly pathsFrom?: string | URL;
  /** What a rig that is written in a test is called. Default: `rig`. */
  readonly name?: string;
}

/**
 * @param from the name of one of the package's rigs (`pair`), a path to a JSON file, or what such a file would hold.
 * Errors: that of the file, with field, value and what would be right.
 */
export function rig(from: string | RigDocument, { pathsFrom, name = 'rig' }: RigOptions = {}): Rig {
  const folder = folderOf(pathsFrom);
  if (typeof from !== 'string') {
    const path = join(folder, `${name}.json`);
    return loadSimRig({ name: asTyped(path), path, text: JSON.stringify(from, null, 2) });
  }
  const reference = rigBeside(folder, from);
  return { ...loadSimRig(reference === from ? from : asTyped(reference)), reference };
}

/** A file: URL is that of a module, or of a folder when it ends in a slash; text is a folder's path. */
export function folderOf(from: string | URL = '.'): string {
  const isUrl = typeof from !== 'string' || from.startsWith('file:');
  if (!isUrl) return from;
  const url = String(from);
  return url.endsWith('/') ? fileURLToPath(url) : dirname(fileURLToPath(url));
}
