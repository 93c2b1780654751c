; Entries are held back from the fourth area of a journal group until they are old: so many of them are still to come there,
; and each can be the last of an image (image.uc). Whatever needs them there earlier ends the hold, on either side.
role data

frame holding: freeing + number_low=r4 number_high=r5 time=r6 time_low=r6 time_high=r7 now=r8 here=r8 y=r14 z=r15

; x = 0: the next entry, of this number, is restored now. Whatever cannot wait, or makes the image another one, ends the hold.
sub due using holding
    ld    x, journaling.closing[journal]
    br.ne x, #0, now                 ; a takeover: "drain what arrived"
    ld    x, journaling.holding[journal]
    br.ne x, #0, held
    ld64  time, journaling.delay[journal]
    or    x, time_low, time_high
    br.eq x, #0, now
    ld    x, journaling.hurry[journal]
    br.ne x, #0, now
    mov   here, journal
    call  crowded
    br.ne y, #0, now
    ldi   volume, #0
each:                                ; a copy needs what came before it (`settle`)
    ld    x, system.volumes
    br.ge volume, x, whole
    ld    x, volume.journal[volume]
    br.ne x, journal, next
    ld    y, volume.pair[volume]
    br.neg y, next
    ld    x, pair.state[y]
    br.eq x, #SMPL, next
    br.ne x, #PAIR, now
next:
    add   volume, volume, #1
    br    each
whole:
    jnl.find entry, journal, number
    ld64  now, update.number[entry]
    cmp64 x, now, number
    br.ne x, #1, now                 ; void
    ld64  time, update.time[entry]
    ld64  y, journaling.delay[journal]
    add64 time, time, y
    add   time_high, time_high, z
    now64 now
    cmp64 x, now, time
    br.ne x, #0, now
held:
    ldi   x, #1
    ret
now:
    ldi   x, #0
    ret

; More restorers, when the first finds that entries are old enough.
sub rouse using freeing
more:
    ld    x, journaling.restoring[journal]
    ld    entry, journaling.restorers[journal]
    br.ge x, entry, enough
    inc   journaling.restoring[journal]
    post  RESTORE (journal)
    br    more
enough:
    ret

frame crowd: last=r6 room=r6 here=r8 freed=r14 y=r14 z=r15

; y = 1 if a quarter of the journal or less is free, of its data or its update information.
sub crowded using crowd
    ld    y, journaling.reserve[here]
    jnl.room z, here, y
    ldi   y, #1
    br.eq z, #2, yes
    ld64  last, journal.last[here]
    ld64  freed, journal.freed[here]
    diff64 room, last, freed
    ld    y, journaling.records[here]
    shr   z, y, #2
    sub   z, y, z
    ldi   y, #1
    br.ge room, z, yes
    ldi   y, #0
yes:
    ret

frame pressing: here=r8 journal=r8 each=r9 y=r14 z=r15

; Of the source, when it answers a read. y = 1: the other side shall hold nothing back, as the group is to be given away, is
; not in PAIR, or its journal here fills.
sub presses using pressing
    ldi   y, #1
    ld    z, journaling.yielding[journal]
    br.ne z, #0, yes
    ldi   each, #0
look:
    ld    z, system.volumes
    br.ge each, z, whole
    ld    z, volume.journal[each]
    br.ne z, journal, next
    ld    z, volume.pair[each]
    br.neg z, next
    ld    y, pair.state[z]
    br.eq y, #SMPL, next
    br.eq y, #PAIR, next
    ldi   y, #1
    ret
next:
    add   each, each, #1
    br    look
whole:
    call  crowded
yes:
    ret

; Of the target. x: what the source said so; `what`: copies of tracks that had come when it was asked. One that came since
; it may not know of.
sub pressed using pulling
    ld    peer, journaling.copies[journal]
    br.eq peer, what, said
    ldi   x, #1
said:
    st    journaling.hurry[journal], x
    ret

; A copy of a track comes: it may be newer than entries which are still to come, so no image is made before the source is in
; PAIR again.
sub copied using apply
    use   journal=r14
    ld    journal, volume.journal[volume]
    br.neg journal, none
    inc   journaling.copies[journal]
    ldi   x, #1
    st    journaling.hurry[journal], x
    ldi   x, #0
    st    journaling.holding[journal], x
none:
    ret
