; The other side of a write: into this side's cache, which is non-volatile, and then its acknowledgement ("received").
role data

hook receive using apply
    call  take_in
    ret

; result = OK: the bytes are in a slot, with `session` as the wire to which its credit belongs.
sub take_in using apply
    br.eq epoch, #0, stranger        ; no session has it
    lock  t
    ld    x, session.taking[pair]    ; again after every wait
    br.ne x, epoch, over
    ; In one epoch a generation never goes back: a send that was overtaken is refused, not written over the newer one.
    ld64  now, track.gen[t]
    br.ne now_epoch, epoch, newer
    br.ge low, now_low, newer
    ldi   result, #STALE
    br    refuse
newer:
    br.any flags, #SHIP_ZERO|SHIP_WHOLE, special
    ldi   x, #TO_WRITE
    ldi   now_low, #REMOTE_POOL
    send  GET (volume, track, span, x, now_low)
    wait  GOT (result, slot)
    br.ne result, #OK, failed
    ld    x, session.taking[pair]
    br.ne x, epoch, withdraw
    st64  track.gen[t], gen
    flag.set t, volume, #M1_WP|WRITTEN
    slot.merge slot, span, at, gen
merged:
    post  GIVE (slot, session)       ; the credit comes back when the slot is clean
refuse:
    unlock t
    ret
special:                             ; zeroes, or a whole track
    call  hole_there
    br.ne x, #0, hole
    ldi   x, #TO_WRITE
    ldi   now_low, #REMOTE_POOL
    send  GET (volume, track, span, x, now_low)
    wait  GOT (result, slot)
    br.ne result, #OK, failed
    ld    x, session.taking[pair]
    br.ne x, epoch, withdraw
    call  comes
    br.any flags, #SHIP_ZERO, zeroes
    slot.merge slot, span, at, gen
    br    whole
zeroes:
    slot.zero slot, span, gen
    call  unmap_there
    br.none flags, #SHIP_WHOLE, merged
whole:
    ld    x, track.flags[t]
    br.none x, #M1_INV, merged
    flag.clr t, volume, #M1_INV|M2_INV
    call  watch                      ; its `x` is `result` here
    call  change                     ; it may be format pending
    ldi   result, #OK
    br    merged
hole:                                ; it is one, and stays one: nothing goes to the drive, and no slot holds the credit
    st64  track.gen[t], gen
    ldi   result, #ON_DRIVE
    br    refuse
withdraw:
    ldi   result, #REFUSED
    ldi   x, #0
    post  GIVE (slot, x)
    br    refuse
failed:
    br.ne result, #STALE, refuse     ; a slot with a parity error: that ended the session
    ld    x, session.taking[pair]
    br.eq x, epoch, refuse
    ldi   result, #REFUSED
over:
    ld    x, volume.failing[volume]
    br.eq x, #0, refuse
    ldi   result, #MEDIUM_ERROR      ; not the session is another one: this side cannot store
    br    refuse
stranger:
    br.none flags, #SHIP_BACK, none
    call  take_back
none:
    ret
