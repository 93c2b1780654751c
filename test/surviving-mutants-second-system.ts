/** Mutants of the second storage system of a journal group that nothing notices, and why. */
import type { ReviewedGroup } from '../tools/mutate/reviewed.js';

export const OF_THE_SECOND_SYSTEM: readonly ReviewedGroup[] = [
  {
    is: 'equivalent',
    why: 'the result is REFUSED already: so APPLY begins, and nothing on this way changes it',
    keys: [
      'apply/journal.uc | hook receive of apply/journal | ldi result, #REFUSED | drop',
      'apply/journal.uc | sub learn | ldi result, #REFUSED | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'both happen before any other task of the role runs, neither looks at what the other changes, and power on takes either half as it takes none',
    keys: [
      'apply/journal.uc | hook receive of apply/journal | jnl.data place, journal, at, span / st64 journaling.landed[journal], place | swap',
      'apply/journal.uc | sub learn | jnl.peek number, at, i / ld64 last, journal.last[journal] | swap',
      'apply/journal.uc | sub go_on_behind | st64 journal.restored[journal], number / st64 journal.freed[journal], number | swap',
      'apply/journal.uc | sub go_on_behind | st64 journal.freed[journal], number / st64 journal.noted[journal], number | swap',
      'apply/restore.uc | on RESTORE | st64 journaling.taken[journal], number / jnl.find entry, journal, number | swap',
      'apply/restore.uc | sub restore_entry | st64 track.gen[t], gen / flag.set t, volume, #M1_WP|WRITTEN | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'the register holds a comparison that is 1 here, or is only compared with 0 and is not',
    keys: [
      'apply/journal.uc | sub go_on_behind | ldi x, #1 | drop',
      'apply/journal.uc | sub believable | ldi x, #1 | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'a volume that there is not is in no group, and one without a pair is target of none',
    keys: [
      'apply/journal.uc | sub believable | br.ge volume, x, no | drop',
      'apply/restore.uc | on RESTORE | br.neg pair, done | drop',
    ],
  },
  {
    is: 'equivalent',
    why: 'others run in between more often, or at other numbers',
    keys: [
      'apply/restore.uc | sub advance | br.ne x, #0, next | drop',
      'apply/restore.uc | sub advance | br.ne x, #0, next | br.eq',
    ],
  },
  {
    is: 'equivalent',
    why: 'the register holds that already',
    keys: [
      'recover/journal.uc | sub goes_on | ld64 number, journal.last[journal] | drop',
      'recover/journal.uc | sub goes_on | ld64 limit, journal.freed[journal] | drop | 2',
      'recover/journal.uc | sub goes_on | ld64 limit, journal.freed[journal] / cmp64 cursor, limit, number | swap',
    ],
  },
  {
    is: 'equivalent',
    why: 'should power go again in between, the next power on does all of it again',
    keys: [
      'recover/journal.uc | sub redo | st64 track.gen[x], gen / flag.set x, volume, #M1_WP|WRITTEN | swap',
      'recover/journal.uc | hook recover of recover/journal | st64 journal.freed[journal], number / st64 journal.drop[journal], number | swap',
      'recover/journal.uc | hook recover of recover/journal | st64 journal.drop[journal], number / st64 journal.noted[journal], number | swap',
    ],
  },
];
