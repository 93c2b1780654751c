; What has no bytes of its own, or the same everywhere: WRITE SAME, UNMAP, GET LBA STATUS, PRE-FETCH.
role channel

sub write_same using scsi
    call  blocks_of
    call  reaches
    br.ne status, #GOOD, done
    br.eq count, #0, odd             ; WSNZ: no length means nothing here
    ldi   x, #WRITE_SAME_SECTORS
    br.lt x, count, odd
    cdb   z, command, #0, #1
    br.eq z, #0x41, block
    cdb   z, command, #1, #1
    br.any z, #1, zeroes             ; NDOB
block:
    call  block_bytes
    mov   wanted, y
    call  pattern
    br.ne status, #GOOD, done
    mov   info, z                    ; the work buffer
    shr   z, x, #9
    cdb   x, command, #1, #1
    and   x, x, #8
    br.eq x, #0, bytes
    call  is_blank
bytes:
    mov   info_high, x
    call  same
    mov   z, info
    call  give_pattern
    call  outcome
done:
    ret
zeroes:
    ldi   info, #0
    and   info_high, z, #9           ; NDOB, and with UNMAP no room
    call  same
    call  outcome
    ret
odd:
    cdb   x, command, #0, #1
    ldi   z, #63                     ; byte 7, bit 7
    br.eq x, #0x41, refuse
    ldi   z, #87                     ; byte 10, bit 7
refuse:
    call  odd_bit
    ret

; x = 8 if the block at sector z is all zeroes, else 0.
sub is_blank using scsi
    shl   x, z, #9
    get   y, x, #0, #4
    br.ne y, #0, not
    add   y, x, #4
    mov   specific, wanted
    sub   specific, specific, #4
    differ x, x, y, specific         ; each byte is like the one four before it
    ldi   specific, #0
    br.neg x, blank
not:
    ldi   x, #0
    ret
blank:
    ldi   x, #8
    ret

; `count` sectors from `lba` on: zeroes, with bit 3 of info_high no room for whole tracks, or (0) what stands at sector z (slot).
frame same: command=r0 unit=r1 track=r2 span=r3 at=r4 flags=r5 info=r6 how=r7 wanted=r8 n=r9 sectors=r10 pending=r11 lba=r12 lba_high=r13 result=r14 slot=r15

; Leaves the result in count.
sub same using same
    ldi   flags, #0
    mov   at, slot
    br.eq how, #0, filled
    ldi   flags, #SHIP_ZERO
    br.none how, #8, filled
    ldi   flags, #SHIP_ZERO|SHIP_UNMAP
filled:
    ldi   pending, #0
    geom  sectors
    place lba, unit, lba
    mov   track, lba
    mov   slot, result               ; sectors that are left
    ldi   result, #OK
    br.eq slot, #0, done
split:
    sub   n, sectors, lba_high
    min   n, n, slot
    shl   span, n, #16
    or    span, span, lba_high
    send  WRITE (unit, track, span, at, flags)
    add   pending, pending, #1
    add   track, track, #1
    ldi   lba_high, #0
    sub   slot, slot, n
    br.eq slot, #0, settle
    br.lt pending, #MAX_PARALLEL, split
settle:
    waitn WRITTEN (pending, result)
    br.ne result, #OK, done
    br.ne slot, #0, split
done:
    ldi   n, #0                      ; nothing of it must be stable
    ret

; Nothing is unmapped unless all of the list may be.
sub unmap using scsi
    cdb   wanted, command, #7, #2
    br.eq wanted, #0, done
    call  came
    br.ne status, #GOOD, done
    ldi   sense, #PARAMETER_LIST_LENGTH
    br.lt wanted, #8, check
    ld    x, scsi_command.at[command]
    shl   x, x, #9
    get   y, x, #2, #2
    add   z, y, #8
    br.lt wanted, z, check
    and   y, y, #-16                 ; a last descriptor that is not whole is ignored (SBC-4, 5.43.2)
    ldi   z, #UNMAP_DESCRIPTORS
    shl   z, z, #4
    br.lt z, y, wrong
    ldi   sense, #0
    add   info, x, #8
    add   wanted, info, y            ; the list's end, until all is done
    call  block_shift
    call  check_unmap
    br.ne status, #GOOD, done
each:
    br.eq info, wanted, end
    call  block_shift
    call  unmap_one
    br.ne status, #GOOD, done
    add   info, info, #16
    br    each
end:
    cdb   wanted, command, #7, #2
done:
    ldi   info, #0
    ldi   info_high, #0
    ret
wrong:
    ldi   sense, #INVALID_FIELD_LIST
check:
    ldi   status, #CHECK_CONDITION
    ret

; All descriptors, before anything is unmapped. z: log2 of the sectors of a block.
sub check_unmap using scsi
    mov   specific, info
each:
    br.eq specific, wanted, done
    mov   y, specific
    call  descriptor
    ldi   x, #UNMAP_SECTORS
    br.lt x, count, large
    add   info_high, info_high, count
    br.lt x, info_high, large        ; of all of them together (SBC-4, 6.6.4)
    call  reaches
    br.ne status, #GOOD, done
    add   specific, specific, #16
    br    each
large:
    ldi   sense, #INVALID_FIELD_LIST
    ldi   status, #CHECK_CONDITION
done:
    ldi   specific, #0
    ldi   info_high, #0
    ret

; lba and count of the descriptor at y, in sectors; what is shifted out of either would be too far, or too many.
sub descriptor using scsi
    get64 lba, y, #0
    get   count, y, #8, #4
    shr   x, count, #28
    br.ne x, #0, far
    shr   x, lba_high, #28
    br.ne x, #0, far
    shl64 lba, lba, z
    shl   count, count, z
    ret
far:
    ldi   lba, #-1
    ldi   lba_high, #0x7fffffff
    ldi   count, #1
    ret

sub unmap_one using scsi
    mov   y, info
    call  descriptor
    ldi   info_high, #8
    call  same
    br.ne count, #OK, failed
    ldi   status, #GOOD
    ldi   sense, #0
    ldi   specific, #0
    ret
failed:
    call  outcome
    ret

; Runs of blocks that have, or have not, room of their own: descriptors of sixteen bytes behind a header of eight.
sub lba_status using scsi
    cdb64 lba, command, #2
    call  block_shift
    mov   info, z
    ldi   count, #1
    call  scaled
    call  reaches
    br.ne status, #GOOD, done
    call  take_work
    ldi   y, #STATUS_BYTES
    blank x, y
    mov   info_high, x
    call  runs
    br.ne count, #OK, failed
    cdb   count, command, #10, #4
    call  answer
done:
    ret
failed:
    call  give_pattern
    call  outcome
    ret

; x: where the descriptors go; y: bytes until now. Leaves the result in count, and in y the bytes.
frame runs: command=r0 unit=r1 track=r2 tracks=r3 state=r4 sector=r5 shift=r6 base=r7 wanted=r8 n=r9 x=r10 used=r11 lba=r12 lba_high=r13 result=r14 work=r15

sub runs using runs
    place state, unit, lba
    mov   track, state
    shr64 lba, lba, shift
    ldi   used, #8
next:
    ldi   n, #MAP_WRITTEN
    send  MAP (unit, track, n)
    wait  MAPPED (result, tracks, state)
    br.ne result, #OK, done
    geom  n
    mul   n, n, tracks
    sub   n, n, sector
    shr   n, n, shift
    add   x, base, used
    put64 x, #0, lba
    put   x, #8, n, #4
    ldi   wanted, #1
    sub   wanted, wanted, state      ; 0: mapped; 1: deallocated
    put   x, #12, wanted, #1
    add64 lba, lba, n
    add   used, used, #16
    add   track, track, tracks
    ldi   sector, #0
    br.ge used, #STATUS_BYTES, done
    ld    n, volume.tracks[unit]
    br.lt track, n, next
done:
    sub   n, used, #4
    put   base, #0, n, #4
    ldi   tracks, #GOOD
    ldi   state, #0
    ldi   sector, #0
    ldi   shift, #0
    ldi   base, #0
    ldi   n, #0
    ret

; Into the cache, as far as it makes sense: CONDITION MET if all of it was asked for.
sub prefetch using scsi
    call  blocks_of
    call  reaches
    br.ne status, #GOOD, done
    geom  x
    shl   x, x, #2                   ; four tracks
    ldi   z, #GOOD
    br.eq count, #0, some            ; up to the end of the unit
    br.lt x, count, some
    ldi   z, #CONDITION_MET
    br    read
some:
    ld    count, volume.align[unit]
    add   count, count, #1           ; a block, if one is there
    beyond x, unit, lba, count
    br.ne x, #0, done
read:
    mov   wanted, z
    call  touch
    mov   z, wanted
    ldi   wanted, #0
    call  outcome
    br.ne status, #GOOD, done
    mov   status, z
done:
    ret
