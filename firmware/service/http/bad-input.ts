/** What the validator found, in words: the field, its value, and what would be right. */
import type { FastifySchemaValidationError } from 'fastify/types/schema.js';

interface Finding extends FastifySchemaValidationError {
  /** The value, and the schema that it breaks. */
  readonly data?: unknown;
  readonly parentSchema?: { readonly description?: string; readonly properties?: Readonly<Record<string, unknown>> };
}

const SHOWN_MAX = 60;

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}…`;
}

/** @param where "body" or "params". The first finding is told. */
export function badInput(findings: readonly FastifySchemaValidationError[], where: string): Error {
  const { keyword, params, instancePath, data, parentSchema } = findings[0] as Finding;
  const fields = Object.keys(parentSchema?.properties ?? {});
  if (keyword === 'additionalProperties') {
    const there = fields.length === 0 ? 'none are wanted here' : `fields here are ${fields.join(', ')}`;
    return new Error(`${String(params.additionalProperty)} is not a field; ${there}`);
  }
  const path = instancePath.slice(1).replaceAll('/', '.');
  const right = parentSchema?.description ?? `an object${fields.length === 0 ? '' : ` with ${fields.join(', ')}`}`;
  return new Error(`${path === '' ? `the ${where}` : path} is ${show(data)}; it must be ${right}`);
}
