/** Source files of a target, line by line. */
import type { Target } from '../../../firmware/runtime/machine/debug/target.js';

export class Sources {
  readonly #files = new Map<string, readonly string[] | undefined>();

  constructor(private readonly target: Target) {}

  /** Lines of a file, the first at 0; undefined when the target does not know it. */
  async lines(file: string): Promise<readonly string[] | undefined> {
    if (!this.#files.has(file)) {
      const text = await this.target.source(file);
      this.#files.set(file, text?.replace(/\n$/, '').split('\n'));
    }
    return this.#files.get(file);
  }

  /** One line, from 1 on. */
  async line(file: string, line: number): Promise<string | undefined> {
    return (await this.lines(file))?.[line - 1];
  }
}
