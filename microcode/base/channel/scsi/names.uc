; PERSISTENT RESERVE OUT that names other initiators by their TransportIDs: REGISTER with SPEC_I_PT, REGISTER AND MOVE
; (SPC-6, 5.14.7, 5.14.8, 7.6.4.6). One command at a time does so (`scsi.naming`), as it lets others run.
role channel

const PORT_NAME = 0x45               ; iSCSI: node name and ISID
const NODE_NAME = 0x05               ; all ports of a node

; `cursor`: a TransportID of so many bytes; `next`: behind it.
frame name: command=r0 unit=r1 at=r2 bytes=r3 next=r4 specific=r5 initiator=r6 found=r7 spare=r8 cursor=r9 x=r10 y=r11 z=r12 k=r13 word=r14 end=r15

; With SPEC_I_PT: all that the list names are COMING, and an initiator that was never here gets a record. A status.
sub named using name
    ld    x, scsi_command.at[command]
    shl   x, x, #9
    get   y, x, #20, #1
    br.none y, #8, good
    cdb   end, command, #5, #4
    br.lt end, #28, short
    get   y, x, #24, #4
    add   y, y, #28
    br.ne y, end, short
    add   end, end, x
    add   cursor, x, #28
    ldi   x, #1
    st    scsi.naming, x
each:
    br.eq cursor, end, good
    call  transport_id
    br.eq x, #0, odd
    br.eq x, #NODE_NAME, node
    mov   at, cursor
    call  remember
    br.eq initiator, #0, full
    sub   initiator, initiator, #1
    call  comes
step:
    mov   cursor, next
    yield
    br    each
node:
    ldi   initiator, #0
    ldi   found, #0
port:
    ld    x, scsi.initiators
    br.eq initiator, x, ports
    ld    x, initiator.used[initiator]
    br.eq x, #0, other
    call  same_node
    br.eq x, #0, other
    ldi   found, #1
    call  comes
other:
    add   initiator, initiator, #1
    yield
    br    port
ports:
    br.ne found, #0, step
odd:
    ldi   next, #INVALID_FIELD_LIST
    br    bad
short:
    ldi   next, #PARAMETER_LIST_LENGTH
    br    bad
full:
    ldi   next, #INSUFFICIENT_REGISTRATIONS
bad:
    ldi   bytes, #CHECK_CONDITION
    br    end
good:
    ldi   bytes, #GOOD
    ldi   next, #NO_SENSE
end:
    ldi   specific, #0
    ldi   word, #NO_SENSE
    ldi   x, #0
    st    scsi.naming, x
    wake.all scsi.named
    ret

; Unless it is registered.
sub comes using name
    ld    x, front.units
    mul   x, initiator, x
    add   x, x, unit
    ld    y, registrant.flags[x]
    br.ne y, #0, known
    ldi   y, #COMING
    st    registrant.flags[x], y
    inc   initiator.users[initiator]
known:
    ret

; x: its first byte, 0: it is none. Without what fills it up behind its terminator: so equal names are equal bytes.
sub transport_id using name
    sub   y, end, cursor
    br.lt y, #24, none
    get   y, cursor, #2, #2
    br.any y, #3, none
    br.lt y, #20, none
    br.ge y, #253, none
    add   next, y, #4
    add   next, next, cursor
    br.lt end, next, none
    sub   x, next, #1
    get   x, x, #0, #1
    br.ne x, #0, none
trim:
    br.eq y, #20, trimmed
    add   x, cursor, y
    get   z, x, #0, #4
    br.ne z, #0, trimmed
    sub   x, x, #1
    get   z, x, #0, #1
    br.ne z, #0, trimmed
    sub   y, y, #4
    br    trim
trimmed:
    put   cursor, #2, y, #2
    add   bytes, y, #4
    get   x, cursor, #0, #1
    br.eq x, #PORT_NAME, known
    br.eq x, #NODE_NAME, known
none:
    ldi   x, #0
known:
    ret

; x = 1: the initiator is a port of the node that is named: its name goes on with a comma.
sub same_node using name
    shl   z, initiator, #6           ; TRANSPORT_ID_WORDS
    add   at, cursor, #4
each:
    add   z, z, #1
    get   x, at, #0, #4
    ld    y, transport_id.word[z]
    br.ne x, y, last
    add   at, at, #4
    br    each                       ; at the latest its terminator differs
last:
    ldi   k, #24
byte:
    shr   word, x, k
    and   word, word, #255
    br.eq word, #0, ends
    br.eq k, #0, differs
    sub   k, k, #8
    br    byte
ends:
    shr   x, x, k
    or    x, x, #0x2c
    shr   y, y, k
    br.ne x, y, differs
    ldi   x, #1
    ret
differs:
    ldi   x, #0
    ret

; Who asks is registered, by its key: the reservation that it holds becomes another's, which `destination` has found.
sub move_registration using claim
    call  who                        ; `mine`
    ld    y, scsi_command.at[command]
    shl   y, y, #9
    get64 action_key, y, #8
    use   record=r6 initiator=r7
    ld    x, front.units
    mul   record, initiator, x
    add   record, record, unit
    st64  registrant.key[record], action_key
    ld    x, registrant.flags[record]
    br.any x, #REGISTERED, known
    ldi   x, #REGISTERED
    st    registrant.flags[record], x
    inc   initiator.users[initiator]
    inc   unit.registrants[unit]
known:
    ld    x, reservation.held[unit]
    and   x, x, #15
    add   z, initiator, #1
    shl   z, z, #8
    or    x, x, z
    st    reservation.held[unit], x
    get   x, y, #17, #1
    and   z, x, #1                   ; APTPL
    st    reservation.kept[unit], z
    br.none x, #2, done              ; UNREG
    ld    x, registrant.flags[mine]
    or    x, x, #GONE
    st    registrant.flags[mine], x
done:
    ret

; Its number in `found`, or a status.
sub destination using name
    ld    x, scsi_command.at[command]
    shl   cursor, x, #9
    cdb   end, command, #5, #4
    get   y, cursor, #20, #4
    add   y, y, #24
    br.ne y, end, short
    get   x, cursor, #8, #4
    get   y, cursor, #12, #4
    or    x, x, y
    ldi   y, #71                     ; the service action reservation key: byte 8, bit 7
    br.eq x, #0, odd
    get   x, cursor, #18, #2
    ldi   y, #151                    ; relative target port identifier: byte 18, bit 7
    br.ne x, #1, odd
    ld    x, reservation.held[unit]
    br.eq x, #0, unheld
    and   y, x, #15
    br.ge y, #7, conflict            ; all registrants hold it
    shr   x, x, #8
    ld    y, scsi_command.nexus[command]
    ld    y, nexus.initiator[y]
    br.ne x, y, conflict
    add   end, end, cursor
    add   cursor, cursor, #24
    call  transport_id
    ldi   y, #199                    ; TransportID: byte 24, bit 7
    br.ne x, #PORT_NAME, odd
    br.ne next, end, odd
    mov   at, cursor
    call  remember
    br.eq initiator, #0, full
    sub   found, initiator, #1
    ld    y, scsi_command.nexus[command]
    ld    y, nexus.initiator[y]
    br.eq y, initiator, itself
    ldi   bytes, #GOOD
    ldi   next, #NO_SENSE
    br    end
itself:
    ldi   y, #199
odd:
    mov   end, y
    call  odd_list
    br    end
unheld:
    ldi   end, #12                   ; the service action: byte 1, bit 4
    call  odd_bit
    br    end
conflict:
    ldi   bytes, #RESERVATION_CONFLICT
    ldi   next, #NO_SENSE
    br    end
short:
    ldi   next, #PARAMETER_LIST_LENGTH
    br    bad
full:
    ldi   next, #INSUFFICIENT_REGISTRATIONS
bad:
    ldi   bytes, #CHECK_CONDITION
end:
    ldi   word, #NO_SENSE
    ret
