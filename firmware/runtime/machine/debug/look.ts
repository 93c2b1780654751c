/** Tables of what there is in arrays, for people. */
import { lookAtDirectors } from './looks/directors.js';
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

/** What each shows, and the words that it takes; for help. */
export const LOOK_HELP: Readonly<Record<Look, { readonly words: string; readonly shows: string }>> = {
  tasks: { words: '[ARRAY]', shows: 'tasks that are not free: what each waits for, whom it answers, where it is' },
  directors: {
    words: '[ARRAY]',
    shows: 'roles: the director that each is on, whether that runs, is held, hangs or is dead, what waits for it',
  },
  slots: {
    words: '[ARRAY[:VOLUME]]',
    shows: 'cache slots that hold a track or are in use: generation, sectors held and dirty, pins, grant, credits',
  },
  track: { words: 'ARRAY:VOLUME:TRACK', shows: 'all of one track: flags, generation, lock and who waits for it, slot' },
  flags: { words: '[ARRAY[:VOLUME]]', shows: 'tracks that bear a flag of what is pending or invalid, as ranges' },
  rings: {
    words: '[ARRAY] [all]',
    shows:
      'messages that wait between roles and in backlogs, with the oldest; to come: what another director shows at the end of its turn; all: the empty ones, too',
  },
  pairs: { words: '[ARRAY[:VOLUME]]', shows: 'pairs: state, side, epoch, recipe, session, tracks owed' },
  links: { words: '[ARRAY]', shows: 'links to other arrays: wire, credits, tasks that wait for one' },
  locks: { words: '[ARRAY]', shows: 'tracks whose lock a task holds, where it stands, who waits for it' },
  groups: { words: '[ARRAY]', shows: 'journal groups: numbers, how full they are, what runs, who waits' },
  trace: { words: '[ARRAY[.ROLE]] [COUNT]', shows: 'what directors did last, if a dump holds it' },
};

const TABLES: Readonly<Record<Look, Looking>> = {
  tasks: lookAtTasks,
  directors: lookAtDirectors,
  slots: lookAtSlots,
  track: lookAtTrack,
  flags: lookAtFlags,
  rings: lookAtRings,
  pairs: lookAtPairs,
  links: lookAtLinks,
  locks: lookAtLocks,
  groups: lookAtGroups,
  trace: lookAtTrace,
};

function lookAtTrace({ machines }: Rig, words: readonly string[]): Table {
  if (machines.trace === undefined) throw new RangeError('no trace was kept here: sim --trace and dumps have one');
  return machines.trace(words);
}

/** Errors: RangeError with the words that are wanted. */
export function look(rig: Rig, what: Look, words: readonly string[], task: TaskRef | undefined): Table {
  if (!LOOKS.includes(what)) throw new RangeError(`there is no table ${what}; there are ${listed(LOOKS)}`);
  return TABLES[what](rig, words, task);
}
