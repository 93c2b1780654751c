; Unit attentions (SAM-6, 5.14): each initiator hears of each once, in the order in which they came.
role channel

; The oldest one of this path, in `lba`, and stays; 0: there is none.
sub first_attention using scsi
    ld    lba, path.count[path]
    br.eq lba, #0, none
    ld    lba, path.first[path]
    shl   count, path, #3            ; ATTENTIONS_MAX
    add   count, count, lba
    ld    lba, attention.sense[count]
none:
    ret

; The same, in `sense`, and it is told.
sub attention using scsi
    call  first_attention
    mov   sense, lba
    br.eq sense, #0, none
    ld    lba, path.first[path]
    add   lba, lba, #1
    and   lba, lba, #7
    st    path.first[path], lba
    ld    lba, path.count[path]
    sub   lba, lba, #1
    st    path.count[path], lba
    br.ne lba, #0, none
    call  quiet
none:
    ret

; No attention waits for this path any more: of the last one the unit's gate closes.
frame calm: unit=r1 x=r12 y=r14

sub quiet using calm
    dec   unit.attentive[unit]
    ld    x, unit.attentive[unit]
    br.ne x, #0, others
    ld    y, unit.gate[unit]
    and   y, y, #-2                  ; not GATE_ATTENTION
    st    unit.gate[unit], y
others:
    ret

; Of one path. One that is there already is not told twice.
frame attend: path=r2 code=r3 unit=r4 nexus=r5 x=r10 y=r11 k=r12 at=r13

sub attend using attend
    ld    k, path.count[path]
    ld    x, path.first[path]
    shl   at, path, #3
    br.ne k, #0, several
    inc   unit.attentive[unit]
    br    place
several:
    shr   y, code, #8
    and   y, y, #0xff
    br.ne y, #0x29, among
    add   y, at, x                   ; a reset is all there is to hear, but for one before it
    ldi   k, #0
    ld    y, attention.sense[y]
    shr   y, y, #8
    and   y, y, #0xff
    br.ne y, #0x29, place
    ldi   k, #1
    st    path.count[path], k
among:
    ldi   y, #0
look:
    br.eq y, k, place
    add   x, x, y
    and   x, x, #7
    add   x, x, at
    ld    x, attention.sense[x]
    br.eq x, code, known
    ld    x, path.first[path]
    add   y, y, #1
    br    look
place:
    br.lt k, #8, room
    sub   k, k, #1                   ; the newest gives its place
room:
    add   x, x, k
    and   x, x, #7
    add   x, x, at
    st    attention.sense[x], code
    add   k, k, #1
    st    path.count[path], k
known:
    ld    x, unit.gate[unit]
    or    x, x, #GATE_ATTENTION
    st    unit.gate[unit], x
    ret

; Every initiator of a unit but the one of `nexus` (-1: every one).
sub attend_all using attend
    use   n=r14 most=r15
    ldi   n, #0
    ld    most, scsi.nexuses
each:
    br.eq n, most, all
    br.eq n, nexus, next
    ld    x, nexus.open[n]
    br.eq x, #0, next
    ld    x, front.units
    mul   path, n, x
    add   path, path, unit
    call  attend
next:
    add   n, n, #1
    br    each
all:
    ret
