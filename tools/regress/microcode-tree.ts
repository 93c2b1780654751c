/** Images of a tree of sources, as `microcode/` is one. */
import type { Image } from '../../firmware/engine/image.js';
import { MICROCODED_ROLES, type Role } from '../../firmware/ports/messages.js';
import type { Images } from '../../firmware/runtime/machine/array.js';
import { assembleRole } from '../assembler/assemble.js';
import { readTree } from '../assembler/load-sources.js';
import type { Source } from '../assembler/syntax.js';

/** Text of a source that is replaced before it is assembled. */
export interface Edit {
  /** Below the tree: `ack/real-time.uc`. */
  readonly file: string;
  /** It stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/**
 * Of a whole tree, or of the package's with what the folder has beside it, or in its place.
 * Errors: AssemblyError; RangeError that names the tree, or the edit whose text does not stand in its file exactly once.
 */
export function imagesOfTree(root: string, edits: readonly Edit[] = []): Images {
  return imagesOf(sourcesOfTree(root, edits));
}

/** By role, what was assembled last: who plants bug after bug changes one role, and the others need not be assembled again. */
const last = new Map<Role, { readonly sources: readonly Source[]; readonly image: Image }>();

/** Errors: AssemblyError. */
export function imagesOf(all: ReadonlyMap<Role, readonly Source[]>): Images {
  const images: Record<string, Image> = {};
  for (const [role, sources] of all) images[role] = imageOf(role, sources);
  return images;
}

function imageOf(role: Role, sources: readonly Source[]): Image {
  const known = last.get(role);
  if (known && areSame(known.sources, sources)) return known.image;
  const image = assembleRole(role, sources);
  last.set(role, { sources, image });
  return image;
}

const areSame = (x: readonly Source[], y: readonly Source[]): boolean =>
  x.length === y.length && x.every(({ path, text }, i) => path === y[i]?.path && text === y[i].text);

/** What that is assembled from, by role. Errors: RangeError as `imagesOfTree`. */
export function sourcesOfTree(root: string, edits: readonly Edit[] = []): Map<Role, readonly Source[]> {
  const all = new Map<Role, readonly Source[]>();
  const done = new Set<Edit>();
  for (const role of MICROCODED_ROLES) {
    const sources = readTree(root, role).map((source) => {
      let { text } = source;
      for (const edit of edits) {
        if (source.path !== `microcode/${edit.file}`) continue;
        const places = text.split(edit.find).length - 1;
        if (places !== 1)
          throw new RangeError(`${edit.file}: ${JSON.stringify(edit.find)} stands in it ${places} times, not once`);
        text = text.replace(edit.find, () => edit.replace);
        done.add(edit);
      }
      return { ...source, text };
    });
    if (sources.length === 0) throw new RangeError(`${root}: it holds no source of role ${role}`);
    all.set(role, sources);
  }
  for (const edit of edits)
    if (!done.has(edit)) throw new RangeError(`${edit.file}: there is no such file in the microcode`);
  return all;
}
