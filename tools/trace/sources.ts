/** The text of a source line, where there is a tree that gives the image which a trace was made with. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from '../../firmware/engine/image.js';
import type { Images } from '../../firmware/runtime/machine/config.js';
import { loadImages } from '../../firmware/service/microcode.js';
import { disassembleAt } from '../assembler/disassemble.js';
import { MICROCODE_ROOT, readTree } from '../assembler/load-sources.js';
import { imagesOfTree } from '../regress/microcode-tree.js';
import { isSameCode } from './alignment.js';
import type { Place } from './places.js';

interface Tree {
  readonly root: string;
  readonly images: Images;
}

export class SourceTexts {
  readonly #trees: readonly Tree[];
  readonly #roots = new Map<Image, string | undefined>();
  /** By image and file: its lines. */
  readonly #lines = new Map<string, readonly string[]>();

  /** @param roots of trees beside the package's. Errors: as `imagesOfTree`. */
  constructor(roots: readonly string[] = []) {
    this.#trees = [...roots.map((root) => ({ root, images: imagesOfTree(root) })), ...packageTree()];
  }

  /** A whole file of an image's sources; undefined where no tree gives its image. */
  file(image: Image, file: string): string | undefined {
    const root = this.#rootOf(image);
    return root === undefined ? undefined : this.#of(root, image, file).join('\n');
  }

  /** The line; where no tree gives its image, the instruction as the image has it. */
  at(image: Image, place: Place): string {
    const root = this.#rootOf(image);
    const text = root === undefined ? undefined : this.#of(root, image, place.file)[place.line - 1];
    return text?.trim() ?? `${disassembleAt(image, place.instruction)}  ; as the image has it`;
  }

  #rootOf(image: Image): string | undefined {
    if (!this.#roots.has(image)) {
      const tree = this.#trees.find(({ images }) => {
        const own = images[image.role];
        return own !== undefined && isSameCode(own, image);
      });
      this.#roots.set(image, tree?.root);
    }
    return this.#roots.get(image);
  }

  #of(root: string, image: Image, file: string): readonly string[] {
    const key = `${image.crc} ${file}`;
    let lines = this.#lines.get(key);
    if (lines === undefined) {
      lines = readFile(root, image, file).split('\n');
      this.#lines.set(key, lines);
    }
    return lines;
  }
}

function readFile(root: string, image: Image, file: string): string {
  if (root === MICROCODE_ROOT) return readFileSync(join(root, file.replace(/^microcode\//, '')), 'utf8');
  return readTree(root, image.role).find(({ path }) => path === file)?.text ?? '';
}

/** The package's, if it is built. */
function packageTree(): Tree[] {
  try {
    return [{ root: MICROCODE_ROOT, images: loadImages() }];
  } catch {
    return [];
  }
}
