/**
 * `node dist/tools/assembler/build.js`: assembles every role from microcode/ to dist/microcode/ROLE.img, copies the recipes
 * of microcode/systems/ beside them. Says nothing on success; on an error it leaves dist/microcode/ as it was.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { encodeImage } from '../../firmware/engine/image.js';
import { MICROCODED_ROLES } from '../../firmware/ports/messages.js';
import { RecipeFile } from '../../firmware/service/recipe.js';
import { AssemblyError, assembleChecked } from './assemble.js';
import { linkRecipe } from './link.js';
import { MICROCODE_ROOT, PACKAGE_ROOT, readSources } from './load-sources.js';

/** Version of the package, which the images bear. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string };
  return version;
}

/** Recipe files (JSON) below the microcode folder, as texts; none when there is no such folder yet. */
function recipeFiles(root: string): { name: string; path: string; text: string }[] {
  const folder = join(root, 'systems');
  const names = readdirSync(root).includes('systems') ? readdirSync(folder).sort() : [];
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, path: `microcode/systems/${name}`, text: readFileSync(join(folder, name), 'utf8') }));
}

/**
 * Assembles all of `root` into `out`. Errors: AssemblyError of all roles together; ProfileError for a recipe that is not in
 * order, RangeError for one whose modules do not fit; nothing was written then.
 */
export function build(root: string, out: string, version: string): void {
  const problems: AssemblyError['list'][number][] = [];
  const images = MICROCODED_ROLES.flatMap((role) => {
    try {
      return [assembleChecked(role, readSources(root, role), version)];
    } catch (error) {
      if (!(error instanceof AssemblyError)) throw error;
      problems.push(...error.list);
      return [];
    }
  });
  if (problems.length > 0) throw new AssemblyError(problems);
  const recipes = recipeFiles(root);
  for (const { path, text } of recipes) linkRecipe(images, new RecipeFile({ name: path, path, text }));
  // A recipe that is gone from the sources must not stay bootable.
  rmSync(join(out, 'systems'), { recursive: true, force: true });
  mkdirSync(join(out, 'systems'), { recursive: true });
  for (const image of images) writeFileSync(join(out, `${image.role}.img`), encodeImage(image));
  for (const { name, text } of recipes) writeFileSync(join(out, 'systems', name), text);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    build(MICROCODE_ROOT, join(PACKAGE_ROOT, 'dist/microcode'), packageVersion());
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
