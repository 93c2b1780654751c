; Sessions of initiators come and go; initiators are remembered by their names.
role channel

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
    shl   at, at, #9
    call  remember
    st    nexus.initiator[nexus], initiator
    br.eq initiator, #0, nameless
    sub   x, initiator, #1
    inc   initiator.users[x]
nameless:
    call  fresh
    post  NEXUS (command, nexus)
    end
full:
    ldi   nexus, #-1
    post  NEXUS (command, nexus)
    end

; The record (+ 1) of the initiator whose TransportID stands at `at`: it may have been here before, or the record is one that
; nobody uses, neither a session nor a registration. 0: all are in use.
frame arrive: command=r0 group=r1 at=r2 bytes=r3 nexus=r5 initiator=r6 hash=r7 spare=r8 x=r10 y=r11 z=r12 most=r13 word=r14

sub remember using arrive
    sum   hash, at, bytes
    ldi   initiator, #0
    ldi   spare, #-1
each:
    ld    most, scsi.initiators
    br.eq initiator, most, new
    ld    x, initiator.users[initiator]
    br.ne x, #0, used
    br.neg spare, first
    br    used
first:
    mov   spare, initiator
used:
    ld    x, initiator.used[initiator]
    br.eq x, #0, next
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
    ldi   x, #0                      ; power may go before all of the name is there
    st    initiator.used[initiator], x
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
sub fresh using arrive
    use   path=r2 code=r3 unit=r4
    ldi   unit, #0
each:
    ld    x, front.units
    br.eq unit, x, all
    mul   path, nexus, x
    add   path, path, unit
    ldi   code, #POWER_ON
    call  attend
    ldi   x, #0
    st    path.copy[path], x
    add   unit, unit, #1
    yield
    br    each
all:
    ret

on NEXUS_CLOSE using manage
    use   closed=r1
    mov   nexus, closed
    mov   by, closed
    ldi   target, #-1
    call  abort
    call  settle
    call  allows_all
    ldi   unit, #0
each:
    ld    x, front.units
    br.eq unit, x, all
    call  leave
    add   unit, unit, #1
    yield
    br    each
all:
    ld    y, nexus.initiator[nexus]
    br.eq y, #0, nameless
    sub   y, y, #1
    dec   initiator.users[y]
nameless:
    ldi   x, #0
    st    nexus.open[nexus], x
    post  NEXUS (command, x)
    end

; The nexus has no attention of this unit, and has not reserved it, any more (I_T nexus loss: SAM-6, 6.3.4).
sub leave using manage
    ld    x, front.units
    mul   path, nexus, x
    add   path, path, unit
    ld    x, path.count[path]
    br.eq x, #0, calm
    ldi   x, #0
    st    path.count[path], x
    call  quiet
calm:
    call  forsake
    ret
