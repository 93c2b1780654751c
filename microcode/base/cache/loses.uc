; The disk director is dead: what is in cache is all there is. Nothing is staged or destaged any more, so nothing that a
; drive would have to give or to take is waited for.
role cache

on CACHE_LOSES
    use   result=r1 x=r2
    br.none lost, #LOST_DISK, done
    st    dirty.lost, lost
    st    dirty.running, lost        ; as if one ran for ever: no other begins
    st    dirty.delayed, lost
    ldi   result, #MEDIUM_ERROR
    cancel STAGED (result)
    wake.all dirty.throttled
    ldi   x, #HOST_POOL
    wake.all pool.waiting[x]
    ldi   x, #REMOTE_POOL
    wake.all pool.waiting[x]
done:
    end
