/** Where an array's rig puts its roles, if not where the placement does. */
import { MICROCODED_ROLES } from '../ports/messages.js';
import type { ArrayConfig } from '../runtime/machine/config.js';
import { DIRECTORS } from '../runtime/machine/director-names.js';
import type { JsonObject } from './json-reader.js';

/** `"roles": { "data": "ca1" }`. */
export function readRoles(json: JsonObject): NonNullable<ArrayConfig['roles']> {
  const roles = json.object('roles');
  const given = MICROCODED_ROLES.filter((role) => roles.has(role)).map((role) => {
    const name = roles.text(role);
    return [role, DIRECTORS.find((director) => director === name)] as const;
  });
  return Object.fromEntries(given);
}
