; "The second storage system then performs a restore process to obtain the data from the third storage area and store only
; the data in a fourth" (seed 000). Several tasks take entries in the order of the numbers and stand in line for the tracks'
; locks: entries of one track go one after the other, others side by side. `journal.restored` is up to where all are done;
; after a power loss what is behind it is done again, which changes nothing.
role data

frame restoring: freeing + gen=r8 slot=r12 result=r13 span=r14 at=r15 track=r6 pool=r7 drive=r6 lba=r7

on RESTORE using restoring
    br    boot
soon:
    ldi   x, #1000
    sleep x
boot:
    ld    x, system.ready
    br.eq x, #0, soon
next:
    ld64  number, journaling.taken[journal]
    ld64  other, journal.last[journal]
    cmp64 x, number, other
    br.ne x, #0, idle
    add64 number, number, #1
    call  due
    br.ne x, #0, later
    st64  journaling.taken[journal], number
    jnl.find entry, journal, number
    ld64  other, update.number[entry]
    cmp64 x, other, number
    br.ne x, #1, passed              ; void
    ld    volume, update.peer[entry]
    ld    pair, volume.pair[volume]
    br.neg pair, done
    ld    t, volume.track_base[volume]
    ld    x, update.track[entry]
    add   t, t, x
    lock  t
    call  restore_entry
    unlock t
    br.ne result, #OK, gone
done:
    ldi   x, #1
    st    update.done[entry], x
passed:
    call  advance
    yield
    br    next
later:
    ld    x, journaling.dozing[journal]
    br.ne x, #0, idle                ; one waits for it
    ldi   x, #1
    st    journaling.dozing[journal], x
doze:
    ld    x, journaling.interval_us[journal]
    sleep x
    ld64  number, journaling.taken[journal]
    add64 number, number, #1
    call  due
    br.ne x, #0, doze
    st    journaling.dozing[journal], x
    call  rouse
    br    next
gone:                                ; the cache's director is dead: the next power on begins here
    end
idle:
    dec   journaling.restoring[journal]
    wake.all journaling.drained[journal]
    end

; One entry, into its volume's slot. A copy of the whole track that is newer has it already. result = OK: it is done. Data
; that memory does not have any more come from the journal volume right into the slot: nobody sees it before all is restored.
; What the journal volume has lost the track lacks: it bears M1 invalid, before the entry counts as done, and is brought whole.
sub restore_entry using restoring
again:
    ldi   result, #OK
    ld    x, pair.role[pair]
    br.ne x, #TARGET, over           ; the pair was deleted
    ld64  gen, update.gen[entry]
    ld64  other, track.gen[t]
    cmp64 x, gen, other
    br.eq x, #0, over
    ld    track, update.track[entry]
    ld    span, update.span[entry]
    ldi   x, #TO_WRITE
    ldi   pool, #REMOTE_POOL
    send  GET (volume, track, span, x, pool)
    wait  GOT (result, slot)
    br.ne result, #OK, failed
    ld    x, pair.role[pair]
    br.ne x, #TARGET, give
    st64  track.gen[t], gen
    flag.set t, volume, #M1_WP|WRITTEN
    ld    x, update.flags[entry]
    br.any x, #SHIP_ZERO, zeroes
    ld64  other, update.place[entry]
    jnl.at at, journal, other
    br.neg at, drive
    slot.merge slot, span, at, gen
give:
    ldi   x, #0
    post  GIVE (slot, x)
    br.eq result, #OK, over
    ldi   x, #100_000                ; what fails is tried again
    sleep x
    br    again
over:
    ret
zeroes:
    slot.zero slot, span, gen
    ld    x, update.flags[entry]
    br.none x, #SHIP_UNMAP, give
    geom  x
    shl   x, x, #16
    br.ne span, x, give
    flag.clr t, volume, #WRITTEN
    br    give
drive:
    slot.at at, slot, span
    jnl.drive other, journal, other
    shr   x, span, #16
    send  LIST_READ (drive, lba, x, at)
    wait  LISTED (result)
    br.ne result, #OK, unreadable
    slot.merge slot, span, at, gen
    br    give
unreadable:
    ld    x, system.lost             ; then it is no error of the drive
    br.any x, #LOST_DISK|LOST_CACHE, give
    ld    x, pair.role[pair]
    br.ne x, #TARGET, give
    flag.set t, volume, #M1_INV
    call  rebuild                    ; its `x` is `result` here
    ldi   result, #OK
    br    zeroes
failed:                              ; the drive takes nothing now, or the slot had a parity error
    ld    x, system.lost
    br.any x, #LOST_CACHE, over
    br.eq result, #STALE, again
    ldi   x, #100_000
    sleep x
    br    again

; `journal.restored` is moved to where all are done; what is before it needs no room any more. It may be long: others run in
; between.
sub advance using restoring
next:
    ld64  number, journal.restored[journal]
    ld64  other, journaling.taken[journal]
    cmp64 x, number, other
    br.ne x, #0, done
    add64 number, number, #1
    jnl.find entry, journal, number
    ld64  other, update.number[entry]
    cmp64 x, other, number
    br.ne x, #1, pass
    ld    x, update.done[entry]
    br.eq x, #0, done
pass:
    st64  journal.restored[journal], number
    ld    x, journaling.further[journal]
    br.ne x, #0, hand                ; it is freed when it was handed on
    call  free
turn:
    and   x, number, #63
    br.ne x, #0, next
    yield
    br    next
done:
    wake.all journaling.room[journal]
    ret
hand:
    call  hand_on
    br    turn
