; What is captured on a host write: "the data and update information associated with the data are stored in the second
; storage area", "in separate regions" (seed 000, Fig. 8), in the run that also changes the first area. The data come first;
; with its number, the last word of its update information, an entry exists.
role data

; Inflow control: a write that has no room waits here, before it has a lock or a slot.
hook admit using write
    needs recover st session.agreed "after power on session.agreed is 0, and hosts are refused: of a pair that nobody made yet it is set there"
    needs overflow st pair.state "hosts that wait for room in a full journal must go on some time"
    keeps volume pair t "`nearer` comes back from where `further` went"
    use   journal=r12
again:
    ld    x, session.agreed[pair]
    br.eq x, #0, refused
    br.eq span, #0, done             ; INQUIRE: no write
    call  room_left
    br.ne x, #0, full
    ld    x, volume.also[volume]
    br.neg x, done
    call  further
    call  room_left
    call  nearer
    br.ne x, #0, full
done:
    ret
full:
    br.eq x, #2, wait
    call  spill
wait:
    ld    x, journaling.timing[journal]
    br.ne x, #0, park
    ldi   x, #1
    st    journaling.timing[journal], x
    post  FULL (journal)
park:
    park  journaling.room[journal]
    br    again
refused:
    ldi   result, #WRITE_PROTECTED
    ret

; x = 0: this pair needs no entry, or there is room; else as `jnl.room`.
sub room_left using write
    use   journal=r12
    ld    journal, volume.journal[volume]
    ld    x, pair.state[pair]
    br.eq x, #PAIR, room
    br.ne x, #COPY, none             ; a mark has room
    ld    x, track.flags[t]
    br.any x, #M2_INV, none
room:
    jnl.room x, journal, span
    ret
none:
    ldi   x, #0
    ret

; From a volume to its further pair, whose record has marks of its own; its pair has the record's number.
sub further using write
    ld    volume, volume.also[volume]
    mov   pair, volume
    ld    t, volume.track_base[volume]
    add   t, t, track
    ret

; And back.
sub nearer using write
    ld    volume, volume.home[volume]
    ld    pair, volume.pair[volume]
    ld    t, volume.track_base[volume]
    add   t, t, track
    ret

; In PAIR an entry. In COPY a mark, as long as all of the track is owed: the copy brings this write too. Else a mark.
hook commit using write
    needs begin post PULL "entries wait for the other side to read them"
    needs receive st64 update.number "what it reads must go into its journal"
    needs recover post RESTORE "entries that were not restored when power went must be restored then"
    needs settle ld64 journal.restored "a pair is PAIR only when the entries from before its copy ended are restored"
    needs takeover ld64 journal.restored "whoever takes over must have restored what came"
    needs offer flag.next #M2_INV "a track that is marked M2 invalid is owed, and goes when it is offered"
    keeps volume pair t "`nearer` comes back from where `further` went"
    ld    x, session.agreed[pair]    ; again: the lock and the slot were waited for
    br.eq x, #0, refused
    mov   y, t
    ld    x, volume.also[volume]
    br.neg x, alone
    call  room_left
    br.ne x, #0, full                ; before anything is captured
    call  further
    call  capture
    call  nearer
    mov   y, t                       ; `capture` had a number there
    br.ne result, #OK, done
alone:
    call  capture
done:
    ret
full:
    ldi   result, #AGAIN
    ret
refused:
    ldi   result, #WRITE_PROTECTED
    ret

; For one pair of the volume, whose own track is y.
sub capture using write
    use   journal=r12 entry=r13 number=r14 high=r11
    ld    epoch, pair.epoch[pair]
    ldi   shipped, #0
    ld    x, pair.state[pair]
    br.eq x, #SMPL, simplex
    br.eq x, #PAIR, entry
    br.ne x, #COPY, mark
    ld    x, track.flags[t]
    br.any x, #M2_INV, mark
entry:
    ld    journal, volume.journal[volume]
    jnl.room x, journal, span
    br.ne x, #0, full
    ld64  gen, track.gen[y]          ; as `gen.bump` will make it
    add   gen, gen, #1
    mov   high, epoch
    ld64  number, journal.last[journal]
    add64 number, number, #1
    st64  journal.given[journal], number
    st64  journal.last[journal], number  ; never used again: void, if power goes here
    jnl.find entry, journal, number
    st64  update.gen[entry], gen
    ld    high, volume.home[volume]
    ld    high, pair.epoch[high]
    st64  update.own[entry], gen
    br.any flags, #SHIP_ZERO, bare
    jnl.reserve gen, journal, span
    jnl.data gen, journal, at, span
    st64  update.place[entry], gen
bare:
    now64 gen
    st64  update.time[entry], gen
    st    update.volume[entry], volume
    ld    gen, pair.peer[pair]
    and   gen, gen, #VOLUME_BITS
    st    update.peer[entry], gen
    st    update.track[entry], track
    st    update.span[entry], span
    st    update.flags[entry], flags
    ldi   gen, #0
    st    update.done[entry], gen
    st64  update.number[entry], number
    ld64  gen, journal.tail[journal] ; before memory is full, data go to the journal volumes
    ld64  number, journal.spilled[journal]
    diff64 x, gen, number
    ld    gen, journaling.spill_at[journal]
    br.lt x, gen, calm
    call  spill
calm:
    ldi   shipped, #0
simplex:
    ret
mark:
    flag.set t, volume, #M2_INV
    mov   shipped, epoch
    ret
full:
    ldi   result, #AGAIN
    ret

; Data go to the journal volumes, if they do not already.
sub spill using write
    use   journal=r12
    ld    x, journaling.spilling[journal]
    br.ne x, #0, runs
    ldi   x, #1
    st    journaling.spilling[journal], x
    post  SPILL (journal)
runs:
    ret
