; A volume whose pair nobody made yet is served at once; any other waits for the other side's word. A side as formatted
; does not even let hosts read: the other one may have data that an array in this place lost.
; After a power loss nobody knows what was under way: write pending of the other side becomes invalid.
role data

hook recover using boot
    call  as_listed
    ret

sub as_listed using boot
    use   y=r9 z=r11
    ld    y, pair.state[pair]
    br.ne y, #SMPL, paired
    st    pair.role[pair], y         ; NO_ROLE is 0, too: power may have gone while the pair was made or deleted
    st    pair.union[pair], y
    st    pair.stale[pair], y
    ldi   y, #1
    st    session.agreed[pair], y
    ldi   cursor, #0
none:                                ; and nothing is owed
    flag.next track, volume, cursor, #M2_WP|M2_INV
    br.neg track, done
    add   cursor, track, #1
    ld    t, volume.track_base[volume]
    add   t, t, track
    flag.clr t, volume, #M2_WP|M2_INV
    br    none
paired:
    ld    y, pair.stale[pair]
    br.eq y, #0, whole
    ld    z, pair.role[pair]         ; it lost its cache: as source it waits for an operator's word, unless the other side is it
    br.ne z, #SOURCE, unknown
    st    session.foreign[pair], y
    br    unknown
whole:
    ld    y, pair.known[pair]
    br.eq y, #0, unknown
    ld    z, battery.identity
    br.ne y, z, known
    ld    y, pair.role[pair]         ; a target that did not get all of its first copy
    br.ne y, #TARGET, known
unknown:
    ldi   x, #VOLUME_UNKNOWN
known:
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
