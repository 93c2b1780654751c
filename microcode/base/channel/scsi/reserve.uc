; PERSISTENT RESERVE IN, and the way to what changes reservations (SPC-6, 5.14, 6.16, 6.17).
role channel

const CAPABILITIES = 0x1d            ; CRH, SIP_C, ATP_C, PTPL_C
const ALLOWED = 0xb0                 ; TMV; 011b: MODE SENSE and such that only read, under WRITE EXCLUSIVE
const TYPES = 0xea010000             ; all six

; `mine`: the record of `registrant` of the initiator that asks, -1: it has none. `held`: as `reservation.held`.
frame claim: command=r0 unit=r1 path=r2 status=r3 sense=r4 specific=r5 key=r6 mine=r8 stable=r9 x=r10 y=r11 action_key=r12 n=r14 z=r15

; z: the handler's number in its family.
sub reserve using scsi
    br.lt z, #4, in
    br.eq z, #5, release
    call  reserve_unit
    br    end
release:
    call  release_unit
end:
    ldi   info, #0
    ldi   info_high, #0
    ldi   wanted, #0
    ret
in:
    call  reserve_in
    ret

sub reserve_in using scsi
    mov   info, z
    call  take_work
    mov   lba, x                     ; where it is written
    cdb   count, command, #7, #2
    ldi   y, #8
    blank x, y
    ld    y, unit.generation[unit]
    put   x, #0, y, #4
    ldi   y, #8
    case  info, #4
    br    keys
    br    reservation
    br    capabilities
    br    full
    assert status, #0x5c5a           ; no other number of this family is below 4
keys:
    call  read_keys
    br    made
reservation:
    call  read_reservation
    br    made
capabilities:
    call  report_capabilities
    br    made
full:
    call  read_full_status
made:
    ldi   info, #0
    ldi   info_high, #0
    call  answer
    ret

; y bytes stand from x on. All initiators that are registered with the unit.
frame reading: command=r0 unit=r1 flags=r3 sense=r4 specific=r5 key=r6 units=r8 stable=r9 x=r10 y=r11 at=r12 who=r13 count=r14

sub read_keys using reading
    ldi   who, #0
    ld    units, front.units
each:
    ld    at, scsi.initiators
    br.eq who, at, all
    mul   at, who, units
    add   at, at, unit
    ld    specific, registrant.flags[at]
    br.none specific, #REGISTERED, next
    ld64  key, registrant.key[at]
    add   at, x, y
    put64 at, #0, key
    add   y, y, #8
next:
    add   who, who, #1
    br    each
all:
    sub   at, y, #8
    put   x, #4, at, #4
    ldi   specific, #0
    ldi   units, #0
    ret

sub read_reservation using reading
    ld    at, reservation.held[unit]
    br.eq at, #0, none
    ldi   y, #24
    add   units, x, #8
    ldi   who, #16
    blank units, who
    put   x, #7, who, #1
    and   who, at, #15
    put   x, #21, who, #1
    br.ge who, #7, none              ; of all registrants: no key
    shr   at, at, #8
    sub   at, at, #1
    ld    units, front.units
    mul   at, at, units
    add   at, at, unit
    ld64  key, registrant.key[at]
    put64 x, #8, key
none:
    ldi   units, #0
    ret

sub report_capabilities using reading
    ldi   at, #0x0008
    put   x, #0, at, #2
    ldi   at, #CAPABILITIES
    put   x, #2, at, #1
    ldi   at, #ALLOWED
    ld    who, reservation.kept[unit]
    or    at, at, who
    put   x, #3, at, #1
    ldi   at, #TYPES
    put   x, #4, at, #4
    ret

; Each descriptor is whole; registrants that come or go meanwhile may be among them or not, as PRgeneration tells.
sub read_full_status using reading
    ldi   who, #0
each:
    ld    at, scsi.initiators
    br.eq who, at, all
    ld    units, front.units
    mul   at, who, units
    add   at, at, unit
    ld    flags, registrant.flags[at]
    br.none flags, #REGISTERED, next
    ld64  key, registrant.key[at]
    add   at, x, y
    ldi   specific, #24
    blank at, specific
    put64 at, #0, key
    ldi   specific, #1
    put   at, #18, specific, #2      ; relative target port identifier
    and   flags, flags, #ALL_PORTS
    call  held_by
    put   at, #12, flags, #1
    call  write_transport_id
    add   y, y, specific
    add   y, y, #24
    yield
next:
    add   who, who, #1
    br    each
all:
    sub   at, y, #8
    put   x, #4, at, #4
    ldi   specific, #0
    ldi   flags, #GOOD
    ldi   units, #0
    ret

; Initiator `who`, whose descriptor stands at `at`: R_HOLDER among the flags, scope and type.
sub held_by using reading
    ld    specific, reservation.held[unit]
    and   units, specific, #15
    br.ge units, #7, holds
    shr   specific, specific, #8
    add   key, who, #1
    br.ne specific, key, no
holds:
    or    flags, flags, #1
    put   at, #13, units, #1
no:
    ret

; Its TransportID, of `specific` bytes.
sub write_transport_id using reading
    ld    specific, initiator.bytes[who]
    put   at, #20, specific, #4
    shl   units, who, #6             ; TRANSPORT_ID_WORDS
    add   at, at, #24
    add   key, at, specific
each:
    br.ge at, key, written
    ld    flags, transport_id.word[units]
    put   at, #0, flags, #4
    add   at, at, #4
    add   units, units, #1
    br    each
written:
    ret
