; Power is on. Battery memory holds the track list, the pairs and the dirty slots; everything else is made anew. Hosts are
; served when this is done, the other array is greeted after it.
role data

frame boot: volume=r0 track=r1 cursor=r2 pair=r3 t=r4 dirty=r5 slot=r6 x=r7 volumes=r8 gen=r10 zero=r12

on BOOT using boot
    ld    volumes, system.volumes
    ldi   volume, #0
count:                               ; before anything can change a flag
    br.ge volume, volumes, counted
    flag.recount volume
    add   volume, volume, #1
    br    count
counted:
    send  ADOPT ()
    wait  ADOPTED ()
    brt   lost
    ldi   volume, #0
recall:                              ; of an array that lost its battery memory: what its drives say of it
    br.ge volume, volumes, recalled
    ld    pair, volume.pair[volume]
    call.hook recall, pair
    add   volume, volume, #1
    br    recall
recalled:
    ldi   volume, #0
    ld    x, battery.lost
    br.ne x, #LOST, each
    ldi   x, #0                      ; no drive says whose the memory was: it is another one now, and all is owed anyway
forget:
    br.ge volume, volumes, forgotten
    st    pair.stale[volume], x
    add   volume, volume, #1
    br    forget
forgotten:
    ldi   volume, #0
each:
    br.ge volume, volumes, up
    call  restore
    ld    x, system.lost
    br.any x, #LOST_CACHE, lost
    ld    pair, volume.pair[volume]
    ld    x, pair.boots[volume]      ; VOLUME_READY, unless it got a part of an image; or the recipe says what else
    call.hook recover, pair
    st    volume.state[volume], x
    call  rule
    call  change
    add   volume, volume, #1
    br    each
up:
    ldi   x, #KEPT
    st    battery.lost, x
    ldi   x, #1
    st    system.ready, x
    ld    x, battery.identity
    post  ENABLE (x)
    ldi   x, #OK
    reply (x)
    end
lost:
    ldi   x, #NOT_READY
    reply (x)
    end

; M1 says that a track is not on its drive. Power may have gone between flag and merge: then no dirty slot is there, the
; drive has the truth, and M1 is cleared; or the slot is from before the last generation, which never got its bytes: then
; the slot takes the track's generation, so that its destage counts.
sub restore using boot
    alone "hosts and the other side are not served yet; only the generation goes to the slot, which is dirty already"
    ldi   cursor, #0
    ldi   zero, #0
next:
    flag.next track, volume, cursor, #M1_WP
    br.neg track, done
    add   cursor, track, #1
    ld    t, volume.track_base[volume]
    add   t, t, track
    send  FIND (volume, track)
    wait  FOUND (dirty, slot)
    brt   done                       ; nothing is known then, and M1 stays
    br.eq dirty, #0, clear
    ld64  gen, track.gen[t]
    slot.merge slot, zero, zero, gen
    br    next
clear:
    flag.clr t, volume, #M1_WP
    br    next
done:
    ret
