/** Microcode for tests: assembled from the sources beside this build, once in a process. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from '../../firmware/engine/image.js';
import { type Recipe, readRecipe } from '../../firmware/engine/recipe.js';
import { MICROCODED_ROLES, type Role } from '../../firmware/ports/messages.js';
import type { Images } from '../../firmware/runtime/machine/array.js';
import { assembleRole } from '../../tools/assembler/assemble.js';
import { MICROCODE_ROOT, readSources } from '../../tools/assembler/load-sources.js';
import { watched } from './coverage.js';

const assembled = new Map<Role, Image>();

/** The real image of a role. */
export function imageOf(role: Role): Image {
  const known = assembled.get(role);
  if (known) return known;
  const image = watched('unit', assembleRole(role, readSources(MICROCODE_ROOT, role)));
  assembled.set(role, image);
  return image;
}

/** From now on the role has this image: of the microcode with something changed. */
export function useImage(image: Image): void {
  assembled.set(image.role, image);
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
