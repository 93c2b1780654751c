/**
 * The text that what arrays run was assembled from: as it stood when they began, or, of microcode that was loaded since, as
 * it stands in the tree now. Only where it gives the very image: else it is not known.
 */
import type { Image } from '../../firmware/engine/image.js';
import type { Role } from '../../firmware/ports/messages.js';
import { assembleRole } from '../assembler/assemble.js';
import { MICROCODE_ROOT, readTree } from '../assembler/load-sources.js';
import type { Source } from '../assembler/syntax.js';
import { isSameCode } from '../trace/alignment.js';

type Texts = ReadonlyMap<string, string>;

export class RunningSources {
  readonly #root: string;
  readonly #begun: ReadonlyMap<Role, readonly Source[]>;
  /** By checksum of the image: its files; undefined: no tree gives it. */
  readonly #known = new Map<number, Texts | undefined>();

  /** @param begun sources of that tree which the arrays began with; without them, what it holds when somebody asks. */
  constructor(root = MICROCODE_ROOT, begun: ReadonlyMap<Role, readonly Source[]> = new Map()) {
    this.#root = root;
    this.#begun = begun;
  }

  /** A whole file of an image's sources; undefined where no tree gives the image. */
  of(image: Image, file: string): string | undefined {
    if (!this.#known.has(image.crc)) this.#known.set(image.crc, this.#textsOf(image));
    return this.#known.get(image.crc)?.get(file);
  }

  #textsOf(image: Image): Texts | undefined {
    const begun = this.#begun.get(image.role);
    const sources = begun && gives(begun, image) ? begun : this.#now(image);
    return sources && new Map(sources.map(({ path, text }) => [path, text]));
  }

  #now(image: Image): readonly Source[] | undefined {
    try {
      const sources = readTree(this.#root, image.role);
      return gives(sources, image) ? sources : undefined;
    } catch {
      // Gone, or in the middle of an edit: it gives nothing.
      return undefined;
    }
  }
}

const gives = (sources: readonly Source[], image: Image): boolean =>
  isSameCode(assembleRole(image.role, sources), image);
