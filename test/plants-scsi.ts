/** Bugs planted in what SCSI hosts rely on: a storm of such hosts finds each. */
import type { Plant } from '../tools/regress/scenarios.js';

export const SCSI_PLANTS: readonly Plant[] = [
  {
    name: 'preempt-does-not-abort',
    help: 'PREEMPT AND ABORT takes registrations away, and commands of those that had them go on',
    scenario: 'scsi-storm',
    file: 'base/channel/scsi/manage.uc',
    find: '    br.none x, #PREEMPTED, next\n    call  unit_of\n    br.ne unit, target, next\n',
    replace: '    br.none x, #CLEARED, next\n    call  unit_of\n    br.ne unit, target, next\n',
  },
  {
    name: 'abort-not-waited-for',
    help: 'PREEMPT AND ABORT is answered while a write that it ended is still under way',
    scenario: 'scsi-storm',
    file: 'base/channel/scsi/manage.uc',
    find: '    br.lt x, #RUNNING, passed\n',
    replace: '    br.lt x, #IN_LINE, passed\n',
  },
  {
    name: 'reset-not-waited-for',
    help: 'task management is answered while a command that it ended is still under way',
    scenario: 'scsi-storm',
    file: 'base/channel/scsi/manage.uc',
    find: 'wait:\n    call  settle\n',
    replace: 'wait:\n',
  },
  {
    name: 'registrations-not-kept',
    help: 'APTPL of a new registration is not written',
    scenario: 'scsi-storm',
    file: 'base/channel/scsi/persist.uc',
    find: '    br.ne status, #GOOD, all\n    st    reservation.kept[unit], z\n',
    replace: '    br.ne status, #GOOD, all\n    ldi   z, #0\n    st    reservation.kept[unit], z\n',
  },
  {
    name: 'compares-without-its-lock',
    help: 'COMPARE AND WRITE gives the lock of its track up between what it reads and what it writes',
    scenario: 'scsi-storm',
    file: 'base/data/rewrite.uc',
    find: 'same:\n    call.hook commit, pair\n',
    replace:
      'same:\n    ldi   x, #0\n    post  GIVE (slot, x)\n    unlock t\n    lock  t\n    ldi   x, #TO_CHANGE\n    ldi   y, #HOST_POOL\n    send  GET (volume, track, span, x, y)\n    wait  GOT (result, slot)\n    br.ne result, #OK, failed\n    call.hook commit, pair\n',
  },
  {
    name: 'attention-told-to-one',
    help: 'a reset of a unit is told to the nexus with number 0 alone',
    scenario: 'scsi-storm',
    file: 'base/channel/scsi/attention.uc',
    find: '    ld    x, nexus.open[n]\n    br.eq x, #0, next\n',
    replace: '    br.ne n, #0, next\n',
  },
];
