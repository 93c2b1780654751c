; What is captured on a host write: a mark in the list of tracks (seed 002, Fig. 2). M2 write pending means "on its way
; to the other side"; M2 invalid means "the other side's copy of this track is not right, all of it is owed".
role data

; Only the side that both agreed on serves hosts; a side that came back waits until it has agreed.
hook admit using write
    call  may_write
    ret

hook commit using write
    call  may_write                  ; again: the lock and the slot were waited for
    br.ne result, #OK, refused
    ld    epoch, pair.epoch[pair]
    ld    x, pair.state[pair]
    br.eq x, #SMPL, refused          ; no pair: nothing to mark (the result is OK)
    ld    shipped, session.open[pair]
    br.eq shipped, #0, owed
    br.eq x, #PAIR, ship
    ld    y, track.flags[t]          ; the copy still has to bring all of this track: it brings this write too
    br.none y, #M2_INV, ship
    ldi   shipped, #0
owed:
    flag.set t, volume, #M2_INV
refused:
    ret
ship:
    flag.set t, volume, #M2_WP
    inc   lock.unacked[t]
    ret

sub may_write using write
    ldi   result, #OK
    ld    x, pair.state[pair]
    br.eq x, #SMPL, yes
    ldi   result, #WRITE_PROTECTED
    ld    x, pair.role[pair]
    br.ne x, #SOURCE, no
    ld    x, session.agreed[pair]
    br.eq x, #0, no
    ldi   result, #OK
yes:
no:
    ret
