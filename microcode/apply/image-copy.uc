; How the bytes of an image come to their volume (image.uc). Nothing is held while this waits: what is read goes into a buffer
; of the group, of which a target has no other use, and one lock or slot is given back before the next is asked for.
role data

; Every track as it is restored. It is read as a host reads.
sub copy_all using imaging
    use   bare=r9
    ldi   volume, #-1
next:
    call  another
    br.neg volume, done
    ldi   track, #0
each:
    ld    z, volume.tracks[volume]
    br.ge track, z, next
look:
    geom  span
    shl   span, span, #16
    ld    z, volume.track_base[volume]
    add   z, z, track
    ld    x, track.flags[z]
    ldi   bare, #SHIP_ZERO|SHIP_UNMAP
    br.none x, #WRITTEN, put         ; a hole
    ldi   result, #MEDIUM_ERROR
    br.any x, #M1_INV, no
    ldi   bare, #0
    ldi   x, #TO_READ
    ldi   y, #HOST_POOL
    send  GET (volume, track, span, x, y)
    wait  GOT (result, slot)
    br.eq result, #STALE, look       ; a parity error: the track may bear M1 invalid now
    br.eq result, #LOOK, invalid
    br.ne result, #OK, no
    slot.at x, slot, span
    copy  buffer, x, span
    post  UNPIN (slot)
put:
    call  still
    br.eq x, #0, no
    call  put
    br.ne result, #OK, no
    add   track, track, #1
    and   x, track, #15              ; there may be thousands of holes
    br.ne x, #0, each
    yield
    br    each
invalid:
    post  UNPIN (slot)
    ldi   result, #MEDIUM_ERROR
    br    no
done:
    ldi   result, #OK
no:
    ret

; The entries behind what is restored, up to the one that the image ends with, in their order, as a restorer does it.
sub put_entries using imaging
    use   bare=r9
    ld64  number, journal.restored[journal]
next:
    call  still
    br.eq x, #0, no
    ld64  other, journaling.point[journal]
    cmp64 x, number, other
    br.ne x, #0, no                  ; all: result = OK
    add64 number, number, #1
    jnl.find entry, journal, number
    ld64  other, update.number[entry]
    cmp64 x, other, number
    br.ne x, #1, over                ; void
    ld    volume, update.peer[entry]
    ld    onto, volume.onto[volume]
    br.eq onto, #0, over
    sub   onto, onto, #1
    ld    track, update.track[entry]
    ld    x, volume.track_base[volume]
    add   x, x, track
    ld64  other, track.gen[x]
    ld64  place, update.gen[entry]
    cmp64 x, place, other
    br.eq x, #0, over                ; what was copied has it already
    ld    span, update.span[entry]
    ld    x, update.flags[entry]
    ld64  place, update.place[entry]
    and   bare, x, #SHIP_ZERO|SHIP_UNMAP
    br.any x, #SHIP_ZERO, put
    ldi   bare, #0
    jnl.at x, journal, place
    br.neg x, drive
    copy  buffer, x, span
put:
    call  put
    br.eq result, #OK, next
no:
    ret
over:
    and   x, number_low, #63
    br.ne x, #0, next
    yield
    br    next
drive:                               ; memory does not have its data any more
    jnl.drive other, journal, place
    shr   x, span, #16
    send  LIST_READ (y, z, x, buffer)
    wait  LISTED (result)
    br.eq result, #OK, put
    br    no

; A span of the volume that gets the image: what the buffer holds, or, if bare, zeroes, or a hole (SHIP_UNMAP). A hole stays
; one when it gets zeroes.
sub put using imaging
    use   bare=r9
    ld    z, volume.track_base[onto]
    add   z, z, track
    lock  z                          ; whose hosts had it before
again:
    ldi   result, #OK
    br.eq bare, #0, get
    ld    x, track.flags[z]
    br.none x, #WRITTEN, unlock
get:
    ldi   x, #TO_WRITE
    ldi   y, #HOST_POOL
    send  GET (onto, track, span, x, y)
    wait  GOT (result, slot)
    ld    z, volume.track_base[onto]
    add   z, z, track
    br.eq result, #STALE, again      ; a slot with a parity error
    br.ne result, #OK, unlock
    ldi   x, #0
    gen.bump place, z, x
    flag.set z, onto, #M1_WP|WRITTEN
    br.ne bare, #0, zeroes
    slot.merge slot, span, buffer, place
    br    merged
zeroes:
    slot.zero slot, span, place
merged:
    geom  y
    shl   y, y, #16
    br.ne y, span, give
    br.none bare, #SHIP_UNMAP, mapped
    flag.clr z, onto, #WRITTEN
mapped:
    ld    y, track.flags[z]
    br.none y, #M1_INV, give
    flag.clr z, onto, #M1_INV
give:
    post  GIVE (slot, x)
unlock:
    unlock z
    ret
