/** Labels of the microcode, as faults say them: FILE:LABEL, the file as it stands below microcode/. */
import type { Image } from '../../../engine/image.js';
import type { Role } from '../../../ports/messages.js';
import type { Images } from '../../machine/array.js';

export interface LabelPlace {
  readonly role: Role;
  readonly instruction: number;
}

const fileOf = (image: Image, instruction: number): string =>
  (image.files[(image.lines[instruction] ?? 0) >>> 20] ?? '').replace(/^microcode\//, '');

/** Errors, if it `must` be there: RangeError that says which labels there are. */
export function labelsOf({ file, label }: { file: string; label: string }, images: Images, must = true): LabelPlace[] {
  const all = Object.values(images).flatMap((image) =>
    image.labels.map(({ name, at }) => ({ role: image.role, instruction: at, name, file: fileOf(image, at) })),
  );
  const found = all.filter((one) => one.file === file && one.name === label);
  if (found.length > 0 || !must) return found;
  const inFile = [...new Set(all.filter((one) => one.file === file).map((one) => one.name))];
  const files = [...new Set(all.map((one) => one.file))].sort();
  throw new RangeError(
    inFile.length > 0
      ? `there is no label ${label} in ${file}; it has ${inFile.join(', ')}`
      : `no image has code of ${file}; there is code of ${files.join(', ')}`,
  );
}
