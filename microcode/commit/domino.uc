; A domino pair refuses what the other side cannot have, instead of leaving PAIR for it: hosts write in PAIR only. Where an
; operator said that this side shall serve alone (SSWS), and where no pair is made, they write to one copy.
role data

hook admit using write
    needs commit ldi #DOMINO_HELD "what it sees may change while the write waits for lock and slot: commit must look again"
    needs recover st session.agreed "after power on session.agreed is 0, and hosts are refused: of a pair that nobody made yet it is set there"
    ld    x, session.agreed[pair]
    br.eq x, #0, refused
    call  paired
    ret
refused:
    ldi   result, #WRITE_PROTECTED
    ret

hook commit using write
    needs ack dec lock.unacked "a write that goes is counted in lock.unacked until it is answered: while that is not 0, M2 write pending stays"
    needs offer flag.next #M2_INV "a track that is marked M2 invalid is owed, and goes when it is offered"
    needs recover flag.set #M2_INV "after a power loss nobody knows what was under way: M2 write pending must become M2 invalid"
    needs admit ldi #DOMINO_HELD "a write that must not begin is refused before it takes a slot"
    needs ack ldi #DOMINO_HELD "a write that the other side did not take gets no good status"
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
