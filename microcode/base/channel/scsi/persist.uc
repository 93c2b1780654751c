; PERSISTENT RESERVE OUT (SPC-6, 5.14.7 to 5.14.11). Battery memory changes in such an order that power may go between
; any two instructions: who holds the reservation is registered, else power on forgets the reservation.
role channel

const TYPES_THERE = 0x1ea            ; bits 1, 3, 5 to 8

; z: the handler's number. What it does leaves marks, GONE among the registrants, and in n what the others are to be told.
sub persist using claim
    call  claim
    br.ne status, #GOOD, end
    ldi   n, #NO_SENSE
    br.eq z, #REGISTERS, register
    br.eq z, #IGNORES, register
    call  by_key
    br.ne status, #GOOD, end
    sub   z, z, #1
    case  z, #4
    br    reserve
    br    release
    br    clear
    br    preempt
    br.ne z, #4, move
preempt:
    call  preempt
    br.ne status, #GOOD, end
    br.eq z, #2, changed
    call  take_over
    br    changed
move:
    call  destination
    br.ne status, #GOOD, end
    call  move_registration
    br    changed
clear:
    ldi   n, #0
    st    reservation.held[unit], n
    call  mark_all
    br    changed
register:
    call  register
    br.ne z, #COMING, changed
    call  named
    call  admit
changed:
    br.ne status, #GOOD, end
    inc   unit.generation[unit]
    call  tell
    call  forget
    call  guard                      ; while it waits, what nobody reserves any more keeps nobody away
    call  abort_gone
    br    stable
reserve:
    call  hold
    br.ne status, #GOOD, end
    br    done
release:
    call  release
    br.ne status, #GOOD, end
    call  tell
done:
    call  guard
stable:
    ldi   stable, #1
end:
    ldi   key, #0
    use   key_high=r7
    ldi   key_high, #0
    cdb   mine, command, #5, #4      ; `wanted`
    ret

; The parameter list is as long as it should be; its key in `key`, and who asks in `mine`.
sub claim using claim
again:
    ld    x, scsi.naming
    br.eq x, #0, free
    park  scsi.named
    ld    status, scsi_command.aborted[command]
    br.eq status, #0, again
    ret
free:
    cdb   x, command, #5, #4
    ld    y, scsi_command.out_bytes[command]
    br.lt x, #RESERVE_LIST_BYTES, short
    br.lt y, x, short
    ld    y, scsi_command.at[command]
    shl   y, y, #9
    br.eq z, #MOVES, long
    get   n, y, #20, #1
    br.none n, #8, alone             ; SPEC_I_PT
    br.eq z, #REGISTERS, long
    ldi   z, #163                    ; byte 20, bit 3
    call  odd_list
    ret
alone:
    br.ne x, #RESERVE_LIST_BYTES, short
long:
    get64 key, y, #0
    call  who
    ret
short:
    ldi   sense, #PARAMETER_LIST_LENGTH
    ldi   status, #CHECK_CONDITION
    ret

; A field of the parameter list has a value that it may not have. z: byte << 3 | bit.
sub odd_list using claim
    ldi   sense, #INVALID_FIELD_LIST|WITH_SPECIFIC
    ldi   status, #CHECK_CONDITION
    and   specific, z, #7
    or    specific, specific, #0x88  ; SKSV, BPV
    shl   specific, specific, #16
    shr   z, z, #3
    or    specific, specific, z
    ret

sub who using claim
    ld    x, scsi_command.nexus[command]
    ld    x, nexus.initiator[x]
    ldi   mine, #-1
    br.eq x, #0, nobody
    sub   x, x, #1
    ld    y, front.units
    mul   mine, x, y
    add   mine, mine, unit
nobody:
    ret

; Only who is registered, and by its key.
sub by_key using claim
    br.neg mine, conflict
    ld    x, registrant.flags[mine]
    br.none x, #REGISTERED, conflict
    ld64  action_key, registrant.key[mine]
    cmp64 x, key, action_key
    br.ne x, #1, conflict
    ret
conflict:
    ldi   status, #RESERVATION_CONFLICT
    ret

; z = 1: who asks, and is registered, holds the reservation; of an all registrants type every one does.
sub holds using claim
    ldi   z, #0
    ld    x, reservation.held[unit]
    and   y, x, #15
    br.ge y, #7, yes
    shr   x, x, #8
    ld    y, scsi_command.nexus[command]
    ld    y, nexus.initiator[y]
    br.ne x, y, no
yes:
    ldi   z, #1
no:
    ret

; In y the reservation that the CDB asks for, held by who asks; or a status.
sub wanted_type using claim
    cdb   y, command, #2, #1
    ldi   z, #23                     ; byte 2, bit 7: scope
    br.ge y, #16, odd
    ldi   z, #19                     ; bit 3: type
    ldi   x, #TYPES_THERE
    shr   x, x, y
    br.none x, #1, odd
    ld    x, scsi_command.nexus[command]
    ld    x, nexus.initiator[x]
    shl   x, x, #8
    or    y, y, x
    ret
odd:
    call  odd_bit
    ret

sub hold using claim
    call  wanted_type
    br.ne status, #GOOD, done
    ld    x, reservation.held[unit]
    br.eq x, #0, take
    br.eq x, y, done
    and   z, x, #15                  ; of all registrants each holds it
    br.lt z, #7, conflict
    and   y, y, #15
    br.ne z, y, conflict
done:
    ret
take:
    st    reservation.held[unit], y
    ret
conflict:
    ldi   status, #RESERVATION_CONFLICT
    ret

sub release using claim
    call  wanted_type
    br.ne status, #GOOD, done
    call  holds
    br.eq z, #0, done
    ld    x, reservation.held[unit]
    and   x, x, #15
    cdb   y, command, #2, #1
    br.ne x, y, odd
    call  lift
done:
    ret
odd:
    ldi   sense, #INVALID_RELEASE
    ldi   status, #CHECK_CONDITION
    ret

; The reservation ends; of those types that registrants share, they are told.
sub lift using claim
    ld    x, reservation.held[unit]
    ldi   y, #0
    st    reservation.held[unit], y
    and   x, x, #15
    br.lt x, #5, done
    ldi   n, #RESERVATIONS_RELEASED
done:
    ret

sub register using claim
    ld    y, scsi_command.at[command]
    shl   y, y, #9
    get64 action_key, y, #8
    br.neg mine, new
    ld    x, registrant.flags[mine]
    br.none x, #REGISTERED, new
    br.eq z, #IGNORES, known
    call  by_key
    br.ne status, #GOOD, done
    get64 action_key, y, #8
    get   x, y, #20, #1
    br.none x, #8, known
    ldi   z, #163                    ; SPEC_I_PT is for who is not registered
    call  odd_list
    ret
known:
    use   low=r12 high=r13
    or    x, low, high
    br.eq x, #0, leave
    st64  registrant.key[mine], action_key
    call  options
    ret
leave:
    ld    x, registrant.flags[mine]
    or    x, x, #GONE
    st    registrant.flags[mine], x
    call  holds
    br.eq z, #0, done
    ld    x, reservation.held[unit]
    and   x, x, #15
    br.ge x, #7, done                ; the others hold it, too
    call  lift
done:
    ret
new:
    br.eq z, #IGNORES, unasked
    use   own_low=r6 own_high=r7
    or    x, own_low, own_high
    br.ne x, #0, conflict
unasked:
    or    x, low, high
    br.eq x, #0, done
    br.neg mine, full
    ldi   z, #COMING
    st    registrant.flags[mine], z
    ld    x, scsi_command.nexus[command]
    ld    x, nexus.initiator[x]
    sub   x, x, #1
    inc   initiator.users[x]
    ret
full:
    ldi   sense, #INSUFFICIENT_REGISTRATIONS
    ldi   status, #CHECK_CONDITION
    ret
conflict:
    ldi   status, #RESERVATION_CONFLICT
    ret

; APTPL and ALL_TG_PT of the parameter list at y.
sub options using claim
    get   x, y, #20, #1
    and   z, x, #1
    st    reservation.kept[unit], z
    and   x, x, #4
    shr   x, x, #1                   ; ALL_PORTS
    or    x, x, #REGISTERED
    st    registrant.flags[mine], x
    ret

; Who is COMING is registered, with the service action reservation key; after an error nobody is.
sub admit using claim
    use   who=r2 flags=r9
    ld    y, scsi_command.at[command]
    shl   y, y, #9
    get64 action_key, y, #8
    get   flags, y, #20, #1
    and   z, flags, #1
    and   flags, flags, #4
    shr   flags, flags, #1           ; ALL_PORTS
    or    flags, flags, #REGISTERED
    br.ne status, #GOOD, all
    st    reservation.kept[unit], z
all:
    ldi   who, #0
    mov   z, unit
each:
    ld    x, scsi.initiators
    br.eq who, x, done
    ld    x, registrant.flags[z]
    br.none x, #COMING, next
    br.ne status, #GOOD, undo
    st64  registrant.key[z], action_key
    st    registrant.flags[z], flags
    inc   unit.registrants[unit]
    br    next
undo:
    ldi   x, #0
    st    registrant.flags[z], x
    dec   initiator.users[who]
next:
    ld    x, front.units
    add   z, z, x
    add   who, who, #1
    br    each
done:
    ldi   flags, #0                  ; `stable`
    ret
