/** Arguments of a request, read with errors that name the request, the field and what would be right. */

export class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;

  /** @param what for errors: `setBreakpoints`, `launch`. */
  constructor(
    readonly what: string,
    value: unknown,
  ) {
    if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value)))
      throw new TypeError(`${what} is ${JSON.stringify(value)}; an object is wanted`);
    this.#fields = (value ?? {}) as Record<string, unknown>;
  }

  get names(): string[] {
    return Object.keys(this.#fields);
  }

  get all(): Readonly<Record<string, unknown>> {
    return this.#fields;
  }

  /** As it came. */
  raw(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  maybeText(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
    throw this.#wrong(name, 'a text');
  }

  text(name: string): string {
    return this.maybeText(name) ?? this.#missing(name, 'a text');
  }

  maybeWhole(name: string): number | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null) return undefined;
    if (Number.isSafeInteger(value)) return value as number;
    throw this.#wrong(name, 'a whole number');
  }

  whole(name: string): number {
    return this.maybeWhole(name) ?? this.#missing(name, 'a whole number');
  }

  flag(name: string): boolean {
    const value = this.raw(name) ?? false;
    if (typeof value === 'boolean') return value;
    throw this.#wrong(name, 'true or false');
  }

  /** Empty where it is left out. */
  list(name: string): readonly unknown[] {
    const value = this.raw(name) ?? [];
    if (Array.isArray(value)) return value;
    throw this.#wrong(name, 'a list');
  }

  records(name: string): Fields[] {
    return this.list(name).map((value, i) => new Fields(`${this.what}: ${name}[${i}]`, value));
  }

  record(name: string): Fields {
    return new Fields(`${this.what}: ${name}`, this.raw(name) ?? this.#missing(name, 'an object'));
  }

  #wrong(name: string, wanted: string): TypeError {
    return new TypeError(`${this.what}: ${name} is ${JSON.stringify(this.raw(name))}; ${wanted} is wanted`);
  }

  #missing(name: string, wanted: string): never {
    throw new TypeError(`${this.what}: ${name} is missing; ${wanted} is wanted`);
  }
}
