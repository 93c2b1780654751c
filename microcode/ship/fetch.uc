; "An error on one side": the track is copied again from the other side. A source asks its target to send it back, and says
; of which generation it must be: then the other side has every write that this one has. A target tells its source, which
; owes the track from then on and brings it as it does any other.
role data

; result = OK: it is whole, or comes; STALE: not yet; else the other side does not have it.
hook fetch using write
    needs answer post OFFER "a track that is asked for again is owed by the other side, which then offers it"
    ld    y, pair.peer[pair]
    ld    x, pair.role[pair]
    br.eq x, #TARGET, target
    br.ne x, #SOURCE, no
    ld    x, session.open[pair]
    br.eq x, #0, no
    ldi   result, #STALE
    ld    x, pair.union[pair]        ; what the other side's list says is not known yet
    br.ne x, #0, no
    ld    x, track.flags[t]
    br.any x, #M2_WP, no
    ldi   result, #MEDIUM_ERROR
    br.any x, #M2_INV, no
    ld    epoch, pair.epoch[pair]
    ld64  gen, track.gen[t]
    add   x, t, #1
    st    system.fetching, x
    ldi   x, #ASK_BACK
    send  CALL (x, y, epoch, track, gen)
    wait  ANSWER (result)
    ldi   x, #0
    st    system.fetching, x
    br.ne result, #MEDIUM_ERROR, no
    call  hot                        ; a list on the drive names it before it is marked
    br.ne x, #OK, no
    ld    x, session.open[pair]
    br.eq x, #0, no
    ld    x, pair.epoch[pair]
    br.ne x, epoch, no
    ld    x, track.flags[t]
    br.none x, #M1_INV, no           ; a host wrote all of it meanwhile: that is sent, or owed
    flag.set t, volume, #M2_INV      ; neither side has it
    ld    x, pair.state[pair]
    br.ne x, #PAIR, no
    ldi   x, #COPY
    st    pair.state[pair], x
no:
    ret
target:
    ld    epoch, session.taking[pair]  ; 0: the source is asked for a session
    ldi   x, #ASK_AGAIN
    send  CALL (x, y, epoch, track)
    wait  ANSWER (result)
    br.ne result, #MEDIUM_ERROR, no
    call  hot
    br.ne x, #OK, no
    ld    x, session.taking[pair]
    br.ne x, epoch, no
    ld    x, track.flags[t]
    br.none x, #M1_INV, no
    flag.set t, volume, #M2_INV
    ret

; A track that this side asked for. Not while the lock is held: whoever holds it may wait for a slot that is pinned for the
; other side, which waits for this one.
sub take_back using apply
    ldi   result, #STALE
    ld    x, lock.holder[t]
    br.ne x, #0, no
    geom  x
    shl   x, x, #16
    br.ne span, x, no
    lock  t
    call  awaited
    br.eq x, #0, unlock
    ldi   x, #TO_WRITE
    ldi   now, #REMOTE_POOL
    send  GET (volume, track, span, x, now)
    wait  GOT (result, slot)
    br.ne result, #OK, unlock
    call  awaited
    br.eq x, #0, withdraw
    flag.set t, volume, #M1_WP|WRITTEN
    ld64  now, track.gen[t]
    br.any flags, #SHIP_ZERO, zeroes
    slot.merge slot, span, at, now
merged:
    flag.clr t, volume, #M1_INV      ; after the bytes: if power goes in between it is asked for once more
    ldi   x, #0
    post  GIVE (slot, x)
    call  watch                      ; its `x` is `result` here
    call  change                     ; it may be format pending
    ldi   result, #ON_DRIVE          ; the slot holds no credit
unlock:
    unlock t
no:
    ret
zeroes:
    slot.zero slot, span, now
    call  unmap_there
    br    merged
withdraw:
    ldi   x, #0
    post  GIVE (slot, x)
    ldi   result, #STALE
    br    unlock

; x = 1 if the track is the one that was asked for, still not right here, and of the generation (`low`) that it has now,
; which the other side acknowledged.
sub awaited using apply
    ld    x, system.fetching
    sub   x, x, #1
    br.ne x, t, no
    ld    x, track.flags[t]
    br.none x, #M1_INV, no
    br.any x, #M2_WP|M2_INV, no
    ld64  now, track.gen[t]
    br.ne now, low, no
    ldi   x, #1
    ret
no:
    ldi   x, #0
    ret
