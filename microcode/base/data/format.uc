; A format change: "a format change has been requested and such change must be made on the disk" (seed 002: format pending,
; Fig. 2). All tracks are marked, M1 for this side and M2 for the other; each side makes the change on its own drive, clears
; its own mark and tells the other side, which clears its mark of that one. Hosts are served meanwhile, in whole blocks of
; the larger of the two formats. The bytes stay.
role data

on FORMAT using operate
    use   block=r1 align=r12
    ldi   result, #NOT_READY
    ld    pair, volume.pair[volume]
    ld    x, system.lost
    br.any x, #LOST_CACHE|LOST_DISK, answer
    ld    x, volume.state[volume]
    br.none x, #VOLUME_READY, answer
    ldi   result, #OUT_OF_RANGE
    sub   align, block, #1
    call  possible
    br.eq x, #0, answer
    br.neg pair, own
    ldi   result, #BUSY
    ld    x, session.busy[pair]
    br.ne x, #0, answer
    call  source
    br.ne result, #OK, answer
    ldi   result, #WRITE_PROTECTED   ; it came back, and waits for the other side's word
    ld    x, session.agreed[pair]
    br.eq x, #0, answer
own:
    ldi   result, #OK
    ld    x, format.align[volume]
    br.eq x, align, begin            ; it is so, or becomes so: what is left goes on
    br.neg pair, mine
    ld    x, pair.state[pair]
    br.eq x, #SMPL, mine
    br.ne x, #PAIR, both
    ldi   x, #COPY                   ; PAIR promises that both sides are the same: it is left first
    st    pair.state[pair], x
both:                                ; the marks first: power may go, and what is marked in vain is only written once more
    flag.all volume, #M1_FP|M2_FP
    ldi   x, #0
    st    session.told[pair], x
    br    wanted
mine:
    flag.all volume, #M1_FP
wanted:
    st    format.align[volume], align
    inc   format.change[volume]
    call  rule
begin:
    call  change
    br.neg pair, answer
    call  go_on
answer:
    ldi   x, #SMPL
    ld    y, volume.m1_fp[volume]
    br.neg pair, local
    ld    x, pair.state[pair]
local:
    reply (result, x, y)
    end

; x = 1 if blocks of align + 1 sectors are FBA 512 or 4096, and a track is made of whole ones.
sub possible using operate
    use   align=r12
    ldi   x, #1
    br.eq align, #0, yes
    br.ne align, #7, no
    geom  y
    and   y, y, align
    br.eq y, #0, yes
no:
    ldi   x, #0
yes:
    ret

; What hosts must keep to: whole blocks of the larger format, as long as a track has it or shall get it.
sub rule using write
    ld    y, format.align[volume]
    ld    x, volume.fba_4096[volume]
    br.eq x, #0, known
    ldi   y, #7
known:
    st    volume.align[volume], y
    call  watch
    ret

; One change of a volume runs at a time, and begins again if another one was asked for meanwhile, or a track can be read again.
sub change using write
    ld    x, volume.m1_fp[volume]
    br.eq x, #0, done
    ld    x, session.changing[volume]
    br.ne x, #0, again
    ldi   x, #1
    st    session.changing[volume], x
    post  CONVERT (volume)
    ret
again:
    ldi   x, #2
    st    session.changing[volume], x
    wake.all session.changed[volume]
done:
    ret

; This side's own tracks, on its own drive, whichever side serves hosts.
frame convert: write + from=r4 to=r9 cursor=r12

; Tracks that may be on their way to the drive at once.
const WINDOW = 32

on CONVERT using convert
    ld    pair, volume.pair[volume]
    ldi   cursor, #0
window:
    yield                            ; there may be thousands that need nothing
    mov   from, cursor
next:
    ld    x, session.changing[volume]
    br.ne x, #1, again
    ld    x, system.lost
    br.any x, #LOST_CACHE|LOST_DISK, ended
    flag.next track, volume, cursor, #M1_FP
    ld    to, volume.tracks[volume]  ; none: what is left is changed, by a host's write it may be
    br.neg track, gather
    ld    t, volume.track_base[volume]
    add   t, t, track
    lock  t
    call  convert
    unlock t
    add   cursor, track, #1
    mov   to, track                  ; one that cannot be read stays pending
    br.ne result, #OK, gather
    mov   to, cursor
    sub   x, cursor, from
    br.lt x, #WINDOW, next
gather:
    ld    x, session.changing[volume]
    br.ne x, #1, again
    ld    x, system.lost
    br.any x, #LOST_CACHE|LOST_DISK, ended
    flag.next x, volume, from, #M1_FP
    br.neg x, gathered
    br.ge x, to, gathered
    park  session.changed[volume]
    br    gather
gathered:
    br.neg pair, told
    br.ge from, to, told
    call  tell
told:
    br.neg track, ended
    br    window
again:
    ldi   x, #1
    st    session.changing[volume], x
    ldi   cursor, #0
    br    window
ended:
    ld    x, session.changing[volume]
    br.ne x, #1, again
    call  rule
    ldi   x, #0
    st    session.changing[volume], x
    br.neg pair, local
    mov   span, pair                 ; `go_on` has the pair there
    call  go_on
local:
    end

; One track, whose lock is held: all of it is dirty from now on, in the new format. The generation stays, as the bytes do.
; A track that never got any has nothing on the drive to be changed.
sub convert using convert
    ldi   result, #OK
    ld    x, track.flags[t]
    br.none x, #WRITTEN, bare
    ldi   result, #MEDIUM_ERROR
    br.any x, #M1_INV, done
    geom  span
    shl   span, span, #16
    ldi   x, #TO_CHANGE
    ldi   y, #HOST_POOL
    send  GET (volume, track, span, x, y)
    wait  GOT (result, slot)
    br.eq result, #MEDIUM_ERROR, unreadable
    br.ne result, #OK, done
    ld64  gen, track.gen[t]
    slot.at at, slot, span
    flag.set t, volume, #M1_WP
    call  shape
    slot.merge slot, span, at, gen   ; its own bytes, once more
    post  GIVE (slot, result)
done:
    ret
unreadable:                          ; when it is whole again, the change goes on with it
    call  distrust
    ret
bare:
    call  shape
    flag.clr t, volume, #M1_FP
    ret

; From here on a destage of this track writes the format that is wanted now.
sub shape using convert
    ld    x, format.align[volume]
    br.eq x, #0, small
    flag.set t, volume, #FBA_4096
    ret
small:
    flag.clr t, volume, #FBA_4096
    ret

; A destage of a track that bears M1 format pending has ended, and the drive was synced: was all of it written, in the format
; that is wanted?
sub shaped using destaged
    ld    y, slot.volume[slot]
    sub   y, y, #1
    br.ne y, volume, no              ; the track moved on to a newer slot, which has what is not written yet
    ldi   y, #0
    slot.run y, slot, y
    geom  z
    shl   z, z, #16
    br.ne y, z, no
    ld    y, format.align[volume]
    br.any x, #FBA_4096, large
    br.ne y, #0, no
    br    yes
large:
    br.eq y, #0, no
yes:
    flag.clr t, volume, #M1_FP
    wake.all session.changed[volume]
no:
    ret

; x = 0 if the span is whole blocks of the volume.
sub aligned using write
    shr   x, span, #16
    or    x, x, span
    ld    y, volume.align[volume]
    and   x, x, y
    ret
