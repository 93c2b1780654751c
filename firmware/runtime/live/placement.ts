/** Which director runs which role of an array. A port lives where its microcoded neighbour does. */
import { MICROCODED_ROLES, ROLES, type Role, roleNumber } from '../../ports/messages.js';
import type { Placement } from '../machine/tables.js';

/** Each role on a thread of its own, or all roles of an array on one. */
export const PLACEMENTS = ['dedicated', 'fused'] as const;
export type PlacementName = (typeof PLACEMENTS)[number];

const NEIGHBOUR: Readonly<Partial<Record<Role, Role>>> = {
  hostPort: 'channel',
  drivePort: 'disk',
  linkPort: 'remote',
};

/** The service processor is a director of its own: the process's main thread. */
export const SERVICE = roleNumber('service');

export function placementOf(name: PlacementName): Placement {
  return ROLES.map((role) => {
    if (role === 'service') return SERVICE;
    return name === 'fused' ? 0 : roleNumber(NEIGHBOUR[role] ?? role);
  });
}

/** Numbers of an array's directors, without the service processor. */
export function directorsOf(placement: Placement): number[] {
  return [...new Set(placement)].filter((director) => director !== SERVICE);
}

/** Microcoded roles of a director. */
export function rolesOf(placement: Placement, director: number): Role[] {
  return MICROCODED_ROLES.filter((_, node) => placement[node] === director);
}

/** `auto`: dedicated where each director gets a processor. */
export function autoPlacement(arrays: number, processors: number): PlacementName {
  return directorsOf(placementOf('dedicated')).length * arrays <= processors ? 'dedicated' : 'fused';
}
