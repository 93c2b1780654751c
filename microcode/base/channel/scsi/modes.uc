; How a unit is set: MODE SENSE and MODE SELECT (SPC-6, 6.12 to 6.15, 7.5). Mode pages are data: for each code three records of
; `page` behind each other say what is so now, what may be changed, and what it is at power on.
role channel

; z: the handler's number in its family.
sub modes using scsi
    case  z, #2
    br    sense
    br    select
    assert status, #0x5c57           ; `operation` names what is not here
sense:
    call  mode_sense
    br    none
select:
    call  mode_select
none:
    ldi   info, #0
    ldi   info_high, #0
    ldi   stable, #0
    ret

; `to`: where the next byte of parameter data goes. Pages of which code & mask = which are wanted, of this kind.
frame mode: command=r0 unit=r1 base=r2 entry=r3 head=r4 to=r5 blocks=r6 blocks_high=r7 wanted=r8 kind=r9 x=r10 y=r11 which=r12 mask=r13 count=r14 z=r15

sub mode_sense using mode
    cdb   which, command, #2, #2     ; PC, page code, subpage code
    shr   kind, which, #14
    br.eq kind, #3, saved
    add   kind, kind, #MODE
    call  last_block
    add64 blocks, blocks, #1
    mov   head, z
    call  take_work
    mov   base, x
    ldi   y, #24
    blank base, y
    ldi   y, #512
    shl   y, y, head                 ; of a block
    call  mode_header
    call  which_pages
    call  mode_pages
    br.eq to, blocks, absent
    sub   y, to, base
    cdb   count, command, #4, #1
    sub   x, y, #1
    br.eq head, #4, six
    cdb   count, command, #7, #2
    sub   x, y, #2
    put   base, #0, x, #2
    br    made
six:
    put   base, #0, x, #1
made:
    ldi   entry, #GOOD
    ldi   head, #0
    ldi   to, #0
    call  answer
    ret
absent:
    call  give_work
    ldi   z, #21                     ; byte 2, bit 5
    call  odd_bit
    ret
saved:
    use   status=r3 sense=r4
    ldi   sense, #SAVING_UNSUPPORTED
    ldi   status, #CHECK_CONDITION
    ret

; Header, and unless DBD says no a block descriptor: short, or long where LLBAA allows it. y: bytes of a block.
sub mode_header using mode
    ldi   head, #4
    cdb   x, command, #0, #1
    br.eq x, #0x1a, six
    ldi   head, #8
six:
    add   to, base, head
    cdb   x, command, #1, #1
    br.any x, #8, described
    br.any x, #16, long
    br.eq blocks_high, #0, fits
    ldi   blocks, #-1
fits:
    put   to, #0, blocks, #4
    put   to, #5, y, #3
    ldi   x, #8
    br    sized
long:
    put64 to, #0, blocks
    put   to, #12, y, #4
    ldi   y, #1
    put   base, #4, y, #1
    ldi   x, #16
sized:
    sub   y, to, #1                  ; the header's last byte
    put   y, #0, x, #1
    add   to, to, x
described:
    ldi   x, #0x10                   ; DPOFUA
    ld    y, unit.gate[unit]
    br.none y, #GATE_PROTECTED, writable
    or    x, x, #0x80                ; WP
writable:
    shr   y, head, #3
    add   y, y, base
    put   y, #2, x, #1
    ret

; Page code 3F: all; subpage code FF: those with one, too (SPC-6, table 179).
sub which_pages using mode
    and   x, which, #0xff
    shr   y, which, #8
    and   y, y, #0x3f
    ldi   mask, #0x3fff
    br.eq y, #0x3f, all
    br.ne x, #0xff, these
    ldi   mask, #0x3f00
    br    these
all:
    ldi   mask, #0xff
    br.eq x, #0, these
    ldi   mask, #0x3fff
    br.ne x, #0xff, these
    ldi   mask, #0
these:
    and   which, which, mask
    ret

; Behind `to`, which stood at `blocks`.
sub mode_pages using mode
    mov   blocks, to
    ld    entry, unit.pages[unit]
each:
    br.eq entry, #0, all
    sub   entry, entry, #1
    ld    x, page.kind[entry]
    br.ne x, kind, next
    ld    x, page.code[entry]
    and   x, x, mask
    br.ne x, which, next
    ld    x, page.at[entry]
    ld    y, page.bytes[entry]
    move  to, x, y
    add   to, to, y
next:
    ld    entry, page.next[entry]
    br    each
all:
    ret

; The parameter list stands from `base` on and ends before `end`; `at`: the page that is read now.
frame select: command=r0 unit=r1 base=r2 status=r3 sense=r4 specific=r5 changed=r6 bytes=r7 wanted=r8 at=r9 x=r10 y=r11 entry=r12 k=r13 end=r14 z=r15

; Nothing is set unless all of the list is right.
sub mode_select using select
    use   blocks=r6
    cdb   wanted, command, #4, #1
    cdb   x, command, #0, #1
    br.eq x, #0x15, six
    cdb   wanted, command, #7, #2
six:
    br.eq wanted, #0, done
    cdb   x, command, #1, #1
    br.none x, #16, format
    ld    x, scsi_command.out_bytes[command]
    br.lt x, wanted, short
    call  last_block
    add64 blocks, blocks, #1
    call  mode_list
    br.ne status, #GOOD, done
    ldi   changed, #0
check:
    br.ge at, end, right
    call  listed_page
    br.ne status, #GOOD, done
    call  changes
    br.ne status, #GOOD, done
    add   at, at, bytes
    br    check
right:
    br.eq changed, #0, done
    call  first_page
set:
    br.ge at, end, tell
    call  listed_page
    ld    x, page.at[entry]
    add   x, x, #2
    add   y, at, #2
    sub   z, bytes, #2
    move  x, y, z
    add   at, at, bytes
    br    set
tell:
    use   code=r3 whom=r4 but=r5
    mov   whom, unit
    call  mode_effects
    ldi   code, #MODE_CHANGED
    ld    but, scsi_command.nexus[command]
    call  attend_all
    ldi   status, #GOOD
    ldi   sense, #0
    ldi   specific, #0
done:
    ret
short:
    ldi   sense, #PARAMETER_LIST_LENGTH
    ldi   status, #CHECK_CONDITION
    ret
format:
    ldi   z, #12                     ; byte 1, bit 4: PF
    call  odd_bit
    ret

; `at`: the first page, behind header and block descriptors.
sub first_page using select
    cdb   x, command, #0, #1
    br.eq x, #0x15, six
    get   x, base, #6, #2
    add   at, base, #8
    add   at, at, x
    ret
six:
    get   x, base, #3, #1
    add   at, base, #4
    add   at, at, x
    ret

; Header and block descriptor of the list: the unit's size and blocks stay what they are. z: log2 of the sectors of a block.
sub mode_list using select
    use   blocks=r6 blocks_high=r7
    ld    base, scsi_command.at[command]
    shl   base, base, #9
    add   end, base, wanted
    ldi   k, #4
    cdb   x, command, #0, #1
    br.eq x, #0x15, six
    ldi   k, #8
six:
    br.lt wanted, k, short
    call  first_page
    br.lt end, at, short
    add   k, base, k
    sub   y, at, k
    br.eq y, #0, done                ; no block descriptor
    cdb   x, command, #0, #1
    br.eq x, #0x15, narrow
    get   x, base, #4, #1
    br.any x, #1, long
narrow:
    br.ne y, #8, wrong
    ldi   x, #0
    get   y, k, #0, #4
    get   k, k, #5, #3
    br    described
long:
    br.ne y, #16, wrong
    get   x, k, #0, #4
    get   y, k, #4, #4
    get   k, k, #12, #4
described:
    ldi   specific, #-1
    br.eq y, specific, sized         ; as many as there are
    or    specific, x, y
    br.eq specific, #0, sized
    br.ne y, blocks, resized
    br.ne x, blocks_high, resized
sized:
    ldi   x, #512
    shl   x, x, z
    br.ne x, k, reblocked
done:
    ldi   specific, #0
    ret
resized:
    cdb   x, command, #0, #1
    br.eq x, #0x15, fourth
    ldi   x, #8
    call  odd_byte
    ret
fourth:
    ldi   x, #4
    call  odd_byte
    ret
reblocked:                           ; bytes of a block: behind how many there are
    cdb   y, command, #0, #1
    ldi   x, #9
    br.eq y, #0x15, bytes
    ldi   x, #13
    get   y, base, #4, #1
    br.none y, #1, bytes
    ldi   x, #20
bytes:
    call  odd_byte
    ret
wrong:                               ; how long the descriptors are: byte 3 of 4, or 6 of 8
    sub   x, k, base
    shr   y, x, #2
    sub   x, x, y
    call  odd_byte
    ret
short:
    ldi   sense, #PARAMETER_LIST_LENGTH
    ldi   status, #CHECK_CONDITION
    ret

; The page at `at`: its length in bytes, and what is so of it now in `entry`.
sub listed_page using select
    sub   x, end, at
    br.lt x, #4, short               ; no page is so short
    get   z, at, #0, #1
    get   bytes, at, #1, #1
    br.any z, #0x40, subpage
    and   z, z, #0x3f                ; PS means nothing here
    shl   z, z, #8
    add   bytes, bytes, #2
    br    find
subpage:
    and   z, z, #0x3f
    shl   z, z, #8
    or    z, z, bytes
    get   bytes, at, #2, #2
    add   bytes, bytes, #4
find:
    ld    entry, unit.pages[unit]
each:
    br.eq entry, #0, absent
    sub   entry, entry, #1
    ld    y, page.kind[entry]
    br.ne y, #MODE, next
    ld    y, page.code[entry]
    br.eq y, z, found
next:
    ld    entry, page.next[entry]
    br    each
found:
    ld    y, page.bytes[entry]
    br.ne y, bytes, length
    br.lt x, bytes, short
    ret
absent:
    sub   x, at, base
    call  odd_byte
    ret
length:
    sub   x, at, base
    add   x, x, #1
    get   y, at, #0, #1
    br.none y, #0x40, page
    add   x, x, #1                   ; of a subpage two bytes, behind its number
page:
    call  odd_byte
    ret
short:
    ldi   sense, #PARAMETER_LIST_LENGTH
    ldi   status, #CHECK_CONDITION
    ret

; Does the page at `at` change anything, and only what may be changed?
sub changes using select
    ldi   k, #2
each:
    br.eq k, bytes, all
    ld    x, page.at[entry]
    add   x, x, k
    get   x, x, #0, #1
    add   y, at, k
    get   y, y, #0, #1
    br.eq x, y, next
    ldi   changed, #1
    or    z, x, y
    and   x, x, y
    sub   z, z, x                    ; bits that differ
    add   y, entry, #1
    ld    y, page.at[y]
    add   y, y, k
    get   y, y, #0, #1
    and   y, z, y
    br.ne y, z, fixed
next:
    add   k, k, #1
    br    each
fixed:
    sub   x, at, base
    add   x, x, k
    call  odd_byte
all:
    ret

; A byte of the parameter list (x) that cannot be: with its field pointer (SPC-6, 4.4.2.4.2).
sub odd_byte using select
    ldi   sense, #INVALID_FIELD_LIST|WITH_SPECIFIC
    ldi   status, #CHECK_CONDITION
    ldi   specific, #0x800000        ; SKSV
    or    specific, specific, x
    ret

; A unit's mode pages as they are at power on, after a reset of it.
frame modes: modes=r3 unit=r1 x=r10 y=r11 entry=r12 at=r13

sub mode_defaults using modes
    ld    entry, unit.pages[unit]
each:
    br.eq entry, #0, all
    sub   entry, entry, #1
    ld    x, page.kind[entry]
    br.ne x, #MODE, next
    add   y, entry, #2
    ld    x, page.at[entry]
    ld    at, page.at[y]
    ld    y, page.bytes[y]
    move  x, at, y
next:
    ld    entry, page.next[entry]
    br    each
all:
    call  mode_effects
    ret

; What the unit's mode pages come to.
sub mode_effects using modes
    ldi   modes, #0
    ld    y, unit.gate[unit]
    and   y, y, #-5                  ; not GATE_PROTECTED
    ld    x, unit.type[unit]
    br.none x, #READ_ONLY, written
    or    y, y, #GATE_PROTECTED
written:
    ld    entry, unit.pages[unit]
each:
    br.eq entry, #0, all
    sub   entry, entry, #1
    ld    x, page.kind[entry]
    br.ne x, #MODE, next
    ld    at, page.at[entry]
    ld    x, page.code[entry]
    br.eq x, #0x0800, caching
    br.ne x, #0x0a00, next
    get   x, at, #2, #1
    br.none x, #4, fixed             ; D_SENSE
    or    modes, modes, #DESCRIPTOR_SENSE
fixed:
    get   x, at, #4, #1
    br.none x, #8, told              ; SWP
    or    y, y, #GATE_PROTECTED
told:
    get   x, at, #5, #1
    shr   x, x, #6
    and   x, x, #1
    st    unit.tas[unit], x
    br    next
caching:
    get   x, at, #2, #1
    br.any x, #4, next               ; WCE
    or    modes, modes, #WRITE_THROUGH
next:
    ld    entry, page.next[entry]
    br    each
all:
    st    unit.gate[unit], y
    st    unit.modes[unit], modes
    ret
