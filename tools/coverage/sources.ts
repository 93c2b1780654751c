/** Sources of the microcode that coverage is measured against: their texts, and where they are. */
import { existsSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { MICROCODED_ROLES } from '../../firmware/ports/messages.js';
import { holdsMicrocode, MICROCODE_ROOT, readTree } from '../assembler/load-sources.js';
import type { ImagesFrom } from '../regress/images.js';
import type { SourceText } from './measure.js';

export interface Sources {
  readonly textOf: SourceText;
  /** Path of a file from the current folder; of one that is not below it, the whole path. */
  placeOf(path: string): string;
}

/** @param tree as `--microcode` has it; absent: the package's. Errors: as `readTree`. */
export function sourcesOf(tree = MICROCODE_ROOT): Sources {
  const texts = new Map(
    MICROCODED_ROLES.flatMap((role) => readTree(tree, role).map(({ path, text }): [string, string] => [path, text])),
  );
  return {
    textOf: (path) => texts.get(path),
    placeOf: (path) => {
      const below = path.replace(/^microcode\//, '');
      const own = join(tree, below);
      return shortPath(existsSync(own) ? own : join(MICROCODE_ROOT, below));
    },
  };
}

/** As the options of the same names say; of images there are none. Errors: as `readTree`. */
export function sourcesFor({ microcode, image }: Pick<ImagesFrom, 'microcode' | 'image'>): Sources {
  if (image === undefined) return sourcesOf(microcode);
  return holdsMicrocode(image) ? sourcesOf(image) : { textOf: () => undefined, placeOf: (path) => path };
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith(`..${sep}`) || isAbsolute(short) ? join(process.cwd(), short) : short;
}
