; "Three storage systems": what is restored here goes on to a third. Its journal gets the entries in the order of their numbers,
; after they are in the fourth area, so it never has what this side lacks; then they are freed here. It is a journal like any
; other, with numbers of its own. If it is full, entries wait here, and after a time the further pair is suspended by marks.
role data

frame handing: freeing + gen=r6 gen_high=r7 place=r8 to=r11 made=r12 at=r13 span=r14 read=r15

sub hand_on using freeing
    ld    x, journaling.handing[journal]
    br.ne x, #0, runs
    ldi   x, #1
    st    journaling.handing[journal], x
    post  HAND (journal)
runs:
    ret

on HAND using handing
    ld64  number, journal.handed[journal]
    ld64  other, journal.freed[journal]
    cmp64 x, other, number
    br.ne x, #0, next
    call  free                       ; power went between the two
next:
    ld64  number, journal.handed[journal]
    ld64  other, journal.restored[journal]
    cmp64 x, number, other
    br.ne x, #0, idle
    add64 number, number, #1
    ldi   read, #0
again:
    jnl.find entry, journal, number
    ld64  other, update.number[entry]
    cmp64 x, other, number
    br.ne x, #1, handed              ; void
    ld    volume, update.peer[entry]
    ld    volume, volume.also[volume]
    br.neg volume, handed
    ld    t, volume.track_base[volume]
    ld    x, update.track[entry]
    add   t, t, x
    ld64  gen, track.gen[t]          ; a copy that was newer brought it, in whichever session
    ld64  place, update.gen[entry]
    br.ge gen, place, handed
    ld    x, pair.state[volume]      ; a further pair has its record's number
    br.eq x, #SMPL, handed
    br.eq x, #PAIR, journals
    br.ne x, #COPY, mark
    ld    x, track.flags[t]
    br.any x, #M2_INV, handed        ; the copy brings it
journals:
    ld    to, volume.journal[volume]
    ld    span, update.span[entry]
    jnl.room x, to, span
    br.ne x, #0, full
    ld    x, update.flags[entry]
    br.any x, #SHIP_ZERO, record
    ld64  place, update.place[entry]
    jnl.at at, journal, place
    br.neg at, drive
had:
    jnl.reserve place, to, span
    jnl.data place, to, at, span
record:
    call  hand_over
handed:
    ld64  other, journal.handed[journal]
    add64 other, other, #1
    cmp64 x, other, number
    br.ne x, #1, next                ; numbers went on far ahead meanwhile
    st64  journal.handed[journal], number
    call  free
    wake.all journaling.room[journal]
    yield
    br    next
mark:                                ; nothing is sent: a resync brings it
    flag.set t, volume, #M2_INV
    br    handed
full:
    br.eq x, #2, wait
    ld    x, journaling.spilling[to]
    br.ne x, #0, wait
    ldi   x, #1
    st    journaling.spilling[to], x
    post  SPILL (to)
wait:
    ld    x, journaling.timing[to]
    br.ne x, #0, park
    ldi   x, #1
    st    journaling.timing[to], x
    post  FULL (to)
park:
    park  journaling.room[to]
    br    again
drive:                               ; memory does not have it any more
    ld    at, journaling.hand_at[journal]
    br.ne read, #0, had
    jnl.drive other, journal, place
    shr   x, span, #16
    send  LIST_READ (gen, gen_high, x, at)
    wait  LISTED (x)
    ldi   read, #1
    br.eq x, #OK, again              ; that has waited: look again
    jnl.find entry, journal, number
    call  owed_instead
    br    handed
idle:
    ldi   x, #0
    st    journaling.handing[journal], x
    wake.all journaling.drained[journal]
    end

; The journal volume has lost the entry: the copy brings its track.
sub owed_instead using handing
    ld    volume, update.peer[entry]
    ld    volume, volume.also[volume]
    ld    t, volume.track_base[volume]
    ld    x, update.track[entry]
    add   t, t, x
    ld    x, pair.state[volume]
    br.eq x, #SMPL, no
    br.ne x, #PAIR, mark
    ldi   x, #COPY
    st    pair.state[volume], x
mark:
    flag.set t, volume, #M2_INV
    ld    x, session.open[volume]
    br.eq x, #0, no
    ld    x, session.offering[volume]
    br.ne x, #0, no
    ldi   x, #SAME_SESSION
    st    session.offering[volume], x
    post  OFFER (volume)
no:
    ret

; A new entry of the journal `to`, data first, its number last. Of the generation's words the low one counts the writes of the
; track, on every storage system; the high one is the epoch of the pair that it goes to.
sub hand_over using handing
    use   last=r14
    ld    at, update.flags[entry]
    ld64  last, journal.last[to]
    add64 last, last, #1
    st64  journal.given[to], last
    st64  journal.last[to], last     ; never used again: void, if power goes here
    jnl.find made, to, last
    st64  update.place[made], place
    ld64  gen, update.gen[entry]
    ld    gen_high, pair.epoch[volume]
    st64  update.gen[made], gen
    ld64  gen, update.time[entry]
    st64  update.time[made], gen
    st    update.volume[made], volume
    ld    x, pair.peer[volume]
    and   x, x, #VOLUME_BITS
    st    update.peer[made], x
    ld    x, update.track[entry]
    st    update.track[made], x
    ld    x, update.span[entry]
    st    update.span[made], x
    st    update.flags[made], at
    ldi   x, #0
    st    update.done[made], x
    ldi   gen, #0                    ; never to be done again here
    mov   gen_high, gen
    st64  update.own[made], gen
    st64  update.number[made], last
    ret
