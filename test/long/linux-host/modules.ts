/** Modules of a kernel and those that they need, in the order in which they can be loaded. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Dashes and underscores are the same in names of modules. */
const nameOf = (file: string): string => basename(file, '.ko').replaceAll('-', '_');

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ko'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** What a module says of itself: strings `name=value` that end with zero bytes. */
function needs(file: string): string[] {
  const depends = /(?:^|\0)depends=([^\0]*)\0/.exec(readFileSync(file, 'latin1'))?.[1] ?? '';
  return depends.split(',').filter((name) => name !== '');
}

/** Files of these modules, each after those it needs. Errors: Error when one is not there. */
export function modulesFor(folder: string, names: readonly string[]): string[] {
  const byName = new Map(files(folder).map((file) => [nameOf(file), file]));
  const ordered = new Set<string>();
  const add = (name: string): void => {
    const file = byName.get(nameOf(name));
    if (file === undefined) throw new Error(`the kernel has no module ${name}`);
    if (ordered.has(file)) return;
    for (const needed of needs(file)) add(needed);
    ordered.add(file);
  };
  for (const name of names) add(name);
  return [...ordered];
}
