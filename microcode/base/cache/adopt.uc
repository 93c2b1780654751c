; After power on: the battery kept headers and bytes of slots; the directory is made anew from them.
role cache

on ADOPT
    use   slot=r0 slots=r1 x=r2 y=r3
    ldi   slot, #0
    ldi   x, #HOST_POOL
    ld    slots, pool.slots[x]
    ldi   x, #REMOTE_POOL
    ld    y, pool.slots[x]
    add   slots, slots, y
each:
    br.ge slot, slots, done
    slot.adopt x, slot
    br.eq x, #0, next
    ld    x, entry.pool[slot]
    inc   pool.wp[x]
    ld    x, slot.volume[slot]
    sub   x, x, #1
    inc   device.wp[x]
next:
    add   slot, slot, #1
    yield                            ; there may be thousands
    br    each
done:
    call  destage_now
    reply ()
    end

on FIND
    use   slot=r2 dirty=r3 whole=r4 span=r5
    ldi   dirty, #0
    ldi   whole, #0
    slot.find slot, volume, track
    br.neg slot, absent
    slot.isdirty dirty, slot
    geom  span
    shl   span, span, #16
    slot.holds whole, slot, span
    ld    span, slot.spoiled[slot]
    br.eq span, #0, absent
    ldi   whole, #0                  ; nothing of it can be had
absent:
    reply (dirty, slot, whole)
    end
