; Drive → cache: what the slot lacks of its track. What it holds is never read over; nobody else has the slot meanwhile.
role disk

on STAGE
    use   drive=r3 lba=r4 from=r5 span=r6 n=r7 at=r8 start=r9 pending=r10 result=r11
    zero  pending
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
done:
    reply (result)
    end
