; Zeroes, which travel without bytes, and holes: tracks that are zeroes and take no room, neither on the drives nor over the
; link. A track is a hole while it does not bear WRITTEN: nobody asks a drive for it (base/disk/stage.uc), and its destage gives
; its room back (base/disk/destage.uc). WRITTEN is set before the first byte that is not zero, and cleared after the last one is
; gone, so that a power loss in between leaves a track of zeroes at worst that still has its room.
role data

; A host's zeroes, on one track, whose lock is held: as in WRITE. result = OK: the lock is still held.
sub zeroed using write
    br.none flags, #SHIP_UNMAP, take
    call  hole
    br.eq x, #0, take
    ldi   result, #OK
    call.hook commit, pair           ; it is a hole, and stays one: nothing goes to the drive
    br.ne result, #OK, done
    gen.bump gen, t, epoch
    ret
take:
    ldi   x, #TO_WRITE
    ldi   y, #HOST_POOL
    send  GET (volume, track, span, x, y)
    wait  GOT (result, slot)
    br.ne result, #OK, done
    call.hook commit, pair
    br.ne result, #OK, withdrawn
    gen.bump gen, t, epoch
    flag.set t, volume, #M1_WP|WRITTEN
    slot.zero slot, span, gen
    call  unmap
withdrawn:
    ldi   x, #0
    post  GIVE (slot, x)
done:
    ret

; x = 1: the span is all of a track that is a hole, and nothing of it is on its way to the drive, nor in doubt.
sub hole using write
    geom  x
    shl   x, x, #16
    br.ne span, x, no
    ld    x, track.flags[t]
    br.any x, #M1_WP|M1_INV|WRITTEN, no
    ldi   x, #1
    ret
no:
    ldi   x, #0
    ret

; The zeroes are in the slot: all of the track, if it shall be a hole, is one.
sub unmap using write
    br.none flags, #SHIP_UNMAP, no
    geom  x
    shl   x, x, #16
    br.ne span, x, no
    flag.clr t, volume, #WRITTEN
no:
    ret

; The same of what the other side sends.
sub hole_there using apply
    br.none flags, #SHIP_UNMAP, no
    geom  x
    shl   x, x, #16
    br.ne span, x, no
    ld    x, track.flags[t]
    br.any x, #M1_WP|M1_INV|WRITTEN, no
    ldi   x, #1
    ret
no:
    ldi   x, #0
    ret

sub unmap_there using apply
    br.none flags, #SHIP_UNMAP, no
    geom  x
    shl   x, x, #16
    br.ne span, x, no
    flag.clr t, volume, #WRITTEN
no:
    ret
