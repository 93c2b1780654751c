; The side that serves hosts opens a session with the other and brings it the tracks that it lacks, whole, while hosts go
; on. A session is an epoch: what belongs to an older one is refused.
role data

frame offer: write + cursor=r12

hook offer using offer
    needs commit "what hosts write must be marked, or it is never offered"
    needs answer st session.taking "a session is opened by the answer of the other side"
    needs sever st session.open "a session ends with its link: what is sent in it afterwards would count as taken"
    needs receive "what is offered must be taken in over there"
    use   own=r1 known=r2 other=r3 stale=r6
    ld    x, session.offering[pair]
    br.ne x, #SAME_SESSION, open
    ld    x, session.open[pair]
    br.ne x, #0, copy
open:
    call  serves
    br.eq x, #0, stop
    ld    epoch, pair.epoch[pair]
    add   epoch, epoch, #1
    ldi   x, #ASK_OPEN
    ld    y, pair.state[pair]
    ld    z, pair.peer[pair]
    ld    own, battery.identity
    ld    known, pair.known[pair]
    send  CALL (x, z, epoch, y, own, known)
    wait  ANSWER (result, y, other, known, stale)  ; of the other side: its epoch, its memory, the one that it knows; did it lose its cache?
    call  serves
    br.eq x, #0, stop
    ld    x, pair.epoch[pair]
    add   x, x, #1
    br.ne x, epoch, open             ; an operator spoke meanwhile
    br.eq result, #OK, opened
    br.eq result, #TAKEN_OVER, yield
    br.eq result, #FOREIGN, foreign
    br.eq result, #SIMPLEX, apart
    br.ne result, #OLD_EPOCH, stop
    ld    x, pair.epoch[pair]
    br.ge x, y, open
    st    pair.epoch[pair], y
    br    open
opened:
    br.eq other, #0, stop
    br.eq known, own, met
    ; The two lists do not say what differs: "a lost or foreign list means full resync". Power may go at any point: first
    ; PAIR is left, then all is marked, and only then the other side's memory is known. A side that was away itself waits
    ; for an operator's word: whoever could say that it was not taken over meanwhile is gone.
    ld    x, session.agreed[pair]
    br.ne x, #0, owed
    ld    x, pair.known[pair]
    br.eq x, own, owed
    ld    x, pair.state[pair]
    br.ne x, #SSWS, foreign
owed:
    call  all_hot
    br.ne x, #OK, stop
    call  serves                     ; that may have waited: look again
    br.eq x, #0, stop
    ld    x, pair.epoch[pair]
    add   x, x, #1
    br.ne x, epoch, open
    ld    x, pair.state[pair]
    br.ne x, #PAIR, mark
    ldi   x, #COPY
    st    pair.state[pair], x
mark:
    flag.all volume, #M2_INV
    ldi   y, #1
    st    pair.union[pair], y        ; nothing to learn from its list: it is asked so that it forgets it
met:
    br.eq stale, #0, told
    ldi   y, #1                      ; what it lost there is in its list, and owed from here
    st    pair.union[pair], y
told:
    st    pair.known[pair], other
    st    pair.epoch[pair], epoch
    ldi   x, #0
    st    session.foreign[pair], x
    ldi   x, #1
    st    session.agreed[pair], x
    call  readable
    ld    y, pair.state[pair]
    br.eq y, #PSUS, stop
    ldi   x, #0
    st    session.told[pair], x
    ldi   x, #1
    st    session.open[pair], x
    ld    y, pair.union[pair]
    br.ne y, #0, behind
    ld    y, volume.m2_inv[volume]
    br.ne y, #0, behind
    ld    y, pair.state[pair]
    br.eq y, #PAIR, copy
behind:
    ldi   y, #COPY
    st    pair.state[pair], y
    call  union
    br.ne result, #OK, ended
copy:
    ldi   result, #OK
    call.hook compare, pair
    br.ne result, #OK, ended
    ld    x, session.told[pair]
    br.ne x, #0, list
    ld    x, volume.m2_fp[volume]
    br.eq x, #0, list
    call  formats
    br.ne result, #OK, ended
list:
    ldi   cursor, #0
    st    session.skipped[pair], cursor
next:
    flag.next track, volume, cursor, #M2_INV
    br.neg track, passed
    add   cursor, track, #1
    ld    t, volume.track_base[volume]
    add   t, t, track
    call  ship_track
    br.eq result, #OK, next
    br.eq result, #STALE, next
    br.ne result, #MEDIUM_ERROR, ended
    inc   session.skipped[pair]      ; it cannot be read here: the others go all the same, and nobody promises that nothing is owed
    ld    x, pair.state[pair]
    br.ne x, #PAIR, next
    ldi   x, #COPY
    st    pair.state[pair], x
    br    next
ended:
    br.ne result, #REFUSED, stop
    ldi   x, #1                      ; the other side is in another session, or closed this one alone: a new one is opened
    st    session.again[pair], x
    br    stop
passed:
    ld    x, session.open[pair]
    br.eq x, #0, stop
    ld    x, volume.m2_inv[volume]
    br.eq x, #0, nothing
    ld    y, session.skipped[pair]   ; if that is all, there is nothing to send until a host writes it anew
    br.eq x, y, stop
    br    more
nothing:
    call  changing
    br.ne x, #0, waits
    ldi   result, #OK
    call.hook settle, pair
    br.ne result, #OK, stop
    ; nothing is owed: first the other side knows it, then this one promises it
    ld    epoch, pair.epoch[pair]
    ldi   x, #ASK_STATE
    ldi   y, #PAIR
    ld    z, pair.peer[pair]
    ld    own, format.change[volume]
    ld    known, format.align[volume]
    send  CALL (x, z, epoch, y, own, known)
    wait  ANSWER (result)
    br.eq result, #FORMATS, differ
    br.ne result, #OK, ended
    ld    x, session.open[pair]
    br.eq x, #0, stop
    ld    x, pair.epoch[pair]
    br.ne x, epoch, stop
    ld    x, volume.m2_inv[volume]
    br.ne x, #0, more
    call  changing
    br.ne x, #0, waits
    ldi   x, #PAIR
    st    pair.state[pair], x
    br    stop
differ:
    flag.all volume, #M2_FP
    ldi   x, #0
    st    session.told[pair], x
    br    more
waits:                               ; for a format change, here or there: its end calls, if the other side was told of it
    ld    x, volume.m2_fp[volume]
    br.eq x, #0, stop
    ld    x, session.told[pair]
    br.ne x, #0, stop
more:                                ; while hosts write there may be no end to it: offers of other pairs that wait go first
    ld    x, session.again[pair]
    br.ne x, #0, stop
    ldi   x, #SAME_SESSION
    st    session.offering[pair], x
    post  OFFER (volume)
    ret
foreign:                             ; one of the sides is not what the other knew: an operator must speak
    ldi   x, #1
    st    session.foreign[pair], x
    ldi   x, #PSUE
    st    pair.state[pair], x
    br    stop
apart:                               ; an operator deleted the pair over there
    ldi   x, #0
    st    session.open[pair], x
    ld    x, pair.state[pair]
    br.eq x, #PSUS, stop
    br.eq x, #SSWS, stop
    ldi   x, #PSUE
    st    pair.state[pair], x
    br    stop
yield:                               ; the other side serves hosts: this one is its target from now on, and knows in which epoch
    ld    x, pair.epoch[pair]
    br.ge x, y, knows
    st    pair.epoch[pair], y
knows:
    ld    x, volume.home[volume]
    br.ne x, volume, foreign         ; not of a further pair: this volume is of another one, too
    ldi   x, #TARGET
    st    pair.role[pair], x
    ldi   x, #PSUE
    st    pair.state[pair], x
    ldi   x, #0
    st    session.agreed[pair], x
    st    session.open[pair], x
stop:
    call  forget
    ld    x, session.again[pair]
    br.eq x, #0, done
    ldi   x, #0
    st    session.again[pair], x
    br    open
done:
    ldi   x, #0
    st    session.offering[pair], x
    call  labelled                   ; the list on the drive says how it ended
    ld    x, volume.m1_inv[volume]   ; what is not right here may be had from the other side now
    br.eq x, #0, right
    call  rebuild
right:
    ret

; x = 1 if this side serves hosts, is one of a pair, and has something to ask the other: of a suspended pair, who serves.
sub serves using offer
    ldi   x, #0
    ld    z, system.lost
    br.any z, #LOST_REMOTE|LOST_CACHE, no
    ld    z, pair.state[pair]
    br.eq z, #SMPL, no
    br.ne z, #PSUS, role
    ld    z, session.agreed[pair]
    br.ne z, #0, no
role:
    ld    z, pair.role[pair]
    br.ne z, #SOURCE, no
    ld    z, pair.stale[pair]        ; it lost its cache: what it has may be old
    br.ne z, #0, no
    ldi   x, #1
no:
    ret

; x = 0 if no track is to be changed in its format, on either side.
sub changing using offer
    ld    x, volume.m1_fp[volume]
    ld    z, volume.m2_fp[volume]
    or    x, x, z
    ret

; Of a pair that is none any more, nothing is owed.
sub forget using offer
    ldi   cursor, #0
next:
    ld    x, pair.state[pair]
    br.ne x, #SMPL, no
    flag.next track, volume, cursor, #M2_WP|M2_FP|M2_INV
    br.neg track, no
    add   cursor, track, #1
    ld    t, volume.track_base[volume]
    add   t, t, track
    flag.clr t, volume, #M2_WP|M2_FP|M2_INV
    yield
    br    next
no:
    ret

; After a takeover: what the other side wrote and this side lacks is owed to it as well ("the union of both lists").
; Each question confirms the tracks before `cursor`, which are marked here by then.
sub union using offer
    ldi   result, #OK
    ld    x, pair.union[pair]
    br.eq x, #0, known
    ldi   cursor, #0
more:
    ldi   x, #ASK_LIST
    ld    z, pair.peer[pair]
    send  CALL (x, z, cursor)
    wait  ANSWER (result, track)
    br.ne result, #OK, known
    br.neg track, whole
    ld    x, volume.tracks[volume]
    br.ge track, x, known            ; not a track of this volume: the list stays to be taken over
    call  hot
    mov   result, x
    br.ne result, #OK, known
    ld    t, volume.track_base[volume]
    add   t, t, track
    flag.set t, volume, #M2_INV
    add   cursor, track, #1
    br    more
whole:
    ldi   x, #0
    st    pair.union[pair], x
known:
    ret

; One track, whole, as it is now. The lock orders it against writes and is given back before the link is waited for.
sub ship_track using write
    ld    volume, volume.home[volume]
    ld    t, volume.track_base[volume]
    add   t, t, track
    lock  t
look:
    ld    epoch, pair.epoch[pair]
    ldi   result, #LINK_DOWN
    ld    x, session.open[pair]
    br.eq x, #0, closed
    ldi   result, #MEDIUM_ERROR      ; what is not right here is never sent
    ld    x, track.flags[t]
    br.any x, #M1_INV, closed
    geom  span
    shl   span, span, #16
    br.none x, #WRITTEN, hole
    ldi   x, #TO_READ
    ldi   y, #HOST_POOL
    send  GET (volume, track, span, x, y)
    wait  GOT (result, slot)
    br.ne result, #OK, failed
had:
    ldi   result, #LINK_DOWN
    ld    x, session.open[pair]
    br.eq x, #0, changed
    ld    x, pair.epoch[pair]
    br.ne x, epoch, changed
    ld64  gen, track.gen[t]
    inc   lock.unacked[t]
    unlock t
    slot.at at, slot, span
    ldi   flags, #SHIP_WHOLE
    ld    x, pair.peer[pair]
    send  SHIP (x, track, span, at, epoch, gen, flags)
    wait  SHIPPED (result)
    dec   lock.unacked[t]
    post  UNPIN (slot)
sent:
    ld    x, pair.epoch[pair]
    br.ne x, epoch, other
    br.ne result, #OK, missed
    ld64  now, track.gen[t]
    cmp64 x, gen, now
    br.ne x, #1, settle              ; written meanwhile: owed still
    st64  lock.acked[t], gen
    ld    x, lock.holder[t]
    call  to_list
    br.eq volume, y, first
    br.ne x, #0, done                ; of a further pair: whoever has the lock may be about to write it, and has marked it
first:
    st64  track.gen[t], gen          ; a further pair's record keeps what its other side got last by a copy
    flag.clr t, volume, #M2_INV
    ldi   x, #0                      ; what the copy brought may be newer than what else is under way
    st    volume.settling[volume], x
settle:
    call  to_list
    call  settled
    ret
hole:                                ; it goes without bytes
    ld64  gen, track.gen[t]
    inc   lock.unacked[t]
    unlock t
    ldi   at, #0
    ldi   flags, #SHIP_WHOLE|SHIP_ZERO|SHIP_UNMAP
    ld    x, pair.peer[pair]
    send  SHIP (x, track, span, at, epoch, gen, flags)
    wait  SHIPPED (result)
    dec   lock.unacked[t]
    br    sent
missed:
    ld64  now, track.gen[t]
    cmp64 x, gen, now
    call  to_list
    br.ne volume, y, third
own:
    call  settled
    br.eq result, #STALE, done
    call  leave
done:
    ret
third:                               ; it has more writes of this track from a source that was lost: in a new session they count for nothing
    br.ne result, #STALE, own
    br.ne x, #1, own
    ldi   result, #REFUSED
    ret
other:
    call  to_list
    call  owe
    ret
changed:
    post  UNPIN (slot)
closed:
    unlock t
    call  to_list
    ret
failed:
    br.eq result, #STALE, look
    br.eq result, #LOOK, looked
    unlock t
    br.ne result, #MEDIUM_ERROR, unread
    call  distrust
unread:
    call  to_list
    ret
looked:
    ld    x, track.flags[t]
    br.none x, #M1_INV, had
    post  UNPIN (slot)
    br    look

; From where the bytes of a track are (volume, t) to where its marks are: the record of the pair has the pair's number. y: the
; volume with the bytes.
sub to_list using write
    mov   y, volume
    mov   volume, pair
    ld    t, volume.track_base[volume]
    add   t, t, track
    ret

; The last send of the track that was under way has ended, this one or another: if the newest was acknowledged, nothing
; is on its way any more.
sub settled using write
    ld    x, lock.unacked[t]
    br.ne x, #0, no
    ld64  now, track.gen[t]
    ld64  gen, lock.acked[t]
    cmp64 x, gen, now
    br.ne x, #1, no
    flag.clr t, volume, #M2_WP
no:
    ret
