; Cache → drive: runs of dirty sectors of tracks in a row, one sync for all of them, then the report to the data role.
role disk

frame destage: delay_us=r0 count=r1 volume=r2 track=r3 s0=r4 s1=r5 s2=r6 s3=r7 i=r8 slot=r9 span=r10 n=r11 at=r12 x=r13 pending=r14 result=r15
frame destage_report: destage + gen=r10 gen_epoch=r11

on DESTAGE using destage_report
    ldi   x, #0
    br.eq delay_us, #0, take
    sleep delay_us
    ldi   x, #1
take:
    send  TAKE (x)
    wait  TAKEN (count, volume, track, s0, s1, s2, s3)
    br.eq count, #0, done
    ldi   i, #0
    ldi   result, #OK
write:
    call  pick
    call  runs
    br.ne result, #OK, report
    add   i, i, #1
    br.lt i, count, write
    ld    x, volume.drive[volume]
    send  DRIVE_SYNC (x)
    wait  DRIVE_DONE (result)
report:
    ldi   i, #0
each:
    call  pick
    ; A pinned slot keeps its generation; where its track moved to another slot meanwhile it has none, and nothing is cleared.
    ld64  gen, slot.gen[slot]
    add   x, track, i
    post  DESTAGED (volume, x, gen, gen_epoch, slot, result)
    add   i, i, #1
    br.lt i, count, each
    ldi   x, #0
    br    take
done:
    end


; slot = number i of the eight
sub pick using destage
    shr   x, i, #1
    case  x, #3
    br    first
    br    second
    br    third
    mov   slot, s3
    br    half
first:
    mov   slot, s0
    br    half
second:
    mov   slot, s1
    br    half
third:
    mov   slot, s2
half:
    br.none i, #1, even
    shr   slot, slot, #16
even:
    and   slot, slot, #0xffff
    ret

; Writes the dirty runs of `slot`, eight at once; result.
sub runs using destage
    ldi   x, #0                      ; first sector not looked at
    ldi   pending, #0
more:
    slot.run span, slot, x
    br.eq span, #0, last
    slot.at at, slot, span
    and   x, span, #0xffff
    shr   n, span, #16
    call  put
    add   x, x, n
    add   pending, pending, #1
    br.lt pending, #MAX_PARALLEL, more
last:
    waitn DRIVE_DONE (pending, result)
    br.ne result, #OK, done
    slot.run span, slot, x
    br.ne span, #0, more
done:
    ret

; One drive write: n sectors at `at`, to sector x of track + i.
sub put using destage
    geom  span
    add   delay_us, track, i
    mul   span, span, delay_us
    add   span, span, x
    ld    delay_us, volume.drive_base[volume]
    add   span, span, delay_us
    ld    delay_us, volume.drive[volume]
    send  DRIVE_WRITE (delay_us, span, n, at)
    ret
