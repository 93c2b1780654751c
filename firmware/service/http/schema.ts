/**
 * JSON schemas that carry the TypeScript type that they describe: `object<View>` does not compile when a field is missing,
 * has another type, or is optional on one side only. Validation and the OpenAPI document are made of the same ones.
 */
import type { NameForm } from './names.js';

export interface Schema<T> {
  readonly [keyword: string]: unknown;
  /** Never there: holds T, in both directions. */
  readonly of?: (value: T) => T;
}

export interface Optional<T> {
  readonly optional: Schema<T>;
}

type IsOptional<T, K extends keyof T> = Record<never, never> extends Pick<T, K> ? true : false;

export type Fields<T> = {
  readonly [K in keyof T]-?: IsOptional<T, K> extends true ? Optional<Exclude<T[K], undefined>> : Schema<T[K]>;
};

export function text(description: string): Schema<string> {
  return { type: 'string', description };
}

/** @param form its `right` is what the error says when the text is another. */
export function named({ pattern, right }: NameForm): Schema<string> {
  return { type: 'string', pattern: pattern.source, description: right };
}

export function oneOf<const T extends readonly string[]>(...values: T): Schema<T[number]> {
  return { type: 'string', enum: values, description: values.map((value) => `"${value}"`).join(' or ') };
}

export function flag(description: string): Schema<boolean> {
  return { type: 'boolean', description };
}

export function count(description: string): Schema<number> {
  return { type: 'integer', minimum: 0, description };
}

/** Not a whole number. */
export function amount(description: string): Schema<number> {
  return { type: 'number', minimum: 0, description };
}

export function port(description: string): Schema<number> {
  return { type: 'integer', minimum: 1, maximum: 65_535, description: `1 to 65535; ${description}` };
}

export function oneNumberOf(...values: readonly number[]): Schema<number> {
  return { type: 'integer', enum: values, description: values.join(' or ') };
}

export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return { ...schema, type: [schema.type, 'null'], of: undefined };
}

export function list<T>(items: Schema<T>): Schema<readonly T[]> {
  return { type: 'array', items };
}

export function two<T>(items: Schema<T>): Schema<readonly [T, T]> {
  return { type: 'array', items, minItems: 2, maxItems: 2 };
}

export function byName<T>(values: Schema<T>, description: string): Schema<Readonly<Record<string, T>>> {
  return { type: 'object', additionalProperties: values, description };
}

export function optional<T>(schema: Schema<T>): Optional<T> {
  return { optional: schema };
}

/** It has these fields and no others. */
export function object<T extends object>(fields: Fields<T>): Schema<T> {
  const entries = Object.entries(fields) as [string, Schema<unknown> | Optional<unknown>][];
  const isOptional = (field: Schema<unknown> | Optional<unknown>): field is Optional<unknown> => 'optional' in field;
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, f]) => [name, isOptional(f) ? f.optional : f])),
    required: entries.filter(([, f]) => !isOptional(f)).map(([name]) => name),
    additionalProperties: false,
  };
}
