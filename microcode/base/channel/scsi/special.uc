; Commands on blocks that are more, or less, than bytes there and back: VERIFY, COMPARE AND WRITE, WRITE SAME, UNMAP ...
role channel

; z: the handler's number in its family.
sub special using scsi
    case  z, #9
    br    verify
    br    write_verify
    br    compare_write
    br    or_write
    br    atomic
    br    write_same
    br    unmap
    br    lba_status
    br    prefetch
    assert status, #0x5c54           ; `operation` names what is not here
verify:
    call  verify
    ret
write_verify:
    call  write_verify
    ret
compare_write:
    call  compare_write
    ret
or_write:
    call  range
    br.ne status, #GOOD, done
    call  or_write
    call  outcome
done:
    ret
atomic:
    call  atomic
    ret
write_same:
    call  write_same
    ret
unmap:
    call  unmap
    ret
lba_status:
    call  lba_status
    ret
prefetch:
    call  prefetch
    ret

; BYTCHK 0: the blocks can be read. 1: they are what the data-out has; 3: each is what its one block has.
sub verify using scsi
    cdb   z, command, #1, #1
    and   z, z, #6
    br.eq z, #0, readable
    br.eq z, #4, odd
    call  range
    br.ne status, #GOOD, done
    br.eq count, #0, done
    cdb   z, command, #1, #1
    and   z, z, #6
    br.eq z, #6, each
    call  came
    br.ne status, #GOOD, done
    ld    z, scsi_command.at[command]
    shl   z, z, #9
    ldi   specific, #0
    call  compare
    br    compared
each:
    call  block_bytes
    mov   wanted, y
    call  pattern
    br.ne status, #GOOD, done
    add   specific, z, #1            ; the work buffer
    mov   z, x
    call  compare
    sub   z, specific, #1
    call  give_pattern
compared:
    call  verdict
done:
    ret
readable:
    call  blocks_of
    call  reaches
    br.ne status, #GOOD, done
    call  touch
    call  outcome
    ret
odd:
    ldi   z, #10                     ; byte 1, bit 2
    call  odd_bit
    ret

; All data-out that the CDB asks for must have come.
sub came using scsi
    ld    x, scsi_command.out_bytes[command]
    br.lt x, wanted, short
    ret
short:
    ldi   sense, #INVALID_FIELD_CDB
    ldi   status, #CHECK_CONDITION
    ret

; y: bytes of a block.
sub block_bytes using scsi
    call  block_shift
    ldi   y, #512
    shl   y, y, z
    ret

; A work buffer full of the one block that is all of the data-out: z; x: its first byte; y: bytes of a block.
sub pattern using scsi
    ld    x, scsi_command.out_bytes[command]
    br.ne x, y, short
    mov   info, y
    call  take_work
    ld    y, scsi_command.at[command]
    shl   y, y, #9
    move  x, y, info
    mov   y, info
    geom  info
    shl   info, info, #9
    repeat x, y, info
    ldi   info, #0
    ret
short:
    ldi   sense, #INVALID_FIELD_CDB
    ldi   status, #CHECK_CONDITION
    ret

sub give_pattern using scsi
    ldi   info, #0
    call  give_work
    ret

; What `compare` found, in count and lba: GOOD, MISCOMPARE with the offset, or what reading came to.
sub verdict using scsi
    mov   z, lba
    call  outcome
    br.ne status, #GOOD, known
    br.neg z, known
    call  miscompare
known:
    ret

; z: so many bytes were alike.
sub miscompare using scsi
    ldi   sense, #MISCOMPARED|WITH_INFORMATION
    ldi   status, #CHECK_CONDITION
    mov   info, z
    ldi   info_high, #0
    ret

; The blocks against the bytes at `bytes` (z). Leaves the result in count, and in lba how many bytes are alike before the first
; that differs; -1: all. With a `pattern` (specific: its work
; buffer, + 1; else 0) each track is compared with the same bytes.
frame compare: command=r0 unit=r1 track=r2 span=r3 at=r4 pattern=r5 sector=r6 left=r7 wanted=r8 n=r9 sectors=r10 alike=r11 lba=r12 lba_high=r13 result=r14 bytes=r15

sub compare using compare
    mov   left, result               ; `count` of the CDB
    geom  sectors
    place lba, unit, lba
    mov   track, lba
    mov   sector, lba_high
    ldi   lba, #-1
    ldi   lba_high, #0
next:
    sub   n, sectors, sector
    min   n, n, left
    shl   span, n, #16
    or    span, span, sector
    send  READ (unit, track, span)
    wait  READY (result, at)
    br.ne result, #OK, done
    slot.at alike, at, span
    shl   alike, alike, #9
    shl   sector, n, #9
    differ alike, bytes, alike, sector
    post  UNPIN (at)
    br.neg alike, same
    add   lba, lba_high, alike
    ret
same:
    add   lba_high, lba_high, sector
    sub   left, left, n
    br.eq left, #0, done
    add   track, track, #1
    br.ne pattern, #0, again
    add   bytes, bytes, sector
again:
    ldi   sector, #0
    br    next
done:
    ret

; Every block is read, and no byte goes anywhere. Leaves the result in count.
sub touch using move
    mov   left, result
    ldi   result, #OK
    geom  sectors
    place track, unit, lba
next:
    br.eq left, #0, done
    call  part
    send  READ (unit, track, span)
    wait  READY (result, slot)
    br.ne result, #OK, done
    post  UNPIN (slot)
    call  step
    br    next
done:
    ldi   n, #0                      ; nothing of it must be stable
    ret

sub write_verify using scsi
    cdb   z, command, #1, #1
    br.any z, #4, odd
    call  range
    br.ne status, #GOOD, done
    call  write
    call  outcome
    br.ne status, #GOOD, done
    call  blocks_of
    cdb   z, command, #1, #1
    ldi   stable, #1                 ; it is the medium that is verified
    br.any z, #2, bytes
    call  touch
    call  outcome
    ldi   stable, #1
    ret
bytes:
    ld    x, scsi_command.out_bytes[command]
    shr   x, x, #9
    br.ge x, count, all
    ld    y, volume.align[unit]
    and   y, y, x
    sub   count, x, y                ; no more was written than came
all:
    br.eq count, #0, done
    ld    z, scsi_command.at[command]
    shl   z, z, #9
    ldi   specific, #0
    call  compare
    call  verdict
done:
    ret
odd:
    ldi   z, #10
    call  odd_bit
    ret

; One block (block limits), so that it is on one track, under whose lock it is compared and written: the data-out has what must
; stand there, and what shall.
sub compare_write using scsi
    cdb   count, command, #13, #1
    br.lt count, #2, few
    ldi   z, #111                    ; byte 13, bit 7
    call  odd_bit
    ret
few:
    cdb64 lba, command, #2
    call  block_bytes
    shl   wanted, y, #1
    mul   wanted, wanted, count
    call  scaled
    call  reaches
    br.ne status, #GOOD, done
    ld    x, scsi_command.out_bytes[command]
    br.ne x, wanted, amount
    br.eq count, #0, done
    ldi   z, #0                      ; REWRITE: if it is so
    call  rewrite
    br.eq count, #DIFFERENT, different
    call  outcome
done:
    ret
amount:                              ; which of the bytes were meant for what nobody can say
    ldi   sense, #INVALID_FIELD_CDB
    ldi   status, #CHECK_CONDITION
    ret
different:
    mov   z, lba
    call  miscompare
    ret

; x: 1: these sectors lie on more than one track; else 0.
sub torn using scsi
    place info, unit, lba
    add   y, info_high, count
    ldi   info, #0
    ldi   info_high, #0
    geom  x
    br.lt x, y, several
    ldi   x, #0
    ret
several:
    ldi   x, #1
    ret

; `lba` and `count`, of blocks, become sectors. z: log2 of the sectors of a block.
sub scaled using scsi
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

sub or_write using move
    ldi   slot, #REWRITE_OR
    call  rewrite
    ret

; Of `count` sectors from `lba` on, by tracks. slot (z): REWRITE. Leaves the result in count, of DIFFERENT where in lba, and
; in `stable` what FUA asks.
sub rewrite using move
    ld    n, scsi_command.out_bytes[command]
    shr   n, n, #9
    mov   flags, slot
    geom  sectors
    ld    at, scsi_command.at[command]
    br.any flags, #REWRITE_OR, there
    add   at, at, result             ; behind what must stand there
    shr   n, n, #1
there:
    mov   left, result
    br.ge n, left, all
    ld    left, volume.align[unit]
    and   left, left, n
    sub   left, n, left              ; of what came, whole blocks
all:
    ldi   result, #OK
    place track, unit, lba
next:
    br.eq left, #0, done
    call  part
    send  REWRITE (unit, track, span, at, flags)
    wait  REWRITTEN (result, lba)
    br.ne result, #OK, done
    add   at, at, n
    call  step
    br    next
done:
    cdb   n, command, #1, #1
    and   n, n, #8
    ret

; WRITE ATOMIC(16): what is on one track is one step to everybody, power losses and the other side included (`slot.merge`). More
; than a track, or parts of two, is refused, and so is what is not of whole granules (block limits).
sub atomic using scsi
    cdb   count, command, #12, #2
    cdb64 lba, command, #2
    cdb   x, command, #10, #2        ; boundary: there is none to choose
    br.ne x, #0, boundary
    call  block_shift
    call  scaled
    call  reaches
    br.ne status, #GOOD, done
    geom  y
    br.any y, #7, whole              ; tracks are of no granules
    and   x, lba, #7                 ; ATOMIC_SECTORS, less one
    br.ne x, #0, unaligned
    and   x, count, #7
    br.ne x, #0, granular
whole:
    call  torn
    br.ne x, #0, granular
    shl   wanted, count, #9
    call  came                       ; all or nothing of it
    br.ne status, #GOOD, done
    call  write
    call  outcome
done:
    ret
boundary:
    ldi   z, #87                     ; byte 10, bit 7
    call  odd_bit
    ret
unaligned:
    ldi   z, #23                     ; byte 2, bit 7
    call  odd_bit
    ret
granular:
    ldi   z, #103                    ; byte 12, bit 7
    call  odd_bit
    ret
