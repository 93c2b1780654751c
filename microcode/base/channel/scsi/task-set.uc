; The task set of a unit, one for all initiators (SAM-6, 8.6): SIMPLE commands run beside each other, ORDERED waits for all
; before it and all behind it wait for that, and behind HEAD OF QUEUE nothing begins until it has ended. Who has to wait
; stands in line in the order of arrival; `running`, `heads` and `ordered` are counted by whoever lets a command begin.
role channel

const NOT_ORDER = -33                ; all but GATE_ORDER

; Leaves x and y as they are. A status: it was refused, or aborted in line.
sub enter using scsi
    ld    z, scsi_command.attribute[command]
    br.ge z, #ORDERED, several
    ld    z, unit.gate[unit]
    br.any z, #GATE_ORDER, several
    ldi   z, #RUNNING
    st    scsi_command.active[command], z
    inc   unit.running[unit]
    ret
several:
    call  queue
    ret

sub queue using scsi
    ld    lba, scsi_command.attribute[command]
    br.ge lba, #AUTO_CONTINGENT, refused
    ld    z, unit.gate[unit]
    or    z, z, #GATE_ORDER
    st    unit.gate[unit], z
    br.eq lba, #HEAD_OF_QUEUE, head
    ld    z, unit.first[unit]
    br.ne z, #0, line
    ld    z, unit.heads[unit]
    br.ne z, #0, line
    br.eq lba, #ORDERED, alone
    ld    z, unit.ordered[unit]
    br.ne z, #0, line
    br    go
alone:
    ld    z, unit.running[unit]
    br.ne z, #0, line
    inc   unit.ordered[unit]
    br    go
head:
    inc   unit.heads[unit]
go:
    ldi   z, #RUNNING
    st    scsi_command.active[command], z
    inc   unit.running[unit]
    ret
line:
    ldi   z, #IN_LINE
    st    scsi_command.active[command], z
    ldi   z, #0
    st    scsi_command.next[command], z
    ld    lba, unit.last[unit]
    st    scsi_command.previous[command], lba
    add   z, command, #1
    st    unit.last[unit], z
    br.eq lba, #0, first
    sub   lba, lba, #1
    st    scsi_command.next[lba], z
    br    stands
first:
    st    unit.first[unit], z
stands:
    park  scsi_command.turn[command]
    ld    status, scsi_command.aborted[command]
    ret
refused:                             ; there is no ACA (SAM-6, 8.6)
    ldi   sense, #INVALID_MESSAGE
    ldi   status, #CHECK_CONDITION
    ret

; In `k` a command that stands in line: it leaves it.
frame line: unit=r1 x=r10 y=r11 k=r12 n=r13

sub step_out using line
    ld    x, scsi_command.next[k]
    ld    y, scsi_command.previous[k]
    br.eq y, #0, first
    sub   n, y, #1
    st    scsi_command.next[n], x
    br    before
first:
    st    unit.first[unit], x
before:
    br.eq x, #0, last
    sub   n, x, #1
    st    scsi_command.previous[n], y
    ret
last:
    st    unit.last[unit], y
    ret

; Who may go now goes: the first in line, if nothing that runs is before it, and so on.
sub next_turn using line
again:
    ld    x, unit.first[unit]
    br.eq x, #0, empty
    ld    y, unit.heads[unit]
    br.ne y, #0, stay
    sub   n, x, #1
    ld    y, scsi_command.attribute[n]
    br.eq y, #ORDERED, alone
    ld    y, unit.ordered[unit]
    br.ne y, #0, stay
    br    go
alone:
    ld    y, unit.running[unit]
    br.ne y, #0, stay
    inc   unit.ordered[unit]
go:
    inc   unit.running[unit]
    ldi   y, #RUNNING
    st    scsi_command.active[n], y
    ldi   x, #0
    ld    y, scsi_command.next[n]
    st    unit.first[unit], y
    br.eq y, #0, last
    sub   y, y, #1
    st    scsi_command.previous[y], x
    br    wakes
last:
    st    unit.last[unit], x
wakes:
    wake  scsi_command.turn[n]
    br    again
empty:
    ld    y, unit.heads[unit]
    br.ne y, #0, stay
    ld    y, unit.ordered[unit]
    br.ne y, #0, stay
    ld    y, unit.gate[unit]
    and   y, y, #NOT_ORDER
    st    unit.gate[unit], y
stay:
    ret

; The command ends, with its status and sense.
sub finish using scsi
    ld    x, scsi_command.active[command]
    br.ne x, #RUNNING, outside
    dec   unit.running[unit]
    ld    y, unit.gate[unit]
    br.none y, #GATE_ORDER, outside
    ld    x, scsi_command.attribute[command]
    br.lt x, #ORDERED, simple
    br.eq x, #ORDERED, ordered
    dec   unit.heads[unit]
    br    simple
ordered:
    dec   unit.ordered[unit]
simple:
    call  next_turn
outside:
    ldi   x, #0
    st    scsi_command.active[command], x
    ld    x, scsi_command.aborted[command]
    br.eq x, #0, tell
    mov   status, x                  ; NO_STATUS or TASK_ABORTED
    ldi   sense, #0
    wake.all scsi.settled
tell:
    br.ne sense, #0, sensed
told:
    post  SCSI_STATUS (command, status, sense, info, info_high, specific, wanted, stable)
    ret
sensed:
    br.neg unit, told
    ld    x, unit.modes[unit]
    br.none x, #DESCRIPTOR_SENSE, told
    or    sense, sense, #IN_DESCRIPTORS
    br    told
