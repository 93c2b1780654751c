/** Directors of a simulated world, for who holds one: its roles and ports make no step then. */
import { busyAt } from '../../../firmware/memory/layout.js';
import { ROLES, type Role } from '../../../firmware/ports/messages.js';
import type { ArrayConfig } from '../../../firmware/runtime/machine/config.js';
import type { Directors } from '../../../firmware/runtime/machine/debug/directors.js';
import { directorOf, nodesOf } from '../../../firmware/runtime/simulated/director-nodes.js';
import type { World } from '../../../firmware/runtime/simulated/world.js';

/** @param world the one that is shown. */
export function directorsOf(world: () => World): Directors {
  const about = (array: number, number: number) => {
    const config = world().rig.arrays[array] as ArrayConfig;
    const role = ROLES[number] as Role;
    const name = directorOf(config, role);
    const { roles, ports } = nodesOf(config, name);
    return { role, name, nodes: [...roles, ...ports] };
  };
  return {
    of(array, number) {
      if (!world().powered(array)) return undefined;
      const { role, name, nodes } = about(array, number);
      const isDead = world().isDead(array, role);
      const hangs = !isDead && world().isHung(array, role);
      return { name, nodes, isHeld: world().isHeld(array, role), hangs, isDead };
    },
    hold(array, number, isHeld) {
      world().hold(array, about(array, number).nodes, isHeld);
    },
    // One thread runs everything.
    busy: () => busyAt(0),
  };
}
