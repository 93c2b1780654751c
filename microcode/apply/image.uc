; "Restore of a group to a sequence number or time onto a chosen volume": the fourth area as it was at an entry, on volumes
; beside it, while the group goes on. Meanwhile nothing is restored at all (`due` in apply/hold.uc): what is restored is
; copied, then the entries behind that are put in, up to the one that was asked for (image-copy.uc).
role data

frame imaging: volume=r0 onto=r1 result=r2 slot=r3 x=r4 buffer=r5 place=r6 place_low=r6 place_high=r7 journal=r8 entry=r9 number=r10 number_low=r10 number_high=r11 span=r12 track=r13 other=r14 y=r14 z=r15

; One message for each volume; the last begins. Until it is answered, hosts get nothing of the volumes that are to have the image.
on IMAGE using imaging
    use   wanted=r2 part=r4 pair=r6 each=r7
    zero  track
    ldi   y, #NOT_READY
    ld    z, system.lost
    br.any z, #LOST_CACHE, refuse
    ld    z, system.ready
    br.eq z, #0, refuse
    ldi   y, #REFUSED
    ld    z, system.volumes
    br.ge volume, z, refuse
    br.ge onto, z, refuse
    ld    journal, volume.journal[volume]
    br.neg journal, refuse
    ldi   y, #BUSY
    ld    z, journaling.making[journal]
    br.ne z, #0, refuse
    br.none part, #IMAGE_FIRST, more
    call  forgotten                  ; what a command named that did not go on
more:
    ldi   y, #WRONG_STATE
    ld    pair, volume.pair[volume]
    br.neg pair, refuse
    ld    z, pair.role[pair]
    br.ne z, #TARGET, refuse
    ld    z, pair.state[pair]
    br.ne z, #PAIR, refuse
    ldi   y, #NO_PLACE
    ld    z, volume.pair[onto]
    br.neg z, alone
    br    refuse
alone:
    ld    z, volume.journal[onto]
    br.neg z, free
    br    refuse
free:
    ld    z, volume.tracks[onto]
    ld    each, volume.tracks[volume]
    br.ne z, each, refuse
    ldi   each, #0
others:                              ; of this command or of another group's
    ld    z, system.volumes
    br.ge each, z, noted
    ld    z, volume.onto[each]
    sub   z, z, #1
    br.eq z, onto, refuse
    add   each, each, #1
    br    others
noted:
    add   z, onto, #1
    st    volume.onto[volume], z
    br.any part, #IMAGE_LAST, begin
    ldi   y, #OK
refuse:
    reply (y)
    end
begin:
    ldi   z, #1
    st    journaling.making[journal], z
    st    journaling.holding[journal], z  ; from here on no entry is taken to be restored
    st64  journaling.point[journal], wanted
    mov   entry, part
    call  still
    br.eq x, #0, over
    call  whole_here
    br.ne result, #OK, over
    br.any entry, #IMAGE_AT_TIME, time
    ldi   result, #NOT_KEPT
    ld64  number, journaling.point[journal]
    ld64  other, journaling.taken[journal]
    cmp64 x, number, other
    br.eq x, #0, window
    ld64  other, journal.last[journal]
    cmp64 x, number, other
    br.eq x, #2, window
    br    waits
time:
    call  at_time
    br.ne result, #OK, window
    st64  journaling.point[journal], number
waits:                               ; those that restorers took before come to an end
    ld64  number, journaling.taken[journal]
    ld64  other, journal.restored[journal]
    cmp64 x, other, number
    br.ne x, #0, restored
    ldi   x, #1000
    sleep x
    call  still
    br.eq x, #0, over
    br    waits
restored:
    call  take_buffer
    call  still
    br.eq x, #0, give
    call  tear
    call  copy_all
    br.ne result, #OK, give
    call  put_entries
    br.ne result, #OK, give
    call  mend
give:
    call  give_buffer
over:
    call  let_go
    ld64  number, journaling.point[journal]
    call  written_at
    ldi   y, #0
    ldi   z, #0
    reply (result, number_low, number_high, place_low, place_high, y, z)
    end
window:
    call  let_go
    ld64  number, journaling.taken[journal]
    call  written_at
    ld64  other, journal.last[journal]
    reply (result, number_low, number_high, place_low, place_high, y, z)
    end

; x = 1 while the image may be made: nobody needs what is held back, and no copy came. Else the result says why not.
sub still using imaging
    use   here=r8
    ldi   result, #ENDED
    ldi   x, #0
    ld    z, journaling.holding[journal]
    br.eq z, #0, no
    ld    z, journaling.closing[journal]
    br.ne z, #0, no
    ld    z, journaling.hurry[journal]
    br.ne z, #0, no
    ld    z, system.lost
    br.any z, #LOST_CACHE, no
    call  crowded
    br.ne y, #0, no
    ldi   y, #0
each:
    ld    z, system.volumes
    br.ge y, z, all
    ld    z, volume.journal[y]
    br.ne z, journal, next
    ld    z, volume.onto[y]
    br.eq z, #0, next
    ld    z, volume.pair[y]
    br.neg z, no
    ld    place_low, pair.role[z]
    br.ne place_low, #TARGET, no
    ld    place_low, pair.state[z]
    br.ne place_low, #PAIR, no
next:
    add   y, y, #1
    br    each
all:
    ldi   x, #1
    ldi   result, #OK
no:
    ret

; result = OK if no track of the volumes is one that cannot be read here.
sub whole_here using imaging
    ldi   volume, #-1
next:
    call  another
    br.neg volume, done
    ldi   result, #MEDIUM_ERROR
    ld    z, volume.m1_inv[volume]
    br.ne z, #0, no
    br    next
done:
    ldi   result, #OK
no:
    ret

; The next volume of the group that is to get an image, and the one that gets it; volume = -1: none.
sub another using imaging
next:
    add   volume, volume, #1
    ld    z, system.volumes
    br.ge volume, z, none
    ld    z, volume.journal[volume]
    br.ne z, journal, next
    ld    onto, volume.onto[volume]
    br.eq onto, #0, next
    sub   onto, onto, #1
    ret
none:
    ldi   volume, #-1
    ret

; The newest entry that was written at the time or before: result = OK, number. It must be one that can be the last, and one
; behind it must be known, or be of that time: what is not here yet may be older than the time.
sub at_time using imaging
    use   first=r12
    ldi   first, #1
    ld64  number, journal.last[journal]
    ldi   result, #NOT_KEPT
next:
    or    x, number_low, number_high
    br.eq x, #0, older               ; there is none, and a record that holds none looks like it
    jnl.find entry, journal, number
    ld64  other, update.number[entry]
    cmp64 x, other, number
    br.ne x, #1, older               ; void
    ld64  other, update.time[entry]
    ld64  place, journaling.point[journal]
    cmp64 x, other, place
    br.eq x, #1, found
    br.eq x, #2, newer
    br.eq first, #0, found
    ret
newer:
    ldi   first, #0
older:
    ld64  other, journaling.taken[journal]
    cmp64 x, number, other
    br.ne x, #2, no
    ldi   x, #1
    sub64 number, number, x
    and   x, number_low, #63
    br.ne x, #0, next
    yield
    br    next
found:
    ldi   result, #OK
no:
    ret

; place = when the entry of this number was written; 0: it is not known here any more.
sub written_at using imaging
    ldi   place_low, #0
    ldi   place_high, #0
    jnl.find entry, journal, number
    ld64  other, update.number[entry]
    cmp64 x, other, number
    br.ne x, #1, no
    ld64  place, update.time[entry]
no:
    ret

; Nothing of the volumes is an image from here on, whenever power goes; hosts that waited for a lock find so behind it.
sub tear using imaging
    ldi   volume, #-1
next:
    call  another
    br.neg volume, done
    ldi   x, #VOLUME_TORN
    st    pair.boots[onto], x
    st    volume.state[onto], x
    ldi   place_low, #0
    ldi   place_high, #0
    st64  image.number[onto], place
    st64  image.time[onto], place
    add   x, volume, #1
    st    image.of[onto], x
    br    next
done:
    ret

; All of it is there: hosts may read and write it.
sub mend using imaging
    ld64  number, journaling.point[journal]
    call  written_at
    ldi   volume, #-1
next:
    call  another
    br.neg volume, done
    st64  image.time[onto], place
    st64  image.number[onto], number
    mov   slot, volume               ; `ready_again` has the volume there
    mov   volume, onto
    call  ready_again
    mov   volume, slot
    br    next
done:
    ldi   result, #OK
    ret

sub ready_again using imaging
    ldi   x, #VOLUME_READY
    st    pair.boots[volume], x
    st    volume.state[volume], x
    mov   x, track                   ; `watch` works with it
    call  watch
    mov   track, x
    ret

; Whatever is held back goes on, and nobody gets an image any more.
sub let_go using imaging
    gives making "its caller made an image, or gave up to"
    ldi   x, #0
    st    journaling.making[journal], x
    st    journaling.holding[journal], x
    call  forgotten
    ld    x, journaling.dropping[journal]
    br.ne x, #0, done
more:
    ld    x, journaling.restoring[journal]
    ld    y, journaling.restorers[journal]
    br.ge x, y, done
    inc   journaling.restoring[journal]
    post  RESTORE (journal)
    br    more
done:
    ret

; No volume of the group is to get an image.
sub forgotten using imaging
    ldi   y, #0
each:
    ld    z, system.volumes
    br.ge y, z, done
    ld    z, volume.journal[y]
    br.ne z, journal, next
    ldi   z, #0
    st    volume.onto[y], z
next:
    add   y, y, #1
    br    each
done:
    ret

; Hosts may have a volume that got a part of an image, with whatever it holds.
on RELEASE using imaging
    zero  track
    ldi   result, #NOT_READY
    ld    z, system.ready
    br.eq z, #0, answer
    ldi   result, #OUT_OF_RANGE
    ld    z, system.volumes
    br.ge volume, z, answer
    ldi   result, #WRONG_STATE
    ld    z, volume.state[volume]
    br.ne z, #VOLUME_TORN, answer
    ldi   result, #BUSY
    ldi   y, #0
each:
    ld    z, system.volumes
    br.ge y, z, idle
    ld    z, volume.onto[y]
    sub   z, z, #1
    br.eq z, volume, answer
    add   y, y, #1
    br    each
idle:
    ldi   x, #0
    st    image.of[volume], x
    call  ready_again
    ldi   result, #OK
answer:
    reply (result)
    end
