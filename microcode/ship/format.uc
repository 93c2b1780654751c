; The two sides of a pair and a format change. The side that serves hosts tells the other one which format is wanted; from
; then on each of them tells what it has changed on its own drive. Of two formats the one with the greater change number is
; the newer: it goes on after a takeover, whichever side asked for it.
role data

; Asks the other side, after it was told what is wanted, which of its tracks it has changed: a run of pending ones a question.
; result = OK, or not when this session is over.
frame formats: offer + align=r2 change=r3 end=r4

sub formats using formats
again:
    ldi   cursor, #0
more:
    ld    epoch, pair.epoch[pair]
    ld    align, format.align[volume]
    ld    change, format.change[volume]
    ldi   x, #ASK_FORMAT
    ld    z, pair.peer[pair]
    send  CALL (x, z, epoch, align, change, cursor)
    wait  ANSWER (result, track, end)  ; of the other side: first track at or after the cursor that is pending there, the next that is not
    ld    x, session.open[pair]
    br.eq x, #0, over
    ld    x, pair.epoch[pair]
    br.ne x, epoch, over
    br.eq result, #FORMATS, newer
    br.ne result, #OK, over
    ld    x, format.change[volume]
    br.ne x, change, again           ; an operator spoke meanwhile
    flag.drop cursor, volume, track, #M2_FP  ; none: -1 is the greatest number
    br.neg track, all
    mov   cursor, end
    br.neg end, all
    br    more
newer:                               ; a change that began over there, and this side was not told of
    br.eq track, #0, adopt
    br.ne track, #7, over
    geom  x
    br.any x, #7, over
adopt:
    flag.all volume, #M1_FP|M2_FP
    st    format.align[volume], track
    st    format.change[volume], end
    call  rule
    call  change
    br    again
all:
    ldi   x, #1
    st    session.told[pair], x
    ldi   result, #OK
    ret
over:
    ldi   result, #LINK_DOWN
    ret

; At the other side. a: epoch, b: format, c: change number, d: first track that is not known over there.
; The answer: a: the first one from there on that is pending here, b: the next one that is not; FORMATS: this side's is newer.
sub format_asked using ask
    call  in_session
    br.ne result, #OK, done
    mov   what, volume               ; `rule` and `change` have the volume there
    ld    x, format.change[volume]
    br.lt c, x, newer
    br.ne x, c, adopt
    ld    x, format.align[volume]
    br.eq x, b, same
adopt:                               ; the marks first, as in FORMAT
    flag.all volume, #M1_FP|M2_FP
    st    format.align[volume], b
    st    format.change[volume], c
    call  rule
    call  change
same:
    flag.next a, volume, d, #M1_FP
    mov   b, a
    br.neg a, done
    flag.gap b, volume, a, #M1_FP
done:
    ret
newer:
    ldi   result, #FORMATS
    ld    a, format.align[volume]
    ld    b, format.change[volume]
    ret

; This side has changed tracks: the other side's list shall say so. If it does not hear it, the next session brings it.
sub tell using convert
    ld    x, system.lost
    br.any x, #LOST_REMOTE, done
    ld    x, pair.state[pair]
    br.eq x, #SMPL, done
    ld    span, pair.epoch[pair]
    ld    at, format.change[volume]
    ldi   x, #ASK_CHANGED
    ld    y, pair.peer[pair]
    send  CALL (x, y, span, at, from, to)
    wait  ANSWER (result)
done:
    ret

; At the other side. a: epoch, b: change number, c, d: the first track that was changed and the next that was not.
sub changed_there using ask
    ldi   result, #REFUSED
    ld    x, pair.epoch[pair]
    br.ne x, a, done
    ld    x, session.open[pair]
    ld    y, session.taking[pair]
    or    x, x, y
    br.eq x, #0, done
    ld    x, format.change[volume]
    br.ne x, b, done
    flag.drop c, volume, d, #M2_FP
    mov   what, volume               ; `go_on` has the volume and the pair there
    mov   a, pair
    ldi   result, #OK
    call  go_on
done:
    ret

; result = OK if both sides have the same format, and no change is under way here. c: change number, d: format.
sub same_format using ask
    ldi   result, #FORMATS
    ld    x, format.change[volume]
    br.ne x, c, no
    ld    x, format.align[volume]
    br.ne x, d, no
    ld    x, volume.m1_fp[volume]
    br.ne x, #0, no
    ldi   x, #0
    ld    y, volume.tracks[volume]
    flag.drop x, volume, y, #M2_FP   ; it says that it has changed all of its own
    ldi   result, #OK
no:
    ret

; An offer that waits for a change goes on: to tell the other side of it, or because both sides have made it.
sub go_on using peer
    ld    x, session.open[pair]
    br.eq x, #0, done
    ld    x, session.offering[pair]
    br.ne x, #0, done                ; it looks for itself before it ends
    ld    x, session.told[pair]
    br.eq x, #0, go
    ld    x, volume.m1_fp[volume]
    ld    y, volume.m2_fp[volume]
    or    x, x, y
    br.ne x, #0, done
    ld    x, pair.state[pair]
    br.eq x, #PAIR, done
go:
    ldi   x, #SAME_SESSION
    st    session.offering[pair], x
    post  OFFER (volume)
done:
    ret
