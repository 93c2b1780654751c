; What comes from the other array, and when it comes and goes. What it means is the recipe's: receive, answer, sever, offer.
role data

frame apply: volume=r0 track=r1 span=r2 at=r3 gen=r4 low=r4 epoch=r5 flags=r6 session=r7 pair=r8 t=r9 slot=r10 place=r10 x=r12 result=r13 now=r14 now_low=r14 now_epoch=r15

on APPLY using apply
    ldi   result, #REFUSED           ; what another array says is checked
    ld    x, system.volumes
    br.ge volume, x, refuse
    ld    x, volume.tracks[volume]
    br.ge track, x, refuse
    fits  x, span
    br.eq x, #0, refuse
    ld    pair, volume.pair[volume]
    br.neg pair, refuse
    shr   x, session, #TRUNK_SHIFT
    ld    now_low, pair.trunk[pair]
    br.ne x, now_low, refuse         ; it is a pair with another array
    ld    t, volume.track_base[volume]
    add   t, t, track
    call.hook receive, pair
refuse:
    reply (result)
    end

frame ask: what=r0 volume=r1 a=r2 b=r3 c=r4 d=r5 e=r6 trunk=r6 f=r7 result=r8 pair=r9 x=r10 y=r11 now=r12 t=r14

on ASK using ask
    zero  f
    ldi   result, #REFUSED
    ld    x, system.lost
    br.any x, #LOST_CACHE|LOST_DISK, refuse
    ld    x, system.volumes
    br.ge volume, x, refuse
    ld    pair, volume.pair[volume]
    br.neg pair, refuse
    ld    x, pair.trunk[pair]
    br.ne x, trunk, another          ; it is a pair with another array
    call.hook answer, pair
refuse:
    reply (result, a, b, c, d, e, f)
    end
another:
    call.hook adopt, pair
    br    refuse

frame peer: volume=r0 volumes=r1 pair=r2 x=r3 now=r4 y=r6 trunk=r7

on PEER_UP using peer
    use   session=r0
    shr   trunk, session, #TRUNK_SHIFT
    ld    volumes, system.volumes
    ldi   volume, #0
each:
    br.ge volume, volumes, done
    ld    pair, volume.pair[volume]
    br.neg pair, next
    ld    x, pair.trunk[pair]
    br.ne x, trunk, next
    ld    x, pair.role[pair]
    br.ne x, #SOURCE, next
    call  kick
next:
    add   volume, volume, #1
    br    each
done:
    end

; One offer of a pair runs at a time; a second call makes it run once more.
sub kick using peer
    ld    x, session.offering[pair]
    br.ne x, #0, again
    ldi   x, #NEW_SESSION
    st    session.offering[pair], x
    post  OFFER (volume)
    ret
again:
    st    session.again[pair], x
    ret

; What was just marked goes in an offer, if one can.
sub bring_owed using write
    ld    x, session.open[pair]
    br.eq x, #0, done                ; whoever opens one brings all that is owed
    ld    x, session.offering[pair]
    br.ne x, #0, done
    ldi   x, #SAME_SESSION
    st    session.offering[pair], x
    post  OFFER (volume)
done:
    ret

on PEER_DOWN using peer
    use   which=r0
    mov   trunk, which
    ld    volumes, system.volumes
    ldi   volume, #0
each:
    br.ge volume, volumes, done
    ld    pair, volume.pair[volume]
    br.neg pair, next
    ld    x, pair.trunk[pair]
    br.ne x, trunk, next
    call.hook sever, pair
next:
    add   volume, volume, #1
    br    each
done:
    end

on OFFER using write
    ld    pair, volume.pair[volume]
    call.hook offer, pair
    end
