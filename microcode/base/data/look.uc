; What the service processor sees of the pairs and their lists. It asks; it reads no table.
role data

frame look: volume=r0 result=r1 x=r2

on PAIR_LOOK using look
    use   state=r3 side=r4 agreed=r5 epoch=r6 peer=r7 heard=r8 heard_high=r9 pair=r10
    zero  state side epoch peer heard heard_high agreed
    call  known
    br.ne result, #OK, answer
    ldi   agreed, #1
    ld    pair, volume.pair[volume]
    br.neg pair, answer              ; SMPL, no role
    ld    state, pair.state[pair]
    ld    side, pair.role[pair]
    ld    agreed, session.agreed[pair]
    ld    epoch, pair.epoch[pair]
    ld    peer, pair.peer[pair]
    and   peer, peer, #VOLUME_BITS
    ld64  heard, pair.heard[pair]
answer:
    reply (result, state, side, agreed, epoch, peer, heard, heard_high)
    end

on TRACK_LOOK using look
    use   m1_wp=r3 m2_wp=r4 m1_fp=r5 m2_fp=r6 m1_inv=r7 m2_inv=r8
    zero  m1_wp m2_wp m1_fp m2_fp m1_inv m2_inv
    call  known
    br.ne result, #OK, answer
    ld    m1_wp, volume.m1_wp[volume]
    ld    m2_wp, volume.m2_wp[volume]
    ld    m1_fp, volume.m1_fp[volume]
    ld    m2_fp, volume.m2_fp[volume]
    ld    m1_inv, volume.m1_inv[volume]
    ld    m2_inv, volume.m2_inv[volume]
answer:
    reply (result, m1_wp, m2_wp, m1_fp, m2_fp, m1_inv, m2_inv)
    end

; Of its own copy an array knows all; of the other side's, what that side agreed to in the session that is open.
on VOLUME_LOOK using look
    use   own=r3 other=r4 align=r5 time=r6 pair=r7 mapped=r8
    zero  other own align time mapped
    call  known
    br.ne result, #OK, answer
    ld    align, format.align[volume]
    ld    time, volume.time[volume]
    ld    mapped, volume.written[volume]
    ldi   own, #DEVICE_KNOWN|DEVICE_READY
    ld    x, volume.state[volume]
    br.any x, #VOLUME_READY, ready
    ldi   own, #DEVICE_KNOWN
ready:
    ld    pair, volume.pair[volume]
    br.neg pair, answer
    ld    x, session.agreed[pair]
    br.ne x, #0, enabled
    or    own, own, #DEVICE_DISABLED
enabled:
    ld    x, session.open[pair]      ; it is the target, and takes what is sent
    br.eq x, #0, source
    ldi   other, #DEVICE_KNOWN|DEVICE_READY|DEVICE_DISABLED
source:
    ld    x, session.taking[pair]    ; it serves hosts
    br.eq x, #0, answer
    ldi   other, #DEVICE_KNOWN|DEVICE_READY
answer:
    reply (result, own, other, align, time, mapped)
    end

; result = OK if there is such a volume and the array has its state back.
sub known using look
    ldi   result, #NOT_READY
    ld    x, system.ready
    br.eq x, #0, no
    ldi   result, #OUT_OF_RANGE
    ld    x, system.volumes
    br.ge volume, x, no
    ldi   result, #OK
no:
    ret
