; A unit as a device: it is started and stopped, its medium can be kept from being taken out, is out, and comes back (SBC-4, 5.31; SPC-6, 6.22).
role channel

; z: the handler's number in its family.
sub device using scsi
    case  z, #2
    br    start_stop
    br    prevent_allow
    assert status, #0x5c58           ; `operation` names what is not here
start_stop:
    call  start_stop
    ret
prevent_allow:
    call  prevent_allow
    ret

; Power conditions change nothing: nothing here is spun down. Neither does a stop of a unit whose medium stays in.
sub start_stop using scsi
    cdb   x, command, #4, #1         ; POWER CONDITION, NO FLUSH, LOEJ, START
    shr   y, x, #4
    br.ne y, #0, done
    br.any x, #5, now                ; START, NO FLUSH
    call  synchronize
    call  outcome
    br.ne status, #GOOD, failed
    ldi   stable, #1
now:
    cdb   x, command, #4, #1
    ld    y, unit.type[unit]
    br.any y, #REMOVABLE, removable
    br.any x, #2, odd                ; nothing can be taken out
    and   x, x, #1
    ldi   y, #IS_STOPPED
    br.eq x, #0, set
    ldi   y, #0
set:
    st    unit.stopped[unit], y
    call  stop_gate
done:
    ret
failed:
    ldi   stable, #0
    ret
odd:
    ldi   stable, #0
    ldi   z, #33                     ; byte 4, bit 1
    call  odd_bit
    ret
removable:
    br.none x, #2, done
    ld    y, unit.prevents[unit]
    br.ne y, #0, prevented
    ldi   y, #EJECTED
    br.none x, #1, set
    ld    y, unit.stopped[unit]
    br.eq y, #0, done                ; it was in
    ldi   y, #0
    st    unit.stopped[unit], y
    call  stop_gate
    use   code=r3 whom=r4 but=r5
    ldi   code, #MEDIUM_CHANGED
    mov   whom, unit
    ld    but, scsi_command.nexus[command]
    call  attend_all
    ldi   status, #GOOD
    ldi   sense, #0
    ldi   specific, #0
    ret
prevented:
    ldi   stable, #0
    ldi   sense, #REMOVAL_PREVENTED
    ldi   status, #CHECK_CONDITION
    ret

sub stop_gate using scsi
    ld    x, unit.gate[unit]
    and   x, x, #-9                  ; not GATE_STOPPED
    br.eq y, #0, runs
    or    x, x, #GATE_STOPPED
runs:
    st    unit.gate[unit], x
    ret

; Of each nexus for itself: its medium stays in until nobody prevents that any more.
sub prevent_allow using scsi
    cdb   x, command, #4, #1
    ld    path, scsi_command.nexus[command]
    ld    y, front.units
    mul   path, path, y
    add   path, path, unit
    ld    y, path.prevents[path]
    br.eq x, y, done
    st    path.prevents[path], x
    br.eq x, #0, allow
    inc   unit.prevents[unit]
done:
    ret
allow:
    dec   unit.prevents[unit]
    ret

; Nobody prevents removal from the unit any more: it was reset.
frame free: unit=r1 path=r2 x=r10 n=r11 most=r12

sub allow_removal using free
    ldi   n, #0
    st    unit.prevents[unit], n
    ld    most, scsi.nexuses
each:
    br.eq n, most, all
    ld    x, front.units
    mul   path, n, x
    add   path, path, unit
    ldi   x, #0
    st    path.prevents[path], x
    add   n, n, #1
    br    each
all:
    ret

; A nexus (r5) prevents removal from no unit any more: it ends.
frame gone: path=r2 unit=r1 nexus=r5 x=r10 most=r12

sub allows_all using gone
    ldi   unit, #0
    ld    most, front.units
    mul   path, nexus, most
each:
    br.eq unit, most, all
    ld    x, path.prevents[path]
    br.eq x, #0, next
    dec   unit.prevents[unit]
    ldi   x, #0
    st    path.prevents[path], x
next:
    add   unit, unit, #1
    add   path, path, #1
    br    each
all:
    ret
