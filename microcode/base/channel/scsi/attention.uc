; Unit attentions (SAM-6, 5.14): each initiator hears of each once, in the order in which they came.
role channel

; The oldest one of this path, in `sense`; 0: there is none.
sub attention using scsi
    ldi   sense, #0
    ld    lba, path.count[path]
    br.eq lba, #0, none
    sub   lba, lba, #1
    st    path.count[path], lba
    ld    lba, path.first[path]
    shl   count, path, #3            ; ATTENTIONS_MAX
    add   count, count, lba
    ld    sense, attention.sense[count]
    add   lba, lba, #1
    and   lba, lba, #7
    st    path.first[path], lba
none:
    ret

; Of one path: n = which attention. One that is there already is not told twice.
frame attend: path=r2 code=r3 unit=r4 nexus=r5 x=r10 y=r11 k=r12 at=r13

sub attend using attend
    ld    k, path.count[path]
    ld    x, path.first[path]
    shl   at, path, #3
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
