; Power is back. Of the source: the last entry may be there without its bytes in the slot ("data and update information"
; come before): it is put in, so that the other side never gets what this one lacks. Of the target: entries behind
; `journal.restored` are restored again, before anybody may see the volumes. Entries that were to become marks go on.
role data

hook recover using boot
    keeps volume "a pair has the number of its record, and `redo` comes back to that"
    use   journal=r13 number=r14 limit=r10
    call  together
    call  as_listed
    ld    journal, volume.journal[volume]
    br.neg journal, done
    ld64  limit, journal.restored[journal]
    ld64  number, journal.last[journal]
    cmp64 cursor, limit, number
    br.ne cursor, #2, whole
    st64  journal.freed[journal], number  ; numbers were to go on far ahead, as all that came is restored: `last` did not
    st64  journal.drop[journal], number
    st64  journal.noted[journal], number
    st64  journal.handed[journal], number
    st64  journal.restored[journal], number
whole:
    ld64  number, journal.restored[journal]
    st64  journaling.taken[journal], number
    ld64  number, journal.last[journal]
    st64  journaling.asked[journal], number
    call  goes_on
    ld    cursor, pair.role[pair]
    br.eq cursor, #SOURCE, source
    br.ne cursor, #TARGET, done
    ldi   x, #VOLUME_RESTORING
done:
    ret
source:
    mov   dirty, x                   ; what the volume's state becomes
    call  redo
    mov   x, dirty
    ret

; A group changes sides as one: what power interrupted between two of its volumes goes on. Taken over were all of them, if
; any is in SSWS; else they were given away, to a side that has restored everything or serves already.
sub together using boot
    use   each=r2 other=r4 state=r5 own=r6 journal=r13
    ld    journal, volume.journal[volume]
    br.neg journal, all
    ld    own, pair.role[pair]
    br.eq own, #NO_ROLE, all
    ldi   each, #0
look:
    br.ge each, volumes, all
    ld    other, volume.journal[each]
    br.ne other, journal, next
    ld    other, volume.pair[each]
    br.neg other, next
    ld    state, pair.state[other]
    ld    other, pair.role[other]
    br.eq other, #NO_ROLE, next
    br.eq other, own, next
    br.eq own, #SOURCE, source
    br.ne state, #SSWS, next
    ld    other, pair.known[pair]
    br.ne other, #0, known
    ld    other, battery.identity
    st    pair.known[pair], other
known:
    ldi   other, #1
    st    pair.union[pair], other
    ld    other, pair.epoch[pair]
    add   other, other, #1
    st    pair.epoch[pair], other
    ldi   other, #SSWS
    st    pair.state[pair], other
    ldi   other, #SOURCE
    st    pair.role[pair], other
    ret
source:
    ld    state, pair.state[pair]
    br.eq state, #SSWS, next
    ld    other, pair.epoch[pair]
    add   other, other, #1
    st    pair.epoch[pair], other
    ldi   other, #TARGET
    st    pair.role[pair], other
    ldi   other, #COPY
    st    pair.state[pair], other
    ret
next:
    add   each, each, #1
    br    look
all:
    ret

; What was under way for the group, once for all its volumes.
sub goes_on using boot
    use   journal=r13 number=r14 limit=r10
    ld64  number, journal.last[journal]
    ld64  limit, journal.freed[journal]
    cmp64 cursor, number, limit
    br.ne cursor, #1, kept
    ld64  number, journal.tail[journal]  ; data that came without their update information: no entry frees them
    st64  journal.head[journal], number
kept:
    ld    cursor, journaling.dropping[journal]
    br.ne cursor, #0, done
    ld64  number, journal.drop[journal]
    ld64  limit, journal.freed[journal]
    cmp64 cursor, limit, number
    br.ne cursor, #0, restores
    ldi   cursor, #1
    st    journaling.dropping[journal], cursor
    post  DROP (journal)
    ret
restores:
    ld    cursor, pair.role[pair]
    br.ne cursor, #TARGET, done
    ld    cursor, journaling.further[journal]
    br.eq cursor, #0, alone
    ld    cursor, journaling.handing[journal]
    br.ne cursor, #0, alone
    ldi   cursor, #1
    st    journaling.handing[journal], cursor
    post  HAND (journal)
alone:
    ld64  number, journal.last[journal]
    ld64  limit, journal.restored[journal]
    cmp64 cursor, limit, number
    br.ne cursor, #0, done
    ld64  limit, journal.given[journal]
    cmp64 cursor, limit, number
    br.ne cursor, #0, own
    ld    cursor, journaling.restoring[journal]
    br.ne cursor, #0, done
    inc   journaling.restoring[journal]
    post  RESTORE (journal)
done:
    ret
own:                                 ; it was the source, and the other side took over
    st64  journal.drop[journal], number
    ldi   cursor, #1
    st    journaling.dropping[journal], cursor
    post  DROP (journal)
    ret

; The last entry, if it is of this volume and its track did not get it. It is in memory: nothing came behind it.
sub redo using boot
    alone "hosts and the other side are not served yet"
    use   entry=r9 result=r2 span=r4 at=r12 journal=r13 number=r14 number_low=r14 number_high=r15 now=r14 other=r10 gen_high=r11
    ld64  number, journal.last[journal]
    or    track, number_low, number_high
    br.eq track, #0, done            ; there was none yet, and a record that holds none looks like it
    jnl.find entry, journal, number
    ld64  other, update.number[entry]
    cmp64 track, other, number
    br.ne track, #1, done
    ld    track, update.volume[entry]
    br.ne track, volume, done
    ld    track, update.track[entry]
    ld    x, volume.home[volume]
    ld    t, volume.track_base[x]
    add   t, t, track
    ld64  now, track.gen[t]
    ld64  gen, update.gen[entry]
    br.ne x, volume, further
    cmp64 x, gen, now
    br.eq x, #0, done                ; a later write
put:
    ld    span, update.span[entry]
    ldi   x, #TO_WRITE
    ldi   at, #HOST_POOL
    send  GET (volume, track, span, x, at)
    wait  GOT (result, slot)
    br.ne result, #OK, done
    ld    x, volume.track_base[volume]
    add   x, x, track
    st64  track.gen[x], gen
    flag.set x, volume, #M1_WP|WRITTEN
    ld    x, update.flags[entry]
    br.any x, #SHIP_ZERO, zeroes
    ld64  now, update.place[entry]
    jnl.at at, journal, now
    slot.merge slot, span, at, gen
    br    give
zeroes:
    slot.zero slot, span, gen
    br.none x, #SHIP_UNMAP, give
    geom  x
    shl   x, x, #16
    br.ne span, x, give
    ld    x, volume.track_base[volume]
    add   x, x, track
    flag.clr x, volume, #WRITTEN
give:
    ldi   x, #0
    post  GIVE (slot, x)
done:
    mov   volume, pair               ; they have the same number
    ret
further:                             ; the further pair has it, as it comes first
    ld    at, pair.role[x]
    br.eq at, #TARGET, done          ; what is handed on was restored before
    mov   volume, x
    ld64  gen, update.own[entry]
    cmp64 x, gen, now
    br.ne x, #2, done                ; it got it, or what came in the place of a lost source's write
    ld    x, pair.state[volume]
    br.eq x, #SMPL, put
    br.ne x, #PAIR, owed
    ldi   x, #COPY
    st    pair.state[volume], x
owed:
    flag.set t, volume, #M2_INV
    br    put
