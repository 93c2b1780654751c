/**
 * The schemas of profiles and rigs, hw-profiles/schema: the one table of their fields, types, units and ranges. Here files
 * are checked against them, and what is wrong becomes a sentence.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorObject } from 'ajv/dist/2020.js';
import { packageRoot } from '../package-root.js';
import type { JsonFile, Path } from './json-file.js';
import type { Problem } from './problems.js';
import { meant, quantity } from './units.js';
import { validatorOf } from './validators.js';

export const KINDS = ['array', 'drive', 'link', 'rig'] as const;
export type Kind = (typeof KINDS)[number];

/** What of a schema is read here; keywords that begin with x- are ours, and nothing to other readers. */
export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  /** What a number counts, or a list is of. */
  readonly 'x-unit'?: string;
  /** What would be right, where the rest does not say it well. */
  readonly 'x-right'?: string;
  /** It names a file of that kind. */
  readonly 'x-reference'?: Kind;
  /** No microcode and no model reads it today. */
  readonly 'x-unused'?: boolean;
}

export const schemaPath = (kind: Kind): string => join(packageRoot(), 'hw-profiles/schema', `${kind}.schema.json`);

/** The kind that a file's $schema names: the name of the schema's own file, wherever that is. */
export function kindSaid({ value }: JsonFile): Kind | undefined {
  const { $schema } = (value ?? {}) as { $schema?: unknown };
  return KINDS.find((kind) => typeof $schema === 'string' && $schema.endsWith(`${kind}.schema.json`));
}

const texts = new Map<Kind, string>();
const schemas = new Map<Kind, Schema>();

function textOf(kind: Kind): string {
  const text = texts.get(kind) ?? readFileSync(schemaPath(kind), 'utf8');
  texts.set(kind, text);
  return text;
}

export function schemaOf(kind: Kind): Schema {
  let schema = schemas.get(kind);
  if (schema === undefined) {
    schema = JSON.parse(textOf(kind)) as Schema;
    schemas.set(kind, schema);
  }
  return schema;
}

/** With what it refers to put in. */
export function resolved(schema: Schema, root: Schema): Schema {
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref ?? '')?.[1];
  return name === undefined ? schema : { ...root.$defs?.[name], ...schema };
}

interface Found {
  readonly path: Path;
  readonly problem: Problem;
  /** The missing field that an unknown one was probably meant to be. */
  readonly instead?: Path;
}

/** Everything that is wrong with a file by its schema, in the order of its lines. */
export function checkSchema(file: JsonFile, kind: Kind): Problem[] {
  const said = kindSaid(file);
  if (said !== undefined && said !== kind) {
    return [file.wrong(['$schema'], `that of ${kind}: what is wanted here is no ${said}`)];
  }
  const validate = validatorOf(kind, textOf(kind));
  if (validate(file.value)) return [];
  const all = (validate.errors ?? []).map((error) => foundBy(file, error, schemaOf(kind)));
  // A field under a wrong name is one mistake, not that and a missing field.
  const mistaken = new Set(all.flatMap(({ instead }) => (instead ? [JSON.stringify(instead)] : [])));
  const found = new Map<string, Found>();
  for (const one of all) {
    const key = JSON.stringify(one.path);
    // A value that breaks several rules is wrong once.
    if (!found.has(key) && !mistaken.has(key)) found.set(key, one);
  }
  return [...found.values()]
    .map(({ path, problem }) => ({ offset: file.offsetOf(path), problem }))
    .sort((a, b) => a.offset - b.offset)
    .map(({ problem }) => problem);
}

function foundBy(file: JsonFile, error: ErrorObject, root: Schema): Found {
  const at = pointerPath(file, error.instancePath);
  const schema = resolved((error.parentSchema ?? {}) as Schema, root);
  const params = error.params as { additionalProperty?: string; missingProperty?: string; property?: string };
  if (params.additionalProperty !== undefined) return unknownField(file, at, params.additionalProperty, schema, root);
  if (params.missingProperty !== undefined) {
    const path = [...at, params.missingProperty];
    const because = error.keyword === 'dependentRequired' ? `, as ${params.property} is there` : '';
    const field = resolved(schema.properties?.[params.missingProperty] ?? {}, root);
    return { path, problem: file.wrong(path, `${rightOf(field)}${because}`) };
  }
  const meantNumber = quantity(String(at.at(-1)), file.at(at));
  const example = meantNumber === undefined ? '' : `, here ${meantNumber}`;
  return { path: at, problem: file.wrong(at, `${rightOf(schema)}${example}`) };
}

function unknownField(file: JsonFile, at: Path, name: string, schema: Schema, root: Schema): Found {
  const path = [...at, name];
  const known = fieldsOf(schema);
  const isNumber = (field: string): boolean =>
    ['integer', 'number'].includes(resolved(schema.properties?.[field] ?? {}, root).type ?? '');
  const right = meant(name, file.at(path), known, isNumber);
  const text = `is not a field; ${right ? `${right.hint}; ` : ''}fields here are ${known.join(', ')}`;
  const isMissing = right !== undefined && file.at([...at, right.field]) === undefined;
  return { path, problem: file.problem(path, text), ...(isMissing && { instead: [...at, right.field] }) };
}

/** Those that a person thinks of; $schema is the editor's. */
const fieldsOf = ({ properties }: Schema): string[] =>
  Object.keys(properties ?? {}).filter((field) => !field.startsWith('$'));

/** `/arrays/0/name`; in a list a number is a place. */
function pointerPath(file: JsonFile, pointer: string): Path {
  const path: (string | number)[] = [];
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(file.at(path)) ? Number(name) : name);
  }
  return path;
}

/** What a value must be, for an error. */
export function rightOf(schema: Schema): string {
  const right = schema['x-right'];
  if (right !== undefined) return right;
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  switch (schema.type) {
    case 'integer':
    case 'number':
      return rightNumber(schema);
    case 'boolean':
      return 'true or false';
    case 'array':
      return rightList(schema);
    case 'object':
      return schema.properties ? `an object with ${fieldsOf(schema).join(', ')}` : 'an object';
    default:
      return 'a text';
  }
}

function rightNumber({ type, multipleOf, minimum, maximum, 'x-unit': counted }: Schema): string {
  const of = counted === undefined ? '' : ` of ${counted}`;
  const what =
    multipleOf === undefined
      ? `a ${type === 'integer' ? 'whole ' : ''}number${of}`
      : `a multiple of ${multipleOf}${counted === undefined ? '' : ` ${counted}`}`;
  return `${what} from ${minimum} to ${maximum}`;
}

function rightList({ minItems = 0, maxItems, 'x-unit': what = 'values' }: Schema): string {
  return maxItems === undefined
    ? `a list of ${what}, ${minItems} or more`
    : `a list of ${minItems} to ${maxItems} ${what}`;
}
