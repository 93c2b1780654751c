; After power on: the list on the drive. Battery memory that was kept knows better, and takes the heat from there only. An
; array that lost its memory is the one again whose list it finds: so the other side's list still speaks of it, and only
; what is hot here is distrusted; the service processor has marked all tracks before. Nobody else is served from such a
; volume, nor sent anything from it, before the other side or an operator has spoken (`pair.stale`).
role data

hook recall using boot
    needs admit ldi #LOOK "a write may begin only when the list on the drive names its cylinder: admit says so by LOOK"
    needs receive ld heat.hot "what the other side sends is named by the list on the drive before it is taken in"
    needs recover "what the list brought back must be taken up"
    use   k=r1 lost=r5 y=r9 z=r11 at=r13 lba=r14 drive=r15
    ld    drive, volume.drive[volume]
    ld    lba, list.lba[volume]
    ld    at, list.label_at[volume]
    ldi   x, #1
    send  LIST_READ (drive, lba, x, at)
    wait  LISTED (y)
    call  heat_place
    send  LIST_READ (drive, lba, x, at)
    wait  LISTED (x)
    or    x, x, y
    ld    lost, battery.lost
    br.ne x, #OK, none
    ld    x, label.magic[volume]
    ldi   y, #LIST_MAGIC
    br.ne x, y, none
    ld    x, label.version[volume]
    br.ne x, #LIST_VERSION, none
    ld    x, label.identity[volume]
    br.eq x, #0, none
    br.ne lost, #LOST, known
    st    battery.identity, x        ; the first list found says whose the memory was
    ldi   y, #RECALLED
    st    battery.lost, y
known:
    ld    y, battery.identity
    br.ne x, y, none                 ; of another life
    ldi   x, #1
    st    list.labelled[volume], x
    br.eq lost, #KEPT, warm
    ld    x, label.epoch[volume]
    st    pair.epoch[pair], x
    ld    x, label.known[volume]
    st    pair.known[pair], x
    ld    x, label.fed[volume]
    st    pair.fed[pair], x
    ld    x, label.role[volume]
    st    pair.role[pair], x
    ld    x, label.state[volume]
    st    pair.state[pair], x
    br.ne x, #SMPL, warm
    st    pair.stale[pair], x        ; SMPL is 0: of no pair, nothing is owed
    st    label.all[volume], x
warm:
    ldi   k, #0
each:
    ld    x, list.cylinders[volume]
    br.ge k, x, done
    call  record
    ld    x, heat.hot[y]
    br.eq x, #COLD, cold
    ldi   x, #HOT
    st    heat.hot[y], x
    inc   list.hot[volume]
    ld    x, pair.state[pair]
    br.ne x, #SMPL, next
cold:
    ld    x, label.all[volume]
    br.ne x, #0, next
    br.eq lost, #KEPT, next
    call  believe
next:
    add   k, k, #1
    yield
    br    each
none:                                ; no list of this memory: what is marked here is hot
    ldi   k, #0
    st    label.all[volume], k
fill:
    ld    x, list.cylinders[volume]
    br.ge k, x, filled
    call  record
    ld    z, list.first[volume]
    add   z, z, k
    call  marked
    st    heat.hot[y], x
    br.eq x, #COLD, further
    inc   list.hot[volume]
further:
    add   k, k, #1
    yield
    br    fill
filled:
    call  heat_place
    send  LIST_WRITE (drive, lba, x, at)
    wait  LISTED (x)
    br.eq x, #OK, done
    ldi   x, #2                      ; for good, then
    st    label.all[volume], x
done:
    ret

; Where the heat stands: x = its sectors, at and lba where they begin, and the drive.
sub heat_place using boot
    use   y=r9 z=r11 at=r13 lba=r14 drive=r15
    ld    x, list.heat[volume]
    ld    at, list.first[volume]
    add   x, x, at
    shr   x, x, #7
    ld    at, list.heat_at[volume]
    add   at, at, x
    ld    lba, list.lba[volume]
    add   lba, lba, #1
    ld    x, list.sectors[volume]
    ld    drive, volume.drive[volume]
    ret

; y = record in `heat` of cylinder k of the volume.
sub record using boot
    use   k=r1 y=r9
    ld    y, list.heat[volume]
    ld    x, list.first[volume]
    add   y, y, x
    add   y, y, k
    ret

; x = HOT if a track of cylinder record z is marked with anything that is not for ever, else COLD.
sub marked using boot
    use   z=r11 at=r13
    ld    x, cylinder.m1_wp[z]
    ld    at, cylinder.m2_wp[z]
    or    x, x, at
    ld    at, cylinder.m1_fp[z]
    or    x, x, at
    ld    at, cylinder.m2_fp[z]
    or    x, x, at
    ld    at, cylinder.m1_inv[z]
    or    x, x, at
    ld    at, cylinder.m2_inv[z]
    or    x, x, at
    br.eq x, #0, no
    ldi   x, #HOT
no:
    ret

; Cylinder k was cold: what its tracks have here, the other side has.
sub believe using boot
    use   k=r1 z=r11
    ldi   t, #15
    mul   t, t, k
    ld    x, volume.track_base[volume]
    add   t, t, x
    add   z, t, #15
    ld    x, list.end[volume]
    min   z, z, x
each:
    flag.clr t, volume, #M2_INV
    add   t, t, #1
    br.lt t, z, each
    ret
