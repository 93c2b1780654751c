/** Expressions that are shown at each stop. */
import { CommandError } from './words.js';

export class Displays {
  #all: { readonly id: number; readonly text: string }[] = [];
  #next = 1;

  add(text: string): number {
    this.#all.push({ id: this.#next, text });
    return this.#next++;
  }

  /** All when the number is absent. Errors: CommandError for one that is not there. */
  remove(id?: number): void {
    if (id !== undefined && !this.#all.some((one) => one.id === id))
      throw new CommandError(`there is no display ${id}; "info displays" has all`);
    this.#all = id === undefined ? [] : this.#all.filter((one) => one.id !== id);
  }

  get all(): readonly { readonly id: number; readonly text: string }[] {
    return this.#all;
  }

  /** A line each; where one cannot be said now, why. */
  async lines(evaluate: (text: string) => Promise<string>): Promise<string[]> {
    const lines: string[] = [];
    for (const { id, text } of this.#all) {
      const value = await evaluate(text).catch((error: Error) => `(${error.message})`);
      lines.push(`${id}: ${text} = ${value}`);
    }
    return lines;
  }
}
