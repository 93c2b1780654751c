; A host command, from the port to its status. The port has checked its range and, for a write, has all of its bytes in
; a transfer buffer; here it is cut into tracks and put to the data role, eight tracks at once.
role channel

frame command: command=r0 op=r1 volume=r2 track=r3 sector=r4 count=r5 at=r6 flags=r7 span=r8 n=r9 sectors=r10 pending=r11 result=r12 slot=r13

on COMMAND using command
    zero  flags pending state
    ld    n, front.lost
    br.ne n, #0, lost
    ld    op, command.op[command]
    ld    volume, command.volume[command]
    ld    track, command.track[command]
    ld    sector, command.sector[command]
    ld    count, command.count[command]
    ld    at, command.at[command]
    geom  sectors
    br.eq op, #OP_WRITE, write
    br.eq op, #OP_READ, read
    br.eq op, #OP_SYNC, sync
    br.eq op, #OP_CACHE, cache
    br.eq op, #OP_MAP, map
    br.eq op, #OP_INQUIRE, inquire
    ldi   flags, #SHIP_ZERO          ; zeroes and trim: no bytes travel
    ld    n, command.flags[command]
    br.any n, #KEEPS_ROOM, write
    ldi   flags, #SHIP_ZERO|SHIP_UNMAP  ; and whole tracks become holes
write:
    add   n, sector, count
    br.lt sectors, n, several
    shl   span, count, #16           ; all of it on one track, as most are
    or    span, span, sector
    send  WRITE (volume, track, span, at, flags)
    wait  WRITTEN (result)
    post  STATUS (command, result)
    end
several:                             ; refused before a part of it is written
    ld    n, volume.align[volume]
    or    span, sector, count
    and   n, n, span
    br.ne n, #0, unaligned
split:
    call  extent
    send  WRITE (volume, track, span, at, flags)
    add   pending, pending, #1
    sub   count, count, n
    br.eq count, #0, settle
    call  advance
    br.lt pending, #MAX_PARALLEL, split
settle:
    waitn WRITTEN (pending, result)
    br.ne result, #OK, done          ; tracks written before the one that failed stay written: the host hears the failure
    br.ne count, #0, split
done:
    post  STATUS (command, result)
    end
read:
    call  extent
    send  READ (volume, track, span)
    wait  READY (result, slot)
    br.ne result, #OK, done
    slot.at at, slot, span
    post  PUSH (command, slot, at, span)
    sub   count, count, n
    br.eq count, #0, done
    call  advance
    br    read
sync:
    send  SYNC (volume)
    wait  SYNCED (result)
    br    done
cache:                               ; a read whose bytes nobody takes: the slot stays, as long as the LRU keeps it
    call  extent
    send  READ (volume, track, span)
    wait  READY (result, slot)
    br.ne result, #OK, done
    post  UNPIN (slot)
    sub   count, count, n
    br.eq count, #0, done
    call  advance
    br    cache
map:                                 ; one run a command: who wants more asks again behind it
    use   tracks=r14 state=r15
    ld    flags, command.flags[command]
    send  MAP (volume, track, flags)
    wait  MAPPED (result, tracks, state)
    br.ne result, #OK, done
    post  EXTENT (command, tracks, state)
    br    done
inquire:
    send  INQUIRE (volume)
    wait  INQUIRED (result, tracks)
    br.eq result, #NOT_READY, done
    post  EXTENT (command, tracks, state)  ; sectors of a block, less one
    br    done
unaligned:
    ldi   result, #UNALIGNED
    br    done
lost:
    ldi   result, #NOT_READY
    br    done

; The part of the command that lies on `track`: span = sector | sectors << 16.
sub extent using command
    sub   n, sectors, sector
    min   n, n, count
    shl   span, n, #16
    or    span, span, sector
    ret

sub advance using command
    add   at, at, n
    add   track, track, #1
    ldi   sector, #0
    ret

; The port no longer reads the slot: whoever wants to write into it may.
on PUSHED
    post  UNPIN (slot)
    end
