/**
 * Finds the sources of a role's image below microcode/: all of `base/ROLE/`, and of the other folders each file whose first
 * directive is `role ROLE`. Sorted by path, so that the same files give the same image everywhere.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MICROCODED_ROLES, type Role } from '../../firmware/ports/messages.js';
import type { Source } from './syntax.js';

/** The folder of the package: this file runs as dist/tools/assembler/load-sources.js. */
export const PACKAGE_ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const MICROCODE_ROOT = join(PACKAGE_ROOT, 'microcode');

/** The role that a source says it is of; undefined when its first directive is another. */
export function roleOf(text: string): string | undefined {
  return /^(?:[ \t\r]*(?:;[^\n]*)?\n)*[ \t]*role[ \t]+([A-Za-z_]\w*)/.exec(text)?.[1];
}

/**
 * `root` is the microcode folder; paths in the result begin with `microcode/` wherever it lies.
 * Errors: those of the file system; RangeError for a file that belongs to no role.
 */
export function readSources(root: string, role: Role): Source[] {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.uc'))
    .sort();
  const sources: Source[] = [];
  for (const name of names) {
    const source = { path: `microcode/${name}`, text: readFileSync(join(root, name), 'utf8') };
    const [folder, of] = name.split('/');
    // A file in base/ROLE/ is of that role even if it says otherwise: then assembling tells so.
    const belongs = folder === 'base' ? of : roleOf(source.text);
    if (!MICROCODED_ROLES.some((r) => r === belongs)) {
      throw new RangeError(
        `${source.path}: belongs to no role; its first directive must be "role R", R one of ${MICROCODED_ROLES.join(', ')}`,
      );
    }
    if (belongs === role) sources.push(source);
  }
  return sources;
}
