; The ends of grants, pins and destages.
role cache

on GIVE
    use   x=r7 y=r8 pool=r4 volume=r5
    slot.give slot
    ld    pool, entry.pool[slot]
    slot.isdirty x, slot
    br.eq x, #0, withdrawn
    slot.soil slot
    br.eq session, #0, start
    st    entry.session[slot], session
    inc   entry.credits[slot]
    ld    x, dirty.running           ; the other side waits for its credit: destage begins at once
    br.ne x, #0, given
    call  destage_now
    br    given
start:
    ld    x, dirty.count
    ld    y, dirty.start
    br.lt x, y, later
    call  destage_now
    br    given
later:
    ld    x, dirty.delayed
    br.ne x, #0, given
    ldi   x, #1
    st    dirty.delayed, x
    ld    x, dirty.delay_us
    post  DESTAGE (x)
given:
    wake.all entry.waiting[slot]
    end
withdrawn:                           ; the write did not happen: its place under the limits comes back
    ld    volume, slot.volume[slot]
    sub   volume, volume, #1
    dec   pool.wp[pool]
    dec   device.wp[volume]
    wake.all dirty.throttled
    wake.all entry.waiting[slot]
    call  settle
    end

on UNPIN
    use   pool=r4
    slot.unpin slot
    ld    pool, entry.pool[slot]
    call  settle
    end

frame slot: slot=r0 pool=r4
sub settle using slot
    slot.settle slot
    wake.all pool.waiting[pool]
    ret

on CLEAN
    use   x=r7 pool=r4 volume=r5 session=r6
    slot.unpin slot
    ld    pool, entry.pool[slot]
    br.ne cleaned, #OUTDATED, stays
    call  hold                       ; a drive that failed is tried again, even if its slot is not: the data role waits for TRY
stays:
    ld    x, entry.orphan[slot]
    br.ne x, #0, done                ; its track moved on: the new slot is destaged in its turn
    ld    volume, slot.volume[slot]
    sub   volume, volume, #1
    br.ne cleaned, #STORED_ALL, not_stored
    ldi   x, #0
    st    device.failing[volume], x
clean:
    slot.clean slot
    dec   pool.wp[pool]
    dec   device.wp[volume]
    wake.all dirty.throttled
credits:
    ld    x, entry.credits[slot]
    br.eq x, #0, done
    ld    session, entry.session[slot]
    br.neg session, stored           ; NO_WIRE: its writes wait for this, unless the drive failed: then nothing was stored
    shr   session, session, #TRUNK_SHIFT
    post  CREDIT (x, session)
returned:
    ldi   x, #0
    st    entry.credits[slot], x
    br    done
stored:
    br.ne cleaned, #STORED_ALL, returned
    ld    x, slot.track[slot]
    post  CLEANED (volume, x)
    br    returned
not_stored:
    br.eq cleaned, #CHANGED, again
    br.eq cleaned, #OUTDATED, again
    br.eq cleaned, #GIVEN_UP, given_up
    br.eq cleaned, #BYTES_LOST, lost
    ldi   x, #1
    st    device.failing[volume], x
    wake.all dirty.throttled         ; whoever waits for this drive waits in vain
    wake.all pool.waiting[pool]
    ldi   x, #1
    st    entry.held[slot], x
    call  hold
    br    credits                    ; the other side is not to wait for this drive
lost:
    slot.empty slot
    wake.all entry.waiting[slot]
    br    clean
given_up:
    call  hold
    br    clean
again:
    slot.isdirty x, slot
    br.eq x, #0, done
    slot.soil slot
    call  destage_now
done:
    call  settle
    end

; Slots that are dirty and in no list: their drives did not take them.
on RETRY
    use   slot=r0 slots=r1 x=r2 y=r3 volume=r4
    ldi   x, #100_000
    sleep x
    ldi   x, #0
    st    dirty.held, x
    ldi   slot, #0
    ldi   x, #HOST_POOL
    ld    slots, pool.slots[x]
    ldi   x, #REMOTE_POOL
    ld    y, pool.slots[x]
    add   slots, slots, y
each:
    br.ge slot, slots, done
    ld    x, entry.held[slot]
    br.eq x, #0, next
    ldi   x, #0
    st    entry.held[slot], x
    ld    volume, slot.volume[slot]  ; 0: its track moved on
    br.eq volume, #0, next
    sub   volume, volume, #1
    st    device.failing[volume], x
    slot.isdirty x, slot
    br.eq x, #0, next
    slot.soil slot
next:
    add   slot, slot, #1
    yield
    br    each
done:
    post  TRY ()
    call  retry
    end

frame retry: x=r7
; Not now: nothing waits for what fails.
sub hold using retry
    ld    x, dirty.held
    br.ne x, #0, held
    ldi   x, #1
    st    dirty.held, x
    post  RETRY ()
held:
    ret

sub retry using retry
    ld    x, dirty.lost
    br.ne x, #0, no
    call  destage_now
no:
    ret
