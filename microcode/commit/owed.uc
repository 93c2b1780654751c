; What is captured on a host write that the other side gets later: its track goes into the "list of primary data which is
; to be copied" (seed 002), as M2 invalid. However often it is written until then, it goes once, whole, as it is then.
role data

hook commit using write
    needs offer flag.next #M2_INV "a track that is marked M2 invalid is owed, and goes when it is offered"
    needs ack post OFFER "what is owed goes by itself only if an offer is asked for while a session is open"
    ld    x, session.agreed[pair]    ; again: the lock and the slot were waited for
    br.eq x, #0, refused
    ld    epoch, pair.epoch[pair]
    ld    x, pair.state[pair]
    br.eq x, #SMPL, simplex          ; no pair: nothing to mark
    br.ne x, #PAIR, mark
    ldi   x, #COPY                   ; PAIR promises that nothing is owed: it is left first
    st    pair.state[pair], x
mark:
    flag.set t, volume, #M2_INV
simplex:
    ret
refused:
    ldi   result, #WRITE_PROTECTED
    ret
