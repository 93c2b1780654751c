/** Tables of what there is in arrays, for people. */
import { lookAtFlags } from './looks/flags.js';
import { lookAtGroups } from './looks/groups.js';
import { lookAtLinks } from './looks/links.js';
import { lookAtLocks } from './looks/locks.js';
import type { Looking } from './looks/looking.js';
import { lookAtPairs } from './looks/pairs.js';
import { lookAtRings } from './looks/rings.js';
import { lookAtSlots } from './looks/slots.js';
import { lookAtTasks } from './looks/tasks.js';
import { lookAtTrack } from './looks/track.js';
import { listed, type Rig } from './machines.js';
import { LOOKS, type Look, type Table, type TaskRef } from './target.js';

const TABLES: Readonly<Record<Look, Looking>> = {
  tasks: lookAtTasks,
  slots: lookAtSlots,
  track: lookAtTrack,
  flags: lookAtFlags,
  rings: lookAtRings,
  pairs: lookAtPairs,
  links: lookAtLinks,
  locks: lookAtLocks,
  groups: lookAtGroups,
};

/** Errors: RangeError with the words that are wanted. */
export function look(rig: Rig, what: Look, words: readonly string[], task: TaskRef | undefined): Table {
  if (!LOOKS.includes(what)) throw new RangeError(`there is no table ${what}; there are ${listed(LOOKS)}`);
  return TABLES[what](rig, words, task);
}
