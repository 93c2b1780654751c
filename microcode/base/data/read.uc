; A read asks the cache for a slot that holds the sectors; it needs no lock, because a write never touches a pinned slot.
role data

; `tries`: a track that came from the other side may be gone from the cache again before it is read.
frame read: write + state=r3 tries=r4 intent=r13 pool=r14

on READ using read
    zero  slot tries
again:
    ld    state, volume.state[volume]  ; its range the port has checked
    br.ne state, #VOLUME_READY, other
get:
    ldi   intent, #TO_READ
    ldi   pool, #HOST_POOL
    send  GET (volume, track, span, intent, pool)
    wait  GOT (result, slot)
    br.ne result, #OK, failed
    reply (result, slot)
    end
other:
    br.ne state, #VOLUME_WATCHED, not_ready
    call  aligned
    ldi   result, #UNALIGNED
    br.ne x, #0, answer
    ldi   result, #OK
    call  place
    ld    x, track.flags[t]
    br.none x, #M1_INV, get
whole:                               ; "a read that finds M1 invalid is served from M2 over the link"
    call  whole
    br.eq result, #OK, get
answer:
    reply (result, slot)
    end
looked:
    call  place
    ldi   result, #OK
    ld    x, track.flags[t]
    br.none x, #M1_INV, answer
    post  UNPIN (slot)
    br    whole
failed:
    br.eq result, #LOOK, looked
    br.eq result, #STALE, again      ; the track may bear M1 invalid now
    br.ne result, #MEDIUM_ERROR, answer
    add   tries, tries, #1
    br.ge tries, #4, answer
    call  place
    call  distrust
    ldi   result, #MEDIUM_ERROR
    br.eq y, #0, answer
    br    whole
not_ready:
    ldi   result, #NOT_READY
    reply (result, slot)
    end

sub place using write
    ld    pair, volume.pair[volume]
    ld    t, volume.track_base[volume]
    add   t, t, track
    ret

; Every acknowledged write is in battery memory, so there is nothing to wait for.
on SYNC
    use   state=r1 result=r2
    ldi   result, #NOT_READY
    ld    state, volume.state[volume]
    br.none state, #VOLUME_READY, refuse
    ldi   result, #OK
refuse:
    reply (result)
    end
