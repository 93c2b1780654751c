; "When the primary data storage system controller disk adapter writes the data to the primary data storage device, it
; will reset bit 104" (seed 002): M1 is cleared here, after the drive was synced, and only if what was written is what
; the track holds now. The generation alone does not say that: a copy of the whole track may bring what the other side has
; under the generation that is held here already, beside sectors that are lacking.
role data

frame destaged: volume=r0 track=r1 gen=r2 slot=r4 result=r5 t=r6 x=r7 now=r8 cleaned=r10 pair=r11 y=r12 z=r13

on DESTAGED using destaged
    zero  cleaned
    br.ne result, #OK, failed
    ld    t, volume.track_base[volume]
    add   t, t, track
    ld64  now, track.gen[t]
    cmp64 x, gen, now
    br.ne x, #1, newer
    ld    x, slot.volume[slot]
    br.eq x, #0, keep                ; the track moved to a new slot, which is destaged in its turn
    flag.clr t, volume, #M1_WP
    ldi   cleaned, #STORED_ALL
    ld    x, track.flags[t]
    br.none x, #M1_FP, keep
    call  shaped
keep:
    post  CLEAN (slot, cleaned)
    end
newer:                               ; of a hole that stayed one: power went when its room was given back, and its slot was not clean yet
    ld    x, track.flags[t]
    br.any x, #M1_WP|M1_INV|WRITTEN, keep
    ld    x, slot.volume[slot]
    br.eq x, #0, keep
    ldi   cleaned, #STORED_ALL
    br    keep
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
    ld    x, slot.volume[slot]
    br.eq x, #0, changed             ; the track moved to a new slot
    flag.set t, volume, #M1_INV
    flag.clr t, volume, #M1_WP
    ldi   cleaned, #GIVEN_UP
    call  watch
    call  rebuild
    call  change                     ; a format change does not wait for it
    br    keep
changed:
    ldi   cleaned, #OUTDATED
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
