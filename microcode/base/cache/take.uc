; What is destaged next: up to eight dirty slots of a volume, the oldest and its neighbours on the drive first.
; One destage runs at a time: a newer version of a track never goes to the drive while an older one is on its way.
role cache

on TAKE
    use   count=r1 volume=r2 s0=r4 s1=r5 s2=r6 s3=r7 slot=r8 x=r9 next=r10
    zero  count volume s0 s1 s2 s3
    br.eq delayed, #0, oldest
    ldi   x, #0
    st    dirty.delayed, x
    ld    x, dirty.running
    br.ne x, #0, taken
    ldi   x, #1
    st    dirty.running, x
oldest:
    slot.oldest slot
    br.neg slot, none
    ld    volume, slot.volume[slot]
    sub   volume, volume, #1
gather:                              ; the oldest, and the dirty tracks that follow it
    slot.take x, slot
    br.ne x, #1, other
    ldi   x, #0
    st    entry.held[slot], x
    ld    next, slot.track[slot]
    slot.pin slot
    call  put
    add   count, count, #1
    br.ge count, #8, taken
    add   next, next, #1
    slot.find slot, volume, next
    br.neg slot, more
    br    gather
more:                                ; then the next oldest, as long as it is of the same volume
    slot.oldest slot
    br.neg slot, taken
    ld    x, slot.volume[slot]
    sub   x, x, #1
    br.eq x, volume, gather
    br    taken
other:
    br.eq x, #0, more
    ldi   x, #0                      ; a parity error: the data role hears of it, and its drive never gets it
    st    entry.held[slot], x
    ldi   x, #TOLD
    st    entry.granted[slot], x
    slot.pin slot
    ld    next, slot.track[slot]
    post  SPOILED (volume, next, slot)
    br.eq count, #0, oldest
    br    more
none:
    ldi   x, #0
    st    dirty.running, x
taken:
    reply (count, volume, s0, s1, s2, s3)
    end

; Two slots in a word, the earlier in the lower half.
frame take: count=r1 s0=r4 s1=r5 s2=r6 s3=r7 slot=r8 x=r9
sub put using take
    mov   x, slot
    br.none count, #1, half
    shl   x, slot, #16
half:
    br.lt count, #2, first
    br.lt count, #4, second
    br.lt count, #6, third
    or    s3, s3, x
    ret
first:
    or    s0, s0, x
    ret
second:
    or    s1, s1, x
    ret
third:
    or    s2, s2, x
    ret
