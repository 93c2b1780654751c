/**
 * Reads what people wrote as JSON: each value is asked for by its field, with what would be right, and what nobody asked
 * for is refused. All errors are ProfileErrors that name file, field, value, and what would be right.
 */

export class ProfileError extends Error {}

/** One object of a file, at a path in it. */
export class JsonObject {
  readonly file: string;
  readonly path: string;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #known: readonly string[];

  /** @param known fields that it may have. @param path "" for the whole file. */
  constructor(file: string, path: string, value: unknown, known: readonly string[]) {
    this.file = file;
    this.path = path;
    this.#known = known;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ProfileError(
        `${file}: ${path === '' ? 'the file' : path} is ${show(value)}; it must be an object with ${known.join(', ')}`,
      );
    }
    this.#fields = value as Record<string, unknown>;
    for (const field of Object.keys(value)) {
      if (!known.includes(field)) this.fail(field, `is not a field; fields here are ${known.join(', ')}`);
    }
  }

  /** Path of a field, for errors: `arrays[0].volumes[1].name`. */
  at(field: string): string {
    return this.path === '' ? field : `${this.path}.${field}`;
  }

  has(field: string): boolean {
    return this.#fields[field] !== undefined;
  }

  /** Errors: always; `text` follows the path. */
  fail(field: string, text: string): never {
    throw new ProfileError(`${this.file}: ${this.at(field)} ${text}`);
  }

  /** The value of a field is not what it must be. */
  wrong(field: string, right: string): never {
    const missing = !this.has(field);
    return this.fail(
      field,
      missing ? `is missing; it must be ${right}` : `is ${show(this.#fields[field])}; it must be ${right}`,
    );
  }

  integer(field: string, least: number, most: number, unit: string): number {
    const value = this.#fields[field];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
      return this.wrong(field, `a whole number of ${unit} from ${least} to ${most}`);
    }
    return value;
  }

  text(field: string, pattern: RegExp, right: string): string {
    const value = this.#fields[field];
    if (typeof value !== 'string' || !pattern.test(value)) return this.wrong(field, right);
    return value;
  }

  flag(field: string): boolean {
    const value = this.#fields[field];
    if (value === undefined) return false;
    if (typeof value !== 'boolean') return this.wrong(field, 'true or false');
    return value;
  }

  object(field: string, known: readonly string[]): JsonObject {
    if (!this.has(field)) this.wrong(field, `an object with ${known.join(', ')}`);
    return new JsonObject(this.file, this.at(field), this.#fields[field], known);
  }

  /** Fields of an object, whichever they are. */
  keys(field: string): string[] {
    const value = this.#fields[field];
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  }

  list(field: string, least: number, what: string): readonly unknown[] {
    const value = this.#fields[field];
    if (!Array.isArray(value) || value.length < least) return this.wrong(field, `a list of ${what}, ${least} or more`);
    return value;
  }

  objects(field: string, least: number, what: string, known: readonly string[]): JsonObject[] {
    return this.list(field, least, what).map(
      (value, i) => new JsonObject(this.file, `${this.at(field)}[${i}]`, value, known),
    );
  }

  /** `help` and `sources` say where figures are from; they are for people, so only their shape is checked. */
  checkNotes(): void {
    if (this.has('help')) this.text('help', /./, 'a text');
    if (!this.has('sources')) return;
    const figures = this.#known.filter((field) => field !== 'help' && field !== 'sources');
    const sources = this.object('sources', figures);
    for (const figure of figures) if (sources.has(figure)) sources.text(figure, /./, 'a text');
  }
}

/** The whole of a file. `file` is what errors call it. */
export function parseObject(text: string, file: string, known: readonly string[]): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ProfileError(`${file}: this is not JSON: ${(error as Error).message}`);
  }
  return new JsonObject(file, '', value, known);
}

const SHOWN_MAX = 60;

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}…`;
}
