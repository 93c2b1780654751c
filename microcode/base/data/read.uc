; A read asks the cache for a slot that holds the sectors; it needs no lock, because a write never touches a pinned slot.
role data

on READ
    use   state=r3 intent=r5 pool=r6 result=r7 slot=r8 x=r13
    ld    state, volume.state[volume]  ; its range the port has checked
    br.ne state, #VOLUME_READY, watched
ready:
    ldi   intent, #TO_READ
    ldi   pool, #HOST_POOL
    send  GET (volume, track, span, intent, pool)
    wait  GOT (result, slot)
    reply (result, slot)
    end
watched:
    br.ne state, #VOLUME_WATCHED, not_ready
    call  aligned
    br.eq x, #0, ready
    ldi   result, #UNALIGNED
    reply (result, slot)
    end
not_ready:
    ldi   result, #NOT_READY
    reply (result, slot)
    end

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
