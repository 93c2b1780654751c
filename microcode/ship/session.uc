; The other end of a session: what this side answers, and what it does when the link goes.
role data

hook answer using ask
    needs receive "a session that is accepted takes writes"
    needs sever st session.taking "a session that is accepted ends with its link"
    case  what, #9
    br    open
    br    state
    br    yield
    br    list
    br    create
    br    delete
    br    again
    br    format
    br    changed
    br.eq what, #ASK_GENERATIONS, generations
    ret
open:                                ; a: epoch, b: state of the side that asks, c: its memory, d: the one that it knows
    br.eq c, #0, done
    ldi   result, #SIMPLEX           ; not by itself: only CREATE makes a pair
    ld    x, pair.state[pair]
    br.eq x, #SMPL, done
    ld    x, volume.home[volume]
    br.ne x, volume, further
    ldi   result, #REFUSED
    call  met
    ld    x, pair.role[pair]
    br.ne x, #SOURCE, target
    ; Two sides that think that they serve hosts: the one that took over does; of two that took over, the one that knew
    ; of the other. If neither did, one that is as formatted gives way. Else nobody here can decide, and both go on apart.
    ld    x, pair.state[pair]
    br.eq b, #SSWS, claims
    ldi   result, #TAKEN_OVER
    br.eq x, #SSWS, since
    ld    x, pair.stale[pair]        ; what took over and served alone, its list would say; so the other side did later
    br.ne x, #0, newer
    ld    x, pair.known[pair]
    br.eq x, #0, formatted
    br.eq d, #0, done
apart:
    ldi   result, #REFUSED
    ret
formatted:
    br.eq d, #0, apart
    br    newer
further:                             ; it has its source here, as this volume is of another pair, too: what hosts wrote over there an operator decides on
    ldi   x, #1
    st    session.foreign[pair], x
    ldi   x, #0
    st    session.open[pair], x
    ldi   result, #FOREIGN
    ld    x, pair.state[pair]
    br.eq x, #PSUS, done
    ldi   x, #PSUE
    st    pair.state[pair], x
    ret
target:                              ; what is here of another source is not overwritten without an operator's word
    br.ne y, #0, newer
    br.eq b, #SSWS, newer
    ld    x, pair.known[pair]
    br.eq x, #0, newer
    ld    x, pair.fed[pair]
    br.eq x, c, newer
    ldi   result, #FOREIGN
    ret
claims:
    br.ne x, #SSWS, newer
    ld    x, pair.epoch[pair]
    add   x, x, #1
    br.lt x, a, newer
    ldi   result, #REFUSED
    br.eq x, a, done
    ldi   result, #TAKEN_OVER
since:                               ; whoever yields knows of it from now on, should it be made to take over in its turn
    ld    a, pair.epoch[pair]
    ret
newer:
    ldi   result, #OLD_EPOCH
    ld    x, pair.epoch[pair]
    br.lt x, a, accept
    mov   a, x
    ret
accept:
    call.hook begin, pair
    st    pair.fed[pair], c          ; first: it may go on with what it began, whenever power goes
    ld    x, battery.identity
    br.eq y, #0, strange
    mov   x, c
strange:
    st    pair.known[pair], x        ; its own says: as formatted no more, and no list says what differs
    st    pair.epoch[pair], a
    ldi   x, #TARGET
    st    pair.role[pair], x
    ldi   x, #COPY
    br.ne b, #PSUS, copies
    mov   x, b                       ; both agree on who serves, and nothing is sent
copies:
    st    pair.state[pair], x
    ldi   x, #0
    st    session.agreed[pair], x
    st    session.open[pair], x
    st    volume.failing[volume], x
    st    session.taking[pair], a
    wake.all session.storing[pair]   ; what came in an older session is refused
    call  list_says
    ld    b, battery.identity        ; b: the memory here, c: the one that it knows
    ld    c, pair.known[pair]
    ld    d, pair.stale[pair]        ; d: the list here names tracks that are old here
    ldi   result, #OK
    ld    x, volume.m1_inv[volume]   ; what is not right here is asked for
    br.eq x, #0, done
    call  rebuild
done:
    ret
state:                               ; a: epoch, b: state. In PAIR the other side owes nothing; c, d: change number and format.
    call  in_session
    br.ne result, #OK, done
    br.ne b, #PAIR, told
    call  same_format
    br.ne result, #OK, done
told:
    st    pair.state[pair], b
    br.ne b, #PAIR, done
    ld    x, pair.fed[pair]
    st    pair.known[pair], x
    ldi   x, #0
    st    pair.stale[pair], x
    call  list_says
    ld    x, volume.state[volume]
    br.ne x, #VOLUME_UNKNOWN, done
    ldi   x, #VOLUME_READY
    st    volume.state[volume], x
    mov   what, volume               ; `watch` has the volume there
    call  watch
    ret
yield:                               ; a: epoch, b: is it stale, c, d: as in `open`. Granted when the other side has everything, or was granted before.
    call  met
    ldi   result, #FOREIGN
    br.eq y, #0, done
    br.ne b, #0, mine                ; b: it lost its cache itself
    ldi   result, #OK
    ld    x, pair.role[pair]
    br.eq x, #TARGET, done
mine:
    ldi   result, #REFUSED
    mov   d, a
    mov   e, b
    ld    a, pair.state[pair]
    ld    b, volume.m2_inv[volume]
    br.ne e, #0, done
    br.ne a, #PAIR, done
    ld    x, pair.stale[pair]        ; it lost its cache in PAIR: all is over there, and not here
    br.ne x, #0, gives
    ld    x, session.open[pair]
    br.eq x, #0, done
    ld    x, pair.epoch[pair]
    br.ne x, d, done
gives:
    ldi   result, #OK
    call.hook assent, pair
    br.ne result, #OK, done
    add   x, d, #1                   ; the epoch in which the other side will serve: should this side be made to take over
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
    call.hook assent, pair
    br.ne result, #OK, done
    ldi   x, #0
    flag.drop x, volume, a, #M2_WP|M2_INV
    flag.next a, volume, a, #M2_WP|M2_INV
    ret
create:                              ; b: force, c: the memory of the side that shall be source
    br.eq c, #0, done
    ldi   result, #BUSY
    ld    x, session.busy[pair]
    br.ne x, #0, done
    ldi   result, #WRONG_STATE
    ld    x, pair.state[pair]
    br.eq x, #SMPL, free
    ld    x, pair.role[pair]         ; that one's target: it was told so before, or that one has deleted the pair on its side
    br.ne x, #TARGET, done
    ld    x, pair.fed[pair]
    br.ne x, c, done
free:
    ldi   result, #HOLDS_DATA
    br.ne b, #0, given
    ld    x, volume.written[volume]
    br.ne x, #0, done
given:
    call  give_up
    ret
delete:
    ldi   result, #OK
    ld    x, pair.state[pair]
    br.eq x, #SMPL, done
    mov   what, volume               ; `unpair` has the volume and the pair there
    mov   a, pair
    call  unpair
    ret
format:
    call  format_asked
    ret
changed:
    call  changed_there
    ret
generations:                         ; a: epoch, b: a track. Of it and those behind it, how often each was written
    call  in_session
    br.ne result, #OK, done
    mov   y, b
    call  generation
    mov   a, x
    call  generation
    mov   b, x
    call  generation
    mov   c, x
    call  generation
    mov   d, x
    call  generation
    mov   e, x
    call  generation
    mov   f, x
    ret

again:                               ; a: epoch, b: a track that the other side cannot give any more: it is owed. Without a session one is opened
    ldi   result, #REFUSED
    ld    x, session.open[pair]
    br.eq x, #0, knock
    br.ne c, #0, unable
    br.eq a, #0, knock
    ld    x, pair.epoch[pair]
    br.ne x, a, done
    ld    x, volume.tracks[volume]
    br.ge b, x, done
    ld    t, volume.track_base[volume]
    add   t, t, b
    ld    x, pair.state[pair]
    br.ne x, #PAIR, owed
    ldi   x, #COPY                   ; PAIR promises that nothing is owed: it is left first
    st    pair.state[pair], x
owed:
    flag.set t, volume, #M2_INV
    ldi   result, #MEDIUM_ERROR
    ld    x, track.flags[t]
    br.any x, #M1_INV, done
    ldi   result, #OK
    ld    x, session.offering[pair]
    br.ne x, #0, done                ; one that runs looks at the list before it ends
    ldi   x, #SAME_SESSION
    st    session.offering[pair], x
    post  OFFER (volume)
    ret
knock:
    br.ne c, #0, done
    ld    x, pair.state[pair]
    br.eq x, #SMPL, done
    br.eq x, #PSUS, done
    ld    x, session.foreign[pair]
    br.ne x, #0, done
    ld    x, pair.role[pair]
    br.ne x, #SOURCE, done
    mov   what, volume               ; `kick` has the volume and the pair there
    mov   a, pair
    call  kick
    ldi   result, #STALE             ; soon
    ret
unable:                              ; c: the other side cannot store what it takes; it asks for a session when it may
    ldi   x, #0
    st    session.open[pair], x
    ldi   x, #PSUE
    st    pair.state[pair], x
    ldi   result, #OK
    ret

; The volume is the target of the side that asks, whose memory is c: what it holds is given up.
sub give_up using ask
    st    pair.fed[pair], c
    ld    x, battery.identity
    st    pair.known[pair], x
    ldi   x, #TARGET
    st    pair.role[pair], x
    ldi   x, #COPY
    st    pair.state[pair], x
    ldi   x, #0
    st    session.agreed[pair], x
    st    session.open[pair], x
    st    session.taking[pair], x
    st    session.foreign[pair], x
    st    format.change[volume], x   ; whatever was asked for here, that side's format is wanted
    ldi   x, #VOLUME_UNKNOWN         ; until the copy is whole
    st    volume.state[volume], x
    ld    a, pair.epoch[pair]
    ldi   result, #OK
    ret

; x: the low word of the generation of track y, -1 if what is here is not right; then y is the next one.
sub generation using ask
    ldi   x, #-1
    ld    t, volume.tracks[volume]
    br.ge y, t, no
    ld    t, volume.track_base[volume]
    add   t, t, y
    ld    now, track.flags[t]
    br.any now, #M1_INV, no
    ld    x, track.gen[t]
no:
    add   y, y, #1
    ret

; A list on the drive shall say what became of the pair: an offer of a target does nothing else.
sub list_says using ask
    ld    x, list.lba[volume]
    br.eq x, #0, no
    mov   what, volume               ; `kick` has volume and pair there
    mov   e, a
    mov   a, pair
    call  kick
    mov   a, e
no:
    ret

; y = 1 if the two lists say all that differs: one side knows the other's memory, or both are as formatted.
sub met using ask
    ldi   y, #1
    ld    x, pair.known[pair]
    br.eq x, c, yes
    ld    now, battery.identity
    br.eq d, now, yes
    or    x, x, d
    br.eq x, #0, yes
    ldi   y, #0
yes:
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
    wake.all session.storing[pair]
    now64 now
    st64  pair.heard[pair], now
    ld    x, pair.role[pair]
    br.ne x, #SOURCE, done           ; the target keeps the state that it knew last
    ldi   x, #PSUE
    st    pair.state[pair], x
done:
    ret
