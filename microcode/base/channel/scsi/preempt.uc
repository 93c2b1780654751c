; PERSISTENT RESERVE OUT: what takes registrations away, and tells those that lost them.
role channel

; `spared`: a record of `registrant`, -1: none.
frame mark: command=r0 unit=r1 path=r2 status=r3 spared=r4 marked=r5 key=r6 mine=r8 each=r9 x=r10 y=r11 action_key=r12 n=r14 z=r15

; By the service action reservation key, of an all registrants type 0 for all (SPC-6, 5.14.11.4). z = 2: registrations go,
; the reservation stays; else it is to be taken over from those with the key (1) or from all (0).
sub preempt using claim
    ld    y, scsi_command.at[command]
    shl   y, y, #9
    get64 action_key, y, #8
    use   low=r12 high=r13
    ld    x, reservation.held[unit]
    br.eq x, #0, remove
    and   y, x, #15
    br.ge y, #7, shared
    shr   x, x, #8
    sub   x, x, #1
    ld    y, front.units
    mul   x, x, y
    add   x, x, unit
    ld64  key, registrant.key[x]
    cmp64 x, key, action_key
    br.ne x, #1, remove
    ldi   z, #1
    ret
shared:
    or    x, low, high
    br.ne x, #0, remove
    ldi   z, #0
    ret
remove:
    or    x, low, high
    ldi   z, #71                     ; byte 8, bit 7
    br.eq x, #0, odd
    ldi   z, #1
    ldi   sense, #-1
    call  mark
    ldi   sense, #0
    mov   x, specific
    ldi   specific, #0
    ldi   z, #2
    br.ne x, #0, done
    ldi   status, #RESERVATION_CONFLICT
done:
    ret
odd:
    call  odd_list
    ret

; The reservation becomes that of the CDB. z: as for `mark`.
sub take_over using claim
    use   kind=r5 now=r9
    mov   kind, z
    call  wanted_type
    br.ne status, #GOOD, odd
    ld    x, reservation.held[unit]
    st    reservation.held[unit], y
    and   x, x, #15
    and   y, y, #15
    br.eq x, y, same
    ldi   n, #RESERVATIONS_RELEASED
same:
    mov   z, kind
    mov   sense, mine
    call  mark
    ldi   sense, #0
    ldi   specific, #0
odd:
    ret

sub mark_all using claim
    ldi   z, #0
    ldi   sense, #-1
    call  mark
    ldi   sense, #0
    ldi   specific, #0
    ret

; Registrants that are to go: with the key in `action_key`, z = 0: all.
sub mark using mark
    ldi   marked, #0
    mov   each, unit
    ld    y, scsi.initiators
again:
    br.eq y, #0, all
    br.eq each, spared, next
    ld    x, registrant.flags[each]
    br.none x, #REGISTERED, next
    br.eq z, #0, goes
    ld64  key, registrant.key[each]
    cmp64 x, key, action_key
    br.ne x, #1, next
    ld    x, registrant.flags[each]
goes:
    or    x, x, #GONE
    st    registrant.flags[each], x
    add   marked, marked, #1
next:
    ld    x, front.units
    add   each, each, x
    sub   y, y, #1
    br    again
all:
    ldi   each, #0                   ; `stable`
    ret

; Each initiator that has a session and was registered hears what became of its registration, or (`others`) of the
; reservation; who did it does not. With PREEMPT AND ABORT the sessions of those that are gone are marked.
frame tell: command=r0 set=r1 path=r2 code=r3 unit=r4 own=r5 gone=r6 each=r7 x=r10 y=r11 k=r12 at=r13 others=r14 most=r15

sub tell using tell
    mov   unit, set
    ldi   gone, #REGISTRATIONS_PREEMPTED
    cdb   x, command, #1, #1
    and   x, x, #31
    br.ne x, #CLEARS, preempts
    ldi   gone, #RESERVATIONS_PREEMPTED
preempts:
    ld    own, scsi_command.nexus[command]
    ld    own, nexus.initiator[own]
    ldi   each, #0
    ld    most, scsi.nexuses
again:
    br.eq each, most, all
    ld    x, nexus.open[each]
    br.eq x, #0, next
    ld    x, nexus.initiator[each]
    br.eq x, #0, next
    sub   y, x, #1
    ld    at, front.units
    mul   y, y, at
    add   y, y, unit
    ld    y, registrant.flags[y]
    br.none y, #REGISTERED, next
    mul   path, each, at
    add   path, path, unit
    mov   code, others
    br.none y, #GONE, told
    mov   code, gone
    cdb   y, command, #1, #1
    and   y, y, #31
    br.ne y, #ABORTS, told
    ldi   y, #PREEMPTED
    st    nexus.marks[each], y
told:
    br.eq code, #NO_SENSE, next
    br.eq x, own, next
    call  attend
next:
    add   each, each, #1
    br    again
all:
    ldi   code, #GOOD
    ldi   unit, #0
    ldi   own, #0
    ret

; Registrants that are marked are none any more. Without any there is no reservation.
sub forget using claim
    mov   z, unit
    ldi   y, #0
each:
    ld    x, scsi.initiators
    br.eq y, x, all
    ld    x, registrant.flags[z]
    br.none x, #GONE, next
    ldi   x, #0
    st    registrant.flags[z], x
    dec   unit.registrants[unit]
    dec   initiator.users[y]
next:
    ld    x, front.units
    add   z, z, x
    add   y, y, #1
    br    each
all:
    ld    x, unit.registrants[unit]
    br.ne x, #0, some
    st    reservation.held[unit], x
some:
    ret
