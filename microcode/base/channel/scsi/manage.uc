; Tasks are managed: what is under way for initiators ends (SAM-6, 7 and 5.6).
role channel

; `nexus`: whose commands (-1: of every one); `target`: of which unit (-1: of every one). `by`: the nexus that wants it.
frame manage: command=r0 unit=r1 path=r2 code=r3 at=r4 nexus=r5 target=r6 how=r7 what=r8 by=r9 x=r10 y=r11 k=r12 n=r13 asker=r14 most=r15

on TASK_MANAGE using manage
    use   asked=r1 task=r2
    mov   what, asked
    mov   k, task
    ld    by, scsi_command.nexus[command]
    mov   nexus, by
    ldi   target, #-1
    br.eq what, #ABORT_TASK, one
    br.eq what, #WARM_RESET, reset
    br.eq what, #COLD_RESET, reset
    mov   k, command
    call  unit_of
    ldi   code, #LUN_NOT_THERE
    br.neg unit, tell
    mov   target, unit
    br.eq what, #ABORT_TASK_SET, set
    br.eq what, #CLEAR_TASK_SET, clear
    br.eq what, #UNIT_RESET_FUNCTION, reset
    ldi   code, #FUNCTION_UNSUPPORTED
    br    tell
one:
    ldi   code, #TASK_NOT_THERE
    br.neg k, tell
    ld    x, scsi_command.active[k]
    br.eq x, #0, tell
    ld    x, scsi_command.nexus[k]
    br.ne x, nexus, tell
    call  unit_of
    call  doom
    br    wait
clear:                               ; of all initiators, and those whose commands end without a status hear of it
    ldi   nexus, #-1
    call  abort
    ldi   how, #COMMANDS_CLEARED
    call  unmark
    br    wait
set:
    call  abort
    br    wait
reset:
    ldi   nexus, #-1
    call  abort
    ldi   how, #NO_SENSE
    call  unmark
    call  reset
wait:
    call  settle
    ldi   code, #FUNCTION_COMPLETE
tell:
    ldi   x, #0
    post  SCSI_STATUS (command, code, x, x, x, x, x, x)
    end

; Every unit of the reset is as after power on, for every initiator: no RESERVE is left.
sub reset using manage
    ldi   nexus, #-1
    mov   unit, target
    br.neg target, several
    call  reset_unit
    ret
several:
    ldi   unit, #0
each:
    ld    x, front.units
    br.eq unit, x, all
    call  reset_unit
    add   unit, unit, #1
    yield
    br    each
all:
    ret

sub reset_unit using manage
    ldi   x, #0
    st    unit.reserver[unit], x
    call  mode_defaults
    call  allow_removal
    call  guard
    mov   at, unit
    ldi   code, #UNIT_RESET
    call  attend_all
    ret

; The unit that command k is addressed to; -1: none.
sub unit_of using manage
    mov   asker, command
    mov   command, k
    call  address
    mov   command, asker
    ret

; All commands of `nexus` and `target` are to end, those that have not begun, too.
sub abort using manage
    ldi   k, #0
    ld    most, scsi.commands
each:
    br.eq k, most, all
    ld    x, scsi_command.active[k]
    br.eq x, #0, next
    br.neg nexus, any
    ld    x, scsi_command.nexus[k]
    br.ne x, nexus, next
any:
    call  unit_of
    br.neg target, this
    br.ne unit, target, next
this:
    call  doom
next:
    add   k, k, #1
    br    each
all:
    mov   unit, target
    ret

; Command k, of `unit`, is to end; who stands in line for the task set ends now. Initiators other than the one that wants it
; get the status TASK ABORTED, if the unit's control mode page says so (TAS), else nothing, and their nexus is marked.
sub doom using manage
    ld    x, scsi_command.aborted[k]
    br.ne x, #0, known
    ldi   x, #NO_STATUS
    ld    y, scsi_command.nexus[k]
    br.eq y, by, ends
    br.neg unit, ends
    ld    n, unit.tas[unit]
    br.ne n, #0, told
    ld    n, nexus.marks[y]
    or    n, n, #CLEARED
    st    nexus.marks[y], n
    br    ends
told:
    ldi   x, #TASK_ABORTED
ends:
    st    scsi_command.aborted[k], x
    wake.all scsi.settled            ; what ends waits for nobody
    br.neg unit, known
    wake.all unit.worked[unit]
    ld    x, scsi_command.active[k]
    br.ne x, #IN_LINE, known
    call  step_out
    wake  scsi_command.turn[k]
    call  next_turn
known:
    ret

; Those whose commands were aborted hear it (`how`; NO_SENSE: nothing). No nexus is marked any more.
sub unmark using manage
    ldi   n, #0
    ld    most, scsi.nexuses
each:
    br.eq n, most, all
    ld    x, nexus.marks[n]
    br.eq x, #0, next
    ldi   y, #0
    st    nexus.marks[n], y
    br.none x, #CLEARED, next
    br.eq how, #NO_SENSE, next
    ld    x, front.units
    mul   path, n, x
    add   path, path, target
    mov   at, target
    mov   code, how
    mov   most, n
    call  attend
    mov   n, most
    ld    most, scsi.nexuses
next:
    add   n, n, #1
    br    each
all:
    ret

; Until all that was aborted, of `nexus` (-1: of anybody), has ended.
sub settle using manage
again:
    ldi   k, #0
    ld    most, scsi.commands
each:
    br.eq k, most, all
    ld    x, scsi_command.active[k]
    br.eq x, #0, next
    ld    x, scsi_command.aborted[k]
    br.eq x, #0, next
    br.neg nexus, waits
    ld    x, scsi_command.nexus[k]
    br.ne x, nexus, next
waits:
    park  scsi.settled
    br    again
next:
    add   k, k, #1
    br    each
all:
    ret

; PREEMPT AND ABORT: commands of nexuses that are marked, but not this one (SPC-6, 5.14.11.5). What has not begun yet does
; nothing any more, and is not waited for: it might wait for a task that this one has.
sub abort_gone using manage
    cdb   x, command, #1, #1
    and   x, x, #31
    br.ne x, #ABORTS, none
    mov   target, unit
    ld    by, scsi_command.nexus[command]
    ldi   k, #0
    ld    most, scsi.commands
each:
    br.eq k, most, all
    br.eq k, command, next
    ld    x, scsi_command.active[k]
    br.eq x, #0, next
    ld    y, scsi_command.nexus[k]
    ld    x, nexus.marks[y]
    br.none x, #PREEMPTED, next
    call  unit_of
    br.ne unit, target, next
    call  doom
next:
    add   k, k, #1
    br    each
all:
    mov   unit, target
    ldi   how, #NO_SENSE
    call  unmark
look:
    ld    x, scsi_command.aborted[command]
    br.ne x, #0, done
    ldi   k, #0
    ld    most, scsi.commands
begun:
    br.eq k, most, done
    ld    x, scsi_command.active[k]
    br.lt x, #RUNNING, passed
    ld    x, scsi_command.aborted[k]
    br.eq x, #0, passed
    ld    x, scsi_command.unit[k]
    sub   x, x, #1
    br.ne x, unit, passed
    park  scsi.settled
    br    look
passed:
    add   k, k, #1
    br    begun
done:
    ldi   code, #GOOD
    ldi   at, #0                     ; `sense` and `specific`
    ldi   nexus, #0
none:
    ret
