/**
 * Reads a file whose shape its schema has been checked against, object by object. What only code can check is refused
 * here too, as a ProfileError that names file, line, field, value, and what would be right.
 */
import { JsonFile, type Path, pathText } from './profile/json-file.js';
import { ProfileError } from './profile/problems.js';
import { checkSchema, type Kind } from './profile/schema.js';
import { checkSources } from './profile/sources.js';

/** One object of a file, at a path in it. */
export class JsonObject {
  readonly file: JsonFile;
  readonly path: Path;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(file: JsonFile, path: Path) {
    this.file = file;
    this.path = path;
    this.#fields = file.at(path) as Record<string, unknown>;
  }

  /** Path of this object, for errors: `arrays[0].volumes[1]`. */
  get place(): string {
    return pathText(this.path);
  }

  has(field: string): boolean {
    return this.#fields[field] !== undefined;
  }

  /** Errors: always; `text` follows the path, after a colon if it begins with one. */
  fail(field: string, text: string): never {
    throw new ProfileError([this.file.problem(field === '' ? this.path : [...this.path, field], text)]);
  }

  /** The value of a field is not what it must be. */
  wrong(field: string, right: string): never {
    throw new ProfileError([this.file.wrong([...this.path, field], right)]);
  }

  number(field: string): number {
    return this.#value(field, 'number') as number;
  }

  text(field: string): string {
    return this.#value(field, 'string') as string;
  }

  /** False when it is absent. */
  flag(field: string): boolean {
    return this.has(field) && (this.#value(field, 'boolean') as boolean);
  }

  object(field: string): JsonObject {
    this.#value(field, 'object');
    return new JsonObject(this.file, [...this.path, field]);
  }

  list(field: string): readonly unknown[] {
    return this.#value(field, 'object') as readonly unknown[];
  }

  /** None when it is absent. */
  objects(field: string): JsonObject[] {
    if (!this.has(field)) return [];
    return this.list(field).map((_, i) => new JsonObject(this.file, [...this.path, field, i]));
  }

  #value(field: string, type: string): unknown {
    const value = this.#fields[field];
    // The schema was asked first; whoever reads another type than it promises has not read it.
    if (typeof value !== type || value === null)
      throw new TypeError(`${this.place}.${field} is no ${type} by its schema`);
    return value;
  }
}

/**
 * The whole of a file, as its schema wants it. `name` is what errors call it.
 * Errors: ProfileError with everything that is wrong by the schema, and each figure without a source.
 */
export function readObject(text: string, name: string, kind: Kind): JsonObject {
  const file = new JsonFile(name, text);
  const problems = checkSchema(file, kind);
  if (problems.length > 0) throw new ProfileError(problems);
  const unsourced = checkSources(file, kind);
  if (unsourced.length > 0) throw new ProfileError(unsourced);
  return new JsonObject(file, []);
}
