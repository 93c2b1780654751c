/** Source files of a target, line by line. */
import type { Target } from '../../../firmware/runtime/machine/debug/target.js';

export class Sources {
  readonly #files = new Map<
    string,
    { readonly text: string | undefined; readonly lines: readonly string[] | undefined }
  >();

  constructor(private readonly target: Target) {}

  /** Lines of a file, the first at 0; undefined when the target does not know it. */
  async lines(file: string): Promise<readonly string[] | undefined> {
    // What runs, and so its text, may be another by now.
    const text = await this.target.source(file);
    const known = this.#files.get(file);
    if (known && known.text === text) return known.lines;
    const lines = text?.replace(/\n$/, '').split('\n');
    this.#files.set(file, { text, lines });
    return lines;
  }

  /** One line, from 1 on. */
  async line(file: string, line: number): Promise<string | undefined> {
    return (await this.lines(file))?.[line - 1];
  }
}
