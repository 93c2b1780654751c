/** Which directors a simulated array has, and what is on each: its roles as they were placed, and the port that is with it. */
import { MICROCODED_ROLES, type Role } from '../../ports/messages.js';
import type { ArrayConfig } from '../machine/config.js';
import { DIRECTORS, type DirectorName } from '../machine/director-names.js';

export interface DirectorNodes {
  readonly roles: readonly Role[];
  readonly ports: readonly Role[];
}

export function directorOf({ roles }: ArrayConfig, role: Role): DirectorName {
  return roles?.[role] ?? (DIRECTORS[MICROCODED_ROLES.indexOf(role)] as DirectorName);
}

/** A role without its port can do nothing: it is among them. */
export function nodesOf(array: ArrayConfig, name: DirectorName): DirectorNodes {
  const roles = MICROCODED_ROLES.filter((role) => directorOf(array, role) === name);
  const ports = { ca1: 'hostPort', da1: 'drivePort', ra1: 'linkPort' } as const;
  const port = name === 'ca1' || name === 'da1' || name === 'ra1' ? [ports[name]] : [];
  const needy = { hostPort: 'channel', drivePort: 'disk', linkPort: 'remote' } as const;
  return { roles: [...new Set([...roles, ...port.map((one) => needy[one])])], ports: port };
}
