; A journal group on this side, whichever it is: its data and update information go from memory to the journal volumes, and
; entries that nobody needs any more are freed.
role data

; Data first, then the update information: what is on the journal volumes is whole there.
on SPILL
    use   x=r1 n=r2 result=r3 place=r4 end=r6 drive=r8 lba=r9 at=r10 where=r8
data:
    ld64  place, journal.spilled[journal]
    ld64  end, journal.head[journal]
    cmp64 x, place, end
    br.ne x, #0, kept
    ld64  place, journal.head[journal]  ; freed before it was there
kept:
    ld64  end, journal.tail[journal]
    diff64 n, end, place
    br.eq n, #0, informed
    jnl.run x, journal, place
    min   n, n, x
    ldi   x, #128
    min   n, n, x
    jnl.at at, journal, place
    jnl.drive where, journal, place
    send  LIST_WRITE (drive, lba, n, at)
    wait  LISTED (result)
    br.ne result, #OK, failed
    add64 place, place, n
    st64  journal.spilled[journal], place
    wake.all journaling.room[journal]
    br    data
informed:                            ; place: a number from here on
    ld64  place, journal.noted[journal]
    ld64  end, journal.freed[journal]
    cmp64 x, place, end
    br.ne x, #0, needed
    ld64  place, journal.freed[journal]
    st64  journal.noted[journal], place
needed:
    ld64  end, journal.last[journal]
    diff64 n, end, place
    br.eq n, #0, done
    add64 end, place, #1
    jnl.info at, journal, end
    jnl.home where, journal, end
    and   x, end, #7                 ; RECORDS_PER_SECTOR of a sector, up to the last
    ldi   end, #RECORDS_PER_SECTOR
    sub   x, end, x
    min   n, n, x
    ldi   x, #1
    send  LIST_WRITE (drive, lba, x, at)
    wait  LISTED (result)
    br.ne result, #OK, failed
    ld64  end, journal.noted[journal]
    cmp64 x, end, place              ; meanwhile numbers went on far ahead
    br.ne x, #1, informed
    add64 place, place, n
    st64  journal.noted[journal], place
    br    informed
failed:                              ; whoever needs room asks again; if it does not come, the group is suspended
done:
    ldi   x, #0
    st    journaling.spilling[journal], x
    end

frame freeing: journal=r0 x=r1 entry=r2 volume=r3 number=r4 other=r6 limit=r8 t=r10 pair=r11

; The oldest entry, which has this number: its room is free.
sub free using freeing
    jnl.find entry, journal, number
    ld64  other, update.number[entry]
    cmp64 x, other, number
    br.ne x, #1, void
    ld    x, update.flags[entry]
    br.any x, #SHIP_ZERO, void
    ld64  other, update.place[entry]
    ld    x, update.span[entry]
    shr   x, x, #16
    add64 other, other, x
    st64  journal.head[journal], other
void:
    st64  journal.freed[journal], number
    ld64  other, journal.last[journal]
    cmp64 x, other, number
    br.ne x, #1, more
    ld    x, journaling.landed_any[journal]
    br.ne x, #0, more                ; data wait for their update information
    ld64  other, journal.tail[journal] ; empty
    st64  journal.head[journal], other
more:
    ret

; Entries up to `limit` are freed. It may be long: others run in between.
sub free_to using freeing
next:
    ld64  number, journal.freed[journal]
    cmp64 x, number, limit
    br.ne x, #0, done
    add64 number, number, #1
    call  free
    and   x, number, #63
    br.ne x, #0, next
    yield
    br    next
done:
    wake.all journaling.room[journal]
    ret
