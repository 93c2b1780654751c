/** Where the instructions of an image stand in its source, and what messages are called. */
import type { Image } from '../../firmware/engine/image.js';
import { KINDS } from '../../firmware/ports/messages.js';

export interface Place {
  readonly file: string;
  readonly line: number;
  /** `WRITE`, or the name of a sub or a hook. */
  readonly scope: string;
  readonly instruction: number;
}

export const kindName = (kind: number): string => KINDS[kind]?.name ?? `kind ${kind}`;

/** Where the instructions of an image stand. */
export class Places {
  readonly image: Image;
  /** Last first. */
  readonly #heads: readonly { readonly at: number; readonly name: string }[];
  readonly #handlers = new Map<number, string>();
  readonly #known = new Map<number, Place>();

  constructor(image: Image) {
    this.image = image;
    this.#heads = image.labels.filter(({ kind }) => kind !== 'label').sort((a, b) => b.at - a.at);
    for (const [kind, at] of image.handlers.entries()) if (at >= 0) this.#handlers.set(at, kindName(kind));
  }

  at(instruction: number): Place {
    let place = this.#known.get(instruction);
    if (place === undefined) {
      const { lines, files } = this.image;
      const line = lines[instruction] ?? 0;
      const scope = this.#heads.find(({ at }) => at <= instruction)?.name ?? '?';
      place = { file: files[line >>> 20] ?? '?', line: line & 0xfffff, scope, instruction };
      this.#known.set(instruction, place);
    }
    return place;
  }

  startsAt(instruction: number): string | undefined {
    return this.#handlers.get(instruction);
  }
}
