; A parity error of a slot that was dirty: the newest bytes of its track are lost here, and what its drive has is older. "An
; error on one side": the track bears M1 invalid, before anybody is told, and comes from the other side. If power goes
; before the slot is empty, it is found so again.
role data

on SPOILED using write
    mov   slot, r2
    ld    pair, volume.pair[volume]
    ld    t, volume.track_base[volume]
    add   t, t, track
    flag.set t, volume, #M1_INV
    flag.clr t, volume, #M1_WP
    br.neg pair, told
    ld    x, pair.role[pair]
    br.ne x, #TARGET, told
    ldi   x, #0                      ; what waits until it is stored waits in vain: the session ends, and its source is told
    st    session.taking[pair], x
    wake.all session.storing[pair]
told:
    ldi   x, #BYTES_LOST
    post  CLEAN (slot, x)
    call  watch
    call  rebuild
    call  change                     ; a format change does not wait for it
    end
