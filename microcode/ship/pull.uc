; "The second storage system obtains management information from the first to define the timing" (seed 000, claim 8): what
; waits there, how many links there are and whether it has more reads than it can answer decide how much is read at once, by how
; many reads side by side, and how long the next one waits.
role data

frame pulling: volume=r0 load=r0 pair=r1 links=r1 what=r2 known=r2 peer=r3 last=r4 waiting=r6 kept=r7 lag=r8 size=r8 journal=r9 to=r10 to_high=r11 x=r12 result=r13 number=r14 number_low=r14 number_high=r15

on PULL using pulling
    mov   journal, volume
again:
    call  session_here
    br.neg volume, stop
    geom  x
    shl   x, x, #16
    jnl.room x, journal, x
    br.eq x, #1, spill
    br.ne x, #0, pause
    ld64  number, journaling.asked[journal]
    ld64  last, journal.last[journal]
    cmp64 x, number, last
    br.eq x, #1, from
    br.ne x, #0, ahead
    ld64  number, journal.last[journal]
    br    from
ahead:                               ; while this read waited, others asked for all that there is over there: what is behind it is
    ld64  last, journaling.reach[journal]  ; unknown there, as if its memory had been lost
    cmp64 x, number, last
    br.ne x, #2, from
    ldi   kept, #1
    br    idle
from:
    ld    x, journaling.size[journal]
    add64 to, number, x
    st64  journaling.asked[journal], to
    ld64  last, journal.restored[journal]
    diff64 lag, number, last
    ldi   what, #ASK_JOURNAL
    ld    peer, pair.peer[pair]
    send  CALL (what, peer, number_low, number_high, lag, x)
    mov   size, x
    ld    what, journaling.copies[journal]
    wait  ANSWER (result, waiting, kept, to, to_high, x, links)
    br.ne result, #OK, failed
    shr   load, x, #1
    and   x, x, #1
    call  pressed
    add64 last, to, waiting
    ld64  known, journaling.reach[journal]
    cmp64 x, known, last
    br.ne x, #0, reached
    st64  journaling.reach[journal], last
reached:
    add64 last, number, size
    cmp64 x, to, last                ; it may have brought less: the next one begins there
    br.ne x, #0, whole
    st64  journaling.asked[journal], to
whole:
    ld64  last, journal.last[journal]
    cmp64 x, to, last
    br.ne x, #2, paced
    cmp64 x, number, last
    br.ne x, #1, paced
    call  void_to                    ; behind what is here nothing exists up to there
    br.ne result, #OK, failed
paced:
    call  pace
    ld64  last, journaling.asked[journal]
    diff64 x, last, to
    br.ge x, waiting, idle           ; what waits is asked for already: no number is asked for that there is not
    sub   waiting, waiting, x
    br.ne load, #0, again            ; reads wait over there as it is
    shl   links, links, #1
    ld    x, journaling.pulling[journal]
    ld    peer, journaling.reads[journal]
    min   peer, peer, links          ; two over each link keep it busy
    br.ge x, peer, again
    ld    peer, journaling.size[journal]
    br.lt waiting, peer, again
    inc   journaling.pulling[journal]
    post  PULL (journal)
    br    again
idle:
    ld    x, journaling.pulling[journal]
    br.ge x, #2, stop
    ld64  last, journal.last[journal]
    st64  journaling.asked[journal], last  ; no other read is under way: the next one begins behind what is here
    ld    x, journaling.interval_us[journal]
    br.ne kept, #0, sleep
    shl   x, x, #2                   ; an idle group is asked seldom
sleep:
    sleep x
    br    again
failed:
    ld64  last, journal.last[journal]
    st64  journaling.asked[journal], last
    inc   journaling.failures[journal]
    wake.all journaling.turn[journal]  ; what came early is read again
    br    pause
spill:                               ; memory holds what is not restored yet: it goes to the journal volumes
    call  spill_there
pause:
    call  reclaim
    ld    x, journaling.interval_us[journal]
    br    sleep
stop:
    dec   journaling.pulling[journal]
    end

; A volume of the group with a session, and its pair; -1: none has one. Through a pair that is suspended, which may not be all
; of the group when power goes, nothing is read.
sub session_here using pulling
    ldi   volume, #0
each:
    ld    x, system.volumes
    br.ge volume, x, none
    ld    x, volume.journal[volume]
    br.ne x, journal, next
    ld    pair, volume.pair[volume]
    br.neg pair, next
    ld    x, session.taking[pair]
    br.eq x, #0, next
    ld    x, pair.state[pair]
    br.eq x, #PSUS, next
    ld    x, journaling.closing[journal]
    br.eq x, #0, found
next:
    add   volume, volume, #1
    br    each
none:
    ldi   volume, #-1
found:
    ret

; A read brings more when more waits.
sub pace using pulling
    ld    x, journaling.least[journal]
    br.lt waiting, x, set
    shl   x, x, #2
set:
    st    journaling.size[journal], x
    ret

; result = STALE: it is so far that everything here must be restored first.
sub void_to using pulling
    ld64  last, journal.freed[journal]
    diff64 x, to, last
    ld    lag, journaling.records[journal]
    br.lt lag, x, far
    st64  journal.last[journal], to
    call  restorers
    br    on
far:
    mov   number_low, to
    mov   number_high, to_high
    call  go_on_behind
    mov   to, number_low
    mov   to_high, number_high
    br.eq x, #1, on
    ldi   result, #STALE
on:
    wake.all journaling.turn[journal]
    ret

; This side became target of a session: reads begin. Entries of its own that are left, from when it was the source, become
; marks: the other side asks for its list. It may know since the last session already that it is the target (`yield` in
; ship/resync.uc).
hook begin using ask
    use   journal=r15 number=r12 each=r12 role=r13 old=r6
    ld    journal, volume.journal[volume]
    ld    each, journaling.landed_any[journal]
    sub   each, each, #1
    br.neg each, fresh
    br.eq each, volume, lost
    ld    x, volume.pair[each]
    br.neg x, lost
    ld    x, session.taking[x]
    br.ne x, #0, fresh               ; another volume's session goes on: their update information comes
lost:
    ldi   x, #0
    st    journaling.landed_any[journal], x
fresh:
    ldi   x, #0
    st    journaling.closing[journal], x
    st    journaling.holding[journal], x
    st    journaling.yielding[journal], x
    st    volume.settling[volume], x
    ldi   x, #VOLUME_RESTORING
    st    volume.state[volume], x
    ld    x, pair.role[pair]
    br.ne x, #SOURCE, own
    ldi   each, #0
members:                             ; the whole group's hosts are over there now
    ld    x, system.volumes
    br.ge each, x, own
    ld    x, volume.journal[each]
    br.ne x, journal, next
    ld    x, volume.pair[each]
    br.neg x, next
    ld    role, pair.role[x]
    br.ne role, #SOURCE, next
    ldi   role, #0
    st    session.agreed[x], role
next:
    add   each, each, #1
    br    members
own:
    call  begin_further
    ld64  number, journal.last[journal]
    ld64  old, journal.given[journal]
    cmp64 x, old, number
    br.eq x, #0, reads
    ld64  old, journal.restored[journal]
    cmp64 x, old, number
    br.ne x, #0, reads
    st64  journal.drop[journal], number
    ld    x, journaling.dropping[journal]
    br.ne x, #0, reads
    ldi   x, #1
    st    journaling.dropping[journal], x
    post  DROP (journal)
reads:
    ld64  number, journal.last[journal]
    st64  journaling.asked[journal], number
    st64  journaling.reach[journal], number
    ld    x, journaling.landed_any[journal]
    br.ne x, #0, kept
    ld64  old, journal.freed[journal]
    cmp64 x, old, number
    br.ne x, #1, kept
    ld64  old, journal.tail[journal] ; data that came without their update information: no entry frees them
    st64  journal.head[journal], old
kept:
    wake.all journaling.turn[journal]
    ld    x, journaling.pulling[journal]
    br.ne x, #0, done
    ldi   x, #1
    st    journaling.pulling[journal], x
    post  PULL (journal)
done:
    ret

; What comes in the new session may be a copy, which is no entry for a third storage system: it hears so in a session of its
; own, and its pair is PAIR again when this one is.
sub begin_further using ask
    use   each=r12 role=r13
    ld    each, volume.also[volume]
    br.neg each, no
    ld    x, pair.state[each]
    br.eq x, #COPY, anew
    br.ne x, #PAIR, no
    ldi   x, #COPY
    st    pair.state[each], x
anew:
    ldi   x, #0
    st    session.open[each], x
    ld    x, session.offering[each]
    br.ne x, #0, again
    ldi   x, #NEW_SESSION
    st    session.offering[each], x
    post  OFFER (each)
    ret
again:
    st    session.again[each], x
no:
    ret
