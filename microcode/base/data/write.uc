; The way of a host write, on one track. What the pair of the volume adds stands in the modules of its recipe:
; admit, commit, ack.
role data

; `shipped`: 0, or the epoch in which the write goes to the other side.
frame write: volume=r0 track=r1 span=r2 at=r3 flags=r4 pair=r5 slot=r6 result=r7 t=r8 epoch=r9 gen=r10 shipped=r12 x=r13 y=r14 z=r15 now=r14

on WRITE using write
    zero  epoch result shipped
    ld    pair, volume.pair[volume]  ; its range the port has checked
    ld    t, volume.track_base[volume]
    add   t, t, track
admitted:
    call.hook admit, pair
    br.ne result, #OK, refuse
locked:
    lock  t
held:
    ld    x, volume.state[volume]
    br.ne x, #VOLUME_READY, watched
take:
    br.any flags, #SHIP_ZERO, zeroes
    ldi   x, #TO_WRITE
    ldi   y, #HOST_POOL
    send  GET (volume, track, span, x, y)
    wait  GOT (result, slot)
    br.ne result, #OK, failed
    ; COMMIT: from here to GIVE nothing waits. Flags and generation change before the first byte does, so that a power
    ; loss at any point leaves the track marked (seed 002: M1 and M2 are set "when data is written to cache").
    call.hook commit, pair
    br.ne result, #OK, withdrawn
    gen.bump gen, t, epoch
    flag.set t, volume, #M1_WP|WRITTEN
    slot.merge slot, span, at, gen
merged:
    post  GIVE (slot, result)        ; OK is 0: no session, no credit
given:
    unlock t                         ; never held across the link
    call.hook ack, pair
    reply (result)
    end
withdrawn:
    ldi   x, #0
    post  GIVE (slot, x)
    br    unlocked
watched:
    br.ne x, #VOLUME_WATCHED, not_ready
    call  aligned
    br.ne x, #0, unaligned
    ld    x, track.flags[t]
    br.none x, #M1_INV, right
    geom  x
    shl   x, x, #16
    br.eq span, x, all
    unlock t                         ; a part of it: first it is made whole, else nobody would have all of it
    call  whole
    br.ne result, #OK, refuse
    add   shipped, shipped, #1       ; a drive that fails may take it away again
    br.ge shipped, #20, lost
    ld    x, list.lba[volume]
    br.eq x, #0, locked
    br    listed
lost:
    ldi   result, #MEDIUM_ERROR
    br    refuse
right:
    ldi   shipped, #0
    br    take
zeroes:                              ; as above, without bytes
    br.none flags, #SHIP_UNMAP, mapped
    call  hole
    br.ne x, #0, stays
mapped:
    ldi   x, #TO_WRITE
    ldi   y, #HOST_POOL
    send  GET (volume, track, span, x, y)
    wait  GOT (result, slot)
    br.ne result, #OK, failed
    call.hook commit, pair
    br.ne result, #OK, withdrawn
    call  zero
    br    merged
stays:                               ; it is a hole, and stays one: nothing goes to the drive
    ldi   result, #OK
    call.hook commit, pair
    br.ne result, #OK, unlocked
    gen.bump gen, t, epoch
    br    given
all:
    call  replace
    br.eq result, #OK, given
failed:
    br.eq result, #STALE, held       ; its slot had a parity error: the track bears M1 invalid now
    br    unlocked
unaligned:
    ldi   result, #UNALIGNED
    br    unlocked
not_ready:
    ldi   result, #NOT_READY
unlocked:
    unlock t
refuse:
    br.eq result, #LOOK, listed
    br.eq result, #AGAIN, again
    reply (result)
    end
listed:                              ; the list on the drive comes first
    lock  t
    call  look
    br.eq result, #OK, held
    br    unlocked
again:                               ; what `commit` could not capture waits where nothing is held
    ldi   result, #OK
    br    admitted
