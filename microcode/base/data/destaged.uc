; "When the primary data storage system controller disk adapter writes the data to the primary data storage device, it
; will reset bit 104" (seed 002): M1 is cleared here, after the drive was synced, and only if what was written is what
; the track holds now.
role data

on DESTAGED
    use   t=r6 x=r7 now=r8 cleaned=r10 pair=r11
    br.ne result, #OK, failed
    ld    x, volume.failing[volume]
    br.ne x, #0, mended
same:
    ld    t, volume.track_base[volume]
    add   t, t, track
    ld64  now, track.gen[t]
    cmp64 x, gen, now
    br.ne x, #1, keep
    flag.clr t, volume, #M1_WP
    ldi   cleaned, #STORED_ALL
keep:
    post  CLEAN (slot, cleaned)
    end
mended:
    ldi   x, #0
    st    volume.failing[volume], x
    call  rebuild
    br    same
failed:                              ; what the other side has is given up: it is read from there
    ldi   x, #1
    st    volume.failing[volume], x
    ld    t, volume.track_base[volume]
    add   t, t, track
    ldi   cleaned, #HELD
    ld    pair, volume.pair[volume]
    br.neg pair, keep
    ld    x, pair.role[pair]
    br.eq x, #TARGET, target
    ld    x, session.open[pair]
    br.eq x, #0, keep
    ld    x, track.flags[t]
    br.any x, #M2_WP|M2_INV, keep
    br    give_up
target:                              ; a side that cannot store is no target: it ends its session, and tells its source
    ldi   x, #0
    st    session.taking[pair], x
    wake.all session.storing[pair]
give_up:
    ld64  now, track.gen[t]
    cmp64 x, gen, now
    br.ne x, #1, changed
    flag.set t, volume, #M1_INV
    flag.clr t, volume, #M1_WP
    ldi   cleaned, #GIVEN_UP
    call  watch
    call  rebuild
    br    keep
changed:
    ldi   cleaned, #CHANGED
    br    keep

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
