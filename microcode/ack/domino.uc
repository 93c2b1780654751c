; Real-time mode of a domino pair: status OK only from two copies. A write that the other side did not take is owed, PAIR is
; left, and the host hears DOMINO_HELD: the write may be found in or out.
role data

hook ack using write
    needs commit inc lock.unacked "it sends what commit has counted and nothing else: the status of any other write would come from one copy"
    needs commit ldi #DOMINO_HELD "status OK from two copies only: commit must refuse what cannot go"
    needs receive "what is sent must be taken in over there"
    br.eq shipped, #0, done          ; SSWS, or no pair
    ld    x, pair.peer[pair]
    send  SHIP (x, track, span, at, epoch, gen, flags)
    wait  SHIPPED (result)
    dec   lock.unacked[t]
    br.ne result, #OK, missed
    ld    x, pair.epoch[pair]
    br.ne x, epoch, other
    ; as in ack/real-time: the newest generation that was acknowledged is kept, and counts when no send is on its way
    ld64  now, track.gen[t]
    cmp64 x, gen, now
    br.ne x, #1, older
    st64  lock.acked[t], gen
older:
    call  settled
done:
    ret
other:                               ; it arrived in a session that is over; who has it now, the new one will say
    call  owe
    br    again
missed:
    call  owe
    br.eq result, #STALE, whole
    call  leave
again:                               ; what is owed goes in a new session, if one can be had
    mov   span, pair                 ; `kick` has the pair there
    call  kick
held:
    ldi   result, #DOMINO_HELD
    ret
whole:                               ; a newer send overtook this one: all of the track goes
    ld    x, session.since[pair]
    br.lt shipped, x, held           ; the other side served meanwhile
    ld    x, session.open[pair]
    br.eq x, #0, held                ; whoever opens one brings all that is owed
    call  ship_track
    br.eq result, #OK, sent
    br.eq result, #STALE, whole
    br.ne result, #MEDIUM_ERROR, gone
    ld    x, pair.state[pair]        ; it cannot be read here: the other side will not have it now
    br.ne x, #PAIR, held
    ldi   x, #COPY
    st    pair.state[pair], x
    br    held
gone:
    call  leave
    br    again
sent:
    ld    x, session.since[pair]
    br.lt shipped, x, held
    ld    x, track.flags[t]
    br.none x, #M2_INV, done
    call  bring_owed                 ; it changed while it was sent: the offer goes on with it, in this session
    ret
