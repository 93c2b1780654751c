; A director of this array is dead: what waits for it ends, and it is not asked again. Without the remote director hosts go
; on with one copy, as with a cut link. Without the cache nobody is served. Without the disk director this array is no
; target any more: what it took would never come to rest, and the other side's credits would not come back.
role data

frame loses: peer + result=r7

on DATA_LOSES using loses
    ld    x, system.lost
    or    x, x, r0
    st    system.lost, x
    ld    volumes, system.volumes
    ldi   volume, #0
each:                                ; PAIR is left before anybody who waited hears of it
    br.ge volume, volumes, left
    wake.all session.changed[volume]
    ld    pair, volume.pair[volume]
    ld    x, system.lost
    br.any x, #LOST_CACHE, absent
    br.any x, #LOST_REMOTE, sever
    br.none x, #LOST_DISK, next
    br.neg pair, next
    ld    x, pair.role[pair]
    br.eq x, #SOURCE, next
    br    sever
absent:
    ldi   x, #VOLUME_ABSENT
    st    volume.state[volume], x
sever:
    call.hook sever, pair
next:
    add   volume, volume, #1
    br    each
left:
    ld    x, system.lost
    br.none x, #LOST_REMOTE, cache
    ldi   result, #LINK_DOWN
    cancel SHIPPED (result)
    cancel ANSWER (result)
cache:
    br.none x, #LOST_DISK, here
    ldi   result, #MEDIUM_ERROR
    cancel LISTED (result)
here:
    br.none x, #LOST_CACHE, done
    ldi   result, #NOT_READY
    cancel GOT (result)
    cancel FOUND ()
    cancel ADOPTED ()
done:
    end
