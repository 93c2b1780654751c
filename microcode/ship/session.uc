; The other end of a session: what this side answers, and what it does when the link goes.
role data

hook answer using ask
    case  what, #4
    br    open
    br    state
    br    yield
    br    list
    ret
open:                                ; a: epoch, b: state of the side that asks
    ld    x, pair.role[pair]
    br.ne x, #SOURCE, newer
    ; Two sides that think that they serve hosts: the one that took over does; of two that took over, the one that knew
    ; of the other. If neither did, nobody here can decide, and both go on apart.
    ld    x, pair.state[pair]
    br.eq b, #SSWS, claims
    ldi   result, #TAKEN_OVER
    br.eq x, #SSWS, done
    ldi   result, #REFUSED
    ret
claims:
    br.ne x, #SSWS, newer
    ld    x, pair.epoch[pair]
    add   x, x, #1
    br.lt x, a, newer
    ldi   result, #REFUSED
    br.eq x, a, done
    ldi   result, #TAKEN_OVER
    ret
newer:
    ldi   result, #OLD_EPOCH
    ld    x, pair.epoch[pair]
    br.lt x, a, accept
    mov   a, x
    ret
accept:
    st    pair.epoch[pair], a
    ldi   x, #TARGET
    st    pair.role[pair], x
    ldi   x, #COPY
    st    pair.state[pair], x
    ldi   x, #0
    st    session.agreed[pair], x
    st    session.open[pair], x
    st    session.taking[pair], a
    ldi   result, #OK
done:
    ret
state:                               ; a: epoch, b: state
    call  in_session
    br.ne result, #OK, done
    st    pair.state[pair], b
    ret
yield:                               ; a: epoch. Granted when the other side has everything, or was granted before.
    ldi   result, #OK
    ld    x, pair.role[pair]
    br.eq x, #TARGET, done
    ldi   result, #REFUSED
    ld    x, pair.state[pair]
    br.ne x, #PAIR, done
    ld    x, session.open[pair]
    br.eq x, #0, done
    ld    x, pair.epoch[pair]
    br.ne x, a, done
    add   x, a, #1                   ; the epoch in which the other side will serve: should this side be made to take over
    st    pair.epoch[pair], x        ; again, it knew of that
    ldi   x, #TARGET
    st    pair.role[pair], x
    ldi   x, #COPY
    st    pair.state[pair], x
    ldi   x, #0
    st    session.agreed[pair], x
    st    session.open[pair], x
    ldi   result, #OK
    ret
list:                                ; a: first track that was not told yet; what comes before is known over there
    ldi   result, #REFUSED
    ld    x, pair.role[pair]
    br.ne x, #TARGET, done
    ldi   result, #OK
    ldi   x, #0
    ld    t, volume.track_base[volume]
told:
    flag.next x, volume, x, #M2_WP|M2_INV
    br.neg x, first
    br.ge x, a, first
    add   y, t, x
    flag.clr y, volume, #M2_WP|M2_INV
    br    told
first:
    mov   a, x
    ret

sub in_session using ask
    ldi   result, #REFUSED
    ld    x, session.taking[pair]
    br.eq x, #0, no
    br.ne x, a, no
    ldi   result, #OK
no:
    ret

hook sever using peer
    ld    x, session.open[pair]
    ld    y, session.taking[pair]
    or    x, x, y
    br.eq x, #0, done
    ldi   x, #0
    st    session.open[pair], x
    st    session.taking[pair], x
    now64 now
    st64  pair.heard[pair], now
    ld    x, pair.role[pair]
    br.ne x, #SOURCE, done           ; the target keeps the state that it knew last
    ldi   x, #PSUE
    st    pair.state[pair], x
done:
    ret
