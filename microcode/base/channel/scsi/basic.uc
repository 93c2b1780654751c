; What every unit says of itself: is it there, what is it, how large is it, which units are there, what went wrong.
role channel

; z: the handler's number in its family.
sub basic using scsi
    case  z, #7
    br    none
    br    test_unit_ready
    br    inquiry
    br    report_luns
    br    request_sense
    br    read_capacity10
    br    read_capacity16
none:
    assert status, #0x5c52           ; `operation` names what is not here
test_unit_ready:
    ld    x, volume.state[unit]
    br.any x, #VOLUME_READY, ready
    ldi   sense, #BECOMING_READY
    ldi   status, #CHECK_CONDITION
ready:
    ret
inquiry:
    call  inquiry
    ret
report_luns:
    call  report_luns
    ret
request_sense:
    call  request_sense
    ret
read_capacity10:
    call  read_capacity10
    ret
read_capacity16:
    call  read_capacity16
    ret

sub inquiry using scsi
    cdb   lba, command, #1, #1       ; EVPD
    cdb   lba_high, command, #2, #1
    cdb   count, command, #3, #2
    br.ne lba, #0, page
    br.ne lba_high, #0, odd          ; a page code without EVPD
    br.neg unit, nowhere
    ldi   lba, #STANDARD_INQUIRY
    br    find
page:
    br.neg unit, find
    ld    x, volume.align[unit]
    br.eq x, #0, find
    ldi   lba, #VPD_4096
    call  page
    br.neg z, same
    call  answer
    ret
same:                                ; it says the same of blocks of any size
    ldi   lba, #VPD
find:
    call  page
    br.neg z, odd
    call  answer
    ret
odd:
    ldi   z, #23                     ; byte 2, bit 7
    call  odd_bit
    ret
nowhere:                             ; peripheral qualifier 3: no unit can be there (SPC-6, 6.7.2)
    call  take_work
    ldi   y, #36
    blank x, y
    ldi   y, #0x7f
    put   x, #0, y, #1
    ldi   y, #6
    put   x, #2, y, #1
    ldi   y, #2
    put   x, #3, y, #1
    ldi   y, #31
    put   x, #4, y, #1
    ldi   y, #36
    call  answer
    ret

; The unit's page of kind `lba` and code `lba_high` into a work buffer: z, with y bytes from x on; z = -1: it has none.
sub page using scsi
    br.neg unit, none
    ld    z, unit.pages[unit]
each:
    br.eq z, #0, none
    sub   z, z, #1
    ld    x, page.kind[z]
    br.ne x, lba, next
    ld    x, page.code[z]
    br.eq x, lba_high, this
next:
    ld    z, page.next[z]
    br    each
this:
    mov   lba, z
    call  take_work
    ld    y, page.bytes[lba]
    ld    lba, page.at[lba]
    move  x, lba, y
    ret
none:
    ldi   z, #-1
    ret

sub report_luns using scsi
    cdb   count, command, #6, #4
    br.lt count, #16, length
    cdb   lba, command, #2, #1       ; SELECT REPORT
    br.ge lba, #3, odd
    call  take_work
    ldi   y, #8
    blank x, y
    br.eq lba, #1, listed            ; well known units: there are none
    ld    info, scsi_command.nexus[command]
    ld    info, nexus.group[info]
    shl   info, info, #6             ; LUNS_MAX
    ldi   lba, #0
each:
    ld    info_high, mask.unit[info]
    br.eq info_high, #0, next
    add   info_high, x, y
    ldi   lba_high, #8
    blank info_high, lba_high
    put   info_high, #0, lba, #2     ; peripheral addressing: bus 0
    add   y, y, #8
next:
    add   info, info, #1
    add   lba, lba, #1
    br.ne lba, #LUNS_MAX, each
listed:
    sub   lba, y, #8
    put   x, #0, lba, #4
    ldi   info, #0
    ldi   info_high, #0
    call  answer
    ret
length:
    ldi   z, #55                     ; byte 6, bit 7
    call  odd_bit
    ret
odd:
    ldi   z, #23
    call  odd_bit
    ret

; Parameter data, as there is no command whose sense would wait: a unit attention, or that there is no such unit.
sub request_sense using scsi
    cdb   info, command, #1, #1      ; DESC
    cdb   info_high, command, #4, #1
    ldi   sense, #NO_LUN
    br.neg unit, known
    call  attention
    br.ne sense, #0, known
    ld    x, unit.gate[unit]
    br.none x, #GATE_WORKING, known
    call  working                    ; how far it is (SBC-4, 4.10 and 4.11)
    ldi   status, #GOOD
known:
    mov   lba_high, sense
    ldi   sense, #0
    mov   count, info_high
    call  take_work
    ldi   y, #18
    blank x, y
    shr   lba, lba_high, #16
    br.ne info, #0, descriptors
    put   x, #2, lba, #1
    put   x, #12, lba_high, #2
    put   x, #15, specific, #3
    ldi   lba, #0x70
    put   x, #0, lba, #1
    ldi   lba, #10
    put   x, #7, lba, #1
    br    made
descriptors:
    put   x, #1, lba, #1
    put   x, #2, lba_high, #2
    ldi   lba, #0x72
    put   x, #0, lba, #1
    ldi   y, #8
    br.eq specific, #0, made
    put   x, #7, y, #1
    ldi   lba, #0x0206               ; sense-key specific, of 6 bytes more
    put   x, #8, lba, #2
    put   x, #12, specific, #3
    ldi   y, #16
made:
    ldi   specific, #0
    ldi   info, #0
    ldi   info_high, #0
    call  answer
    ret

; The number of blocks, less one, in info; log2 of a block's sectors in z.
sub last_block using scsi
    call  block_shift
    ld64  info, unit.blocks[unit]
    shr64 info, info, z
    add64 info, info, #-1
    ret

; z: log2 of the sectors of a block, as the volume's format is now.
sub block_shift using scsi
    ldi   z, #0
    ld    x, volume.align[unit]
    br.eq x, #0, sectors
    ldi   z, #3                      ; FBA 4096
sectors:
    ret

sub read_capacity10 using scsi
    cdb   x, command, #2, #4
    cdb   y, command, #8, #1         ; PMI
    br.any y, #1, partial
    br.ne x, #0, odd
partial:
    call  last_block
    mov   lba, z
    call  take_work
    br.eq info_high, #0, fits
    ldi   info, #-1
fits:
    put   x, #0, info, #4
    ldi   y, #512
    shl   y, y, lba
    put   x, #4, y, #4
    ldi   info, #0
    ldi   info_high, #0
    ldi   y, #8
    ldi   count, #8
    call  answer
    ret
odd:
    ldi   z, #23
    call  odd_bit
    ret

sub read_capacity16 using scsi
    cdb   count, command, #10, #4
    call  last_block
    mov   lba, z
    call  take_work
    ldi   y, #32
    blank x, y
    put64 x, #0, info
    ldi   y, #512
    shl   y, y, lba
    put   x, #8, y, #4
    ld    info, unit.type[unit]
    br.ne lba, #0, whole
    br.none info, #PHYSICAL_4096, whole
    ldi   y, #3                      ; log2 of a physical block's blocks
    put   x, #13, y, #1
whole:
    br.none info, #THIN, thick
    ldi   y, #0xc0                   ; LBPME, LBPRZ: what was unmapped is zeroes
    put   x, #14, y, #1
thick:
    ldi   info, #0
    ldi   info_high, #0
    ldi   y, #32
    call  answer
    ret
