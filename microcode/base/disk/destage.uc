; Cache → drive: the dirty runs of up to eight tracks, eight writes at once, then one sync for all of them, then the report
; to the data role. A pinned slot keeps its bytes: a write that comes meanwhile gets a new version of it.
role disk

frame destage: delayed=r0 count=r1 volume=r2 s0=r3 s1=r4 s2=r5 s3=r6 i=r7 slot=r8 span=r9 n=r10 at=r11 x=r12 pending=r13 result=r14 from=r15
frame report: destage + gen=r10 gen_epoch=r11

on DESTAGE using report
    br.eq r0, #0, take               ; delay_us
    sleep r0
    ldi   delayed, #1
take:
    send  TAKE (delayed)
    wait  TAKEN (count, volume, s0, s1, s2, s3)
    br.eq count, #0, done
    ldi   i, #0
    ldi   pending, #0
    ldi   result, #OK
write:
    call  pick
    call  runs
    add   i, i, #1
    br.lt i, count, write
    call  settle
    br.ne result, #OK, tell
    ld    x, volume.drive[volume]
    send  DRIVE_SYNC (x)
    wait  DRIVE_DONE (result)
tell:
    ldi   i, #0
each:
    call  pick
    ld64  gen, slot.gen[slot]
    ld    x, slot.track[slot]
    post  DESTAGED (volume, x, gen, gen_epoch, slot, result)
    add   i, i, #1
    br.lt i, count, each
    ldi   delayed, #0
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

; Writes the dirty runs of `slot`; of a hole its room goes back to the drive. The track may have become one, or stopped being
; one, since this slot was taken: then a newer slot has all of it, dirty, and M1 stays until that was destaged.
sub runs using destage
    ldi   from, #0
    ld    x, slot.track[slot]
    ld    span, volume.track_base[volume]
    add   span, span, x
    ld    span, track.flags[span]
    br.none span, #WRITTEN, hole
more:
    slot.run span, slot, from
    br.eq span, #0, done
    br.lt pending, #MAX_PARALLEL, room
    call  settle
room:
    slot.at at, slot, span
    and   from, span, #0xffff
    shr   n, span, #16
    geom  span
    ld    x, slot.track[slot]
    mul   span, span, x
    add   span, span, from
    ld    x, volume.drive_base[volume]
    add   span, span, x
    ld    x, volume.drive[volume]
    send  DRIVE_WRITE (x, span, n, at)
    add   pending, pending, #1
    add   from, from, n
    br    more
hole:
    br.lt pending, #MAX_PARALLEL, give
    call  settle
give:
    ld    x, slot.track[slot]
    geom  n
    mul   span, n, x
    ld    x, volume.drive_base[volume]
    add   span, span, x
    ld    x, volume.drive[volume]
    send  DRIVE_DISCARD (x, span, n)
    add   pending, pending, #1
done:
    ret

; Until the writes under way have ended; the worst result of all stays in `result`.
sub settle using destage
    waitn DRIVE_DONE (pending, x)
    or    result, result, x
    ret
