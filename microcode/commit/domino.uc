; A domino pair refuses what the other side cannot have, instead of leaving PAIR for it: hosts write in PAIR only. Where an
; operator said that this side shall serve alone (SSWS), and where no pair is made, they write to one copy.
role data

hook admit using write
    ld    x, session.agreed[pair]
    br.eq x, #0, refused
    call  paired
    ret
refused:
    ldi   result, #WRITE_PROTECTED
    ret

hook commit using write
    ld    x, session.agreed[pair]    ; again: the lock and the slot were waited for
    br.eq x, #0, refused
    call  paired
    br.ne result, #OK, done
    ld    epoch, pair.epoch[pair]
    br.eq x, #SMPL, done
    br.eq x, #SSWS, alone
    mov   shipped, epoch
    flag.set t, volume, #M2_WP
    inc   lock.unacked[t]
    ret
alone:
    flag.set t, volume, #M2_INV
done:
    ret
refused:
    ldi   result, #WRITE_PROTECTED
    ret

; result = OK if hosts may write, x = the pair's state.
sub paired using write
    ld    x, pair.state[pair]
    br.eq x, #SMPL, yes
    br.eq x, #SSWS, yes
    ldi   result, #DOMINO_HELD
    br.ne x, #PAIR, no
    ld    y, session.open[pair]
    br.eq y, #0, no
yes:
    ldi   result, #OK
no:
    ret
