; Sessions of initiators come and go, and tasks are managed: what is under way for them ends.
role channel

; `nexus`: whose commands (-1: of every one); `target`: of which unit (-1: of every one). `how`: NO_STATUS or TASK_ABORTED.
frame manage: command=r0 what=r1 path=r2 code=r3 unit=r4 nexus=r5 target=r6 how=r7 task=r8 by=r9 x=r10 y=r11 k=r12 at=r13 n=r14 most=r15

on NEXUS_OPEN
    use   nexus=r5 initiator=r6 x=r10 y=r11
    ldi   nexus, #0
    ld    y, scsi.nexuses
look:
    br.eq nexus, y, full
    ld    x, nexus.open[nexus]
    br.eq x, #0, free
    add   nexus, nexus, #1
    br    look
free:
    ldi   x, #1
    st    nexus.open[nexus], x
    st    nexus.group[nexus], group
    call  remember
    st    nexus.initiator[nexus], initiator
    call  fresh
    post  NEXUS (command, nexus)
    end
full:
    ldi   nexus, #-1
    post  NEXUS (command, nexus)
    end

; The record (+ 1) of the initiator whose TransportID stands at `at`: it may have been here before. 0: all are in use.
frame arrive: command=r0 group=r1 at=r2 bytes=r3 nexus=r5 initiator=r6 hash=r7 spare=r8 x=r10 y=r11 z=r12 most=r13 word=r14

sub remember using arrive
    shl   at, at, #9
    sum   hash, at, bytes
    ldi   initiator, #0
    ldi   spare, #-1
each:
    ld    most, scsi.initiators
    br.eq initiator, most, new
    ld    x, initiator.used[initiator]
    br.ne x, #0, used
    mov   spare, initiator
    br    next
used:
    ld    x, initiator.hash[initiator]
    br.ne x, hash, next
    ld    x, initiator.bytes[initiator]
    br.ne x, bytes, next
    call  same_name
    br.ne x, #0, found
next:
    add   initiator, initiator, #1
    br    each
new:
    mov   initiator, spare
    br.neg spare, none
    call  write_name
    st    initiator.hash[initiator], hash
    st    initiator.bytes[initiator], bytes
    ldi   x, #1
    st    initiator.used[initiator], x
found:
    add   initiator, initiator, #1
    ret
none:
    ldi   initiator, #0
    ret

; x = 1: this initiator has the name at `at`.
sub same_name using arrive
    shl   y, initiator, #6           ; TRANSPORT_ID_WORDS
    add   z, at, bytes
    mov   x, at
each:
    br.ge x, z, same
    get   word, x, #0, #4
    ld    most, transport_id.word[y]
    br.ne word, most, differs
    add   x, x, #4
    add   y, y, #1
    br    each
differs:
    ldi   x, #0
    ret
same:
    ldi   x, #1
    ret

sub write_name using arrive
    shl   y, initiator, #6
    add   z, at, bytes
    mov   x, at
each:
    br.ge x, z, written
    get   word, x, #0, #4
    st    transport_id.word[y], word
    add   x, x, #4
    add   y, y, #1
    br    each
written:
    ret

; Every unit tells a new nexus that it was powered on.
sub fresh using manage
    ldi   unit, #0
    ld    most, front.units
each:
    br.eq unit, most, all
    mul   path, nexus, most
    add   path, path, unit
    ldi   x, #0
    st    path.count[path], x
    ldi   code, #POWER_ON
    call  attend
    add   unit, unit, #1
    br    each
all:
    ret

on NEXUS_CLOSE using manage
    use   closed=r1
    mov   nexus, closed
    ldi   target, #-1
    ldi   how, #NO_STATUS
    call  abort
    call  settle
    ldi   x, #0
    st    nexus.open[nexus], x
    post  NEXUS (command, x)
    end

on TASK_MANAGE using manage
    use   asked=r2
    mov   task, asked
    ld    nexus, scsi_command.nexus[command]
    ldi   target, #-1
    ldi   how, #NO_STATUS
    ldi   code, #FUNCTION_UNSUPPORTED
    br.eq what, #ABORT_TASK, one
    mov   by, nexus
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
    br.neg task, tell
    ld    x, scsi_command.active[task]
    br.eq x, #0, tell
    ld    x, scsi_command.nexus[task]
    br.ne x, nexus, tell
    mov   k, task
    call  doom
    br    wait
clear:                               ; of all initiators, and the others are told
    ldi   nexus, #-1
set:
    call  abort
    br.ne what, #CLEAR_TASK_SET, wait
    mov   unit, target
    mov   nexus, by
    ldi   code, #COMMANDS_CLEARED
    call  attend_all
    br    wait
reset:
    ldi   nexus, #-1
    call  abort
    call  reset
wait:
    call  settle
    ldi   code, #FUNCTION_COMPLETE
tell:
    ldi   x, #0
    post  SCSI_STATUS (command, code, x, x, x, x, x, x)
    end

; Every unit of the reset is as after power on, for every initiator.
sub reset using manage
    ldi   nexus, #-1
    ldi   code, #UNIT_RESET
    mov   unit, target
    br.neg target, several
    call  attend_all
    ret
several:
    ldi   unit, #0
each:
    ld    x, front.units
    br.eq unit, x, all
    call  attend_all
    add   unit, unit, #1
    br    each
all:
    ret

; The unit that command k is addressed to, in unit; -1: none.
sub unit_of using manage
    ldi   unit, #-1
    ld    y, scsi_command.lun[k]
    br.ne y, #0, none
    ld    x, scsi_command.lun_high[k]
    and   y, x, #0xffff
    br.ne y, #0, none
    shr   x, x, #16
    shr   y, x, #14
    br.eq y, #1, flat
    br.ge x, #256, none
    br    known
flat:
    and   x, x, #0x3fff
known:
    br.ge x, #LUNS_MAX, none
    ld    y, scsi_command.nexus[k]
    ld    y, nexus.group[y]
    shl   y, y, #6
    add   y, y, x
    ld    unit, mask.unit[y]
    sub   unit, unit, #1
none:
    ret

; All commands of `nexus` and `target` are to end without a status, those that have not begun, too.
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
    br.neg target, this
    call  unit_of
    br.ne unit, target, next
this:
    call  doom
next:
    add   k, k, #1
    br    each
all:
    ret

; Command k is to end; who stands in line for the task set ends when its turn comes.
sub doom using manage
    st    scsi_command.aborted[k], how
    ld    x, scsi_command.unit[k]
    br.eq x, #0, nowhere
    sub   x, x, #1
    wake.all unit.worked[x]
nowhere:
    ret

; Until all that was aborted, of anybody, has ended.
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
    park  scsi.settled
    br    again
next:
    add   k, k, #1
    br    each
all:
    ret
