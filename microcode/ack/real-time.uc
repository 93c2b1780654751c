; Real-time mode: status only when the data "exists and is stored in 2 physically separate data storage units" (seed 002).
; When the other side cannot have it, PAIR is left first: in battery memory, before the first status backed by one copy.
role data

hook ack using write
    needs commit inc lock.unacked "it sends what commit has counted and nothing else: the status of any other write would come from one copy"
    needs receive "what is sent must be taken in over there"
    br.eq shipped, #0, alone
    ld    x, pair.peer[pair]
    send  SHIP (x, track, span, at, epoch, gen, flags)
    wait  SHIPPED (result)
    dec   lock.unacked[t]
    br.ne result, #OK, missed
    ; M2 write pending is cleared only for the epoch and generation that the track has now, and when no send is on its
    ; way: the newest may be acknowledged before an older one (several links), so which one was is kept.
    ld    x, pair.epoch[pair]
    br.ne x, epoch, other
    ld64  now, track.gen[t]
    cmp64 x, gen, now
    br.ne x, #1, older
    st64  lock.acked[t], gen
    ld    x, lock.unacked[t]
    br.eq x, #0, newest
older:
    ld    x, lock.unacked[t]
    br.ne x, #0, stale
    ld64  gen, lock.acked[t]
    cmp64 x, gen, now
    br.ne x, #1, stale
newest:
    flag.clr t, volume, #M2_WP
stale:
    ret
other:                               ; it arrived, in a session that is over: the new one brings the track once more
    call  owe
    mov   span, pair                 ; `kick` has the pair there
    call  kick
    ret
missed:
    call  owe
    br.eq result, #STALE, whole
    call  leave
    br.ne result, #REFUSED, whole
    mov   span, pair                 ; the other side is in another session: a new one is opened (`kick` has the pair there)
    call  kick
whole:                               ; a newer send overtook this one, or the session is a new one: all of the track goes
    ld    x, session.since[pair]
    br.lt shipped, x, lost
    ld    x, session.open[pair]
    br.eq x, #0, alone
    call  ship_track
    br.eq result, #OK, sent
    br.ne result, #MEDIUM_ERROR, whole
    ld    x, pair.state[pair]        ; it cannot be read here: the other side will not have it now
    br.ne x, #PAIR, alone
    ldi   x, #COPY
    st    pair.state[pair], x
    br    alone
sent:
    ld    x, session.since[pair]
    br.lt shipped, x, lost
    ld    x, track.flags[t]
    br.none x, #M2_INV, done
    call  bring_owed                 ; it changed while it was sent: the offer goes on with it, in this session
done:
    ret
alone:
    ld    x, pair.state[pair]
    br.eq x, #SMPL, granted
    ldi   result, #WRITE_PROTECTED   ; the other side took over while this write was under way
    ld    y, pair.role[pair]
    br.ne y, #SOURCE, refused
    sub   x, x, #PAIR
    assert x, #1                     ; one copy only, and still PAIR: never
granted:
    ldi   result, #OK
    ld    x, list.lba[volume]
    br.eq x, #0, refused
    call  labelled                   ; the list on the drive says so too, before this status
    mov   result, x
    br.ne result, #OK, refused
    ld    x, session.since[pair]     ; that may have waited: look again
    br.lt epoch, x, lost
    ld    x, pair.state[pair]
    br.eq x, #SMPL, refused
    ld    x, pair.role[pair]
    br.ne x, #SOURCE, lost
refused:
    ret
lost:                                ; the other side served meanwhile, and its copy of the track came over this write
    ldi   result, #WRITE_PROTECTED
    ret

; What was under way is not known to have arrived: write pending becomes invalid.
sub owe using write
    ld    x, track.flags[t]
    br.none x, #M2_WP, done
    flag.set t, volume, #M2_INV
    flag.clr t, volume, #M2_WP
done:
    ret

; The session of this epoch is over.
sub leave using write
    ld    x, pair.epoch[pair]
    br.ne x, epoch, done
    ld    x, session.open[pair]
    br.eq x, #0, done
    ldi   x, #0
    st    session.open[pair], x
    ldi   x, #PSUE
    st    pair.state[pair], x
done:
    ret
