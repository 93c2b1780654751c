; A write that depends on what stands there (SBC-4: COMPARE AND WRITE, ORWRITE), on one track: what is read and what is
; written are one step to everybody else, because the lock of the track is held from the one to the other. For the rest it is
; the way of write.uc.
role data

; `where`: how many bytes are as they must be, where they are not.
on REWRITE using write
    zero  epoch result shipped z
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
    ldi   x, #TO_CHANGE
    ldi   y, #HOST_POOL
    send  GET (volume, track, span, x, y)
    wait  GOT (result, slot)
    br.ne result, #OK, failed
    slot.at x, slot, span
    shl   x, x, #9
    shr   y, span, #16
    br.any flags, #REWRITE_OR, join
    sub   z, at, y                   ; what must stand there is right before what is written
    shl   y, y, #9
    shl   z, z, #9
    differ z, z, x, y
    br.neg z, same
    ldi   result, #DIFFERENT
    br    withdrawn
join:
    shl   y, y, #9
    shl   z, at, #9
    mix   z, x, y                    ; in the transfer buffer: the other side gets it, too
same:
    call.hook commit, pair
    br.ne result, #OK, withdrawn
    gen.bump gen, t, epoch
    flag.set t, volume, #M1_WP|WRITTEN
    slot.merge slot, span, at, gen
    post  GIVE (slot, result)        ; OK is 0: no session, no credit
    unlock t
    call.hook ack, pair
    ldi   z, #0
    reply (result, z)
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
    unlock t                         ; first it is made whole
    call  whole
    br.ne result, #OK, refuse
    add   shipped, shipped, #1       ; a drive that fails may take it away again
    br.ge shipped, #20, lost
    br    locked
lost:
    ldi   result, #MEDIUM_ERROR
    br    refuse
right:
    ldi   shipped, #0
    br    take
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
    reply (result, z)
    end
listed:                              ; the list on the drive comes first
    lock  t
    call  look
    br.eq result, #OK, held
    br    unlocked
again:                               ; what `commit` could not capture waits where nothing is held
    ldi   result, #OK
    br    admitted
