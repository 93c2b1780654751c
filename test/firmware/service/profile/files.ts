/** Profiles of a user, written to a folder for a test. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../../../firmware/service/package-root.js';
import { loadRig, type Rig } from '../../../../firmware/service/rig.js';
import { withFiles } from '../../runtime/live/host.js';

/** A profile of the package as it stands there. */
export const shelfText = (kind: string, name: string): string =>
  readFileSync(join(packageRoot(), 'hw-profiles', kind, `${name}.json`), 'utf8');

export const shelf = (kind: string, name: string): Record<string, unknown> =>
  JSON.parse(shelfText(kind, name)) as Record<string, unknown>;

/** The rig rig.json of a folder with these files; those in folders below it too. */
export function rigOf(files: Readonly<Record<string, unknown>>, use: (folder: string) => void = () => undefined): Rig {
  return withFiles({}, (folder) => {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`;
      writeFileSync(join(folder, name), text);
    }
    use(folder);
    return loadRig(join(folder, 'rig.json'));
  });
}

/** What is said of such a rig, file names without the folder. */
export function problemsOf(files: Readonly<Record<string, unknown>>): string[] {
  let at = '';
  try {
    rigOf(files, (folder) => {
      at = folder;
    });
  } catch (error) {
    return (error as Error).message.replaceAll(`${at}/`, '').split('\n');
  }
  return [];
}
