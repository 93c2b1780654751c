/** What is wrong with a file that a person wrote, and the error that says so. */

export interface Problem {
  /** As errors call the file. */
  readonly file: string;
  /** From 1; absent where the file cannot be read. */
  readonly line?: number;
  /** `arrays[0].volumes[1].name`; "" for the whole file. */
  readonly field: string;
  /** A sentence with field, value, and what would be right. */
  readonly message: string;
}

const said = ({ file, line, message }: Problem): string => `${file}${line === undefined ? '' : `:${line}`}: ${message}`;

/** One or more things are wrong; the message says each on a line of its own: `FILE:LINE: what`. */
export class ProfileError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(said).join('\n'));
    this.problems = problems;
  }
}

/** Gathers what is wrong, so that a person hears all of it at once. */
export class Problems {
  readonly #all = new Map<string, Problem>();

  add(problems: readonly Problem[]): void {
    // A file that two others refer to is wrong once.
    for (const problem of problems) this.#all.set(said(problem), problem);
  }

  /** What `read` gives; undefined when it finds something wrong, which is kept. */
  of<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
      this.add(error.problems);
      return undefined;
    }
  }

  get count(): number {
    return this.#all.size;
  }

  get all(): readonly Problem[] {
    return [...this.#all.values()];
  }

  /** Errors: ProfileError with all of them, if there are any. */
  throwIfAny(): void {
    if (this.count > 0) throw new ProfileError(this.all);
  }
}
