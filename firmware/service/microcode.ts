/** Microcode images as the assembler left them in the package, for whoever boots an array. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { decodeImage } from '../engine/image.js';
import { checkRecipe, type Recipe } from '../engine/recipe.js';
import { MICROCODED_ROLES, type Role } from '../ports/messages.js';
import type { Images } from '../runtime/machine/array.js';
import { packageRoot } from './package-root.js';

const BUILT_BY = 'node dist/tools/assembler/build.js';

/**
 * The image of every microcoded role. `folder`: where ROLE.img files are; the package's own when not given.
 * Errors: Error that names the file and the command that makes it; RangeError of decodeImage for a file that is no image,
 * is damaged, or was assembled against another arraylab.
 */
export function loadImages(folder?: string): Images {
  const root = packageRoot();
  const from = folder ?? join(root, 'dist/microcode');
  const images: Partial<Record<Role, ReturnType<typeof decodeImage>>> = {};
  for (const role of MICROCODED_ROLES) {
    const path = join(from, `${role}.img`);
    const name = folder === undefined ? relative(root, path) : path;
    const image = decodeImage(read(path, name), name);
    if (image.role !== role)
      throw new RangeError(`${name}: role is ${image.role}; it must be ${role}, as its name says`);
    images[role] = image;
  }
  return images;
}

/**
 * Whether the recipes of a rig's arrays and the microcode fit: see `checkRecipe`.
 * Errors: RangeError with all that is wrong, by file, line and field of the recipe.
 */
export function linkRecipes(images: Images, arrays: readonly { readonly recipes: readonly Recipe[] }[]): void {
  const all = Object.values(images);
  const problems = [...new Set(arrays.flatMap(({ recipes }) => recipes))].flatMap((recipe) => {
    try {
      checkRecipe(all, recipe);
      return [];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return [error.message];
    }
  });
  if (problems.length > 0) throw new RangeError(problems.join('\n'));
}

function read(path: string, name: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new Error(`${name}: ${message}`);
    throw new Error(`${name}: there is no such file; build the microcode with: ${BUILT_BY}`);
  }
}
