/** Microcode for tests: as the build assembled it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from '../../firmware/engine/image.js';
import { type Recipe, readRecipe } from '../../firmware/engine/recipe.js';
import { MICROCODED_ROLES, type Role } from '../../firmware/ports/messages.js';
import type { Images } from '../../firmware/runtime/machine/array.js';
import { loadImages } from '../../firmware/service/microcode.js';
import { assembleRole } from '../../tools/assembler/assemble.js';
import { MICROCODE_ROOT } from '../../tools/assembler/load-sources.js';
import { watched } from './coverage.js';

/** Assembling them takes a file of tests longer than most take to run. */
const built = loadImages();
const used = new Map<Role, Image>();

/** The real image of a role. */
export function imageOf(role: Role): Image {
  const known = used.get(role);
  if (known) return known;
  const image = watched('unit', built[role] as Image);
  used.set(role, image);
  return image;
}

/** From now on the role has this image: of the microcode with something changed. */
export function useImage(image: Image): void {
  used.set(image.role, image);
}

/** The images of all roles; with `source`, one role has that microcode instead of its own. */
export function imagesWith(role: Role, source?: string): Images {
  const images: Partial<Record<Role, Image>> = Object.fromEntries(MICROCODED_ROLES.map((r) => [r, imageOf(r)]));
  if (source !== undefined) images[role] = assembleRole(role, [{ path: 'test.uc', text: source }]);
  return images;
}

/** A recipe of microcode/systems/. */
export function recipeOf(name: string, choices: readonly string[] = []): Recipe {
  const file = join(MICROCODE_ROOT, 'systems', `${name}.json`);
  return readRecipe(JSON.parse(readFileSync(file, 'utf8')), file, choices);
}
