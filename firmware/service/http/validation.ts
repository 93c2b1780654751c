/**
 * What says whether a body or a path is as its schema wants it. Making that of all schemas takes longer than the rest of the
 * server, and most are never asked in the life of a process: each is made when it is asked first.
 */
import type { AnyValidateFunction } from 'ajv/dist/types/index.js';
import { makeAjv, type Validate } from '../profile/validators.js';

/** A compiler for one server. What breaks a schema in several places is told of the first one alone. */
export function validatorsWhenAsked(): (route: unknown) => AnyValidateFunction {
  let ajv: ReturnType<typeof makeAjv> | undefined;
  return (route) => {
    const { schema } = route as { readonly schema: object };
    let made: Validate | undefined;
    const validate: Validate = (value) => {
      ajv ??= makeAjv({ allErrors: false });
      made ??= ajv.compile(schema) as Validate;
      const isRight = made(value);
      validate.errors = made.errors;
      return isRight;
    };
    return validate as AnyValidateFunction;
  };
}
