; What takes a while, of a whole unit: FORMAT UNIT and SANITIZE. The work is a task of its own, which nothing but its end ends:
; neither task management nor, as `media` is in the battery, a loss of power. Meanwhile the unit says how far it is.
role channel

; z: the handler's number in its family.
sub format using scsi
    case  z, #5
    br    format_unit
    br    overwrite
    br    erase
    br    erase
    br    leave
    assert status, #0x5c5b           ; `operation` names what is not here
format_unit:
    call  format_unit
    ret
overwrite:
    call  overwrite
    ret
erase:
    cdb   x, command, #7, #2
    br.ne x, #0, long
    ldi   y, #WORK_ERASE
    call  begin_work
    ret
leave:                               ; EXIT FAILURE MODE
    cdb   x, command, #7, #2
    br.ne x, #0, long
    ld    x, media.failed[unit]
    br.ne x, #MAY_LEAVE, stay
    ldi   x, #0
    st    media.failed[unit], x
    ld    x, unit.gate[unit]
    and   x, x, #-17                 ; not GATE_WORKING
    st    unit.gate[unit], x
stay:
    ret
long:
    ldi   z, #63                     ; byte 7, bit 7
    call  odd_bit
    ret

; Zeroes, as after a factory's format. The list of defects is accepted if it is empty.
sub format_unit using scsi
    cdb   x, command, #1, #1
    ldi   info, #0                   ; IMMED
    br.none x, #0x10, plain          ; FMTDATA: a header comes with it
    ldi   wanted, #4
    ldi   y, #2
    br.none x, #0x20, short          ; LONGLIST
    ldi   wanted, #8
    ldi   y, #4
short:
    call  came
    br.ne status, #GOOD, done
    ld    x, scsi_command.at[command]
    shl   x, x, #9
    get   info, x, #1, #1
    br.any info, #8, odd             ; IP: an initialization pattern
    add   y, y, x
    get   z, y, #0, #2
    br.ne wanted, #8, listed
    get   z, y, #0, #4
listed:
    br.ne z, #0, odd
    and   info, info, #2
plain:
    ldi   y, #WORK_FORMAT
    call  begin_work_later
done:
    ret
odd:
    ldi   info, #0
    ldi   sense, #INVALID_FIELD_LIST
    ldi   status, #CHECK_CONDITION
    ret

; The pattern of the parameter list into the battery, then the work.
sub overwrite using scsi
    cdb   wanted, command, #7, #2
    call  block_bytes
    br.lt wanted, #5, odd
    add   x, y, #4
    br.lt x, wanted, odd
    call  came
    br.ne status, #GOOD, done
    ld    x, scsi_command.at[command]
    shl   x, x, #9
    get   z, x, #0, #1
    and   count, z, #31
    br.eq count, #0, list
    get   info, x, #2, #2
    br.eq info, #0, list
    br.lt y, info, list
    sub   y, wanted, #4
    br.ne y, info, list
    st    media.passes[unit], count
    shr   z, z, #7
    st    media.invert[unit], z
    st    media.pattern_bytes[unit], info
    add   x, x, #4
    call  keep_pattern
    ldi   y, #WORK_OVERWRITE
    call  begin_work
done:
    ldi   info, #0
    ret
list:
    ldi   info, #0
    ldi   sense, #INVALID_FIELD_LIST
    ldi   status, #CHECK_CONDITION
    ret
odd:
    ldi   z, #63
    call  odd_bit
    ret

; `info` bytes at x.
sub keep_pattern using scsi
    shl   y, unit, #10               ; PATTERN_WORDS
    add   info, info, x
each:
    br.ge x, info, kept
    get   z, x, #0, #4
    st    pattern.word[y], z
    add   x, x, #4
    add   y, y, #1
    br    each
kept:
    ret

sub begin_work using scsi
    cdb   info, command, #1, #1
    shr   info, info, #7             ; IMMED
    cdb   x, command, #1, #1
    shr   x, x, #5
    and   x, x, #1                   ; AUSE: failure may be left
    st    media.may_leave[unit], x
    call  begin_work_later
    ldi   info, #0
    ret

; y: MEDIA_WORK. info: not 0: the status does not wait for the end.
sub begin_work_later using scsi
    st    media.work[unit], y
    ldi   x, #0
    st    media.next[unit], x
    st    media.pass[unit], x
    st    media.failed[unit], x
    ld    x, unit.gate[unit]
    or    x, x, #GATE_WORKING
    st    unit.gate[unit], x
    post  WORK (unit)
    br.ne info, #0, begun
wait:
    ld    x, media.work[unit]
    br.eq x, #0, ended
    park  unit.worked[unit]
    ld    x, scsi_command.aborted[command]
    br.eq x, #0, wait
    br    begun                      ; the work goes on
ended:
    ld    x, media.failed[unit]
    br.eq x, #0, begun
    ldi   sense, #FORMAT_FAILED
    br.eq x, #FORMAT_HAS_FAILED, told
    ldi   sense, #SANITIZE_FAILED
told:
    ldi   status, #CHECK_CONDITION
begun:
    ldi   info, #0
    ret

; What the unit answers meanwhile, and after a failure: then SANITIZE may be said again, and after FORMAT UNIT that, too. Leaves
; x and y.
sub working using scsi
    ld    lba, media.work[unit]
    br.ne lba, #0, busy
    cdb   lba_high, command, #0, #1
    br.eq lba_high, #0x48, again
    ldi   sense, #SANITIZE_FAILED
    ld    lba, media.failed[unit]
    br.ne lba, #FORMAT_HAS_FAILED, known
    br.eq lba_high, #4, again
    ldi   sense, #FORMAT_FAILED
    br    known
again:
    ldi   sense, #NO_SENSE
    ret
busy:
    ldi   sense, #FORMATTING|WITH_SPECIFIC
    br.eq lba, #WORK_FORMAT, progress
    ldi   sense, #SANITIZING|WITH_SPECIFIC
progress:
    ld    lba, media.next[unit]
    ld    specific, volume.tracks[unit]
    share specific, lba, specific
    ldi   lba, #0x800000             ; SKSV
    or    specific, specific, lba
known:
    ldi   status, #CHECK_CONDITION
    ret

; `pass` counts from 0. `at`: where a track's bytes stand, if they are not zeroes.
frame labour: unit=r0 track=r1 span=r2 at=r3 flags=r4 work=r5 tracks=r6 pass=r7 n=r8 pending=r9 x=r10 y=r11 result=r12 bytes=r13 buffer=r14 z=r15

on WORK using labour
    zero  pending at
    ldi   y, #100000
ready:                               ; after power on, the array boots first
    ld    x, volume.state[unit]
    br.any x, #VOLUME_READY, boots
    sleep y
    br    ready
boots:
    geom  span
    shl   span, span, #16
    ld    tracks, volume.tracks[unit]
    ld    work, media.work[unit]
    ld    pass, media.pass[unit]
    ldi   flags, #SHIP_ZERO|SHIP_UNMAP
    br.ne work, #WORK_OVERWRITE, pass
    ldi   flags, #0
    call  take_work
    mov   buffer, z
    shr   at, x, #9
pass:
    br.ne work, #WORK_OVERWRITE, tracks
    call  fill_pattern
tracks:
    ld    track, media.next[unit]
next:
    br.ge track, tracks, whole
some:
    send  WRITE (unit, track, span, at, flags)
    add   track, track, #1
    add   pending, pending, #1
    br.ge track, tracks, settle
    br.lt pending, #MAX_PARALLEL, some
settle:
    waitn WRITTEN (pending, result)
    br.ne result, #OK, failed
    st    media.next[unit], track
    ld    x, unit.pace_us[unit]
    br.eq x, #0, next
    sleep x
    br    next
whole:
    add   pass, pass, #1
    br.ne work, #WORK_OVERWRITE, synced
    ldi   x, #0                      ; a loss of power in between repeats a pass
    st    media.next[unit], x
    st    media.pass[unit], pass
    ld    x, media.passes[unit]
    br.lt pass, x, pass
synced:
    send  SYNC (unit)
    wait  SYNCED (result)
    br.ne result, #OK, failed
    ld    x, unit.gate[unit]
    and   x, x, #-17                 ; not GATE_WORKING
    st    unit.gate[unit], x
    br    over
failed:
    ldi   x, #FORMAT_HAS_FAILED
    br.eq work, #WORK_FORMAT, kind
    ldi   x, #HAS_FAILED
    ld    y, media.may_leave[unit]
    add   x, x, y
kind:
    st    media.failed[unit], x
over:
    ldi   x, #0
    st    media.work[unit], x
    wake.all unit.worked[unit]
    br.ne work, #WORK_OVERWRITE, done
    mov   z, buffer
    call  give_work
done:
    end

; The pattern, repeated from the beginning of each block; turned over in every second pass, if that is asked.
sub fill_pattern using labour
    shl   x, at, #9
    ld    bytes, media.pattern_bytes[unit]
    shl   y, unit, #10
    add   n, x, bytes
    ld    z, media.invert[unit]
    and   z, z, pass
    and   z, z, #1
each:
    br.ge x, n, copied
    ld    result, pattern.word[y]
    br.eq z, #0, straight
    ldi   work, #-1
    sub   result, work, result
    ldi   work, #WORK_OVERWRITE
straight:
    put   x, #0, result, #4
    add   x, x, #4
    add   y, y, #1
    br    each
copied:
    ldi   result, #0
    shl   x, at, #9
    ldi   y, #512
    ld    z, volume.align[unit]
    br.eq z, #0, block
    ldi   y, #4096
block:
    repeat x, bytes, y
    geom  n
    shl   n, n, #9
    repeat x, y, n
    ret
