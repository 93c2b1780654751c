; What a unit tells of itself beside INQUIRY and mode pages: which commands and task management functions there are, its ports,
; its defects, its self-test, its counters (SPC-6, 6.34 to 6.37, 6.8; SBC-4, 5.18).
role channel

; z: the handler's number in its family.
sub report using scsi
    case  z, #8
    br    operations
    br    functions
    br    ports
    br    defects
    br    receive
    br    send
    br    log
    br    select
    assert status, #0x5c56           ; `operation` names what is not here
operations:
    call  report_operations
    br    told
functions:
    call  report_functions
    br    told
ports:
    call  report_ports
    br    told
defects:
    call  read_defects
    br    told
receive:
    call  receive_diagnostic
    br    told
send:
    call  send_diagnostic
    br    told
log:
    call  log_sense
    br    told
select:
    call  log_select
told:
    ldi   info, #0
    ldi   info_high, #0
    ldi   stable, #0
    ret

; `to`: where the next byte goes. `record`: of `operation`; `actions`: where those of the code's service actions begin, 0: it has none.
frame report: command=r0 unit=r1 to=r2 base=r3 record=r4 action=r5 options=r6 timeouts=r7 wanted=r8 code=r9 x=r10 y=r11 actions=r12 last=r13 count=r14 z=r15

sub report_operations using report
    cdb   options, command, #2, #1   ; RCTD, REPORTING OPTIONS
    cdb   count, command, #6, #4
    and   timeouts, options, #0x80
    and   options, options, #7
    br.ge options, #4, odd
    call  take_work
    mov   base, x
    add   to, base, #4
    br.ne options, #0, one
    ldi   code, #0
each:
    ldi   action, #0
    mov   record, code
    ld    actions, operation.actions[code]
    br.eq actions, #0, single
    ld    last, operation.action_mask[code]
    mov   record, actions
several:
    call  operation_descriptor
    add   record, record, #1
    add   action, action, #1
    br.ge last, action, several
    br    next
single:
    call  operation_descriptor
next:
    add   code, code, #1
    br.ne code, #256, each
    sub   y, to, base
    sub   x, y, #4
    put   base, #0, x, #4
    br    made
one:
    call  one_operation
    br.ne options, #0, refused
    sub   y, to, base
made:
    ldi   base, #GOOD
    ldi   record, #0
    ldi   action, #0
    call  answer
    ret
refused:
    call  give_work
odd:
    ldi   z, #18                     ; byte 2, bit 2: REPORTING OPTIONS
    call  odd_bit
    ret

; Of an operation that there is.
sub operation_descriptor using report
    ld    x, operation.handler[record]
    br.eq x, #0, none
    ldi   y, #8
    blank to, y
    put   to, #0, code, #1
    put   to, #2, action, #2
    shr   x, timeouts, #6            ; CTDP
    br.eq actions, #0, plain
    or    x, x, #1                   ; SERVACTV
plain:
    put   to, #5, x, #1
    call  cdb_bytes
    put   to, #6, y, #2
    add   to, to, #8
    call  time_limits
none:
    ret

; y: how long the CDB is, by its group (SPC-6, 4.2.2).
sub cdb_bytes using report
    shr   x, code, #5
    ldi   y, #6
    br.eq x, #0, known
    ldi   y, #16
    br.eq x, #4, known
    ldi   y, #12
    br.eq x, #5, known
    ldi   y, #10
known:
    ret

; Command timeouts descriptor, if it is asked for. It indicates none: how long a command takes is the drives' and the load's.
sub time_limits using report
    br.eq timeouts, #0, none
    ldi   y, #12
    blank to, y
    ldi   x, #10
    put   to, #0, x, #2
    add   to, to, #12
none:
    ret

; The one that the CDB names. options: 0, or what was asked for cannot be.
sub one_operation using report
    cdb   code, command, #3, #1
    cdb   action, command, #4, #2
    mov   record, code
    ld    actions, operation.actions[code]
    br.eq actions, #0, single
    br.eq options, #1, done          ; it has service actions
    ld    last, operation.action_mask[code]
    br.lt last, action, unknown
    add   record, actions, action
    br    named
single:
    br.eq options, #2, done
    br.eq options, #1, named
    br.ne action, #0, unknown
named:
    ldi   options, #0
    ld    x, operation.handler[record]
    br.eq x, #0, unknown
    ldi   x, #3                      ; it is there, as the standard says
    or    x, x, timeouts             ; CTDP
    put   base, #0, x, #2
    call  cdb_bytes
    put   base, #2, y, #2
    ld    x, operation.usage0[record]
    put   to, #0, x, #4
    ld    x, operation.usage1[record]
    put   to, #4, x, #4
    ld    x, operation.usage2[record]
    put   to, #8, x, #4
    ld    x, operation.usage3[record]
    put   to, #12, x, #4
    br.eq actions, #0, whole
    get   x, to, #1, #1              ; of a service action its number
    and   x, x, #0xe0
    or    x, x, action
    put   to, #1, x, #1
whole:
    add   to, to, y
    call  time_limits
done:
    ret
unknown:
    ldi   options, #0
    ldi   x, #1                      ; it is not there
    shl   x, x, #16
    put   base, #0, x, #4
    ret

; ABORT TASK, ABORT TASK SET, CLEAR TASK SET, LOGICAL UNIT RESET, TARGET RESET.
sub report_functions using scsi
    cdb   count, command, #6, #4
    br.lt count, #4, odd
    cdb   lba, command, #2, #1       ; REPD
    call  take_work
    ldi   y, #16
    blank x, y
    ldi   y, #0xda
    put   x, #0, y, #1
    ldi   y, #4
    br.eq lba, #0, short
    ldi   y, #12
    put   x, #3, y, #1
    ldi   y, #16
short:
    call  answer
    ret
odd:
    ldi   z, #55                     ; byte 6, bit 7
    call  odd_bit
    ret

; One group of one port. Not ready for hosts is unavailable (SPC-6, 6.36).
sub report_ports using scsi
    cdb   lba, command, #1, #1
    and   lba, lba, #0x20            ; header of eight bytes
    cdb   count, command, #6, #4
    call  take_work
    ldi   y, #20
    blank x, y
    mov   lba_high, x
    ldi   y, #12
    br.eq lba, #0, short
    ldi   y, #0x10
    put   x, #4, y, #1
    add   lba_high, x, #4
    ldi   y, #16
short:
    put   x, #0, y, #4
    add   y, y, #4
    ldi   lba, #0x0009               ; active/optimized; it, and unavailable, can be
    ld    info, volume.state[unit]
    br.any info, #VOLUME_READY, ready
    or    lba, lba, #0x0300
ready:
    put   lba_high, #4, lba, #2
    ldi   info, #1
    put   lba_high, #6, info, #2     ; target port group
    put   lba_high, #11, info, #1    ; ports
    put   lba_high, #14, info, #2    ; relative target port
    call  answer
    ret

; None is known, in any format: bad sectors of the drives are none of the hosts'.
sub read_defects using scsi
    cdb   x, command, #0, #1
    ldi   z, #18                     ; byte 2, bit 2
    ldi   y, #8
    cdb   lba, command, #2, #1
    cdb   count, command, #7, #2
    br.eq x, #0x37, ten
    ldi   z, #10                     ; byte 1, bit 2
    cdb   lba, command, #1, #1
    cdb   count, command, #6, #4
ten:
    and   lba_high, lba, #7
    br.eq lba_high, #7, odd
    mov   lba_high, x
    call  take_work
    ldi   y, #8
    blank x, y
    put   x, #1, lba, #1             ; PLISTV, GLISTV, format: as asked
    br.ne lba_high, #0x37, made
    ldi   y, #4
made:
    call  answer
    ret
odd:
    call  odd_bit
    ret

; The one diagnostic page is the list of them.
sub receive_diagnostic using scsi
    cdb   x, command, #1, #1         ; PCV
    cdb   y, command, #2, #1
    cdb   count, command, #3, #2
    br.eq x, #0, list
    br.ne y, #0, odd
list:
    call  take_work
    ldi   y, #5
    blank x, y
    ldi   y, #1
    put   x, #3, y, #1
    ldi   y, #5
    call  answer
    ret
odd:
    ldi   z, #23
    call  odd_bit
    ret

; The default self-test: is the unit what it should be?
sub send_diagnostic using scsi
    cdb   x, command, #1, #1
    br.none x, #4, done
    ld    x, volume.state[unit]
    br.any x, #VOLUME_READY, done
    ldi   sense, #BECOMING_READY
    ldi   status, #CHECK_CONDITION
done:
    ret
