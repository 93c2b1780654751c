/** Directors of the arrays of this process, for who holds one: where everything stands, it stays when others go on. */
import { busyAt } from '../../../memory/layout.js';
import { ROLES, type Role } from '../../../ports/messages.js';
import type { Directors as Held } from '../../machine/debug/directors.js';
import { DIRECTORS } from '../../machine/director-names.js';
import { portsOf, rolesOf } from '../placement.js';
import type { ServedArray } from '../served-array.js';

export function liveDirectors(served: readonly ServedArray[]): Held {
  const threadOf = (array: number, role: number) => served[array].directors.threadOf(ROLES[role] as Role);
  return {
    of(array, role) {
      const { directors } = served[array];
      const thread = threadOf(array, role);
      if (!thread) return undefined;
      const { number } = thread;
      return {
        name: DIRECTORS[number],
        nodes: [...rolesOf(directors.placement, number), ...portsOf(directors.placement, number)],
        isHeld: directors.held.has(thread),
        hangs: directors.hangs(thread),
        isDead: thread.dead !== undefined,
      };
    },
    hold(array, role, isHeld) {
      const thread = threadOf(array, role);
      if (!thread) return;
      const { held } = served[array].directors;
      if (isHeld) held.add(thread);
      else held.delete(thread);
    },
    busy: (array, role) => busyAt(served[array].tables.get('node', 'director', role)),
  };
}
