/**
 * What says whether a value is as a schema wants it. Making that of a schema takes a tenth of a second and the library that
 * does it, so the build does it once, for the schemas as they are then (tools/profiles/build.ts); of a schema that was
 * changed since, it is made anew.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Ajv2020, ErrorObject, Options } from 'ajv/dist/2020.js';
import { packageRoot } from '../package-root.js';

export interface Validate {
  (value: unknown): boolean;
  errors?: readonly ErrorObject[] | null;
}

/** What the build leaves: by kind the text of the schema, and what was made of it. */
export interface Built {
  readonly texts: Readonly<Record<string, string>>;
  readonly validators: Readonly<Record<string, Validate>>;
}

/** Keywords of ours in schemas: they say what errors say, and nothing of what is right. */
export const X_KEYWORDS = ['x-unit', 'x-right', 'x-reference', 'x-unused'] as const;

export const builtPath = (): string => join(packageRoot(), 'dist/firmware/service/profile/built-validators.cjs');

const require = createRequire(import.meta.url);

/** A maker of validators that say everything that is wrong. Whether the schemas are in order themselves, a test asks. */
export function makeAjv(more: Options = {}): Ajv2020 {
  const { Ajv2020: Ajv } = require('ajv/dist/2020.js') as { Ajv2020: typeof Ajv2020 };
  const ajv = new Ajv({ allErrors: true, verbose: true, meta: false, validateSchema: false, ...more });
  return ajv.addVocabulary([...X_KEYWORDS]) as Ajv2020;
}

function builtOnes(): Built | undefined {
  try {
    return require(builtPath()) as Built;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

const known = new Map<string, Validate>();

/** @param text of the schema. */
export function validatorOf(kind: string, text: string): Validate {
  let validator = known.get(text);
  if (validator === undefined) {
    const built = builtOnes();
    validator =
      built?.texts[kind] === text
        ? (built.validators[kind] as Validate)
        : makeAjv().compile(JSON.parse(text) as object);
    known.set(text, validator);
  }
  return validator;
}
