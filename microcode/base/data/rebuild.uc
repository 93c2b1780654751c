; A track that this side cannot give any more bears M1 invalid: "invalid track" (seed 002, Fig. 3). It is read from the other
; side, becomes whole here again, and goes to the drive; only a whole track clears the flag. What neither side has is a
; medium error until a host writes all of it.
role data

; The drive cannot give track t: y = 1 if it bears M1 invalid now. Of a volume without another side the drive says by
; itself what it cannot read, sector by sector.
sub distrust using write
    ldi   y, #0
    ld    x, system.lost             ; then it is no error of the drive
    br.any x, #LOST_DISK|LOST_CACHE, no
    br.neg pair, no
    ld    x, pair.state[pair]
    br.eq x, #SMPL, no
    flag.set t, volume, #M1_INV
    call  watch
    call  rebuild
    ldi   y, #1
no:
    ret

; The volume is watched as long as a track of it bears M1 invalid, or hosts must keep to larger blocks than sectors.
sub watch using write
    ld    x, volume.state[volume]
    br.none x, #VOLUME_READY, done
    ld    x, volume.m1_inv[volume]
    br.ne x, #0, watched
    ld    x, volume.align[volume]
    br.eq x, #0, ready
watched:
    ldi   x, #VOLUME_WATCHED
    st    volume.state[volume], x
    ret
ready:
    ldi   x, #VOLUME_READY
    st    volume.state[volume], x
done:
    ret

; One rebuild of the array runs at a time; a second call makes it look at all tracks once more.
sub rebuild using write
    ld    x, system.rebuilding
    br.ne x, #0, runs
    ldi   x, #1
    st    system.rebuilding, x
    post  REBUILD ()
    ret
runs:
    ldi   x, #2
    st    system.rebuilding, x
    ret

; Until the track is whole here again; without its lock. MEDIUM_ERROR: nobody can send it now.
sub whole using write
    ldi   z, #0
again:
    ldi   result, #OK
    ld    x, track.flags[t]
    br.none x, #M1_INV, done
    ldi   result, #MEDIUM_ERROR
    br.ge z, #200, done
    add   z, z, #1
    ldi   y, #0
    br.none x, #WRITTEN, ask         ; zeroes: nobody is needed for them
    br.any x, #M2_INV, done
    br.neg pair, done
    ld    x, session.open[pair]
    ld    y, session.taking[pair]
    or    x, x, y
    br.eq x, #0, done
ask:
    ld    x, system.wanted           ; whoever came first
    br.ne x, #0, asked
    add   x, track, #1
    st    system.wanted, x
    st    system.wanted_volume, volume
asked:
    call  rebuild
    park  system.rebuilt
    br.eq y, #0, again
    ldi   x, #200                    ; a target has asked: its source brings the track as it brings others
    sleep x
    br    again
done:
    ret

; A host writes all of a track that bears M1 invalid: it is whole again. As in WRITE, and the flag goes after the bytes
; are there.
sub replace using write
    ldi   x, #TO_WRITE
    ldi   y, #HOST_POOL
    send  GET (volume, track, span, x, y)
    wait  GOT (result, slot)
    br.ne result, #OK, done
    call.hook commit, pair
    br.ne result, #OK, withdrawn
    gen.bump gen, t, epoch
    flag.set t, volume, #M1_WP|WRITTEN
    br.any flags, #SHIP_ZERO, zeroes
    slot.merge slot, span, at, gen
    br    merged
zeroes:
    slot.zero slot, span, gen
    call  unmap
merged:
    flag.clr t, volume, #M1_INV
    ldi   x, #0
    post  GIVE (slot, x)
    call  watch
    call  change                     ; it may be format pending
    call  bring
done:
    ret
withdrawn:
    ldi   x, #0
    post  GIVE (slot, x)
    ret

; What is owed and could not be read here can be sent now, by a further pair too.
sub bring using write
    br.neg pair, no
    mov   y, pair
    call  bring_by
    ld    y, volume.also[volume]
    br.neg y, no
    call  bring_by
no:
    ret

; y: the pair, whose number its record has, too.
sub bring_by using write
    ld    x, session.open[y]
    br.eq x, #0, no
    ld    x, session.offering[y]
    br.ne x, #0, runs
    ldi   x, #SAME_SESSION
    st    session.offering[y], x
    post  OFFER (y)
    ret
runs:
    st    session.again[y], x
no:
    ret

; First the track that a host waits for, then the next in order. `later`: one could not be had yet, and may be soon.
frame rebuild: write + cursor=r2 sweep=r3 later=r4 passes=r12

on REBUILD using rebuild
    ldi   passes, #0
pass:
    ldi   x, #1
    st    system.rebuilding, x
    ldi   sweep, #0
    ldi   cursor, #0
    ldi   later, #0
next:
    ld    x, system.lost
    br.any x, #LOST_CACHE|LOST_DISK|LOST_REMOTE, stop
    ld    track, system.wanted
    br.eq track, #0, search
    ld    volume, system.wanted_volume
    ldi   x, #0
    st    system.wanted, x
    sub   track, track, #1
    br    one
search:
    ld    x, system.volumes
    br.ge sweep, x, passed
    mov   volume, sweep
    ld    x, volume.failing[volume]  ; it would not be stored
    br.ne x, #0, fails
    flag.next track, volume, cursor, #M1_INV
    br.neg track, over
    add   cursor, track, #1
one:
    ld    pair, volume.pair[volume]
    ld    t, volume.track_base[volume]
    add   t, t, track
    ld    x, track.flags[t]
    br.none x, #M1_INV, tell
    br.none x, #WRITTEN, blank
    ldi   result, #MEDIUM_ERROR
    call.hook fetch, pair
    br    had
blank:
    call  blank
had:
    br.ne result, #STALE, tell
    ldi   later, #1
tell:
    wake.all system.rebuilt
    yield
    br    next
fails:
    ld    pair, volume.pair[volume]
    br.neg pair, over
    ld    x, pair.role[pair]
    br.ne x, #TARGET, over
    ldi   z, #1                      ; its source must not think that this side has everything
    call  knock
over:
    add   sweep, sweep, #1
    ldi   cursor, #0
    br    search
passed:
    ld    x, system.rebuilding
    br.ne x, #1, pass
    br.eq later, #0, stop
    add   passes, passes, #1
    br.ge passes, #1000, stop
    ldi   x, #1000
    sleep x
    br    pass
stop:
    ldi   x, #0
    st    system.rebuilding, x
    st    system.wanted, x
    wake.all system.rebuilt
    end

; A track that never got bytes is zeroes. Its lock is not waited for: whoever has it may wait long for a slot.
sub blank using write
    ldi   result, #STALE
    ld    x, lock.holder[t]
    br.ne x, #0, no
    lock  t
    call  hot
    br.ne x, #OK, unlock
    geom  epoch
    shl   epoch, epoch, #16
    ldi   x, #TO_WRITE
    ldi   y, #HOST_POOL
    send  GET (volume, track, epoch, x, y)
    wait  GOT (result, slot)
    br.ne result, #OK, unlock
    flag.set t, volume, #M1_WP
    ld64  gen, track.gen[t]
    slot.zero slot, epoch, gen
    flag.clr t, volume, #M1_INV
    ldi   x, #0
    post  GIVE (slot, x)
    call  watch
    call  change
    call  bring
unlock:
    unlock t
no:
    ret

; The other side asked for a track: whole, if it is what that side has, by its generation, and this side is still its target.
on BRING
    use   flags=r4 pair=r5 slot=r6 result=r7 t=r8 span=r9 at=r10 none=r11 x=r13 y=r14 y_high=r15
    ldi   result, #REFUSED
    ld    x, system.lost
    br.any x, #LOST_CACHE|LOST_DISK, answer
    ld    x, system.volumes
    br.ge volume, x, answer
    ld    x, volume.tracks[volume]
    br.ge track, x, answer
    ld    pair, volume.pair[volume]
    br.neg pair, answer
    ld    x, pair.trunk[pair]
    br.ne x, trunk, answer           ; it is a pair with another array
    br.eq epoch, #0, answer
    ld    t, volume.track_base[volume]
    add   t, t, track
    lock  t
    ld    x, session.taking[pair]
    br.ne x, epoch, unlock
    ldi   result, #MEDIUM_ERROR
    ld    x, track.flags[t]
    br.any x, #M1_INV, unlock
    geom  span
    shl   span, span, #16
    br.none x, #WRITTEN, hole
    ldi   x, #TO_READ
    ldi   y, #HOST_POOL
    send  GET (volume, track, span, x, y)
    wait  GOT (result, slot)
    br.ne result, #OK, failed
brought:
    ldi   result, #REFUSED
    ld    x, session.taking[pair]
    br.ne x, epoch, changed
    ldi   result, #STALE
    ld64  y, track.gen[t]
    br.ne y, gen, changed
    ld    x, track.flags[t]
    br.any x, #M1_INV, changed
    unlock t
    slot.at at, slot, span
    ldi   flags, #SHIP_WHOLE|SHIP_BACK
    ldi   none, #0
    ld    x, pair.peer[pair]
    send  SHIP (x, track, span, at, none, gen, flags)
    wait  SHIPPED (result)
    post  UNPIN (slot)
    br    answer
hole:                                ; no bytes of it travel
    ldi   result, #STALE
    ld64  y, track.gen[t]
    br.ne y, gen, unlock
    unlock t
    ldi   at, #0
    ldi   flags, #SHIP_WHOLE|SHIP_BACK|SHIP_ZERO|SHIP_UNMAP
    ldi   none, #0
    ld    x, pair.peer[pair]
    send  SHIP (x, track, span, at, none, gen, flags)
    wait  SHIPPED (result)
    br    answer
changed:
    post  UNPIN (slot)
    br    unlock
failed:
    br.eq result, #LOOK, brought
    br.ne result, #MEDIUM_ERROR, unlock
    call  distrust
    br.ne y, #0, unlock
    ldi   result, #REFUSED
unlock:
    unlock t
answer:
    reply (result)
    end

; All that the drive had is gone. A track that is in cache as a whole, and dirty, is destaged to the new one. Tracks that never got
; bytes are zeroes, and become so when they are asked for.
on DRIVE_NEW using rebuild
    use   drive=r4 dirty=r7 whole=r9
    mov   drive, r0
    ldi   volume, #0
each:
    ld    x, system.volumes
    br.ge volume, x, done
    ld    x, volume.drive[volume]
    br.ne x, drive, over
    ldi   x, #0
    st    volume.failing[volume], x
    ldi   cursor, #0
next:
    flag.next track, volume, cursor, #WRITTEN
    br.neg track, marked
    add   cursor, track, #1
    send  FIND (volume, track)
    wait  FOUND (dirty, slot, whole)
    brt   lost
    br.eq dirty, #0, mark
    br.ne whole, #0, next
mark:
    ld    t, volume.track_base[volume]
    add   t, t, track
    flag.set t, volume, #M1_INV
    br    next
marked:
    call  watch
    call  stored_again
over:
    add   volume, volume, #1
    br    each
done:
    call  rebuild
    ldi   result, #OK
    reply (result)
    end
lost:
    ldi   result, #NOT_READY
    reply (result)
    end

; A while after a drive failed (RETRY) it may take what it is given: a transient error mends by itself.
on TRY using rebuild
    ldi   volume, #0
each:
    ld    x, system.volumes
    br.ge volume, x, done
    ld    x, volume.failing[volume]
    br.eq x, #0, next
    ldi   x, #0
    st    volume.failing[volume], x
    call  stored_again
next:
    add   volume, volume, #1
    br    each
done:
    call  rebuild
    end

; This side may be a target again.
sub stored_again using write
    ld    pair, volume.pair[volume]
    br.neg pair, no
    ld    x, pair.role[pair]
    br.ne x, #TARGET, no
    ld    x, session.taking[pair]
    br.ne x, #0, no
    ldi   z, #0
    call  knock
no:
    ret

; To the source, of no epoch. z = 1: this side cannot store what it takes. 0: a session is wanted.
sub knock using write
    ld    x, system.lost
    br.any x, #LOST_REMOTE|LOST_CACHE, no
    ld    y, pair.peer[pair]
    ldi   x, #ASK_AGAIN
    ldi   epoch, #0
    send  CALL (x, y, epoch, epoch, z)
    wait  ANSWER (result)
no:
    ret
