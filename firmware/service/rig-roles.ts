/** Where an array's rig puts its roles, if not where the placement does. */
import { MICROCODED_ROLES } from '../ports/messages.js';
import type { ArrayConfig } from '../runtime/machine/config.js';
import { DIRECTORS } from '../runtime/machine/director-names.js';
import type { JsonObject } from './json-reader.js';

/** `"roles": { "data": "ca1" }`. Errors: ProfileError. */
export function readRoles(json: JsonObject): NonNullable<ArrayConfig['roles']> {
  const right = DIRECTORS.join(' or ');
  const roles = json.object('roles', [...MICROCODED_ROLES]);
  const given = MICROCODED_ROLES.filter((role) => roles.has(role)).map((role) => {
    const name = roles.text(role, /./, right);
    return [role, DIRECTORS.find((director) => director === name) ?? roles.wrong(role, right)] as const;
  });
  return Object.fromEntries(given);
}
