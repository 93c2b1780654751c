; READ, WRITE and SYNCHRONIZE CACHE: a run of blocks, cut into tracks.
role channel

; `left`: sectors that are still to be moved. `unit` is the volume's number.
frame move: command=r0 unit=r1 track=r2 sector=r3 at=r4 flags=r5 span=r6 left=r7 wanted=r8 n=r9 sectors=r10 pending=r11 lba=r12 lba_high=r13 result=r14 slot=r15

; z: the handler's number in its family.
sub medium using scsi
    case  z, #3
    br    read
    br    write
    br    synchronize
    assert status, #0x5c53           ; `operation` names what is not here
read:
    call  range
    br.ne status, #GOOD, done
    call  read
    br    end
write:
    call  range
    br.ne status, #GOOD, done
    call  write
    br    end
synchronize:
    call  blocks_of
    call  reaches
    br.ne status, #GOOD, done
    call  synchronize
end:
    call  outcome
done:
    ret

; LBA and number of blocks, in sectors, by the CDB's group (SPC-6, 4.2.2).
sub blocks_of using scsi
    cdb   x, command, #0, #1
    shr   y, x, #5
    br.eq y, #4, sixteen
    br.eq y, #5, twelve
    br.eq y, #0, six
    cdb   lba, command, #2, #4
    ldi   lba_high, #0
    cdb   count, command, #7, #2
    br    read
six:
    cdb   lba, command, #1, #3
    and   lba, lba, #0x1fffff
    ldi   lba_high, #0
    cdb   count, command, #4, #1
    br.ne count, #0, read
    ldi   count, #256
    br    read
twelve:
    cdb   lba, command, #2, #4
    ldi   lba_high, #0
    cdb   count, command, #6, #4
    br    read
sixteen:
    cdb64 lba, command, #2
    cdb   count, command, #10, #4
read:
    or    x, lba_high, count         ; no unit has that many: shifted, it would seem to be another LBA
    shr   x, x, #28
    br.ne x, #0, far
    ld    x, volume.align[unit]      ; as in block_shift: calls are four deep
    br.ne x, #0, large
    ret
large:
    ldi   z, #3
    shl64 lba, lba, z
    shl   count, count, z
    ret
far:
    ldi   lba, #-1
    ldi   lba_high, #0x7fffffff
    ldi   count, #1
    ret

; Do these sectors end within the unit? (SBC-4: LOGICAL BLOCK ADDRESS OUT OF RANGE)
sub reaches using scsi
    beyond x, unit, lba, count
    br.ne x, #0, out
    ret
out:
    ldi   sense, #LBA_RANGE
    ldi   status, #CHECK_CONDITION
    ret

; The same, and no more than one command may move (block limits).
sub range using scsi
    call  blocks_of
    beyond x, unit, lba, count
    br.ne x, #0, out
    geom  x
    br.lt count, x, short
    ldi   y, #TRACKS_PER_COMMAND
    sub   y, y, #1
    mul   x, x, y
    br.lt x, count, long
short:
    shl   wanted, count, #9
    ret
out:
    call  reaches
    ret
long:
    cdb   x, command, #0, #1
    ldi   z, #63                     ; byte 7, bit 7: of 10
    shr   x, x, #5
    br.lt x, #4, odd
    ldi   z, #87                     ; byte 10, bit 7: of 16
    br.eq x, #4, odd
    ldi   z, #55                     ; byte 6, bit 7: of 12
odd:
    call  odd_bit
    ret

; In status and sense what the result, in count, comes to.
sub outcome using scsi
    ldi   status, #GOOD
    ldi   sense, #0
    ldi   specific, #0
    ldi   info, #0
    ldi   info_high, #0
    br.ne count, #OK, failed
    ret
failed:
    ldi   stable, #0
    ldi   status, #CHECK_CONDITION
    ldi   sense, #NOT_READY_CAUSE
    br.eq count, #NOT_READY, known
    ldi   sense, #WRITE_PROTECTED_SOFTWARE
    br.eq count, #WRITE_PROTECTED, known
    ldi   sense, #LBA_RANGE
    br.eq count, #OUT_OF_RANGE, known
    br.eq count, #MEDIUM_ERROR, medium
    ldi   sense, #COMMUNICATION_FAILED
    br.eq count, #LINK_DOWN, known
    br.eq count, #DOMINO_HELD, known
    ldi   sense, #INTERNAL_FAILURE
known:
    ret
medium:
    ldi   sense, #READ_ERROR
    cdb   x, command, #0, #1
    ld    x, operation.flags[x]
    br.any x, #WRITES_MEDIUM, write
    inc   unit.read_errors[unit]
    ret
write:
    inc   unit.write_errors[unit]
    ret

; The part of the run that lies on `track`: span = sector | sectors << 16.
sub part using move
    sub   n, sectors, sector
    min   n, n, left
    shl   span, n, #16
    or    span, span, sector
    ret

sub step using move
    add   track, track, #1
    ldi   sector, #0
    sub   left, left, n
    ret

; Of `count` sectors (r14) from `lba` on as many as the initiator takes. Leaves the result in count.
sub read using move
    ld    n, scsi_command.in_bytes[command]
    add   n, n, #511
    shr   n, n, #9
    mov   left, result               ; `count` of the CDB
    br.ge n, left, all
    ld    left, volume.align[unit]
    add   n, n, left
    and   left, left, n
    sub   left, n, left              ; whole blocks
all:
    ldi   result, #OK
    br.eq left, #0, done
    geom  sectors
    place track, unit, lba
next:
    sub   n, sectors, sector         ; as in `part`: all of it is on one track, as a rule
    min   n, n, left
    shl   span, n, #16
    or    span, span, sector
    send  READ (unit, track, span)
    wait  READY (result, slot)
    br.ne result, #OK, done
    slot.at at, slot, span
    post  PUSH (command, slot, at, span)
    sub   left, left, n
    br.eq left, #0, done
    add   track, track, #1
    ldi   sector, #0
    br    next
done:
    ldi   n, #0                      ; nothing of it must be stable
    ret

; From the transfer buffer; of what came, whole blocks. Leaves the result in count, and in `stable` what FUA asks.
sub write using move
    ld    n, scsi_command.out_bytes[command]
    shr   n, n, #9
    mov   left, result
    br.ge n, left, all
    ld    left, volume.align[unit]
    and   left, left, n
    sub   left, n, left
all:
    ldi   result, #OK
    br.eq left, #0, done
    ldi   flags, #0
    geom  sectors
    place track, unit, lba
    ld    at, scsi_command.at[command]
    add   n, sector, left
    br.lt sectors, n, several
    shl   span, left, #16            ; all of it on one track, as most are
    or    span, span, sector
    send  WRITE (unit, track, span, at, flags)
    wait  WRITTEN (result)
    br    done
several:
    ldi   pending, #0
split:
    call  part
    send  WRITE (unit, track, span, at, flags)
    add   pending, pending, #1
    add   at, at, n
    call  step
    br.eq left, #0, settle
    br.lt pending, #MAX_PARALLEL, split
settle:
    waitn WRITTEN (pending, result)
    br.ne result, #OK, done
    br.ne left, #0, split
done:
    ld    n, unit.modes[unit]
    br.any n, #WRITE_THROUGH, kept
    cdb   n, command, #0, #1
    br.lt n, #0x20, cached           ; WRITE(6) has no FUA
    cdb   n, command, #1, #1
    and   n, n, #8
kept:
    ret
cached:
    ldi   n, #0
    ret

; All that was acknowledged so far, of the whole unit.
sub synchronize using move
    send  SYNC (unit)
    wait  SYNCED (result)
    ldi   n, #1
    ret
