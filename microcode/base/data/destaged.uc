; "When the primary data storage system controller disk adapter writes the data to the primary data storage device, it
; will reset bit 104" (seed 002): M1 is cleared here, after the drive was synced, and only if what was written is what
; the track holds now.
role data

on DESTAGED
    use   t=r6 x=r7 now=r8 cleaned=r10
    br.ne result, #OK, keep
    ld    t, volume.track_base[volume]
    add   t, t, track
    ld64  now, track.gen[t]
    cmp64 x, gen, now
    br.ne x, #1, keep
    ld    x, slot.volume[slot]       ; 0: the track is in another slot by now, and what was written there may bear the same
    br.eq x, #0, keep                ; generation: the other side sent it again
    flag.clr t, volume, #M1_WP
    ldi   cleaned, #1
keep:
    post  CLEAN (slot, cleaned)
    end

; Nothing of the track is dirty any more: a write of the other side may wait for that (`apply/stored.uc`).
on CLEANED
    use   t=r2 pair=r3
    ld    t, volume.track_base[volume]
    add   t, t, track
    inc   lock.stored[t]
    ld    pair, volume.pair[volume]
    br.neg pair, local
    wake.all session.storing[pair]
local:
    end
