; A volume whose pair nobody made yet is served at once; any other waits for the other side's word.
; After a power loss nobody knows what was under way: write pending of the other side becomes invalid.
role data

hook recover using boot
    ld    x, pair.state[pair]
    br.ne x, #SMPL, paired
    ldi   x, #1
    st    session.agreed[pair], x
paired:
    ldi   cursor, #0
next:
    flag.next track, volume, cursor, #M2_WP
    br.neg track, done
    add   cursor, track, #1
    ld    t, volume.track_base[volume]
    add   t, t, track
    flag.set t, volume, #M2_INV      ; first the one, then the other: power may go in between
    flag.clr t, volume, #M2_WP
    br    next
done:
    ret
