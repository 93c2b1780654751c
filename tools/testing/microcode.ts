/** Microcode for a test suite: the package's, a tree of one's own, either with something in it changed. */
import { resolve } from 'node:path';
import type { Images } from '../../firmware/runtime/machine/array.js';
import { MICROCODE_ROOT } from '../assembler/load-sources.js';
import { type Edit, imagesOfTree } from '../regress/microcode-tree.js';
import { folderOf } from './rig.js';

/** Images of every role. */
export interface Microcode {
  readonly images: Images;
  /** The tree that they were assembled from, if it is not the package's; absolute. */
  readonly tree?: string;
  readonly edits: readonly Edit[];
}

export interface MicrocodeOptions {
  /** A folder laid out as the package's `microcode/` is, of which it may be a copy. Default: the package's. */
  readonly tree?: string;
  /** Changes that are made to its text before it is assembled: a bug, to see that it is caught. */
  readonly edits?: readonly Edit[];
  /** What `tree` is relative to: a folder, or `import.meta.url`. The current folder when not given. */
  readonly pathsFrom?: string | URL;
}

/**
 * Assembles microcode. Do it once for many runs: it takes as long as some of them.
 * Errors: AssemblyError with every problem, by file and line; RangeError for an edit whose text does not stand in its file
 * exactly once.
 */
export function microcode({ tree, edits = [], pathsFrom }: MicrocodeOptions = {}): Microcode {
  if (tree === undefined) return { images: imagesOfTree(MICROCODE_ROOT, edits), edits };
  const folder = resolve(folderOf(pathsFrom), tree);
  return { images: imagesOfTree(folder, edits), tree: folder, edits };
}
