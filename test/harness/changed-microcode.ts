/** Images that differ from the real ones, for whoever changes microcode under way. */
import type { Image } from '../../firmware/engine/image.js';
import type { Role } from '../../firmware/ports/messages.js';
import { assembleRole } from '../../tools/assembler/assemble.js';
import { MICROCODE_ROOT, readSources } from '../../tools/assembler/load-sources.js';

/** The same code, and every scope of it at another place. */
export function reordered(role: Role): Image {
  return assembleRole(role, [...readSources(MICROCODE_ROOT, role)].reverse(), 'reordered');
}

/** With `find`, which a file of the role holds once, replaced. */
export function edited(role: Role, path: string, find: string, replace: string): Image {
  const sources = readSources(MICROCODE_ROOT, role).map((source) => {
    if (source.path !== path) return source;
    if (source.text.split(find).length !== 2) throw new RangeError(`${path} does not hold ${find} once`);
    return { path, text: source.text.replace(find, () => replace) };
  });
  return assembleRole(role, sources, 'edited');
}

/** A handler that every host write goes through has an instruction more. */
export const longerWrite = (): Image =>
  edited('data', 'microcode/base/data/write.uc', 'on WRITE using write\n', 'on WRITE using write\n    mov   t, t\n');
