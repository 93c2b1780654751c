; EXTENDED COPY(LID1) between units that the initiator sees (SPC-4, 6.4), and RECEIVE COPY RESULTS: bytes go from slot to slot,
; and none over the host's wire. All of the list is looked at before the first block is copied.
role channel

const WRITES_EXCLUSIVE = 0xa2       ; types 1, 5, 7: everybody reads

; z: the handler's number in its family.
sub copy using scsi
    case  z, #3
    br    extended
    br    copy_status
    br    parameters
    assert status, #0x5c59           ; `operation` names what is not here
extended:
    call  extended_copy
    ret
copy_status:
    call  copy_status
    ret
parameters:
    call  copy_parameters
    ret

; info: the cursor; info_high: the end of what it goes over. While it is worked on, the list keeps what was found: each
; target descriptor its unit (byte 28 on), each segment its two units, sectors that are left (byte 8 on) and both LBAs in sectors.
sub extended_copy using scsi
    cdb   wanted, command, #10, #4
    br.eq wanted, #0, done
    call  came
    br.ne status, #GOOD, done
    ldi   status, #CHECK_CONDITION
    ldi   sense, #PARAMETER_LIST_LENGTH
    br.lt wanted, #16, done
    ld    info, scsi_command.at[command]
    shl   info, info, #9
    get   x, info, #2, #2            ; bytes of target descriptors
    get   y, info, #8, #4            ; of segment descriptors
    shr   z, y, #16
    br.ne z, #0, done
    add   z, x, y
    ldi   lba, #COPY_LIST_BYTES
    br.lt lba, z, done
    add   z, z, #16
    br.lt wanted, z, done
    ldi   sense, #INLINE_DATA
    get   z, info, #12, #4
    br.ne z, #0, done
    ldi   sense, #INVALID_FIELD_LIST
    br.any x, #31, done
    ldi   sense, #TOO_MANY_TARGETS
    ldi   z, #COPY_DESCRIPTORS
    shl   lba, z, #5
    br.lt lba, x, done
    ldi   sense, #TOO_MANY_SEGMENTS
    ldi   lba, #28
    mul   lba, lba, z
    br.lt lba, y, done
    ldi   sense, #0
    ldi   status, #GOOD
    add   info, info, #16
    add   info_high, info, x
    call  targets
    br.ne status, #GOOD, done
    call  segments
    br.ne status, #GOOD, done
    call  copy_all
done:
    ldi   info, #0
    ldi   info_high, #0
    ldi   stable, #0
    ret

; Which unit each target descriptor means.
frame find: command=r0 unit=r1 path=r2 status=r3 sense=r4 found=r5 info=r6 end=r7 wanted=r8 lun=r9 x=r10 y=r11 page=r12 at=r13 last=r14 z=r15

sub targets using find
each:
    br.ge info, end, known
    get   x, info, #0, #1
    br.ne x, #0xe4, type             ; identification descriptor
    call  find_unit
    put   info, #28, found, #4
    add   info, info, #32
    br    each
known:
    ldi   found, #0
    ret
type:
    ldi   found, #0
    ldi   sense, #TARGET_TYPE
    ldi   status, #CHECK_CONDITION
    ret

; found: the unit whose page 83h has this designator, of those that the initiator sees; -1: none.
sub find_unit using find
    ldi   lun, #0
    ldi   found, #-1
each:
    ld    x, scsi_command.nexus[command]
    ld    x, nexus.group[x]
    shl   x, x, #6                   ; LUNS_MAX
    add   x, x, lun
    ld    found, mask.unit[x]
    sub   found, found, #1
    br.neg found, next
    ld    page, unit.pages[found]
pages:
    br.eq page, #0, next
    sub   page, page, #1
    ld    x, page.code[page]
    br.ne x, #0x83, other
    ld    x, page.kind[page]
    br.ne x, #VPD, other
    ld    at, page.at[page]
    ld    last, page.bytes[page]
    add   last, last, at
    add   at, at, #4
names:
    br.ge at, last, next
    get   x, at, #0, #1
    get   y, info, #4, #1
    and   x, x, #15                  ; code set
    and   y, y, #15
    br.ne x, y, another
    get   x, at, #1, #1
    get   y, info, #5, #1
    and   x, x, #63                  ; association and type
    and   y, y, #63
    br.ne x, y, another
    get   x, at, #3, #1
    get   y, info, #7, #1
    br.ne x, y, another
    br.ge y, #21, another            ; it has no room for more
    add   x, at, #4
    add   z, info, #8
    differ x, x, z, y
    br.neg x, this
another:
    get   x, at, #3, #1
    add   at, at, x
    add   at, at, #4
    br    names
other:
    ld    page, page.next[page]
    br    pages
next:
    ldi   found, #-1
    add   lun, lun, #1
    br.lt lun, #LUNS_MAX, each
this:
    ldi   lun, #0
    ret

; info: the first segment, right behind the target descriptors. Ends with info and info_high around all of them.
sub segments using scsi
    ld    x, scsi_command.at[command]
    shl   x, x, #9
    get   y, x, #8, #4
    add   info_high, info, y
each:
    br.ge info, info_high, known
    get   y, info, #0, #1
    ldi   sense, #SEGMENT_TYPE
    br.ne y, #2, wrong               ; from block device to block device
    ldi   sense, #INVALID_FIELD_LIST
    sub   y, info_high, info
    br.lt y, #28, wrong
    get   y, info, #2, #2
    br.ne y, #24, wrong
    call  segment
    br.ne status, #GOOD, done
    call  readable
    br.ne status, #GOOD, done
    add   info, info, #28
    br    each
known:
    ldi   sense, #0
    get   y, x, #8, #4
    sub   info, info_high, y
done:
    ret
wrong:
    ldi   status, #CHECK_CONDITION
    ret

; x: the list. z and path: source and destination. FFFFh is the unit that the command came to.
sub segment using scsi
    get   count, x, #2, #2
    shr   count, count, #5           ; targets
    ldi   sense, #COPY_UNREACHABLE
    mov   z, unit
    get   y, info, #4, #2
    br.eq y, #0xffff, to
    br.ge y, count, wrong
    shl   y, y, #5
    add   y, y, x
    get   z, y, #44, #4
    br.neg z, wrong
to:
    mov   path, unit
    get   y, info, #6, #2
    br.eq y, #0xffff, open
    br.ge y, count, wrong
    shl   y, y, #5
    add   y, y, x
    get   path, y, #44, #4
    br.neg path, wrong
    br.eq path, unit, open           ; its own gate was looked at
    ld    y, unit.gate[path]
    ldi   count, #GATE_CLOSED
    and   y, y, count
    br.ne y, #0, wrong
open:
    put   info, #4, z, #2
    put   info, #6, path, #2
    ldi   sense, #COPY_ABORTED
    ld    y, volume.align[z]
    br.eq y, #0, small
    ldi   y, #3
small:
    get   count, info, #10, #2
    shl   count, count, y
    get64 lba, info, #12
    shr   wanted, lba_high, #28
    br.ne wanted, #0, wrong
    shl64 lba, lba, y
    beyond wanted, z, lba, count
    br.ne wanted, #0, wrong
    put   info, #8, count, #4
    put64 info, #12, lba
    ld    wanted, volume.align[path]
    br.eq wanted, #0, blocks
    ldi   wanted, #3
blocks:
    br.ne wanted, y, wrong           ; both have blocks of one size
    get64 lba, info, #20
    shr   wanted, lba_high, #28
    br.ne wanted, #0, wrong
    shl64 lba, lba, y
    beyond wanted, path, lba, count
    br.ne wanted, #0, wrong
    put64 info, #20, lba
    cdb   wanted, command, #10, #4
    ret
wrong:
    cdb   wanted, command, #10, #4
    ldi   status, #CHECK_CONDITION
    ret

; The source of the segment at `info` (unit z) has its medium, and no reservation keeps who asks from reading it (SPC-6, 5.14.1).
sub readable using scsi
    get   z, info, #4, #2
    br.eq z, unit, open              ; its own gate was looked at
    ld    y, unit.gate[z]
    br.any y, #GATE_STOPPED|GATE_WORKING|GATE_LOST, shut
    br.none y, #GATE_RESERVED, open
    ld    lba, scsi_command.nexus[command]
    ld    y, unit.reserver[z]
    sub   y, y, #1
    br.eq y, lba, open
    br.neg y, persistent             ; nobody reserved it so
    br    shut
persistent:
    ld    lba, nexus.initiator[lba]
    ld    y, reservation.held[z]
    and   count, y, #15
    shr   y, y, #8
    ldi   wanted, #1
    shl   wanted, wanted, count
    br.any wanted, #WRITES_EXCLUSIVE, open
    br.ge count, #5, shared
    br.eq y, lba, open
    br    shut
shared:
    br.eq lba, #0, shut
    sub   lba, lba, #1
    ld    y, front.units
    mul   lba, lba, y
    add   lba, lba, z
    ld    y, registrant.flags[lba]
    br.any y, #REGISTERED, open
shut:
    ldi   sense, #COPY_UNREACHABLE
    ldi   status, #CHECK_CONDITION
open:
    cdb   wanted, command, #10, #4
    ret

; Segment by segment, and the initiator may ask later how far it came.
sub copy_all using scsi
    ld    x, scsi_command.nexus[command]
    ld    y, front.units
    mul   path, x, y
    add   path, path, unit
    ldi   x, #0
    st    path.segments[path], x
    st    path.copied[path], x
each:
    br.ge info, info_high, known
    mov   specific, path
    call  copy_segment
    mov   path, specific
    ldi   specific, #0
    br.ne count, #OK, failed
    inc   path.segments[path]
    add   info, info, #28
    br    each
known:
    ldi   count, #OK
failed:
    ld    x, scsi_command.at[command]
    shl   x, x, #9
    get   y, x, #0, #1
    or    y, y, #0x100
    ldi   z, #0x10000                ; completed
    br.eq count, #OK, told
    ldi   z, #0x20000                ; with errors
told:
    or    y, y, z
    st    path.copy[path], y
    call  outcome
    br.eq status, #GOOD, well
    ldi   sense, #COPY_FAILED
well:
    ret

frame chunk: command=r0 unit=r1 at=r2 span=r3 flags=r4 path=r5 d=r6 end=r7 wanted=r8 n=r9 x=r10 slot=r11 place=r12 sector=r13 result=r14 sectors=r15

; Leaves the result in count. Bytes are written from the source's slot, which is pinned until they are.
sub copy_segment using chunk
    geom  sectors
    ldi   result, #OK
next:
    get   n, d, #8, #4
    br.eq n, #0, done
    get64 place, d, #20
    get   x, d, #6, #2
    place place, x, place
    sub   span, sectors, sector
    min   n, n, span
    get64 place, d, #12
    get   x, d, #4, #2
    place place, x, place
    sub   span, sectors, sector
    min   n, n, span
    shl   span, n, #16
    or    span, span, sector
    send  READ (x, place, span)
    wait  READY (result, slot)
    br.ne result, #OK, done
    slot.at at, slot, span
    get64 place, d, #20
    get   x, d, #6, #2
    place place, x, place
    shl   span, n, #16
    or    span, span, sector
    ldi   flags, #0
    send  WRITE (x, place, span, at, flags)
    wait  WRITTEN (result)
    post  UNPIN (slot)
    br.ne result, #OK, done
    get64 place, d, #12
    add64 place, place, n
    put64 d, #12, place
    get64 place, d, #20
    add64 place, place, n
    put64 d, #20, place
    get   x, d, #8, #4
    sub   x, x, n
    put   d, #8, x, #4
    ld    x, path.copied[path]
    add   x, x, n
    st    path.copied[path], x
    br    next
done:
    ldi   flags, #0
    ret

; How the last copy of this list identifier ended (SPC-4, 6.26.2).
sub copy_status using scsi
    ld    path, scsi_command.nexus[command]
    ld    y, front.units
    mul   path, path, y
    add   path, path, unit
    ld    y, path.copy[path]
    br.none y, #0x100, unknown
    cdb   x, command, #2, #1
    and   z, y, #0xff
    br.ne x, z, unknown
    cdb   count, command, #10, #4
    shr   lba, y, #16
    call  take_work
    ldi   y, #12
    blank x, y
    ldi   y, #8
    put   x, #0, y, #4
    put   x, #4, lba, #1
    ld    y, path.segments[path]
    put   x, #5, y, #2
    ld    y, path.copied[path]
    shl   y, y, #9
    put   x, #8, y, #4
    ldi   y, #12
    call  answer
    ret
unknown:
    ldi   z, #23                     ; byte 2, bit 7
    call  odd_bit
    ret

; What a list may have: data, as the page of vital product data 8Fh is, which says the same.
sub copy_parameters using scsi
    cdb   count, command, #10, #4
    ldi   lba, #COPY_LIMITS
    ldi   lba_high, #0
    call  page
    add   x, z, #1
    assert x, #0x5c5c                ; every unit has them
    call  answer
    ret
