/**
 * Which director runs which role of an array. A port is where its cable is: with the role that it works for when power goes
 * on. A role can be moved to any director while the array runs, a port cannot.
 */
import { MICROCODED_ROLES, ROLES, type Role, roleNumber } from '../../ports/messages.js';
import { type DirectorName, directorNumber } from '../machine/director-names.js';
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

/** @param roles those that run on another director than the placement says. */
export function placementOf(name: PlacementName, roles: Readonly<Partial<Record<Role, DirectorName>>> = {}): Placement {
  return ROLES.map((role, node) => {
    if (role === 'service') return SERVICE;
    const moved = roles[role];
    if (moved !== undefined) return directorNumber(moved);
    return name === 'fused' ? 0 : NEIGHBOUR[role] === undefined ? node : roleNumber(NEIGHBOUR[role]);
  });
}

/** Numbers of an array's directors, without the service processor. */
export function directorsOf(placement: Placement): number[] {
  return [...new Set(placement)].filter((director) => director !== SERVICE).sort((a, b) => a - b);
}

/** Microcoded roles of a director. */
export function rolesOf(placement: Placement, director: number): Role[] {
  return MICROCODED_ROLES.filter((_, node) => placement[node] === director);
}

/** Ports of a director. */
export function portsOf(placement: Placement, director: number): Role[] {
  return ROLES.filter((role, node) => NEIGHBOUR[role] !== undefined && placement[node] === director);
}

/** Roles that are lost with a director: those that run there, and those that can do nothing without a port that is there. */
export function rolesLostWith(placement: Placement, director: number): Role[] {
  const roles = [...rolesOf(placement, director), ...portsOf(placement, director).map((port) => NEIGHBOUR[port])];
  return MICROCODED_ROLES.filter((role) => roles.includes(role));
}

/** `auto`: dedicated where each director gets a processor. */
export function autoPlacement(arrays: number, processors: number): PlacementName {
  return directorsOf(placementOf('dedicated')).length * arrays <= processors ? 'dedicated' : 'fused';
}
