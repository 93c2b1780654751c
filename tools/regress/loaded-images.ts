/** Images that planned faults load (`microcode-load A:data FILE`): read before the run begins, which knows no files. */
import { readFileSync } from 'node:fs';
import { decodeImage } from '../../firmware/engine/image.js';
import { checkCode, checkReplacement } from '../../firmware/engine/image-check.js';
import type { Images } from '../../firmware/runtime/machine/array.js';
import { parseFault } from '../../firmware/runtime/machine/faults/parse.js';
import { ofFault } from '../../firmware/runtime/machine/faults/plan.js';
import type { SimRig } from '../../firmware/runtime/simulated/world-plan.js';

/**
 * What microcode may be changed for: what the scenario says, and what the faults load.
 * Errors: RangeError for a file that is no such image, and where a role would have two.
 */
export function othersWith(
  faults: readonly string[],
  rig: SimRig,
  images: Images,
  others: Images | undefined,
): Images | undefined {
  const loaded = new Map<string, string>();
  let all = others;
  for (const text of faults) {
    const { kind, target, value } = parseFault(text);
    if (kind !== 'microcode-load' || value?.is !== 'file') continue;
    const role = target.slice(target.indexOf(':') + 1);
    const { file } = value;
    const before = loaded.get(role);
    if (before === file) continue;
    if (before !== undefined || others !== undefined)
      throw new RangeError(
        `fault '${text}': role ${role} has another image in this run already, ${before ?? "the scenario's own"}; one is the most`,
      );
    loaded.set(role, file);
    const image = readImage(text, file, rig, images);
    if (image.role !== role) throw new RangeError(`fault '${text}': ${file} is an image of role ${image.role}`);
    all = { ...images, ...all, [role]: image };
  }
  return all;
}

/** The files that faults load. */
export const filesOf = (faults: readonly string[]): string[] =>
  faults.map(parseFault).flatMap(({ value }) => (value?.is === 'file' ? [value.file] : []));

function readImage(text: string, file: string, { arrays }: SimRig, images: Images) {
  return ofFault(text, () => {
    const image = decodeImage(readFileSync(file), file);
    checkCode(image, file);
    for (const { recipes } of arrays) checkReplacement(image, Object.values(images), recipes, file);
    return image;
  });
}
