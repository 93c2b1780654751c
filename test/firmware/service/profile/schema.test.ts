/** The schemas themselves: in order, and one with the machine whose limits they name. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { SEGMENTS_MAX } from '../../../../adapters/disk/model/segments.js';
import { MAX_SECTORS_PER_TRACK } from '../../../../firmware/memory/constants.js';
import { MICROCODED_ROLES, TASK_CLASSES } from '../../../../firmware/ports/messages.js';
import { PLACEMENTS } from '../../../../firmware/runtime/live/placement.js';
import { BLOCK_BYTES } from '../../../../firmware/runtime/machine/config.js';
import { DIRECTORS } from '../../../../firmware/runtime/machine/director-names.js';
import { packageRoot } from '../../../../firmware/service/package-root.js';
import { KINDS, resolved, type Schema, schemaOf, schemaPath } from '../../../../firmware/service/profile/schema.js';
import { makeAjv, validatorOf, X_KEYWORDS } from '../../../../firmware/service/profile/validators.js';

/** All schemas inside a schema, with the path to each; a reference stands for what it refers to. */
function* inside(schema: Schema, root: Schema, path: string): Iterable<{ schema: Schema; path: string }> {
  yield { schema, path };
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    yield* inside(resolved(field, root), root, `${path}.${name}`);
  }
  if (schema.items) yield* inside(resolved(schema.items, root), root, `${path}[]`);
}

const at = (kind: (typeof KINDS)[number], wanted: string): Schema => {
  const root = schemaOf(kind);
  for (const { schema, path } of inside(root, root, kind)) if (path === wanted) return schema;
  throw new Error(`no ${wanted}`);
};

describe.each(KINDS)('the schema of %s', (kind) => {
  it('is a JSON Schema of 2020-12 without keywords that nobody knows', () => {
    const ajv = new Ajv2020({ strict: true, allErrors: true });
    ajv.addVocabulary([...X_KEYWORDS]);
    const schema = JSON.parse(readFileSync(schemaPath(kind), 'utf8')) as Schema;
    expect(ajv.validateSchema(schema), JSON.stringify(ajv.errors)).toBe(true);
    expect(() => ajv.compile(schema)).not.toThrow();
  });

  it('has a title and an id, and says of each field what it is, of each number its range', () => {
    const root = schemaOf(kind);
    expect(root).toMatchObject({ $id: `urn:arraylab:schema:${kind}`, title: expect.stringMatching(/./) });
    for (const { schema, path } of inside(root, root, kind)) {
      if (!path.endsWith(']')) expect(schema.description, path).toMatch(/\.$/);
      // Names of other fields and numbers of LUNs, which code checks.
      if (schema.type === 'object' && !/\.(sources|luns)$/.test(path)) {
        expect(schema, path).toMatchObject({ additionalProperties: false });
      }
      if (schema.type !== 'integer' && schema.type !== 'number') continue;
      expect(schema.minimum, path).toBeTypeOf('number');
      expect(schema.maximum, path).toBeTypeOf('number');
    }
  });

  it('is named by each of its files in the package, with a path at which an editor finds it', () => {
    const shelf = join(packageRoot(), 'hw-profiles', `${kind}s`);
    for (const file of readdirSync(shelf)) {
      const { $schema } = JSON.parse(readFileSync(join(shelf, file), 'utf8')) as { $schema: string };
      expect(join(shelf, $schema), file).toBe(schemaPath(kind));
    }
  });

  it('accepts the sources that the others accept', () => {
    expect(schemaOf(kind).$defs?.source).toEqual(kind === 'rig' ? undefined : schemaOf('array').$defs?.source);
  });
});

describe('schemas and the machine', () => {
  it('have the same limits', () => {
    expect(at('array', 'array.sectors_per_track').maximum).toBe(MAX_SECTORS_PER_TRACK);
    expect(Object.keys(at('array', 'array.tasks').properties ?? {})).toEqual([...TASK_CLASSES]);
    expect(at('drive', 'drive.segments').maximum).toBe(SEGMENTS_MAX);
    // Random.below takes 2^31 at most, and a spread is one of 0 to so many nanoseconds.
    expect((at('link', 'link.spread_us').maximum ?? Number.NaN) * 1000 + 1).toBeLessThanOrEqual(2 ** 31);
    expect(at('rig', 'rig.placement').enum).toEqual([...PLACEMENTS]);
    expect(at('rig', 'rig.arrays[].volumes[].format').enum).toEqual([...BLOCK_BYTES]);
    expect(Object.keys(at('rig', 'rig.arrays[].roles').properties ?? {})).toEqual([...MICROCODED_ROLES]);
    expect(at('rig', 'rig.arrays[].roles.data').enum).toEqual([...DIRECTORS]);
  });
});

describe('what the build made of the schemas', () => {
  it.each(KINDS)('says the same of %s as what is made now', (kind) => {
    const text = readFileSync(schemaPath(kind), 'utf8');
    const [built, fresh] = [validatorOf(kind, text), makeAjv().compile(JSON.parse(text) as object)];
    const shelf = join(packageRoot(), 'hw-profiles', `${kind}s`);
    for (const file of readdirSync(shelf)) {
      const profile = JSON.parse(readFileSync(join(shelf, file), 'utf8')) as Record<string, unknown>;
      expect(built(profile), file).toBe(true);
      for (const field of Object.keys(profile)) {
        for (const wrong of [undefined, null, -1, 1e300, '', [], [{}], {}]) {
          const value = { ...profile, [field]: wrong };
          expect(built(value)).toBe(fresh(value));
          expect(built.errors).toEqual(fresh.errors);
        }
      }
    }
  });

  it('is not asked about a schema that was changed since', () => {
    const text = readFileSync(schemaPath('link'), 'utf8');
    const more = text.replace('"maximum": 16,', '"maximum": 17,');
    const escon = JSON.parse(readFileSync(join(packageRoot(), 'hw-profiles/links/escon.json'), 'utf8')) as object;
    const value = { ...escon, round_trips_per_write: 17 };
    expect([validatorOf('link', text)(value), validatorOf('link', more)(value)]).toEqual([false, true]);
  });
});
