; Who gets a slot. To read: pinned, with the sectors staged. To write: granted to the asker alone; a slot that somebody
; reads is not touched, its track moves to a new one. Slots for hosts and slots for the other side's writes are two pools,
; and neither waits for the other.
role cache

frame get: volume=r0 track=r1 span=r2 intent=r3 pool=r4 slot=r5 result=r6 x=r7 y=r8 old=r9

on GET using get
    zero  result
again:
    slot.find slot, volume, track
    br.neg slot, absent
    ld    x, entry.granted[slot]
    br.ne x, #0, granted
    ld    x, entry.pool[slot]
    br.ne x, pool, foreign
present:
    br.eq intent, #TO_WRITE, to_write
    slot.holds x, slot, span
    br.eq x, #0, stage
    br.eq intent, #TO_CHANGE, to_write
    slot.pin slot
    reply (result, slot)             ; OK: nothing has failed yet
    end
granted:
    br.ge x, #SPOILED, spoiled
    park  entry.waiting[slot]
waited:                              ; a read that was asked for before its track bore M1 invalid is not to be served here
    br.ne intent, #TO_READ, again
    ld    x, volume.m1_inv[volume]
    br.eq x, #0, again
    ldi   result, #STALE
    reply (result, slot)
    end
absent:
    slot.alloc slot, pool
    br.neg slot, full
    slot.enter slot, volume, track
    br    present
full:                                ; a slot comes free when a dirty one was destaged or a reader is done
    ld    x, dirty.lost
    br.ne x, #0, lost
    ld    x, device.failing[volume]
    br.ne x, #0, lost
    call  destage_now
    park  pool.waiting[pool]
    br    waited

stage:                               ; nobody else touches the slot while its drive is read
    ldi   result, #MEDIUM_ERROR
    ld    x, dirty.lost
    br.ne x, #0, unreadable
    slot.grant slot
    send  STAGE (volume, track, slot)
    wait  STAGED (result)
    slot.give slot
    wake.all entry.waiting[slot]
    call  destage_now                ; a destage passes over what is granted; if this slot is dirty it goes on here
    br.ne result, #OK, unreadable
    br.eq intent, #TO_CHANGE, again
    slot.pin slot
    ld    x, volume.m1_inv[volume]   ; the same: what comes from the drive may be older than what was lost here
    br.eq x, #0, staged
    ldi   result, #LOOK
staged:
    reply (result, slot)
    end
unreadable:
    slot.settle slot
    wake.all pool.waiting[pool]
    reply (result, slot)
    end

to_write:
    ld    x, entry.pins[slot]
    br.ne x, #0, version
    slot.isdirty x, slot
    br.ne x, #0, grant               ; write pending already: it counts once
    ; write-pending limits for hosts, of the pool and of the volume; what the other side may send its credits limit
    br.eq pool, #REMOTE_POOL, count
    ld    x, pool.wp[pool]
    ld    y, pool.wp_limit[pool]
    br.ge x, y, throttle
    ld    x, device.wp[volume]
    ld    y, device.wp_limit[volume]
    br.ge x, y, throttle
count:
    inc   pool.wp[pool]
    inc   device.wp[volume]
grant:
    slot.grant slot
    reply (result, slot)
    end
throttle:
    slot.settle slot
    wake.all pool.waiting[pool]
    ld    x, dirty.lost
    br.ne x, #0, lost
    ld    x, device.failing[volume]
    br.ne x, #0, lost
    call  destage_now
    park  dirty.throttled
    br    again
spoiled:                             ; a parity error
    br.eq x, #TOLD, told
    slot.isdirty x, slot
    br.ne x, #0, tell
    slot.empty slot                  ; its drive has all that it had
    br    again
tell:
    slot.take x, slot
    ldi   x, #0
    st    entry.held[slot], x
    ldi   x, #TOLD
    st    entry.granted[slot], x
    slot.pin slot
    post  SPOILED (volume, track, slot)
told:                                ; nobody is answered before the track bears M1 invalid
    park  entry.waiting[slot]
    ldi   result, #STALE
    reply (result, slot)
    end
lost:                                ; no drive takes anything any more, or this volume's does not: what is waited for would not come
    ldi   result, #MEDIUM_ERROR
    reply (result, slot)
    end

foreign:                             ; in the other pool's slot: the track moves over
version:                             ; somebody reads it: the write gets a new version of it
    mov   old, slot
    slot.alloc slot, pool
    br.neg slot, full
    call  move
    br    again

; The track moves from `old` to `slot`. It is one write pending, now of the new slot's pool.
sub move using get
    slot.isdirty x, old
    slot.move slot, old
    br.eq x, #0, settle
    ld    y, entry.pool[old]
    dec   pool.wp[y]
    inc   pool.wp[pool]
    slot.soil slot                   ; also when the old one was just being destaged: that destage no longer counts
    call  destage_now
settle:
    slot.settle slot                 ; into the LRU if clean: whoever wants it finds it there
    ld    y, entry.pool[old]
    slot.settle old
    wake.all pool.waiting[y]
    wake.all entry.waiting[old]
    ret

; Destage begins: at once when asked, or when enough is dirty; else after a while, so that neighbours gather.
sub destage_now using get
    ld    x, dirty.running
    br.ne x, #0, runs
    ld    x, dirty.count
    br.eq x, #0, runs
    ldi   x, #1
    st    dirty.running, x
    ldi   x, #0
    post  DESTAGE (x)
runs:
    ret
