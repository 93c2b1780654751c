; Of three storage systems the first is lost. One of its targets took over; the other may become its target, by CREATE of the
; pair that stands by between the two. Only what differs is copied: of each track, how often its source had written it says
; the low word of its generation, on both, as long as both had it from that source alone.
role data

hook adopt using ask
    use   journal=r15 each=r12 old=r14
    br.ne what, #ASK_CREATE, no
    ld    x, pair.standby[pair]
    br.eq x, #0, no
    shr   y, x, #TRUNK_SHIFT
    br.ne y, trunk, no
    br.eq c, #0, no
    ldi   result, #WRONG_STATE
    ld    y, pair.role[pair]
    br.ne y, #TARGET, no
    ld    journal, volume.journal[volume]
    ldi   each, #0
members:                             ; not while some volume of the group still has its source
    ld    y, system.volumes
    br.ge each, y, away
    ld    y, volume.journal[each]
    br.ne y, journal, next
    ld    y, volume.pair[each]
    br.neg y, next
    ld    old, pair.trunk[y]
    br.eq old, trunk, next           ; it has this one already
    ld    old, session.taking[y]
    br.ne old, #0, no
next:
    add   each, each, #1
    br    members
away:
    ldi   result, #STALE             ; what came is restored first
    ld    y, journaling.restoring[journal]
    br.ne y, #0, no
    ld64  each, journal.last[journal]
    ld64  old, journal.restored[journal]
    cmp64 y, old, each
    br.eq y, #0, rest
    ld    old, pair.peer[pair]
    st    pair.standby[pair], old
    st    pair.peer[pair], x
    st    pair.trunk[pair], trunk
    ld    b, pair.fed[pair]          ; from whom it has what it has
    call  give_up
no:
    ret
rest:
    inc   journaling.restoring[journal]
    post  RESTORE (journal)
    ret

; This side made a further pair. z: from which memory the other side has what it has; it was this side's source, too.
hook created using operate
    ld    x, volume.home[volume]
    br.eq x, volume, no
    ld    y, session.since[x]
    br.eq y, #0, no                  ; it did not take over, or power was off since
    ld    y, pair.fed[x]
    br.ne y, z, no
    ldi   x, #1
    st    pair.delta[pair], x
no:
    ret

frame compare: offer + a=r1 b=r2 c=r3 d=r4 e=r6 gen_high=r11 there=r13

hook compare using compare
    needs answer "the other side must say how often its tracks were written"
    ld    x, pair.delta[pair]
    br.eq x, #0, none
    ldi   cursor, #0
more:
    flag.next cursor, volume, cursor, #M2_INV
    br.neg cursor, all
    ldi   x, #ASK_GENERATIONS
    ld    z, pair.peer[pair]
    ld    epoch, pair.epoch[pair]
    send  CALL (x, z, epoch, cursor)
    wait  ANSWER (result, a, b, c, d, e, z)
    br.ne result, #OK, none
    ld    x, pair.epoch[pair]
    ldi   result, #LINK_DOWN
    br.ne x, epoch, none
    ldi   result, #OK
    mov   there, a
    mov   a, z                       ; `same` needs z
    call  same
    mov   there, b
    call  same
    mov   there, c
    call  same
    mov   there, d
    call  same
    mov   there, e
    call  same
    mov   there, a
    call  same
    yield
    br    more
all:
    ldi   x, #0
    st    pair.delta[pair], x
none:
    ret

; Track `cursor` was written as often here as there, and here by nobody since this side took over: it is not owed. The next one.
sub same using compare
    ld    y, volume.tracks[volume]
    br.ge cursor, y, no
    ld    z, volume.home[volume]
    ld    y, volume.track_base[z]
    add   y, y, cursor
    ld    z, session.since[z]
    ld64  gen, track.gen[y]
    br.ne gen, there, next
    br.ge gen_high, z, next
    ld    y, volume.track_base[volume]
    add   y, y, cursor
    flag.clr y, volume, #M2_INV
next:
    add   cursor, cursor, #1
no:
    ret
