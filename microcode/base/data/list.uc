; The list on the devices (seed 002, claims 8 and 9: the list is kept in cache, or on the devices), for an array that loses its
; battery memory. Behind the tracks of a volume stand on its drive: a label, which says of which memory the list is and what the
; pair was, and the heat, a word for each cylinder. A cylinder is hot there before anything in it is owed, or in cache only
; ("owed bits never behind the data"), and goes cold again when its place is wanted and nothing in it is. So what is cold
; on the drive is on the drive, and the other side has it.
; One thing at a time is written to the list of a volume (`list.writing`); whoever waits for that looks again.
role data

frame list: volume=r0 track=r1 cyl=r10 heat=r11 x=r13 y=r14 z=r15

; A host's write, behind its lock: result = OK when it may go on. Without a pair nothing is listed; the label says that.
sub look using write
    ld    x, pair.state[pair]
    br.eq x, #SMPL, label
    call  hot
    br.ne x, #OK, failed
label:
    call  labelled
failed:
    mov   result, x
    ret

; x = OK: the cylinder of the track is hot on the drive. It stays so as long as one of its tracks is locked or marked, so who
; has no lock yet asks for it in the same run.
sub hot using list
again:
    ldi   x, #OK
    ld    y, list.lba[volume]
    br.eq y, #0, done
    cyl   cyl, volume, track
    ld    heat, list.heat[volume]
    add   heat, heat, cyl
    ld    y, heat.hot[heat]
    br.eq y, #HOT, done
    ld    y, list.writing[volume]
    br.eq y, #0, free
    park  list.waiting[volume]
    br    again
free:
    ldi   y, #1
    st    list.writing[volume], y
    ldi   y, #0
    st    list.tries[volume], y
room:                                ; as many as the bound says; where none can go, it gives way
    ld    x, list.hot[volume]
    ld    y, list.limit[volume]
    br.lt x, y, write
    ld    x, list.tries[volume]
    ld    y, list.cylinders[volume]
    ldi   z, #1024
    min   y, y, z
    br.ge x, y, write
    inc   list.tries[volume]
    and   x, x, #15
    br.ne x, #15, turn
    yield
turn:
    ld    x, list.hand[volume]
    add   x, x, #1
    ld    y, list.cylinders[volume]
    br.lt x, y, within
    ldi   x, #0
within:
    st    list.hand[volume], x
    call  idle
    br.eq z, #0, room
    ldi   z, #COLD
    st    heat.hot[x], z
    dec   list.hot[volume]
    shr   y, x, #7
    shr   z, heat, #7
    br.eq y, z, room                 ; of the same sector: it goes with the next write
    mov   heat, x
    call  heat_out                   ; if that fails it is hot for whoever reads it, in vain
    cyl   cyl, volume, track
    ld    heat, list.heat[volume]
    add   heat, heat, cyl
    br    room
write:
    ldi   x, #HEATING
    st    heat.hot[heat], x
    call  heat_out
    br.ne x, #OK, over               ; the next one tries again; the drive may have it
    ldi   y, #HOT
    st    heat.hot[heat], y
    inc   list.hot[volume]
over:
    ldi   y, #0
    st    list.writing[volume], y
    wake.all list.waiting[volume]
done:
    ret

; z = 1 if the cylinder under the hand is hot and nothing in it needs that; x = its record in `heat`.
sub idle using list
    ldi   z, #0
    ld    cyl, list.first[volume]
    ld    x, list.hand[volume]
    add   cyl, cyl, x
    ld    x, list.heat[volume]
    add   x, x, cyl
    ld    y, heat.hot[x]
    br.ne y, #HOT, no
    ld    y, cylinder.m1_wp[cyl]
    br.ne y, #0, no
    ld    y, cylinder.m2_wp[cyl]
    br.ne y, #0, no
    ld    y, cylinder.m1_fp[cyl]
    br.ne y, #0, no
    ld    y, cylinder.m2_fp[cyl]
    br.ne y, #0, no
    ld    y, cylinder.m1_inv[cyl]
    br.ne y, #0, no
    ld    y, cylinder.m2_inv[cyl]
    br.ne y, #0, no
    ld    y, list.hand[volume]       ; a writer that holds a lock has found it hot, and did not mark it yet
    ldi   cyl, #15
    mul   y, y, cyl
    ld    cyl, volume.track_base[volume]
    add   y, y, cyl
    add   z, y, #15
    ld    cyl, list.end[volume]
    min   z, z, cyl
each:
    ld    cyl, lock.holder[y]
    br.ne cyl, #0, held
    add   y, y, #1
    br.lt y, z, each
    ldi   z, #1
    ret
held:
    ldi   z, #0
no:
    ret

; x = the result: the sector of this heat is on the drive.
sub heat_out using list
    ldi   x, #MEDIUM_ERROR
    ld    y, system.lost
    br.any y, #LOST_DISK, no
    shr   x, heat, #7
    ld    y, list.heat_lba[volume]
    add   y, y, x
    ld    z, list.heat_at[volume]
    add   z, z, x
    ldi   x, #1
    ld    cyl, volume.drive[volume]
    send  LIST_WRITE (cyl, y, x, z)
    wait  LISTED (x)
no:
    ret

; x = OK: the label on the drive says what the pair is. Nothing is admitted, taken, or backed by one copy before.
sub labelled using list
    use   pair=r10 said=r11
again:
    ldi   x, #OK
    ld    y, list.lba[volume]
    br.eq y, #0, done
    ld    pair, volume.pair[volume]
    call  says
    ld    y, list.labelled[volume]
    br.eq y, #0, differs
    ld    y, label.state[volume]
    br.ne y, said, differs
    ld    x, pair.role[pair]
    ld    y, label.role[volume]
    br.ne x, y, differs
    ld    x, pair.epoch[pair]
    ld    y, label.epoch[volume]
    br.ne x, y, differs
    ld    x, pair.known[pair]
    ld    y, label.known[volume]
    br.ne x, y, differs
    ld    x, pair.fed[pair]
    ld    y, label.fed[volume]
    br.ne x, y, differs
    ldi   x, #OK
    ld    y, label.all[volume]
    br.ne y, #1, done
    ld    y, volume.m2_inv[volume]
    br.ne y, #0, done
differs:
    ld    y, list.writing[volume]
    br.eq y, #0, free
    park  list.waiting[volume]
    br    again
free:
    ldi   y, #1
    st    list.writing[volume], y
    ld    x, label.all[volume]
    br.ne x, #1, keep
    ld    x, volume.m2_inv[volume]
    br.ne x, #0, keep
    st    label.all[volume], x       ; whatever is marked now is in a hot cylinder
keep:
    call  label_out
    br.eq x, #OK, again              ; it may have changed meanwhile
done:
    ret

; x = OK: every cylinder counts as hot, so all of the volume may be marked in the run that goes on from here.
sub all_hot using list
    use   pair=r10 said=r11
again:
    ldi   x, #OK
    ld    y, list.lba[volume]
    br.eq y, #0, done
    ld    pair, volume.pair[volume]
    ld    y, list.writing[volume]
    br.eq y, #0, free
    park  list.waiting[volume]
    br    again
free:
    ld    z, label.all[volume]
    ld    y, list.labelled[volume]
    and   y, y, z
    br.ne y, #0, done
    ldi   y, #1
    st    list.writing[volume], y
    or    z, z, y                    ; what was said for good stays so
    st    label.all[volume], z
    call  says
    call  label_out
done:
    ret

; said = the state for the label. A point-in-time pair owes whenever a host has written: it never says PAIR.
sub says using list
    use   pair=r10 said=r11
    ld    said, pair.state[pair]
    br.ne said, #PAIR, yes
    ld    y, pair.mode[pair]
    br.none y, #POINT_IN_TIME, yes
    ldi   said, #COPY
yes:
    ret

; x = the result: the label is on the drive, with the state `said`. Ends the writing that its caller began.
sub label_out using list
    gives writing "its caller began it: what is written is what was compared"
    use   pair=r10 said=r11
    ldi   x, #0
    st    list.labelled[volume], x
    ldi   x, #LIST_MAGIC
    st    label.magic[volume], x
    ldi   x, #LIST_VERSION
    st    label.version[volume], x
    ld    x, battery.identity
    st    label.identity[volume], x
    st    label.state[volume], said
    ld    x, pair.role[pair]
    st    label.role[volume], x
    ld    x, pair.epoch[pair]
    st    label.epoch[volume], x
    ld    x, pair.known[pair]
    st    label.known[volume], x
    ld    x, pair.fed[pair]
    st    label.fed[volume], x
    ldi   x, #MEDIUM_ERROR
    ld    y, system.lost
    br.any y, #LOST_DISK, over
    ld    x, volume.drive[volume]
    ld    y, list.lba[volume]
    ldi   z, #1
    ld    said, list.label_at[volume]
    send  LIST_WRITE (x, y, z, said)
    wait  LISTED (x)
    br.ne x, #OK, over
    ldi   y, #1
    st    list.labelled[volume], y
over:
    ldi   y, #0
    st    list.writing[volume], y
    wake.all list.waiting[volume]
    ret
