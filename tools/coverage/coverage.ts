/** What was run of a microcode: counts of its instructions, to be added up over runs, threads and processes. */

import { withCounts } from '../../firmware/engine/counts.js';
import { type Image, imageCrc } from '../../firmware/engine/image.js';
import { INSTRUCTION_WORDS } from '../../firmware/engine/isa.js';
import { MICROCODED_ROLES, type Role } from '../../firmware/ports/messages.js';
import type { Images } from '../../firmware/runtime/machine/array.js';

/** Words of a role's counts, as ImageCounts has them. */
export type Words = Readonly<Partial<Record<Role, Float64Array>>>;

/** How often the instruction of a source line ran, and how often it went elsewhere than to the next one. */
export interface LineCounts {
  readonly runs: number;
  readonly elsewhere: number;
}

/** What ran of one role's image. A line has one instruction, so a line names it. */
export interface RoleCoverage {
  readonly role: Role;
  /** See `microcodeCrc`: eight hexadecimal digits. */
  readonly crc: string;
  /** By source file, as the image names it; then by line. What never ran has no entry. */
  readonly files: ReadonlyMap<string, ReadonlyMap<number, LineCounts>>;
}

/** By role, each role once, in the order of roles. */
export type Coverage = readonly RoleCoverage[];

/** Of an image without its version, which decides nothing: the same sources give the same one wherever they are assembled. */
export const microcodeCrc = (image: Image): string =>
  imageCrc({ ...image, version: '' })
    .toString(16)
    .padStart(8, '0');

/** The same images, which count what is run of them from now on. */
export const counting = (images: Images): Images =>
  Object.fromEntries(Object.values(images).map((image) => [image.role, withCounts(image)]));

/** What images that count have counted so far; a copy. */
export const wordsOf = (images: Images): Words =>
  Object.fromEntries(Object.values(images).map(({ role, counts }) => [role, Float64Array.from(counts?.words ?? [])]));

/** They count from zero again. */
export function clearCounts(images: Images): void {
  for (const { counts } of Object.values(images)) counts?.words.fill(0);
}

/** Adds up counts of the same images. */
export class Tally {
  readonly #images: Images;
  readonly #sums: Partial<Record<Role, Float64Array>>;

  constructor(images: Images) {
    this.#images = images;
    this.#sums = Object.fromEntries(
      Object.values(images).map(({ role, code }) => [role, new Float64Array(code.length)]),
    );
  }

  add(words: Words): void {
    for (const [role, counts] of Object.entries(words) as [Role, Float64Array][]) {
      const sum = this.#sums[role];
      if (sum?.length !== counts.length)
        throw new RangeError(`counts of ${counts.length} words are no counts of the image of role ${role}`);
      for (const [i, n] of counts.entries()) if (n !== 0) sum[i] = (sum[i] as number) + n;
    }
  }

  get coverage(): Coverage {
    return MICROCODED_ROLES.flatMap((role) => {
      const image = this.#images[role];
      return image === undefined ? [] : [coverageOf(image, this.#sums[role] as Float64Array)];
    });
  }
}

/** What images that count have counted so far. */
export function coverageOfImages(images: Images): Coverage {
  const tally = new Tally(images);
  tally.add(wordsOf(images));
  return tally.coverage;
}

/** Counts of arrays whose threads run at once: each has its own, as one thread at a time writes to them. */
export class CoverageByArray {
  readonly #images: Images;
  readonly #own = new Map<string, Images>();

  constructor(images: Images) {
    this.#images = images;
  }

  /** The images for an array; the same each time. */
  imagesFor(array: string): Images {
    const own = this.#own.get(array) ?? counting(this.#images);
    this.#own.set(array, own);
    return own;
  }

  /** What they have counted so far. */
  get sum(): Coverage {
    const tally = new Tally(this.#images);
    for (const images of this.#own.values()) tally.add(wordsOf(images));
    return tally.coverage;
  }
}

function coverageOf(image: Image, words: Float64Array): RoleCoverage {
  const files = new Map<string, Map<number, LineCounts>>();
  for (const [at, place] of image.lines.entries()) {
    const runs = words[at * INSTRUCTION_WORDS] as number;
    if (runs === 0) continue;
    const file = image.files[place >>> 20] as string;
    const lines = files.get(file) ?? new Map<number, LineCounts>();
    files.set(file, lines);
    lines.set(place & 0xfffff, { runs, elsewhere: words[at * INSTRUCTION_WORDS + 1] as number });
  }
  return { role: image.role, crc: microcodeCrc(image), files };
}

/**
 * The sum of several, which are of the same microcode. `names`: as errors call them; those without one are of the same images.
 * Errors: RangeError that names the two that are of different microcode.
 */
export function merged(coverages: readonly Coverage[], names: readonly string[]): Coverage {
  const sums = new Map<Role, { role: Role; crc: string; from: string; files: Map<string, Map<number, LineCounts>> }>();
  for (const [i, coverage] of coverages.entries()) {
    for (const { role, crc, files } of coverage) {
      const from = names[i] ?? '';
      const sum = sums.get(role) ?? { role, crc, from, files: new Map() };
      if (sum.crc !== crc)
        throw new RangeError(
          `${from}: the microcode of role ${role} has CRC ${crc}, that of ${sum.from} ${sum.crc}: counts of different microcode cannot be added up`,
        );
      sums.set(role, sum);
      for (const [file, lines] of files) addLines(sum.files, file, lines);
    }
  }
  return MICROCODED_ROLES.flatMap((role) => sums.get(role) ?? []).map(({ role, crc, files }) => ({ role, crc, files }));
}

function addLines(
  sums: Map<string, Map<number, LineCounts>>,
  file: string,
  lines: ReadonlyMap<number, LineCounts>,
): void {
  const sum = sums.get(file) ?? new Map<number, LineCounts>();
  sums.set(file, sum);
  for (const [line, { runs, elsewhere }] of lines) {
    const before = sum.get(line) ?? { runs: 0, elsewhere: 0 };
    sum.set(line, { runs: before.runs + runs, elsewhere: before.elsewhere + elsewhere });
  }
}
