; The second storage system of a journal group: what it read goes into the third area, data first, in the order of the
; numbers; then it is acknowledged, and restored (apply/restore.uc). Blocks come in pairs, data and update information, each
; with the number that it comes behind; one that is early waits for its turn.
role data

frame learn: entry=r0 i=r1 count=r2 at=r3 last=r4 flags=r6 pair=r8 journal=r9 place=r10 x=r12 result=r13 number=r14

hook receive using apply
    use   journal=r9 before=r13
    br.any flags, #SHIP_DATA|SHIP_INFORMATION, entries
    call  copied
    ld    x, volume.also[volume]
    br.neg x, last
    br.eq epoch, #0, back            ; what was asked for back is as it was
    ld    now_low, pair.state[x]
    br.eq now_low, #SMPL, last
    br.ne now_low, #PAIR, owed
    ldi   now_low, #COPY             ; PAIR promises that nothing is owed: it is left first
    st    pair.state[x], now_low
owed:                                ; before the lock, with which `ship_track` leaves the mark
    ld    now_low, volume.track_base[x]
    add   now_low, now_low, track
    flag.set now_low, x, #M2_INV
back:
    call  take_in
    ld    x, volume.also[volume]
    ld    now_low, volume.m2_inv[x]
    br.eq now_low, #0, taken
    ldi   now_low, #0                ; an offer that runs has passed over it, as it could not be read
    st    session.skipped[x], now_low
    ld    now_low, session.open[x]
    br.eq now_low, #0, taken
    ld    now_low, session.offering[x]
    br.ne now_low, #0, taken
    ldi   now_low, #SAME_SESSION
    st    session.offering[x], now_low
    post  OFFER (x)
taken:
    ret
last:
    call  take_in
    ret
entries:
    br.eq epoch, #0, over            ; no session has it
    ld    journal, volume.journal[volume]
    br.neg journal, over
    ld    before, journaling.failures[journal]
turn:
    ld    x, journaling.failures[journal]
    br.ne x, before, over            ; what it waited for will not come with that read
    ld    x, session.taking[pair]
    br.ne x, epoch, over
    ld    x, journaling.closing[journal]
    br.ne x, #0, over
    ld64  now, journal.last[journal]
    sub   x, low, now_low
    br.neg x, had
    br.ne x, #0, early
    ld    x, journaling.landed_any[journal]
    br.any flags, #SHIP_INFORMATION, information
    br.ne x, #0, had
    jnl.room x, journal, span
    br.ne x, #0, full
    jnl.reserve place, journal, span
    jnl.data place, journal, at, span
    st64  journaling.landed[journal], place
    add   x, volume, #1              ; in whose session
    st    journaling.landed_any[journal], x
    wake.all journaling.turn[journal]
had:                                 ; now, or before: it came twice
    br.none flags, #SHIP_INFORMATION, here
    shr   x, flags, #8
    and   x, x, #0xff
    br.eq x, #0, here
    sub   x, x, #1
    jnl.peek place, at, x
    ld64  now, journal.last[journal]
    cmp64 x, place, now
    br.eq x, #2, over                ; a part of it is not here: it is read again
here:
    ldi   result, #ON_DRIVE          ; no slot holds its credit
    ret
early:
    park  journaling.turn[journal]
    br    turn
full:                                ; restorers make room, or the journal volume does
    br.eq x, #2, room
    call  spill_there
room:
    park  journaling.room[journal]
    br    turn
information:
    br.none flags, #SHIP_DATA, alone
    br.eq x, #0, early
alone:
    shr   x, span, #16
    shl   x, x, #3                   ; RECORDS_PER_SECTOR
    shr   place, flags, #8
    and   place, place, #0xff
    br.lt x, place, over             ; more than came
    ld64  place, journal.freed[journal]
    diff64 x, now, place
    shr   place, flags, #8
    and   place, place, #0xff
    add   x, x, place
    ld    now, journaling.records[journal]
    br.lt now, x, room
    call  learn
    ret
over:
    ldi   result, #REFUSED
    ret

; The update information of entries whose data are here; an entry exists when its number is there.
sub learn using learn
    ldi   i, #0
    shr   count, flags, #8
    and   count, count, #0xff
    ld64  place, journaling.landed[journal]
    ldi   result, #REFUSED
each:
    br.ge i, count, all
    jnl.peek number, at, i
    ld64  last, journal.last[journal]
    cmp64 x, number, last
    br.ne x, #2, bad
    ld64  last, journal.freed[journal]
    diff64 x, number, last           ; what is between does not exist; its own place may be one that is kept
    ld    last, journaling.records[journal]
    br.ge last, x, near
    ldi   x, #1                      ; another source's numbers begin far behind
    sub64 number, number, x
    call  go_on_behind
    ld64  place, journaling.landed[journal]
    br.ne x, #1, bad
    add64 number, number, #1
near:
    jnl.find entry, journal, number
    jnl.learn entry, at, i
    call  believable
    br.eq x, #0, bad
    ldi   x, #0
    st    update.done[entry], x
    st64  update.number[entry], number
    st64  journal.last[journal], number
    add   i, i, #1
    br    each
all:
    ldi   result, #ON_DRIVE
bad:
    ldi   x, #0
    st    journaling.landed_any[journal], x
    wake.all journaling.turn[journal]
    call  restorers
    ret

frame numbers: last=r4 journal=r9 restored=r10 x=r12 number=r14

; Nothing up to `number` exists but what is restored, if that is all that came: x = 1.
sub go_on_behind using numbers
    ld64  last, journal.last[journal]
    ld64  restored, journal.restored[journal]
    cmp64 x, restored, last
    br.ne x, #1, no
    call  all_handed
    br.eq x, #0, no
    st64  journaling.taken[journal], number
    st64  journal.handed[journal], number
    st64  journal.restored[journal], number
    st64  journal.freed[journal], number
    st64  journal.noted[journal], number
    st64  journal.last[journal], number  ; last: until then power on takes the others back (recover/journal.uc)
    call  reclaim
    ldi   x, #1
no:
    ret

; x = 1 if no entry that was restored is still to be handed on to a third storage system.
sub all_handed using numbers
    ldi   x, #1
    ld    last, journaling.further[journal]
    br.eq last, #0, yes
    ld64  last, journal.handed[journal]
    cmp64 x, restored, last
    br.eq x, #1, yes
    ldi   x, #0
yes:
    ret

; Data whose update information never came keep no room, when nothing else is kept; data that wait for it do.
sub reclaim using numbers
    ld    x, journaling.landed_any[journal]
    br.ne x, #0, kept
    ld64  last, journal.last[journal]
    ld64  restored, journal.restored[journal]
    cmp64 x, restored, last
    br.eq x, #0, kept
    ld    x, journaling.further[journal]
    br.eq x, #0, empty
    ld64  last, journal.handed[journal]
    cmp64 x, restored, last
    br.ne x, #1, kept                ; what was restored is to be handed on
empty:
    ld64  last, journal.tail[journal]
    st64  journal.head[journal], last
kept:
    ret

; x = 0: what the other array says of an entry cannot be. Its data are here at `place`, if it has any.
sub believable using learn
    use   volume=r4 y=r5 data=r4
    ld    volume, update.peer[entry]
    ld    x, system.volumes
    br.ge volume, x, no
    ld    x, volume.journal[volume]
    br.ne x, journal, no
    ld    x, update.track[entry]
    ld    y, volume.tracks[volume]
    br.ge x, y, no
    ld    x, update.span[entry]
    and   y, x, #0xffff
    shr   x, x, #16
    br.eq x, #0, no
    add   y, x, y
    geom  volume
    br.lt volume, y, no
    ld    y, update.flags[entry]
    br.any y, #SHIP_ZERO, yes
    br.none flags, #SHIP_DATA, no
    st64  update.place[entry], place
    add64 place, place, x
    ld64  data, journal.tail[journal]
    cmp64 x, data, place
    br.eq x, #0, no
yes:
    ldi   x, #1
    ret
no:
    ldi   x, #0
    ret

; Entries that came are restored, by as many tasks as the group may have.
sub restorers using numbers
    ld    x, journaling.dropping[journal]
    br.ne x, #0, enough              ; its own are left, from when it was the source
more:
    ld    x, journaling.restoring[journal]
    ld    last, journaling.restorers[journal]
    br.ge x, last, enough
    inc   journaling.restoring[journal]
    post  RESTORE (journal)
    br    more
enough:
    ret

sub spill_there using apply
    use   journal=r9
    ld    x, journaling.spilling[journal]
    br.ne x, #0, runs
    ldi   x, #1
    st    journaling.spilling[journal], x
    post  SPILL (journal)
runs:
    ret
