/** Mutants of journal pull that no check notices: see surviving-mutants.ts. */
import type { ReviewedGroup } from '../tools/mutate/reviewed.js';

export const OF_JOURNALS: readonly ReviewedGroup[] = [
  {
    is: 'equivalent',
    why: 'neither looks at what the other changes, and no power loss between them leaves anything',
    keys: [
      'base/data/journal.uc | on SPILL | jnl.at at, journal, place / jnl.drive where, journal, place | swap',
      'base/data/journal.uc | on SPILL | jnl.info at, journal, end / jnl.home where, journal, end | swap',
      'ship/journal.uc | sub send_chunk | or flags, flags, #SHIP_INFORMATION / or flags, flags, data | swap',
      'ship/journal.uc | on READ_JOURNAL | sub64 number, after, sum / ld64 other, journal.last[journal] | swap',
      'ship/journal.uc | on READ_JOURNAL | diff64 size, number, after / ld64 other, journal.freed[journal] | swap',
      'ship/journal.uc | hook sever of ship/journal | st session.taking[pair], x / now64 now | swap',
      'ship/journal.uc | hook sever of ship/journal | wake.all journaling.turn[journal] / wake.all journaling.room[journal] | swap',
      'ship/group.uc | hook takeover of ship/group | wake.all journaling.turn[journal] / wake.all journaling.room[journal] | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'an entry does not exist before its number stands in its record, and nobody sees in which order the rest came there',
    keys: [
      'commit/journal.uc | sub capture | st64 journal.last[journal], number / jnl.find entry, journal, number | swap',
      'commit/journal.uc | sub capture | jnl.data gen, journal, at, span / st64 update.place[entry], gen | swap',
      'commit/journal.uc | sub capture | st64 update.time[entry], gen / st update.volume[entry], volume | swap',
      'commit/journal.uc | sub capture | st update.peer[entry], gen / st update.track[entry], track | swap',
      'commit/journal.uc | sub capture | st update.track[entry], track / st update.span[entry], span | swap',
      'commit/journal.uc | sub capture | st update.span[entry], span / st update.flags[entry], flags | swap',
      'apply/hand-on.uc | sub hand_over | st64 journal.last[to], last / jnl.find made, to, last | swap',
      'apply/hand-on.uc | sub hand_over | st64 update.time[made], gen / st update.volume[made], volume | swap',
      'apply/hand-on.uc | sub hand_over | st update.span[made], x / st update.flags[made], at | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'to free the entry that was freed last changes nothing: what is handed on is freed before anything else runs',
    keys: [
      'apply/hand-on.uc | on HAND | ld64 other, journal.freed[journal] | drop',
      'apply/hand-on.uc | on HAND | ld64 other, journal.freed[journal] / cmp64 x, other, number | swap',
      'apply/hand-on.uc | on HAND | cmp64 x, other, number | drop',
      'apply/hand-on.uc | on HAND | br.ne x, #0, next | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'a pair that is offered has this side as source, so the first look says no more than the second',
    keys: [
      'ship/journal.uc | hook settle of ship/journal | ld x, volume.home[volume] | drop',
      'ship/journal.uc | hook settle of ship/journal | br.eq x, volume, own | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'a pair in SMPL has no session in which an offer could begin',
    keys: ['commit/journal.uc | sub capture | ldi shipped, #0 | drop'],
  },
  {
    is: 'equivalent',
    why: 'the register holds that already',
    keys: [
      'ship/group.uc | on FULL | ldi volume, #0 | drop',
      'ship/group.uc | hook members of ship/group | mov self, wanted | drop',
      'ship/group.uc | hook members of ship/group | ldi result, #OK | drop',
      'ship/group.uc | hook takeover of ship/group | ldi result, #OK | drop',
      'ship/journal.uc | sub yields | ldi each, #0 | drop',
      'ship/journal.uc | sub keep | ldi y, #1 | drop',
      'ship/journal.uc | sub keep | ldi y, #1 / st session.agreed[z], y | swap',
      'ship/journal.uc | hook assent of ship/journal | ldi y, #0 | drop | 3',
      'ship/journal.uc | hook assent of ship/journal | ldi y, #0 / st journaling.yielding[journal], y | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'volumes before the first source of the group have nothing to suspend',
    keys: ['overflow/marks.uc | hook overflow of overflow/marks | ldi volume, #0 | drop'],
  },
  {
    is: 'equivalent',
    why: '`answer` makes the same of the pair that it was asked for, in the same run',
    keys: ['ship/journal.uc | hook assent of ship/journal | br.eq each, volume, kept | drop'],
  },
];
