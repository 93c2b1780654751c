; The other side of a write: acknowledged when it is "stored" on this side's drive (seed 002, claim 5). The slot is destaged
; at once, and the cache says when it is clean: then all that was merged into the track before is on the drive. The track's
; lock is not held meanwhile. Whoever waits is woken when a track of the volume got clean, and when the session ends.
role data

hook receive using apply
    needs sever wake.all session.storing "a write that waits for its drive must hear that its session is over"
    ldi   session, #NO_WIRE          ; the credit is not the slot's: it goes back with the answer
    call  take_in
    br.ne result, #OK, refused
    call  stored
refused:
    ret

; What was taken in is on the drive: result = ON_DRIVE, or the session has ended.
sub stored using apply
    ld    now_low, lock.stored[t]
wait:
    park  session.storing[pair]
    ldi   result, #REFUSED
    ld    x, session.taking[pair]
    br.ne x, epoch, over
    ld    x, lock.stored[t]
    br.eq x, now_low, wait
    ldi   result, #ON_DRIVE
refused:
    ret
over:
    ld    x, volume.failing[volume]
    br.eq x, #0, refused
    ldi   result, #MEDIUM_ERROR      ; it could not be stored
    ret
