; What is captured on a host write: a mark in the list of tracks (seed 002, Fig. 2). M2 write pending means "on its way
; to the other side"; M2 invalid means "the other side's copy of this track is not right, all of it is owed".
role data

; Only the side that both agreed on serves hosts; a side that came back waits until it has agreed.
hook admit using write
    needs recover st session.agreed "after power on session.agreed is 0, and hosts are refused: of a pair that nobody made yet it is set there"
    ld    x, session.agreed[pair]
    br.ne x, #0, served
    ldi   result, #WRITE_PROTECTED
served:
    ret

hook commit using write
    needs ack dec lock.unacked "a write that goes is counted in lock.unacked until it is answered: while that is not 0, M2 write pending stays"
    needs offer flag.next #M2_INV "a track that is marked M2 invalid is owed, and goes when it is offered"
    needs recover flag.set #M2_INV "after a power loss nobody knows what was under way: M2 write pending must become M2 invalid"
    ld    x, session.agreed[pair]    ; again: the lock and the slot were waited for
    br.eq x, #0, refused
    ld    epoch, pair.epoch[pair]
    ld    shipped, session.open[pair]
    br.eq shipped, #0, owed
    ld    x, pair.state[pair]
    br.eq x, #PAIR, ship
    ld    y, track.flags[t]          ; the copy still has to bring all of this track: it brings this write too
    br.none y, #M2_INV, ship
    ldi   shipped, #0
    br    mark
owed:
    ld    x, pair.state[pair]
    br.eq x, #SMPL, simplex          ; no pair: nothing to mark
mark:
    flag.set t, volume, #M2_INV
simplex:
    ret
ship:
    mov   shipped, epoch
    flag.set t, volume, #M2_WP
    inc   lock.unacked[t]
    ret
refused:
    ldi   result, #WRITE_PROTECTED
    ret
