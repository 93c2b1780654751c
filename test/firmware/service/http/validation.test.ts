/** Validators of the interface's schemas: made when they are asked, and of schemas that are in order. */
import { describe, expect, test } from 'vitest';
import { parameterSchema, ROUTES } from '../../../../firmware/service/http/routes.js';
import { validatorsWhenAsked } from '../../../../firmware/service/http/validation.js';
import { makeAjv } from '../../../../firmware/service/profile/validators.js';

describe('each route', () => {
  const ajv = makeAjv({ meta: true, validateSchema: true });
  const schemas = ROUTES.flatMap((route) =>
    [route.body, parameterSchema(route)].flatMap((schema) =>
      schema ? [[`${route.method} ${route.path}`, schema] as const] : [],
    ),
  );

  test.each(schemas)('%s has schemas that a validator can be made of', (_, schema) => {
    expect(ajv.validateSchema(schema), JSON.stringify(ajv.errors)).toBe(true);
    expect(() => ajv.compile(schema)).not.toThrow();
  });
});

test('a schema that nobody asks makes no validator, and one that breaks is told by who asks first', () => {
  const compile = validatorsWhenAsked();
  const wrong = compile({ schema: { type: 'nothing' } });
  expect(() => wrong({})).toThrow(/type must be JSONType/);
});

test('what is wrong is told of the value that was asked last', () => {
  const validate = validatorsWhenAsked()({ schema: { type: 'object', properties: { a: { type: 'integer' } } } });
  expect([validate({ a: 'x' }), validate.errors?.[0]?.instancePath]).toEqual([false, '/a']);
  expect([validate({ a: 1 }), validate.errors ?? null]).toEqual([true, null]);
});
