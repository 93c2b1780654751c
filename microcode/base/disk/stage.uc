; Drive → cache: what the slot lacks of its track. What it holds is never read over; nobody else has the slot meanwhile, so
; what the track's flags say stays so. A hole is zeroes, and no drive is asked for them.
role disk

on STAGE
    use   drive=r3 lba=r4 from=r5 span=r6 n=r7 at=r8 start=r9 pending=r10 result=r11
    zero  pending result
    ld    n, volume.track_base[volume]
    add   n, n, track
    ld    n, track.flags[n]
    br.none n, #WRITTEN, hole
    ld    drive, volume.drive[volume]
    ld    lba, volume.drive_base[volume]
    geom  n
    mul   n, n, track
    add   lba, lba, n
    ldi   from, #0
gaps:
    slot.gap span, slot, from
    br.eq span, #0, last
    and   from, span, #0xffff
    shr   n, span, #16
    add   start, lba, from
    slot.at at, slot, span
    send  DRIVE_READ (drive, start, n, at)
    add   from, from, n
    add   pending, pending, #1
    br.lt pending, #MAX_PARALLEL, gaps
last:
    waitn DRIVE_DONE (pending, result)
    br.ne result, #OK, done
    slot.gap span, slot, from
    br.ne span, #0, gaps
    geom  span
    shl   span, span, #16
    slot.filled slot, span
    br    done
hole:
    slot.blank slot
done:
    reply (result)
    end
