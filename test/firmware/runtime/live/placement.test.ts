import { describe, expect, it } from 'vitest';
import { MICROCODED_ROLES, roleNumber } from '../../../../firmware/ports/messages.js';
import {
  autoPlacement,
  directorsOf,
  placementOf,
  portsOf,
  rolesLostWith,
  rolesOf,
  SERVICE,
} from '../../../../firmware/runtime/live/placement.js';
import { directorNumber } from '../../../../firmware/runtime/machine/director-names.js';

describe('a placement', () => {
  it('dedicated gives each role a director of its own, with the port that it works for', () => {
    const placement = placementOf('dedicated');
    expect(directorsOf(placement).map((d) => rolesOf(placement, d))).toEqual(MICROCODED_ROLES.map((role) => [role]));
    for (const [port, role] of [
      ['hostPort', 'channel'],
      ['drivePort', 'disk'],
      ['linkPort', 'remote'],
    ] as const) {
      expect(placement[roleNumber(port)], port).toBe(placement[roleNumber(role)]);
    }
  });

  it('fused puts all roles and ports of an array on one', () => {
    const placement = placementOf('fused');
    expect(directorsOf(placement).map((d) => rolesOf(placement, d))).toEqual([[...MICROCODED_ROLES]]);
  });

  it('puts single roles elsewhere, and leaves their ports', () => {
    const placement = placementOf('dedicated', { disk: 'ca1', data: 'ca1' });
    expect(directorsOf(placement).map((d) => [rolesOf(placement, d), portsOf(placement, d)])).toEqual([
      [['channel', 'data', 'disk'], ['hostPort']],
      [['cache'], []],
      [[], ['drivePort']],
      [['remote'], ['linkPort']],
    ]);
    expect(rolesLostWith(placement, directorNumber('da1'))).toEqual(['disk']);
    expect(rolesLostWith(placement, directorNumber('ca1'))).toEqual(['channel', 'data', 'disk']);
  });

  it('leaves the service processor where it is', () => {
    expect(placementOf('fused')[roleNumber('service')]).toBe(SERVICE);
    expect(placementOf('dedicated')[roleNumber('service')]).toBe(SERVICE);
  });

  it('auto is dedicated as soon as each director of all arrays gets a processor', () => {
    expect(autoPlacement(1, 4)).toBe('fused');
    expect(autoPlacement(1, 5)).toBe('dedicated');
    expect(autoPlacement(2, 9)).toBe('fused');
    expect(autoPlacement(2, 10)).toBe('dedicated');
  });
});
