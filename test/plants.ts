/** Bugs planted in the microcode on purpose: each must be found by the storm, and shrink to a seed (planted-bugs.test.ts). */
import type { Plant } from '../tools/regress/scenarios.js';

export const PLANTS: readonly Plant[] = [
  {
    name: 'stale-acknowledgement',
    help: 'an acknowledgement clears M2 whatever generation it is of, and whatever else is on its way',
    rig: 'tiny-pair',
    file: 'ack/real-time.uc',
    find: '    ld    x, lock.unacked[t]\n    br.ne x, #0, stale\n    ld64  gen, lock.acked[t]\n    cmp64 x, gen, now\n    br.ne x, #1, stale\n',
    replace: '    br.eq epoch, #0, stale\n',
  },
  {
    name: 'overtaking-sends',
    help: 'the other side writes an older generation over a newer one',
    rig: 'tiny-pair', // with one credit nothing overtakes
    file: 'apply/at-once.uc',
    find: '    br.ge gen_low, now_low, newer\n    ldi   result, #STALE\n    br    refuse\n',
    replace: '    br    newer\n',
  },
  {
    name: 'list-of-a-stranger',
    help: 'the list of a memory that was never met is believed',
    rig: 'tiny-pair',
    file: 'ship/session.uc',
    find: '    ldi   y, #0\nyes:\n',
    replace: 'yes:\n',
  },
  {
    name: 'credit-lost',
    help: 'a clean slot does not give its credit back',
    file: 'base/cache/release.uc',
    find: '    post  CREDIT (x, session)\n',
    replace: '',
  },
  {
    name: 'unlock-forgotten',
    help: 'a write that is withdrawn at the other side keeps the lock of its track',
    file: 'apply/at-once.uc',
    find: 'refuse:\n    unlock t\nstranger:\n',
    replace: 'refuse:\nstranger:\n',
  },
  {
    name: 'm1-before-sync',
    help: 'M1 is cleared when the drive has the bytes, before it was synced',
    file: 'base/disk/destage.uc',
    find: '    send  DRIVE_SYNC (x)\n    wait  DRIVE_DONE (result)\n',
    replace: '',
  },
  {
    name: 'written-unmarked',
    help: 'a track that the other array wrote still counts as never written',
    rig: 'tiny-pair',
    file: 'apply/at-once.uc',
    find: '    flag.set t, volume, #M1_WP|WRITTEN\n',
    replace: '    flag.set t, volume, #M1_WP\n',
  },
  {
    name: 'flags-after-merge',
    help: 'M1 and M2 are set after the bytes are in the slot',
    file: 'base/data/write.uc',
    find: '    call.hook commit, pair\n    br.ne result, #OK, withdrawn\n    gen.bump gen, t, epoch\n    flag.set t, volume, #M1_WP|WRITTEN\n    br.any flags, #SHIP_ZERO, zeroes\n    slot.merge slot, span, at, gen\n    br    merged\nzeroes:\n    slot.zero slot, span, gen\nmerged:\n',
    replace:
      '    gen.bump gen, t, epoch\n    br.any flags, #SHIP_ZERO, zeroes\n    slot.merge slot, span, at, gen\n    br    merged\nzeroes:\n    slot.zero slot, span, gen\nmerged:\n    call.hook commit, pair\n    br.ne result, #OK, withdrawn\n    flag.set t, volume, #M1_WP|WRITTEN\n',
  },
  {
    name: 'owed-in-pair',
    help: 'a point-in-time pair owes tracks and stays in PAIR',
    rig: 'tiny-modes',
    file: 'commit/owed.uc',
    find: '    br.ne x, #PAIR, mark\n',
    replace: '    br    mark\n',
  },
  {
    name: 'copy-not-begun',
    help: 'what a point-in-time pair owes waits for the next session',
    rig: 'tiny-modes',
    file: 'ack/point-in-time.uc',
    find: '    br.ne x, #0, done\n',
    replace: '    br    done\n',
  },
  {
    name: 'acknowledged-before-stored',
    help: 'a write that shall be acknowledged when stored is so when another track of its volume is',
    rig: 'tiny-modes',
    file: 'apply/stored.uc',
    find: '    br.eq x, now_low, wait\n',
    replace: '    br.neg x, wait\n',
  },
  {
    name: 'stored-credit-lost',
    help: 'a write that is acknowledged when stored keeps its credit',
    rig: 'tiny-modes',
    file: 'base/remote/ship.uc',
    find: '    br.ne result, #ON_DRIVE, refused\n    ldi   result, #OK\n',
    replace: '    br.ne result, #ON_DRIVE, refused\n    ldi   result, #OK\n    br    applied\n',
  },
];
