/**
 * Finds the sources of a role's image below microcode/: all of `base/ROLE/`, and of the other folders each file whose first
 * directive is `role ROLE`. Sorted by path, so that the same files give the same image everywhere.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
  const isPackages = resolve(root) === resolve(MICROCODE_ROOT);
  for (const name of names) {
    const shown = join(root, name);
    const path = `microcode/${name}`;
    const source = { path, text: readFileSync(shown, 'utf8'), ...(!isPackages && { shown }) };
    const [folder, of] = name.split('/');
    // A file in base/ROLE/ is of that role even if it says otherwise: then assembling tells so.
    const belongs = folder === 'base' ? of : roleOf(source.text);
    if (!MICROCODED_ROLES.some((r) => r === belongs)) {
      throw new RangeError(
        `${source.shown ?? path}: belongs to no role; its first directive must be "role R", R one of ${MICROCODED_ROLES.join(', ')}`,
      );
    }
    if (belongs === role) sources.push(source);
  }
  return sources;
}

/** Whether a folder holds microcode: a whole tree, or modules of one's own. */
export const holdsMicrocode = (root: string): boolean =>
  (statSync(root, { throwIfNoEntry: false })?.isDirectory() ?? false) &&
  readdirSync(root, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('.uc'));

/**
 * Sources of a role in a whole tree, which has `base/`; or the package's with modules of one's own beside them: a file stands
 * in the place of the package's of the same name below microcode/. Errors: as `readSources`; RangeError for a folder that is
 * neither.
 */
export function readTree(root: string, role: Role): Source[] {
  if (!holdsMicrocode(root)) {
    const isThere = existsSync(root);
    throw new RangeError(
      `${root}: ${isThere ? 'it holds no microcode (.uc)' : 'there is no such folder'}; it must be laid out as microcode/ is, whole or with modules of your own`,
    );
  }
  if (existsSync(join(root, 'base'))) return readSources(root, role);
  const others = readSources(MICROCODE_ROOT, role).filter(
    ({ path }) => !existsSync(join(root, path.slice('microcode/'.length))),
  );
  const all = [...others, ...readSources(root, role)];
  return all.sort((a, b) => (a.path < b.path ? -1 : 1));
}
