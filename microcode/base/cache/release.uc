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
    ld    x, entry.orphan[slot]
    br.ne x, #0, done                ; its track moved on: the new slot is destaged in its turn
    br.eq cleaned, #0, again
    slot.clean slot
    ld    volume, slot.volume[slot]
    sub   volume, volume, #1
    dec   pool.wp[pool]
    dec   device.wp[volume]
    wake.all dirty.throttled
    ld    x, entry.credits[slot]
    br.eq x, #0, done
    ld    session, entry.session[slot]
    br.neg session, stored           ; NO_WIRE: its writes wait for this
    post  CREDIT (x)
returned:
    ldi   x, #0
    st    entry.credits[slot], x
    br    done
stored:
    ld    x, slot.track[slot]
    post  CLEANED (volume, x)
    br    returned
again:
    slot.isdirty x, slot
    br.eq x, #0, done
    slot.soil slot
    call  destage_now
done:
    call  settle
    end
