; Zeroes, which travel without bytes, and holes: tracks that are zeroes and take no room, neither on the drives nor over the
; link. A track is a hole while it does not bear WRITTEN: nobody asks a drive for it (base/disk/stage.uc), and its destage gives
; its room back (base/disk/destage.uc). WRITTEN is set before the first byte that is not zero, and cleared after the last one is
; gone, so that a power loss in between leaves a track of zeroes at worst that still has its room.
role data

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

; Behind `commit`, and as there: flags and generation first.
sub zero using write
    gen.bump gen, t, epoch
    flag.set t, volume, #M1_WP|WRITTEN
    slot.zero slot, span, gen
    call  unmap
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

; What comes is to be stored, of this generation.
sub comes using apply
    st64  track.gen[t], gen
    flag.set t, volume, #M1_WP|WRITTEN
    ret

sub unmap_there using apply
    br.none flags, #SHIP_UNMAP, no
    geom  x
    shl   x, x, #16
    br.ne span, x, no
    flag.clr t, volume, #WRITTEN
no:
    ret
