/** Reads the JSON files of a regression: errors name file, line, field, value, and what would be right. */
import { JsonFile, type Path } from '../../firmware/service/profile/json-file.js';
import { ProfileError } from '../../firmware/service/profile/problems.js';
import { readText } from './files.js';

/** An object of a file. */
export class Fields {
  readonly #file: JsonFile;
  readonly #path: Path;
  readonly #fields: Readonly<Record<string, unknown>>;

  /** @param known fields that it may have; absent: any. Errors: ProfileError. */
  constructor(file: JsonFile, path: Path, known?: readonly string[]) {
    this.#file = file;
    this.#path = path;
    const value = path.length === 0 ? file.value : file.at(path);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new ProfileError([file.wrong(path, `an object${known ? ` with ${known.join(', ')}` : ''}`)]);
    this.#fields = value as Record<string, unknown>;
    for (const field of Object.keys(value))
      if (known && !known.includes(field))
        throw new ProfileError([file.problem([...path, field], `is not a field; fields here are ${known.join(', ')}`)]);
  }

  get names(): string[] {
    return Object.keys(this.#fields);
  }

  has(field: string): boolean {
    return Object.hasOwn(this.#fields, field);
  }

  text(field: string, right: string): string {
    const value = this.#fields[field];
    return typeof value === 'string' && value !== '' ? value : this.#wrong(field, right);
  }

  integer(field: string, least: number, most: number): number {
    const value = this.#fields[field];
    if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
    return this.#wrong(field, least === most ? String(least) : `a whole number from ${least} to ${most}`);
  }

  /** @param check throws what is wrong with one of them. */
  texts(field: string, right: string, check: (text: string) => unknown): string[] {
    const value = this.#fields[field];
    if (!Array.isArray(value)) return this.#wrong(field, right);
    return value.map((text, i) => {
      const path = [...this.#path, field, i];
      if (typeof text !== 'string') throw new ProfileError([this.#file.wrong(path, right)]);
      try {
        check(text);
      } catch (error) {
        throw new ProfileError([this.#file.problem(path, (error as Error).message)]);
      }
      return text;
    });
  }

  object(field: string): Fields {
    return new Fields(this.#file, [...this.#path, field]);
  }

  list(field: string, known: readonly string[]): Fields[] {
    const value = this.#fields[field];
    if (!Array.isArray(value)) return this.#wrong(field, 'a list');
    return value.map((_, i) => new Fields(this.#file, [...this.#path, field, i], known));
  }

  #wrong(field: string, right: string): never {
    throw new ProfileError([this.#file.wrong([...this.#path, field], right)]);
  }
}

/** The whole of a file. Errors: ProfileError; Error for a file that cannot be read. */
export const readFields = (path: string, known: readonly string[]): Fields =>
  new Fields(new JsonFile(path, readText(path)), [], known);
