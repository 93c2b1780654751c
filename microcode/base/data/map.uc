; What hosts may ask of a volume beside its bytes: which of its tracks are no holes, which the other side lacks, and
; whether a write would be admitted. Nothing here waits for a lock, so an answer is true of the moment.
role data

on MAP
    use   result=r3 next=r4 gap=r5 tracks=r6 state=r7 x=r8
    zero  result
    ld    x, volume.state[volume]    ; its range the port has checked
    br.none x, #VOLUME_READY, not_ready
    br.eq map, #MAP_OWED, owed
    flag.next next, volume, track, #WRITTEN
    flag.gap  gap, volume, track, #WRITTEN
    br    found
owed:                                ; on its way, or not right over there
    flag.next next, volume, track, #M2_WP|M2_FP|M2_INV
    flag.gap  gap, volume, track, #M2_WP|M2_FP|M2_INV
found:
    ldi   state, #1
    br.eq next, track, marked
    ldi   state, #0
    mov   gap, next                  ; the run ends where a marked track begins
marked:
    ld    x, volume.tracks[volume]
    min   gap, gap, x                ; none: at the end of the volume (-1 is the greatest number)
    sub   tracks, gap, track
    reply (result, tracks, state)
    end
not_ready:
    ldi   result, #NOT_READY
    reply (result)
    end

; As a write would hear it before it takes a lock or a slot.
on INQUIRE using write
    zero  track span at flags result t
    ld    x, volume.state[volume]
    br.none x, #VOLUME_READY, not_ready
    ld    pair, volume.pair[volume]
    call.hook admit, pair
    ld    x, volume.align[volume]
    reply (result, x)
    end
not_ready:
    ldi   result, #NOT_READY
    reply (result)
    end
