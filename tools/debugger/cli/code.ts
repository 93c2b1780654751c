/** The microcode of a target: its images, the files that they are of, instructions as text. */
import { decodeImage, type Image } from '../../../firmware/engine/image.js';
import { MICROCODED_ROLES, type Role } from '../../../firmware/ports/messages.js';
import type { About, Place } from '../../../firmware/runtime/machine/debug/target.js';
import { nearest } from '../../../firmware/service/profile/nearest.js';
import { disassembleAt } from '../../assembler/disassemble.js';
import { CommandError } from './words.js';

/** An instruction as source text, and where it stands. */
export interface Instruction {
  readonly at: number;
  readonly text: string;
  readonly file: string;
  readonly line: number;
  /** Labels and scopes that begin here. */
  readonly labels: readonly string[];
}

export class Code {
  /** By their base64: microcode changes while arrays run. */
  readonly #decoded = new Map<string, Image>();

  #decode(text: string, name: string): Image {
    const known = this.#decoded.get(text);
    if (known) return known;
    const image = decodeImage(Buffer.from(text, 'base64'), name);
    this.#decoded.set(text, image);
    return image;
  }

  /** What a role of an array runs. Errors: CommandError where it runs nothing. */
  image(about: About, array: number, role: Role): Image {
    const { name = String(array), images = {} } = about.arrays[array] ?? {};
    const text = images[role];
    if (text === undefined)
      throw new CommandError(`role ${role} of array ${name} runs no microcode that is known here`);
    return this.#decode(text, `${name}.${role}`);
  }

  images(about: About): { readonly array: string; readonly image: Image }[] {
    return about.arrays.flatMap(({ name, images }) =>
      MICROCODED_ROLES.flatMap((role) => {
        const text = images[role];
        return text === undefined ? [] : [{ array: name, image: this.#decode(text, `${name}.${role}`) }];
      }),
    );
  }

  /** Source files of all images, sorted. */
  files(about: About): string[] {
    return [...new Set(this.images(about).flatMap(({ image }) => image.files))].sort();
  }

  /**
   * The source file that a person means by the end of its path, with or without `.uc`. Errors: CommandError that says which
   * there are.
   */
  file(about: About, text: string): string {
    const all = this.files(about);
    const wanted = text.endsWith('.uc') ? text : `${text}.uc`;
    if (all.includes(wanted)) return wanted;
    const found = all.filter((file) => file.endsWith(`/${wanted}`));
    if (found.length === 1) return found[0] as string;
    if (found.length > 1) throw new CommandError(`"${text}" may be ${found.join(', ')}`);
    const near = nearest(
      wanted.replace(/^.*\//, ''),
      all.map((file) => file.replace(/^.*\//, '')),
      3,
    );
    throw new CommandError(
      `no image has code of a file "${text}"${near === undefined ? '' : `; did you mean ${near}?`}`,
    );
  }
}

/** `count` instructions of an image from `from` on, as far as it has them. */
export function instructionsOf(image: Image, from: number, count: number): Instruction[] {
  const end = Math.min(image.lines.length, from + count);
  const found: Instruction[] = [];
  for (let at = Math.max(0, from); at < end; at++) {
    const word = image.lines[at] as number;
    const labels = image.labels.filter((label) => label.at === at);
    found.push({
      at,
      text: disassembleAt(image, at),
      file: image.files[word >>> 20] ?? '?',
      line: word & 0xfffff,
      labels: labels.map(({ kind, name }) => (kind === 'label' ? name : `${kind} ${name}`)),
    });
  }
  return found;
}

export const placeText = ({ file, line, scope }: Place): string => `${file}:${line} (${scope})`;
