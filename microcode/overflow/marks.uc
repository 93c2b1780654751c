; The journal is full, and hosts have waited long enough: the group is suspended, "every unsent entry has a bit". The state
; goes first, so that what hosts write from now on is a mark; a resync follows as soon as the other side can be reached.
role data

hook overflow using freeing
    ldi   volume, #0
    ldi   x, #PSUE
each:
    ld    other, system.volumes
    br.ge volume, other, all
    ld    other, volume.journal[volume]
    br.ne other, journal, next
    ld    pair, volume.pair[volume]
    br.neg pair, next
    ld    other, pair.role[pair]
    br.ne other, #SOURCE, next
    ld    other, pair.state[pair]
    br.eq other, #PAIR, suspend
    br.ne other, #COPY, next
suspend:
    st    pair.state[pair], x
    ldi   other, #0
    st    session.open[pair], other
next:
    add   volume, volume, #1
    br    each
all:
    call  drop
    ret
